//! Every number of a profile has a range.

use std::fmt::Display;

use super::{BaseRow, Profile, ProfileError};
use crate::limits::STOPS_MAX;
use crate::street::{Highway, Surface};

/// No factor is beyond 60 times.
const PCT_MAX: u16 = 6_000;
/// Metres of stress or seconds of waiting at one junction: as decimetres they must fit `u16`.
const METRES_MAX: u16 = 6_000;
const SECONDS_MAX: u16 = 1_200;

pub(super) fn all(profile: &Profile) -> Result<(), ProfileError> {
    stops(profile)?;
    streets(profile)?;
    steps(profile)?;
    untagged(profile)?;
    junctions(profile)?;
    crashes(profile)
}

fn refuse<T>(field: &str, value: impl Display, reason: &str, remedy: &str) -> Result<T, ProfileError> {
    let (value, reason, remedy) = (value.to_string(), reason.to_owned(), remedy.to_owned());
    Err(ProfileError::Range { field: field.to_owned(), value, reason, remedy })
}

fn within<T: PartialOrd + Display + Copy>(field: &str, value: T, least: T, most: T) -> Result<(), ProfileError> {
    // A NaN is within nothing.
    if value >= least && value <= most {
        return Ok(());
    }
    refuse(field, value, "it is out of range", &format!("give {least} to {most}"))
}

/// A percentage that makes nothing cheaper.
fn factor(field: &str, value: u16) -> Result<(), ProfileError> {
    if (100..=PCT_MAX).contains(&value) {
        return Ok(());
    }
    refuse(field, value, "a factor below 100 % would make a street better than a calm path", &format!("give 100 to {PCT_MAX}"))
}

fn stops(profile: &Profile) -> Result<(), ProfileError> {
    within("stops (their number)", profile.stops.len(), 1, STOPS_MAX)?;
    for pair in profile.stops.windows(2) {
        if pair[0].comfort >= pair[1].comfort || pair[0].weight > pair[1].weight {
            let at = format!("comfort {} after {}", pair[1].comfort, pair[0].comfort);
            return refuse("stops", at, "stops go from fastest to calmest", "sort them by comfort, weights ascending");
        }
    }
    profile.stops.iter().try_for_each(|stop| within("stops.comfort", stop.comfort, 0, 100))
}

fn streets(profile: &Profile) -> Result<(), ProfileError> {
    for (highway, row) in profile.base.iter() {
        let field = format!("base.{}", highway.name());
        let BaseRow { none, shared_lane, lane, bicycle_street, track } = *row;
        let order = [none, shared_lane, lane, bicycle_street, track];
        order.into_iter().try_for_each(|pct| factor(&field, pct))?;
        if !order.is_sorted_by(|a, b| a >= b) {
            return refuse(
                &field,
                format!("{order:?}"),
                "more separation must not cost more",
                "order none >= shared_lane >= lane >= bicycle_street >= track",
            );
        }
    }
    for (surface, row) in profile.surface.iter() {
        factor(&format!("surface.{}.effort", surface.name()), row.effort)?;
        factor(&format!("surface.{}.stress", surface.name()), row.stress)?;
    }
    let pace = &profile.pace;
    for (name, pct) in [
        ("pace.walk", pace.walk),
        ("pace.steps", pace.steps),
        ("pace.steps_with_ramp", pace.steps_with_ramp),
        ("pace.footway", pace.footway),
        ("pace.pedestrian", pace.pedestrian),
        ("pace.ferry", pace.ferry),
        ("pace.destination_only", pace.destination_only),
        ("lighting.unlit_street", profile.lighting.unlit_street),
        ("lighting.unlit_path", profile.lighting.unlit_path),
        ("tunnel.street", profile.tunnel.street),
        ("tunnel.path", profile.tunnel.path),
    ] {
        factor(name, pct)?;
    }
    within("pace.boarding_m", pace.boarding_m, 0, METRES_MAX)?;
    debug_assert!(Surface::ALL.iter().all(|surface| profile.surface.get(*surface).is_some()), "merged over the default");
    Ok(())
}

fn steps(profile: &Profile) -> Result<(), ProfileError> {
    for (field, steps) in
        [("width.lane", &profile.width.lane), ("width.path", &profile.width.path), ("width.street", &profile.width.street)]
    {
        for step in steps {
            within(&format!("{field}.below_m"), step.below_m, 0.1, 50.0)?;
            factor(&format!("{field}.pct"), step.pct)?;
        }
        if !steps.is_sorted_by(|a, b| a.below_m < b.below_m && a.pct >= b.pct) {
            return refuse(field, "these steps", "they must be ascending, and wider must not be worse", "sort them by `below_m`");
        }
    }
    let traffic = &profile.traffic;
    for (field, rows) in [
        ("traffic.speed", traffic.speed.iter().map(|step| (step.from_kmh, step.pct)).collect::<Vec<_>>()),
        ("traffic.lanes", traffic.lanes.iter().map(|step| (u16::from(step.from), step.pct)).collect()),
    ] {
        rows.iter().try_for_each(|row| factor(&format!("{field}.pct"), row.1))?;
        let from = if field == "traffic.speed" { 0 } else { 1 };
        if rows.first().is_none_or(|row| row.0 != from) || !rows.is_sorted_by(|a, b| a.0 < b.0 && a.1 <= b.1) {
            return refuse(field, "these steps", "they must ascend in both columns", &format!("begin at {from} and sort them"));
        }
    }
    let BaseRow { none, shared_lane, lane, bicycle_street, track } = traffic.felt;
    [none, shared_lane, lane, bicycle_street, track].into_iter().try_for_each(|pct| within("traffic.felt", pct, 0, 100))
}

