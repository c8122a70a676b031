//! What to build a city from, besides its extract.

use super::DrivingSide;
use crate::crash::Crashes;
use crate::elevation::Heights;
use crate::profile::Profile;

/// OpenStreetMap's attribution, which its licence asks for.
pub const OSM_ATTRIBUTION: &str = "© OpenStreetMap contributors (ODbL 1.0)";

#[derive(Debug)]
pub struct Plan {
    /// `[a-z0-9-]{1,64}`.
    pub name: String,
    pub side: DrivingSide,
    /// Settled for the country: [`Profile::of_country`].
    pub profile: Profile,
    /// The profile's own text, for the report.
    pub profile_text: String,
    /// How many stops of the profile's comfort slider the city has.
    pub stops: usize,
    pub crashes: Option<Crashes>,
    pub heights: Option<Heights>,
    pub attribution: Vec<String>,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            name: "city".to_owned(),
            side: DrivingSide::Right,
            profile: Profile::default(),
            profile_text: String::new(),
            stops: crate::limits::STOPS_MAX,
            crashes: None,
            heights: None,
            attribution: vec![OSM_ATTRIBUTION.to_owned()],
        }
    }
}
