//! A city's TOML: what to build it from.
//!
//! ```toml
//! name = "porto"                      # a-z, 0-9, -
//! extract = "porto.osm.pbf"
//! country = "pt"                      # for the profile's defaults and the side of the road
//! # driving_side = "left"             # where the country does not tell
//! # profile = "cautious.toml"         # what it leaves out is the default profile's
//! # stops = 3                         # of the comfort slider; all of the profile's without it
//! # heights = ["N41W009.hgt"]         # HGT or GeoTIFF, in WGS 84 degrees
//! # output = "porto.city"             # <name>.city without it
//! # attribution = ["Crashes: Câmara Municipal"]
//!
//! [[crashes]]
//! file = "crashes.csv"
//! portal = "chicago"                  # or new-york, san-francisco; or, for any other file:
//! # [crashes.columns]
//! # latitude = "lat"
//! # longitude = "lon"
//! # date = "date"
//! # severity = "injury"
//! # severities = { fatal = "killed", severe = "serious", visible = "minor", pain = "possible", none = "none" }
//! # cyclist = { columns = ["mode"], words = ["bicycle"] }     # every row without it
//! ```
//!
//! Paths are relative to the TOML's folder. Unknown keys are refused.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{DrivingSide, Plan};
use crate::crash::{Columns, CrashError, Crashes, CyclistRule, Portal, SEVERITIES, SeverityRule};
use crate::elevation::{ElevationError, Heights};
use crate::limits::STOPS_MAX;
use crate::profile::{Profile, ProfileError};

