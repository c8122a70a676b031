//! The cities of a function, open.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

use memmap2::Mmap;
use self_cell::self_cell;

use super::refresh::Refresh;
use super::s3::{S3, S3Error};
use super::{Source, is_city_file};
use crate::api::cities::Cities;
use crate::city::map::{MapError, map_file};
use crate::city::{City, CityError};
use crate::route::Router;

self_cell!(
    /// A mapped file and the router that borrows from it.
    struct Mapped {
        owner: Mmap,
        #[not_covariant]
        dependent: Router,
    }
);

/// A city and the file it lives in.
pub(super) struct OpenCity {
    pub(super) path: PathBuf,
    mapped: Mapped,
}

/// All cities of a source.
#[derive(Debug)]
pub struct Atlas {
    cities: Vec<OpenCity>,
    refresh: Option<Refresh>,
}

/// Why the cities cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    #[error("cannot list the cities of {path}")]
    Folder { path: PathBuf, source: io::Error },
    #[error("there is no *.city or *.graph in {place}: build one with `router-build`, or set ROUTER_GRAPH, ROUTER_CITIES or ROUTER_S3")]
    Empty { place: String },
    #[error(transparent)]
    Map(MapError),
    #[error("cannot use {path}")]
    City { path: PathBuf, source: CityError },
    #[error("two files hold a city named {name}, one of them {path}: keep one")]
    Twice { name: String, path: PathBuf },
    #[error("cannot fetch the cities")]
    S3(#[source] S3Error),
}

impl Atlas {
    /// Opens everything a source has. From S3 that means to fetch it first.
    ///
    /// # Errors
    /// When there is no city, or one cannot be read.
    pub fn open(source: Source) -> Result<Self, SourceError> {
        match source {
            Source::File(path) => Ok(Self { cities: vec![OpenCity::open(path, Check::Quick)?], refresh: None }),
            Source::Folder(folder) => Ok(Self { cities: open_folder(&folder)?, refresh: None }),
            Source::S3 { location, cache, refresh } => {
                let mut refresh = Refresh::new(S3::new(location), cache, refresh);
                let cities = refresh.first()?;
                Ok(Self { cities, refresh: Some(refresh) })
            }
        }
    }

    /// Takes over what has changed in the source, and starts looking again when it is time. Never waits: the cities that are open answer meanwhile.
    /// What went wrong with looking is returned for the log.
    pub fn refresh(&mut self, now: Instant) -> Option<SourceError> {
        self.refresh.as_mut().and_then(|refresh| refresh.step(&mut self.cities, now).err())
    }
}

impl Cities for Atlas {
    fn count(&self) -> usize {
        self.cities.len()
    }

    fn with<T>(&mut self, index: usize, ask: impl FnOnce(&mut Router<'_>) -> T) -> T {
        self.cities[index].mapped.with_dependent_mut(|_, router| ask(router))
    }
}

/// How closely a file is looked at before it is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Check {
    /// What makes reading it safe: a package's files were checked when they were packed.
    Quick,
    /// Every byte against its checksum: it came over a network.
    Full,
}

impl OpenCity {
    pub(super) fn open(path: PathBuf, check: Check) -> Result<Self, SourceError> {
        let map = map_file(&path).map_err(SourceError::Map)?;
        let mapped = Mapped::try_new(map, |map| {
            let city = City::open(map)?;
            if check == Check::Full {
                city.check()?;
            }
            Ok(Router::new(city))
        });
        match mapped {
            Ok(mapped) => Ok(Self { path, mapped }),
            Err(source) => Err(SourceError::City { path, source }),
        }
    }

    pub(super) fn name(&self) -> String {
        self.mapped.with_dependent(|_, router| router.city().name().to_owned())
    }
}

impl std::fmt::Debug for OpenCity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OpenCity").field("path", &self.path).finish_non_exhaustive()
    }
}

fn open_folder(folder: &Path) -> Result<Vec<OpenCity>, SourceError> {
    let failed = |source| SourceError::Folder { path: folder.to_path_buf(), source };
    let paths = fs::read_dir(folder).map_err(failed)?.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<_>>>();
    let mut paths = paths.map_err(failed)?;
    paths.retain(|path| is_city_file(path));
    paths.sort();
    let cities = paths.into_iter().map(|path| OpenCity::open(path, Check::Quick)).collect::<Result<Vec<_>, _>>()?;
    in_order(cities, &folder.display().to_string())
}

/// Cities by name, if there is one at least and no name twice.
pub(super) fn in_order(cities: Vec<OpenCity>, place: &str) -> Result<Vec<OpenCity>, SourceError> {
    if cities.is_empty() {
        return Err(SourceError::Empty { place: place.to_owned() });
    }
    let mut named: Vec<(String, OpenCity)> = cities.into_iter().map(|city| (city.name(), city)).collect();
    named.sort_by(|a, b| a.0.cmp(&b.0));
    if let Some(pair) = named.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        return Err(SourceError::Twice { name: pair[1].0.clone(), path: pair[1].1.path.clone() });
    }
    Ok(named.into_iter().map(|(_, city)| city).collect())
}
