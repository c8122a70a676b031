//! What a street costs a cautious rider: a way's facts and a profile -> a [`StreetClass`].
//!
//! | part of [`Physical`] | from | where the order comes from |
//! |---|---|---|
//! | `base` | class × infrastructure; × `pace.destination_only` where only those with a destination may ride | separation first (Mekuria, Furth, Nixon 2012) |
//! | `traffic` | speed limit × lanes, as much of it as the infrastructure lets a rider feel | speed and lanes before volume (Furth's later tables; BNA) |
//! | `width` | of lane, path or, in mixed traffic, street | narrow lanes raise the level (Furth) |
//! | `surface` | what the wheels meet: time (`effort_pct`) and stress | own judgement |
//! | `lighting`, `tunnel` | lamps; riding in a tube with cars | own judgement; riders' wishes |
//!
//! All numbers are in the profile ([`crate::profile`]), whose magnitudes are our own judgement in the order that those models agree on. On foot only time
//! counts: a third to a quarter of riding speed, whatever the street. [`lts`] has Furth's levels, which use none of these numbers; [`junction`] what
//! junctions and turns cost.

pub mod junction;
pub mod lts;

use crate::parts::{Physical, StreetClass};
use crate::profile::{BaseRow, Profile, WidthStep};
use crate::street::{Highway, Infra, Surface};

/// What decides the stress of riding a way in one direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Facts {
    pub highway: Highway,
    pub infra: Infra,
    pub surface: Surface,
    /// The limit, or what is usual.
    pub speed_kmh: u16,
    /// Of motor traffic, in this direction; both together where there is only one.
    pub lanes: u8,
    /// Of motor traffic: one way, or two ways with a line between.
    pub laned: bool,
    pub oneway: bool,
    /// A day, both directions.
    pub vehicles: u32,
    /// Cars park beside the lane.
    pub parking: bool,
    /// Of the lane, track or path ridden, or of the street in mixed traffic; where tagged.
    pub width_cm: Option<u16>,
    pub lit: bool,
    pub tunnel: bool,
    pub destination_only: bool,
}

impl Facts {
    /// Whether motor traffic is beside or behind the rider.
    #[must_use]
    pub fn in_traffic(&self) -> bool {
        matches!(self.infra, Infra::None | Infra::SharedLane | Infra::Lane | Infra::BicycleStreet)
    }
}

/// The class of a way in one direction.
#[must_use]
pub fn class(facts: &Facts, profile: &Profile) -> StreetClass {
    let &Facts { highway, infra, surface, .. } = facts;
    let (effort_pct, boarding_dm) = effort(facts, profile);
    let mut physical = if matches!(infra, Infra::Walk | Infra::Steps | Infra::StepsWithRamp | Infra::Ferry) {
        Physical::CALM
    } else {
        physical(facts, profile)
    };
    if facts.destination_only {
        physical.base = product(physical.base, profile.pace.destination_only);
    }
    StreetClass { highway, infra, surface, lts: lts::of_street(facts), effort_pct, boarding_dm, physical }
}

/// Time against riding a smooth path, and boarding in dm.
fn effort(facts: &Facts, profile: &Profile) -> (u16, u16) {
    let pace = &profile.pace;
    let on = profile.surface.get(facts.surface).map_or(100, |row| row.effort);
    match (facts.infra, facts.highway) {
        (Infra::Walk, _) => (pace.walk, 0),
        (Infra::Steps, _) => (pace.steps, 0),
        (Infra::StepsWithRamp, _) => (pace.steps_with_ramp, 0),
        (Infra::Ferry, _) => (pace.ferry, pace.boarding_m.saturating_mul(10)),
        (_, Highway::Footway) => (product(on, pace.footway), 0),
        (_, Highway::Pedestrian) => (product(on, pace.pedestrian), 0),
        _ => (on, 0),
    }
}

fn physical(facts: &Facts, profile: &Profile) -> Physical {
    let base = profile.base.get(facts.highway).map_or(100, |row| by_infra(row, facts.infra));
    let on_path = matches!(facts.infra, Infra::Path | Infra::Track);
    let widths = match facts.infra {
        Infra::Lane => &profile.width.lane,
        _ if on_path => &profile.width.path,
        _ => &profile.width.street,
    };
    let unlit = if facts.infra == Infra::Path { profile.lighting.unlit_path } else { profile.lighting.unlit_street };
    let tunnel = if on_path { profile.tunnel.path } else { profile.tunnel.street };
    Physical {
        base,
        width: facts.width_cm.map_or(100, |width| step(widths, width)),
        surface: profile.surface.get(facts.surface).map_or(100, |row| row.stress),
        lighting: if facts.lit { 100 } else { unlit },
        tunnel: if facts.tunnel { tunnel } else { 100 },
        traffic: traffic(facts, profile),
    }
}

