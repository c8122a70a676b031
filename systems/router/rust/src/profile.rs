//! The cost model's constants: one TOML file that users copy and edit.
//!
//! [`Profile::default_text`] is `profiles/default.toml`, whose comments say what each number is and where it comes from. [`Profile::parse`] lays a
//! user's file over it: keys that are missing come from the default, unknown ones are refused by name, and every number has a range
//! ([`check`]). [`Profile::of_country`] then settles defaults by country. The profile holds numbers only; what is made of them is [`crate::stress`].

mod by;
mod check;
mod read;

use serde::{Deserialize, Serialize};

pub use by::By;
pub use read::ProfileError;

use crate::build::DrivingSide;
use crate::parts::{STRESS_WEIGHT_ONE, Stop};
use crate::street::{Highway, Surface};

#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    stops: Vec<StopRow>,
    left_hand: Vec<String>,
    pub base: By<Highway, BaseRow>,
    pub pace: Pace,
    pub surface: By<Surface, SurfaceRow>,
    pub width: Width,
    pub lighting: Lighting,
    pub tunnel: Tunnel,
    pub traffic: Traffic,
    pub untagged: By<Highway, Untagged>,
    country: std::collections::BTreeMap<String, By<Highway, CountryRow>>,
    pub crossing: By<Highway, CrossingRow>,
    pub approach: Approach,
    pub turns: Turns,
    pub crash: CrashModel,
    pub elevation: Elevation,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct StopRow {
    comfort: u8,
    weight: u16,
}

/// Stress of a class by what it offers, in percent.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct BaseRow {
    pub none: u16,
    pub shared_lane: u16,
    pub lane: u16,
    pub bicycle_street: u16,
    pub track: u16,
}

/// Time against riding, in percent.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Pace {
    pub walk: u16,
    pub steps: u16,
    pub steps_with_ramp: u16,
    pub footway: u16,
    pub pedestrian: u16,
    pub ferry: u16,
    pub boarding_m: u16,
    pub destination_only: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SurfaceRow {
    pub effort: u16,
    pub stress: u16,
}

