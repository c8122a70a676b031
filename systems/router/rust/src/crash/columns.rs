//! Which column of a crash file says what: three portals by name, any other by a map.

use std::collections::BTreeMap;

use serde::Deserialize;

/// Portals whose columns are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Portal {
    /// City of Chicago, "Traffic Crashes - Crashes".
    Chicago,
    /// NYC Open Data, "Motor Vehicle Collisions - Crashes".
    NewYork,
    /// `DataSF`, "Traffic Crashes Resulting in Injury".
    SanFrancisco,
}

/// Names of columns; case and punctuation do not matter (`CRASH DATE` is `crash_date`).
#[derive(Debug, Clone, PartialEq)]
pub struct Columns {
    pub latitude: String,
    pub longitude: String,
    pub date: String,
    pub severity: SeverityRule,
    pub cyclist: CyclistRule,
}

#[derive(Debug, Clone, PartialEq)]
pub enum SeverityRule {
    /// A column's words, lower case, and the severity of each.
    Words { column: String, severities: BTreeMap<String, u8> },
    /// Columns that count people: the first with any decides; with none of them nobody was hurt.
    Counts(Vec<(String, u8)>),
}

#[derive(Debug, Clone, PartialEq)]
pub enum CyclistRule {
    /// Every row is one.
    All,
    /// Any of `counts` is above 0, or any of `columns` contains one of `words` (lower case). Columns that the file does not have count as empty, if it has one at least.
    Any { counts: Vec<String>, columns: Vec<String>, words: Vec<String> },
}

impl Portal {
    #[must_use]
    pub fn columns(self) -> Columns {
        match self {
            Self::Chicago => chicago(),
            Self::NewYork => new_york(),
            Self::SanFrancisco => san_francisco(),
        }
    }
}

fn words(pairs: &[(&str, u8)]) -> BTreeMap<String, u8> {
    pairs.iter().map(|(word, severity)| ((*word).to_owned(), *severity)).collect()
}

fn names(list: &[&str]) -> Vec<String> {
    list.iter().map(|name| (*name).to_owned()).collect()
}

fn chicago() -> Columns {
    let severities = words(&[
        ("fatal", 4),
        ("incapacitating injury", 3),
        ("nonincapacitating injury", 2),
        ("reported, not evident", 1),
        ("no indication of injury", 0),
    ]);
    Columns {
        latitude: "latitude".into(),
        longitude: "longitude".into(),
        date: "crash_date".into(),
        severity: SeverityRule::Words { column: "most_severe_injury".into(), severities },
        cyclist: CyclistRule::Any { counts: Vec::new(), columns: names(&["first_crash_type"]), words: names(&["pedalcyclist"]) },
    }
}

/// The portal tells killed from injured only: injured count as minor.
fn new_york() -> Columns {
    let (killed, injured) = ("number_of_cyclist_killed", "number_of_cyclist_injured");
    let vehicles = ["vehicle_type_code_1", "vehicle_type_code_2", "vehicle_type_code_3", "vehicle_type_code_4", "vehicle_type_code_5"];
    Columns {
        latitude: "latitude".into(),
        longitude: "longitude".into(),
        date: "crash_date".into(),
        severity: SeverityRule::Counts(vec![(killed.into(), 4), (injured.into(), 2)]),
        cyclist: CyclistRule::Any {
            counts: names(&[killed, injured]),
            columns: names(&vehicles),
            words: names(&["bicycle", "bike", "e-bike"]),
        },
    }
}

fn san_francisco() -> Columns {
    let severities = words(&[
        ("fatal", 4),
        ("injury (severe)", 3),
        ("injury (other visible)", 2),
        ("injury (complaint of pain)", 1),
        ("medical", 1),
        ("property damage only", 0),
    ]);
    Columns {
        latitude: "tb_latitude".into(),
        longitude: "tb_longitude".into(),
        date: "collision_datetime".into(),
        severity: SeverityRule::Words { column: "collision_severity".into(), severities },
        cyclist: CyclistRule::Any {
            counts: Vec::new(),
            columns: names(&["dph_col_grp_description", "mviw", "party1_type", "party2_type"]),
            words: names(&["bicycl"]),
        },
    }
}
