//! Where cities come from, and keeping them at hand.
//!
//! | environment | source |
//! |---|---|
//! | `ROUTER_GRAPH` | one file |
//! | `ROUTER_CITIES` | every `*.city` and `*.graph` of a folder; `/opt` unless given |
//! | `ROUTER_S3` | `s3://bucket/prefix/`: every such object, fetched to `ROUTER_CACHE` (`/tmp/cities`) and looked at again every `ROUTER_S3_REFRESH_S` (60) seconds |
//!
//! The first that is set decides. [`Atlas`] is the cities, open; requests see only the [`Cities`](crate::api::cities::Cities) it is.

pub mod atlas;
mod fetch;
mod refresh;
pub mod s3;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use atlas::Atlas;
use s3::{BadLocation, S3Location};

/// Where a layer is mounted.
const LAYERS: &str = "/opt";
const CACHE: &str = "/tmp/cities";
const REFRESH: Duration = Duration::from_secs(60);
/// What a city file's name ends in.
const ENDINGS: [&str; 2] = ["city", "graph"];

/// Where to look for cities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    File(PathBuf),
    Folder(PathBuf),
    S3 { location: S3Location, cache: PathBuf, refresh: Duration },
}

/// The environment says something that cannot be.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BadSource {
    #[error("{variable} is not UTF-8")]
    NotText { variable: &'static str },
    #[error("ROUTER_S3_REFRESH_S is {text:?}: write a whole number of seconds, 1 or more")]
    Refresh { text: String },
    #[error("ROUTER_S3 cannot be used")]
    Location(#[source] BadLocation),
}

impl Source {
    /// Reads the environment through `variable`, which gives what is set and not empty.
    ///
    /// # Errors
    /// When a variable is not what it should be.
    pub fn from_environment(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, BadSource> {
        let text = |name: &'static str| {
            let text = variable(name).map(|text| text.into_string().map_err(|_| BadSource::NotText { variable: name }));
            text.transpose()
        };
        if let Some(path) = variable("ROUTER_GRAPH") {
            return Ok(Self::File(path.into()));
        }
        if let Some(path) = variable("ROUTER_CITIES") {
            return Ok(Self::Folder(path.into()));
        }
        let Some(address) = text("ROUTER_S3")? else { return Ok(Self::Folder(LAYERS.into())) };
        let location = S3Location::new(&address, text).map_err(BadSource::Location)?;
        let cache = variable("ROUTER_CACHE").map_or_else(|| CACHE.into(), PathBuf::from);
        let refresh = match text("ROUTER_S3_REFRESH_S")? {
            None => REFRESH,
            Some(text) => match text.parse() {
                Ok(seconds) if seconds > 0 => Duration::from_secs(seconds),
                _ => return Err(BadSource::Refresh { text }),
            },
        };
        Ok(Self::S3 { location, cache, refresh })
    }
}

/// Whether a name is that of a city file.
fn is_city_file(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ENDINGS.iter().any(|known| ending == *known))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Source, BadSource> {
        Source::from_environment(|name| pairs.iter().find(|(set, _)| *set == name).map(|(_, value)| value.into()))
    }

    #[test]
    fn the_first_that_is_set_decides() {
        assert_eq!(read(&[]), Ok(Source::Folder("/opt".into())));
        assert_eq!(read(&[("ROUTER_CITIES", "c")]), Ok(Source::Folder("c".into())));
        assert_eq!(read(&[("ROUTER_CITIES", "c"), ("ROUTER_GRAPH", "g"), ("ROUTER_S3", "?")]), Ok(Source::File("g".into())));
        let s3 = read(&[("ROUTER_S3", "s3://maps/bike/"), ("ROUTER_S3_REFRESH_S", "5"), ("AWS_REGION", "eu-north-1")]).unwrap();
        let Source::S3 { refresh, cache, .. } = s3 else { panic!("{s3:?}") };
        assert_eq!((refresh, cache), (Duration::from_secs(5), PathBuf::from("/tmp/cities")));
    }

    #[test]
    fn what_cannot_be_is_said() {
        let bad = read(&[("ROUTER_S3", "s3://b/"), ("AWS_REGION", "x"), ("ROUTER_S3_REFRESH_S", "soon")]);
        assert_eq!(bad, Err(BadSource::Refresh { text: "soon".into() }));
        assert!(matches!(read(&[("ROUTER_S3", "http://b/")]), Err(BadSource::Location(_))));
    }
}