#[derive(Debug, thiserror::Error)]
pub enum RecipeError {
    #[error("cannot read {}", path.display())]
    Read {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("{} is not TOML of a city's shape (see `router-build city --help`)", path.display())]
    Shape {
        path: PathBuf,
        #[source]
        source: toml::de::Error,
    },
    #[error("{field} = {value:?}: {remedy}")]
    Field { field: &'static str, value: String, remedy: String },
    #[error("in the profile {}", path.display())]
    Profile {
        path: PathBuf,
        #[source]
        source: ProfileError,
    },
    #[error("in the crash file {}", path.display())]
    Crashes {
        path: PathBuf,
        #[source]
        source: CrashError,
    },
    #[error("cannot use the elevation model")]
    Heights(#[source] ElevationError),
}

/// What to build a city from; a file's content, or what the command line says.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    pub name: Option<String>,
    pub extract: PathBuf,
    pub country: Option<String>,
    pub driving_side: Option<DrivingSide>,
    pub profile: Option<PathBuf>,
    pub stops: Option<usize>,
    #[serde(default)]
    pub heights: Vec<PathBuf>,
    #[serde(default)]
    pub crashes: Vec<CrashFile>,
    pub output: Option<PathBuf>,
    #[serde(default)]
    pub attribution: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CrashFile {
    pub file: PathBuf,
    pub portal: Option<Portal>,
    pub columns: Option<ColumnMap>,
}

/// The columns of a file of no known portal.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnMap {
    latitude: String,
    longitude: String,
    date: String,
    severity: String,
    severities: BTreeMap<String, String>,
    cyclist: Option<CyclistColumns>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CyclistColumns {
    columns: Vec<String>,
    words: Vec<String>,
}

impl Recipe {
    /// Reads a city's TOML; its paths become relative to where it was asked for.
    ///
    /// # Errors
    /// When it cannot be read, or says what it must not.
    pub fn read(path: &Path) -> Result<Self, RecipeError> {
        let text = read_text(path)?;
        let mut recipe: Self = toml::from_str(&text).map_err(|source| RecipeError::Shape { path: path.to_owned(), source })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let files = [Some(&mut recipe.extract), recipe.profile.as_mut(), recipe.output.as_mut()];
        let others = recipe.crashes.iter_mut().map(|crashes| &mut crashes.file).chain(&mut recipe.heights);
        files.into_iter().flatten().chain(others).for_each(|file| *file = folder.join(&*file));
        recipe.output.get_or_insert_with(|| folder.join(format!("{}.city", recipe.name.as_deref().unwrap_or("city"))));
        Ok(recipe)
    }

    /// Reads whatever it names, except the extract.
    ///
    /// # Errors
    /// When a file cannot be read, or a name or number is out of range.
    pub fn plan(&self) -> Result<Plan, RecipeError> {
        let name = self.name.clone().unwrap_or_else(|| "city".to_owned());
        let well_formed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if name.is_empty() || name.len() > 64 || !name.chars().all(well_formed) {
            let remedy = "give 1 to 64 of a-z, 0-9 and -".to_owned();
            return Err(RecipeError::Field { field: "name", value: name, remedy });
        }
        let stops = self.stops.unwrap_or(STOPS_MAX);
        if !(1..=STOPS_MAX).contains(&stops) {
            return Err(RecipeError::Field { field: "stops", value: stops.to_string(), remedy: format!("give 1 to {STOPS_MAX}") });
        }
        let country = self.country.clone().unwrap_or_default().to_lowercase();
        if !(country.is_empty() || country.len() == 2) {
            return Err(RecipeError::Field { field: "country", value: country, remedy: "give an ISO 3166 code of two letters".to_owned() });
        }
        let (profile, profile_text) = self.profile()?;
        let heights = if self.heights.is_empty() { None } else { Some(Heights::read(&self.heights).map_err(RecipeError::Heights)?) };
        let mut attribution = Plan::default().attribution;
        attribution.extend(self.attribution.iter().cloned());
        let side = self.driving_side.unwrap_or_else(|| profile.driving_side(&country));
        let profile = profile.of_country(&country);
        Ok(Plan { name, side, profile, profile_text, stops, crashes: self.read_crashes()?, heights, attribution })
    }

    fn profile(&self) -> Result<(Profile, String), RecipeError> {
        let Some(path) = &self.profile else { return Ok((Profile::default(), Profile::default_text().to_owned())) };
        let text = read_text(path)?;
        let profile = Profile::parse(&text).map_err(|source| RecipeError::Profile { path: path.clone(), source })?;
        Ok((profile, text))
    }

    fn read_crashes(&self) -> Result<Option<Crashes>, RecipeError> {
        let mut crashes = Crashes::default();
        for part in &self.crashes {
            let columns = part.columns()?;
            let file = File::open(&part.file).map_err(|source| RecipeError::Read { path: part.file.clone(), source })?;
            crashes.read(BufReader::new(file), &columns).map_err(|source| RecipeError::Crashes { path: part.file.clone(), source })?;
        }
        Ok((!self.crashes.is_empty()).then_some(crashes))
    }
}

impl CrashFile {
    fn columns(&self) -> Result<Columns, RecipeError> {
        match (&self.portal, &self.columns) {
            (Some(portal), None) => Ok(portal.columns()),
            (None, Some(map)) => map.columns(),
            _ => {
                let remedy = "name either a portal (chicago, new-york, san-francisco) or its columns".to_owned();
                Err(RecipeError::Field { field: "crashes", value: self.file.display().to_string(), remedy })
            }
        }
    }
}

impl ColumnMap {
    fn columns(&self) -> Result<Columns, RecipeError> {
        let number = |(word, name): (&String, &String)| match SEVERITIES.iter().position(|known| known == name) {
            Some(severity) => Ok((word.to_lowercase(), u8::try_from(severity).unwrap_or(0))),
            None => {
                let remedy = format!("give one of {}", SEVERITIES.join(", "));
                Err(RecipeError::Field { field: "crashes.columns.severities", value: name.clone(), remedy })
            }
        };
        let severities = self.severities.iter().map(number).collect::<Result<_, _>>()?;
        let cyclist = self.cyclist.as_ref().map_or(CyclistRule::All, |cyclist| CyclistRule::Any {
            counts: Vec::new(),
            columns: cyclist.columns.clone(),
            words: cyclist.words.iter().map(|word| word.to_lowercase()).collect(),
        });
        Ok(Columns {
            latitude: self.latitude.clone(),
            longitude: self.longitude.clone(),
            date: self.date.clone(),
            severity: SeverityRule::Words { column: self.severity.clone(), severities },
            cyclist,
        })
    }
}

fn read_text(path: &Path) -> Result<String, RecipeError> {
    std::fs::read_to_string(path).map_err(|source| RecipeError::Read { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn in_folder(text: &str) -> (tempfile::TempDir, Result<Recipe, RecipeError>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("city.toml");
        std::fs::write(&path, text).unwrap();
        let recipe = Recipe::read(&path);
        (folder, recipe)
    }

    #[test]
    fn everything_that_a_city_may_say() {
        let (folder, recipe) = in_folder(
            "name = 'x-1'\nextract = 'x.osm.pbf'\ncountry = 'GB'\nstops = 3\nprofile = 'mine.toml'\n[[crashes]]\nfile = 'c.csv'\n[crashes.columns]\nlatitude = 'lat'\nlongitude = 'lon'\n\
             date = 'day'\nseverity = 'injury'\nseverities = { Bad = 'serious' }\ncyclist = { columns = ['mode'], words = ['Bicycle'] }\n",
        );
        let recipe = recipe.unwrap();
        assert_eq!(
            (recipe.extract.clone(), recipe.output.clone()),
            (folder.path().join("x.osm.pbf"), Some(folder.path().join("x-1.city")))
        );
        std::fs::write(folder.path().join("mine.toml"), "[pace]\nwalk = 350").unwrap();
        std::fs::write(
            folder.path().join("c.csv"),
            "lat,lon,day,injury,mode\n51.5,-0.1,2020-01-02,bad,BICYCLE\n51.5,-0.1,2020-01-02,bad,car\n",
        )
        .unwrap();
        let plan = recipe.plan().unwrap();
        let crashes = plan.crashes.unwrap();
        assert_eq!((plan.name.as_str(), plan.side, plan.stops, plan.profile.pace.walk), ("x-1", DrivingSide::Left, 3, 350));
        assert_eq!((crashes.list.len(), crashes.list[0].severity, crashes.rows), (1, 3, 2));
    }

    #[test]
    fn mistakes_are_named() {
        let text_of = |error: RecipeError| {
            let source = std::error::Error::source(&error).map(ToString::to_string);
            format!("{error} {}", source.unwrap_or_default())
        };
        for (text, expected) in [
            ("extract = 'x'\nextrakt = 'y'", "extrakt"),
            ("name = 'x'", "extract"),
            ("extract = 'x'\ndriving_side = 'middle'", "middle"),
            ("extract = 'x'\nname = 'São Paulo'", "name"),
            ("extract = 'x'\nstops = 99", "stops"),
            ("extract = 'x'\ncountry = 'england'", "country"),
            ("extract = 'x'\nprofile = 'nowhere.toml'", "nowhere.toml"),
            ("extract = 'x'\n[[crashes]]\nfile = 'c.csv'", "portal"),
            ("extract = 'x'\n[[crashes]]\nfile = 'c.csv'\nportal = 'boston'", "boston"),
            ("extract = 'x'\n[[crashes]]\nfile = 'nowhere.csv'\nportal = 'chicago'", "nowhere.csv"),
            ("extract = 'x'\nheights = ['N41W009.hgt']", "elevation"),
        ] {
            let (_folder, recipe) = in_folder(text);
            let message = text_of(recipe.and_then(|recipe| recipe.plan().map(|_| ())).expect_err(text));
            assert!(message.contains(expected), "{text}: {message}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[ -~\n]{0,200}", cut in any::<prop::sample::Index>(), byte in any::<u8>()) {
            let _ = toml::from_str::<Recipe>(&text);
            let _ = Profile::parse(&text);
            // The default profile with one byte changed: read, or refused with a reason.
            let mut bytes = Profile::default_text().as_bytes().to_vec();
            let at = cut.index(bytes.len());
            bytes[at] = byte;
            if let Err(error) = Profile::parse(&String::from_utf8_lossy(&bytes)) {
                prop_assert!(!error.to_string().is_empty());
            }
        }
    }
}