#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Width {
    pub lane: Vec<WidthStep>,
    pub path: Vec<WidthStep>,
    pub street: Vec<WidthStep>,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct WidthStep {
    pub below_m: f64,
    pub pct: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Lighting {
    pub unlit_street: u16,
    pub unlit_path: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Tunnel {
    pub street: u16,
    pub path: u16,
}

#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Traffic {
    pub speed: Vec<SpeedStep>,
    pub lanes: Vec<LaneStep>,
    /// Share of the traffic's stress that reaches a rider, in percent: not above 100.
    pub felt: BaseRow,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SpeedStep {
    pub from_kmh: u16,
    pub pct: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LaneStep {
    /// Each way.
    pub from: u8,
    pub pct: u16,
}

/// What a street without tags is taken for.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Untagged {
    pub speed_kmh: u16,
    /// Both directions together.
    pub lanes: u8,
    pub lit: bool,
    /// A day, both directions.
    pub vehicles: u32,
    pub parking: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct CountryRow {
    speed_kmh: Option<u16>,
    lanes: Option<u8>,
    vehicles: Option<u32>,
}

/// Stress of crossing a class, in metres, by what helps.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CrossingRow {
    pub none: u16,
    pub marked: u16,
    pub island: u16,
    pub all_way_stop: u16,
    pub roundabout: u16,
    pub signals: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Approach {
    pub minor_m: u16,
    pub signals_m: u16,
    pub equal_pct: u16,
}

#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Turns {
    #[serde(deserialize_with = "by::named", serialize_with = "by::name")]
    pub busy: Highway,
    pub near_pct: u16,
    pub far_pct: u16,
    pub leave_m: By<Highway, u16>,
    pub leave_with_signals_pct: u16,
    pub leave_from_track_pct: u16,
    pub signal_s: u16,
    pub cross_s: u16,
    pub leave_s: u16,
    pub u_turn_s: u16,
    pub u_turn_m: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CrashModel {
    pub severity: SeverityWeights,
    pub half_life_years: f64,
    pub junction_m: f64,
    pub match_m: f64,
    pub spread_m: f64,
    pub use_exponent: f64,
    pub dispersion: Dispersion,
    pub believed_pct: u16,
    pub least_pct: u8,
    pub most_pct: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SeverityWeights {
    pub none: f64,
    pub possible: f64,
    pub minor: f64,
    pub serious: f64,
    pub killed: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Dispersion {
    pub least: f64,
    pub most: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Elevation {
    pub smooth_m: f64,
    pub noise_m: f64,
}

impl Default for Profile {
    fn default() -> Self {
        Self::parse("").unwrap_or_else(|error| unreachable!("the default profile is tested: {error}"))
    }
}

impl Profile {
    /// The default profile, as a file to copy.
    #[must_use]
    pub const fn default_text() -> &'static str {
        include_str!("../../profiles/default.toml")
    }

    /// The whole profile as TOML, which [`Self::parse`] reads back.
    #[must_use]
    pub fn to_toml(&self) -> String {
        toml::to_string(self).unwrap_or_else(|error| unreachable!("tables of numbers, written in the test: {error}"))
    }

    /// The stops of the comfort slider, by comfort: all that the profile has.
    #[must_use]
    pub fn stops(&self) -> Vec<Stop> {
        self.stops.iter().map(|row| Stop { comfort_pct: row.comfort, stress_weight: row.weight }).collect()
    }

    /// `count` of the stops, spread evenly over them: the first and the last, and for an odd count the middle one. All of them when there are no more.
    #[must_use]
    pub fn some_stops(&self, count: usize) -> Vec<Stop> {
        let all = self.stops();
        match count {
            0 | 1 => all.into_iter().min_by_key(|stop| u32::from(stop.stress_weight).abs_diff(STRESS_WEIGHT_ONE)).into_iter().collect(),
            _ if count >= all.len() => all,
            _ => (0..count).map(|i| all[i * (all.len() - 1) / (count - 1)]).collect(),
        }
    }

    /// The side of the road that traffic keeps to in a country (ISO 3166, lower case).
    #[must_use]
    pub fn driving_side(&self, country: &str) -> DrivingSide {
        if self.left_hand.iter().any(|left| left == country) { DrivingSide::Left } else { DrivingSide::Right }
    }

    /// With what is usual in a country. Countries the profile does not name have the general defaults.
    #[must_use]
    pub fn of_country(mut self, country: &str) -> Self {
        let Some(rows) = self.country.get(country).cloned() else { return self };
        for (highway, row) in rows.iter() {
            if let Some(default) = self.untagged.get_mut(highway) {
                default.speed_kmh = row.speed_kmh.unwrap_or(default.speed_kmh);
                default.lanes = row.lanes.unwrap_or(default.lanes);
                default.vehicles = row.vehicles.unwrap_or(default.vehicles);
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_profile_is_whole() {
        let profile = Profile::default();
        let stops = profile.stops();
        assert_eq!((stops.len(), stops[5].comfort_pct, stops[5].stress_weight), (11, 50, 256));
        let three: Vec<u8> = profile.some_stops(3).iter().map(|stop| stop.comfort_pct).collect();
        assert_eq!(three, [0, 50, 100]);
        assert_eq!(profile.some_stops(1)[0].comfort_pct, 50);
        assert!(Highway::ALL.iter().all(|highway| profile.base.get(*highway).is_some() && profile.untagged.get(*highway).is_some()));
    }

    #[test]
    fn written_and_read_back() {
        let profile = Profile::parse("[pace]\nwalk = 350").unwrap();
        assert_eq!(Profile::parse(&profile.to_toml()).unwrap(), profile);
    }

    #[test]
    fn countries_differ() {
        let profile = Profile::default();
        assert_eq!((profile.driving_side("gb"), profile.driving_side("pt")), (DrivingSide::Left, DrivingSide::Right));
        let residential = |profile: Profile| profile.untagged.get(Highway::Residential).map(|row| row.speed_kmh);
        assert_eq!((residential(profile.clone().of_country("us")), residential(profile.of_country("pt"))), (Some(40), Some(30)));
    }

    #[test]
    fn a_copy_changes_what_it_names() {
        let profile = Profile::parse("[base]\nprimary = { none = 300 }\n[pace]\nwalk = 350").unwrap();
        let row = profile.base.get(Highway::Primary).unwrap();
        assert_eq!((row.none, row.track, profile.pace.walk), (300, 124, 350));
    }

    #[test]
    fn mistakes_are_named() {
        for (text, expected) in [
            ("[base]\nprimary = { none = 300, nune = 3 }", "nune"),
            ("[base]\nboulevard = { none = 300 }", "boulevard"),
            ("[pase]\nwalk = 3", "pase"),
            ("[pace]\nwalk = 99", "pace.walk"),
            ("[pace]\nwalk = \"slow\"", "walk"),
            ("[base]\nprimary = { track = 500 }", "base.primary"),
            ("[crash]\nhalf_life_years = 0.0", "crash.half_life_years"),
            ("[crash]\nspread_m = nan", "crash.spread_m"),
            ("[turns]\nbusy = \"avenue\"", "avenue"),
            ("stops = []", "stops"),
            ("stops = [{ comfort = 10, weight = 3 }, { comfort = 10, weight = 9 }]", "stops"),
            ("[traffic]\nspeed = [{ from_kmh = 30, pct = 120 }]", "traffic.speed"),
            ("= 3", "line 1"),
        ] {
            let error = Profile::parse(text).expect_err(text);
            let mut message = error.to_string();
            let mut source = std::error::Error::source(&error);
            while let Some(inner) = source {
                message += &format!(": {inner}");
                source = inner.source();
            }
            assert!(message.contains(expected), "{text}: {message}");
        }
    }
}