fn untagged(profile: &Profile) -> Result<(), ProfileError> {
    for (highway, row) in profile.untagged.iter() {
        let field = |name: &str| format!("untagged.{}.{name}", highway.name());
        within(&field("speed_kmh"), row.speed_kmh, 1, 200)?;
        within(&field("lanes"), row.lanes, 1, 16)?;
        within(&field("vehicles"), row.vehicles, 0, 1_000_000)?;
    }
    for (country, rows) in &profile.country {
        for (highway, row) in rows.iter() {
            let field = |name: &str| format!("country.{country}.{}.{name}", highway.name());
            row.speed_kmh.map_or(Ok(()), |speed| within(&field("speed_kmh"), speed, 1, 200))?;
            row.lanes.map_or(Ok(()), |lanes| within(&field("lanes"), lanes, 1, 16))?;
        }
    }
    let iso = |code: &&String| code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_lowercase());
    match profile.left_hand.iter().chain(profile.country.keys()).find(|code| !iso(code)) {
        Some(code) => refuse("left_hand or country", code, "it is no ISO 3166 code", "write two lower-case letters"),
        None => Ok(()),
    }
}

fn junctions(profile: &Profile) -> Result<(), ProfileError> {
    for (highway, row) in profile.crossing.iter() {
        let all = [row.none, row.marked, row.island, row.all_way_stop, row.roundabout, row.signals];
        all.into_iter().try_for_each(|m| within(&format!("crossing.{}", highway.name()), m, 0, METRES_MAX / 3))?;
    }
    let turns = &profile.turns;
    within("approach.minor_m", profile.approach.minor_m, 0, 100)?;
    within("approach.signals_m", profile.approach.signals_m, 0, METRES_MAX)?;
    within("approach.equal_pct", profile.approach.equal_pct, 0, 100)?;
    within("turns.near_pct", turns.near_pct, 0, 100)?;
    within("turns.far_pct", turns.far_pct, 100, 300)?;
    within("turns.leave_with_signals_pct", turns.leave_with_signals_pct, 0, 100)?;
    within("turns.leave_from_track_pct", turns.leave_from_track_pct, 0, 100)?;
    within("turns.u_turn_m", turns.u_turn_m, 0, METRES_MAX)?;
    for (field, s) in [
        ("turns.signal_s", turns.signal_s),
        ("turns.cross_s", turns.cross_s),
        ("turns.leave_s", turns.leave_s),
        ("turns.u_turn_s", turns.u_turn_s),
    ] {
        within(field, s, 0, SECONDS_MAX)?;
    }
    if turns.busy > Highway::Residential {
        return refuse("turns.busy", turns.busy.name(), "it is no street of traffic", "name a class from motorway to residential");
    }
    turns.leave_m.iter().try_for_each(|(highway, m)| within(&format!("turns.leave_m.{}", highway.name()), *m, 0, METRES_MAX))
}

fn crashes(profile: &Profile) -> Result<(), ProfileError> {
    let crash = &profile.crash;
    let weights = crash.severity;
    for weight in [weights.none, weights.possible, weights.minor, weights.serious, weights.killed] {
        within("crash.severity", weight, 0.0, 100.0)?;
    }
    within("crash.half_life_years", crash.half_life_years, 0.1, 100.0)?;
    within("crash.junction_m", crash.junction_m, 0.0, 100.0)?;
    within("crash.match_m", crash.match_m, 1.0, 500.0)?;
    within("crash.spread_m", crash.spread_m, 1.0, 1_000.0)?;
    within("crash.use_exponent", crash.use_exponent, 0.0, 1.0)?;
    within("crash.dispersion.least", crash.dispersion.least, 0.001, 100.0)?;
    within("crash.dispersion.most", crash.dispersion.most, crash.dispersion.least, 100.0)?;
    within("crash.believed_pct", crash.believed_pct, 0, 100)?;
    within("crash.least_pct", crash.least_pct, 80, 100)?;
    within("crash.most_pct", crash.most_pct, 100, 250)?;
    within("elevation.smooth_m", profile.elevation.smooth_m, 0.0, 1_000.0)?;
    within("elevation.noise_m", profile.elevation.noise_m, 0.0, 100.0)
}