/// A row's number for an infrastructure. Whatever lies away from the street counts with the class it is drawn as.
fn by_infra(row: &BaseRow, infra: Infra) -> u16 {
    match infra {
        Infra::None | Infra::Path | Infra::Ferry | Infra::Walk | Infra::Steps | Infra::StepsWithRamp => row.none,
        Infra::SharedLane => row.shared_lane,
        Infra::Lane => row.lane,
        Infra::BicycleStreet => row.bicycle_street,
        Infra::Track => row.track,
    }
}

fn step(steps: &[WidthStep], width_cm: u16) -> u16 {
    let width_m = f64::from(width_cm) / 100.0;
    steps.iter().find(|step| width_m < step.below_m).map_or(100, |step| step.pct)
}

/// The factor of speed and lanes.
fn traffic(facts: &Facts, profile: &Profile) -> u16 {
    if !facts.in_traffic() && facts.infra != Infra::Track {
        return 100;
    }
    let rows = &profile.traffic;
    let speed = rows.speed.iter().rev().find(|step| step.from_kmh <= facts.speed_kmh).map_or(100, |step| step.pct);
    let lanes = rows.lanes.iter().rev().find(|step| step.from <= facts.lanes.max(1)).map_or(100, |step| step.pct);
    let felt = u32::from(by_infra(&rows.felt, facts.infra));
    let beyond = u32::from(product(speed, lanes)) - 100;
    100 + u16::try_from((beyond * felt).div_ceil(100)).unwrap_or(u16::MAX - 100)
}

/// The product of two percentages, rounded up.
fn product(a: u16, b: u16) -> u16 {
    u16::try_from((u32::from(a) * u32::from(b)).div_ceil(100)).unwrap_or(u16::MAX)
}

/// Facts for tests: an asphalt street at 30 km/h with one lane each way.
#[cfg(test)]
pub(crate) const fn facts(highway: Highway, infra: Infra) -> Facts {
    Facts {
        highway,
        infra,
        surface: Surface::Smooth,
        speed_kmh: 30,
        lanes: 1,
        laned: true,
        oneway: false,
        vehicles: 2000,
        parking: false,
        width_cm: None,
        lit: true,
        tunnel: false,
        destination_only: false,
    }
}

#[cfg(test)]
pub(crate) fn class_for_tests() -> StreetClass {
    class(&facts(Highway::Residential, Infra::None), &Profile::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pct(facts: &Facts) -> u32 {
        class(facts, &Profile::default()).physical.pct()
    }

    #[test]
    fn worked_out_by_hand() {
        // Primary, mixed, 50 km/h (124), two lanes (116): 143.84 -> 144; 260 × 144.
        let street = Facts { speed_kmh: 50, lanes: 2, ..facts(Highway::Primary, Infra::None) };
        assert_eq!((traffic(&street, &Profile::default()), pct(&street)), (144, 375));
        // A painted lane feels 60 % of that: 26.4 -> 27; 180 × 127, and 1.3 m wide: × 108.
        let lane = Facts { infra: Infra::Lane, width_cm: Some(130), ..street };
        assert_eq!(pct(&lane), 247);
        // Sett in the dark.
        let dark = class(&Facts { surface: Surface::Sett, lit: false, ..facts(Highway::Path, Infra::Path) }, &Profile::default());
        assert_eq!((dark.physical.pct(), dark.effort_pct), (161, 116));
        assert_eq!(pct(&facts(Highway::Cycleway, Infra::Path)), 100);
    }

    #[test]
    fn everything_that_is_worse_costs_more() {
        let profile = Profile::default();
        for highway in Highway::ALL {
            let plain = facts(highway, Infra::None);
            let order = [Infra::None, Infra::SharedLane, Infra::Lane, Infra::BicycleStreet, Infra::Track]
                .map(|infra| pct(&Facts { infra, ..plain }));
            assert!(order.is_sorted_by(|a, b| a >= b), "{highway:?}: {order:?}");
            for worse in [
                Facts { speed_kmh: 60, ..plain },
                Facts { lanes: 3, ..plain },
                Facts { lit: false, ..plain },
                Facts { tunnel: true, ..plain },
                Facts { surface: Surface::Cobbles, ..plain },
                Facts { destination_only: true, ..plain },
            ] {
                assert!(pct(&worse) > pct(&plain), "{worse:?}");
                assert!(class(&worse, &profile).effort_pct >= class(&plain, &profile).effort_pct);
            }
        }
    }

    #[test]
    fn pushing_takes_time_and_no_nerve() {
        let profile = Profile::default();
        let walk = class(&Facts { surface: Surface::Soft, lit: false, ..facts(Highway::Footway, Infra::Walk) }, &profile);
        assert_eq!((walk.effort_pct, walk.physical, walk.lts), (400, Physical::CALM, 1));
        let steps = [Infra::Steps, Infra::StepsWithRamp].map(|infra| class(&facts(Highway::Steps, infra), &profile).effort_pct);
        assert_eq!(steps, [900, 700]);
        let ferry = class(&facts(Highway::Ferry, Infra::Ferry), &profile);
        assert_eq!((ferry.effort_pct, ferry.boarding_dm, ferry.physical), (150, 10_000, Physical::CALM));
    }
}
