//! Following a bucket: what changed is fetched and checked on a thread of its own, while requests go on.
//!
//! On Lambda that thread is frozen between requests with everything else, so a fetch may span several of them; a connection that did
//! not survive the freeze is tried again like any other failure.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::atlas::{Check, OpenCity, SourceError, in_order};
use super::fetch::{cached, fetch};
use super::is_city_file;
use super::s3::{Object, S3, S3Error};
use crate::limits::S3_RESTARTS;

/// When to look again, and the thread that is looking.
#[derive(Debug)]
pub(super) struct Refresh {
    s3: S3,
    cache: PathBuf,
    interval: Duration,
    looked: Option<Instant>,
    looking: Option<JoinHandle<Result<Option<Vec<OpenCity>>, SourceError>>>,
}

impl Refresh {
    pub(super) fn new(s3: S3, cache: PathBuf, interval: Duration) -> Self {
        Self { s3, cache, interval, looked: None, looking: None }
    }

    /// Fetches and opens everything, before the first request.
    pub(super) fn first(&mut self) -> Result<Vec<OpenCity>, SourceError> {
        let cities = look(&self.s3, &self.cache, &[])?.unwrap_or_default();
        sweep(&self.cache, &cities);
        self.looked = Some(Instant::now());
        in_order(cities, "the bucket")
    }

    /// Swaps in what a finished look has found, or begins another when it is time.
    pub(super) fn step(&mut self, cities: &mut Vec<OpenCity>, now: Instant) -> Result<(), SourceError> {
        if let Some(thread) = self.looking.take_if(|thread| thread.is_finished()) {
            self.looked = Some(now);
            // A panic there is a bug; the cities that are open stay, and the next look tries again.
            if let Ok(found) = thread.join()
                && let Some(found) = found?
            {
                *cities = in_order(found, "the bucket")?;
                sweep(&self.cache, cities);
            }
        }
        if self.looking.is_none() && self.looked.is_none_or(|looked| now.duration_since(looked) >= self.interval) {
            let (s3, cache) = (self.s3.clone(), self.cache.clone());
            let open = cities.iter().map(|city| city.path.clone()).collect::<Vec<_>>();
            self.looking = Some(std::thread::spawn(move || look(&s3, &cache, &open)));
        }
        Ok(())
    }
}

/// Lists the bucket; when it is not what is `open`, fetches what is missing and opens everything anew.
fn look(s3: &S3, cache: &Path, open: &[PathBuf]) -> Result<Option<Vec<OpenCity>>, SourceError> {
    let mut restarts = 0;
    loop {
        let objects: Vec<Object> =
            s3.list().map_err(SourceError::S3)?.into_iter().filter(|object| is_city_file(Path::new(&object.key))).collect();
        let paths = objects.iter().map(|object| cached(cache, object)).collect::<Vec<_>>();
        if !open.is_empty() && open.len() == paths.len() && paths.iter().all(|path| open.contains(path)) {
            return Ok(None);
        }
        let fetched: Result<Vec<PathBuf>, S3Error> = objects.iter().map(|object| fetch(s3, object, cache)).collect();
        match fetched {
            // Replaced or removed between the list and the read: the list is old.
            Err(S3Error::Changed { .. } | S3Error::Missing { .. }) if restarts < S3_RESTARTS => restarts += 1,
            Err(error) => return Err(SourceError::S3(error)),
            Ok(paths) => return paths.into_iter().map(open_fetched).collect::<Result<Vec<_>, _>>().map(Some),
        }
    }
}

/// Opens a fetched file after checking every byte. One that fails is removed, so that the next look fetches it again.
fn open_fetched(path: PathBuf) -> Result<OpenCity, SourceError> {
    OpenCity::open(path.clone(), Check::Full).inspect_err(|_| {
        let _ = fs::remove_file(&path);
    })
}

/// Removes what is in the cache and not in use: versions before these, parts of a fetch that was cut off. A mapped file lives on until it is unmapped.
fn sweep(cache: &Path, cities: &[OpenCity]) {
    for entry in fs::read_dir(cache).into_iter().flatten().flatten() {
        let path = entry.path();
        let ours = is_city_file(&path) || path.extension().is_some_and(|ending| ending == "part");
        if ours && cities.iter().all(|city| city.path != path) {
            // It is in nobody's way but the disk's.
            let _ = fs::remove_file(path);
        }
    }
}
