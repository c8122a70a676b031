//! The store: buckets by name, in memory or in a data folder. It knows S3's rules on buckets, objects and uploads, but no HTTP.

pub(crate) mod blob;
pub(crate) mod bucket;
mod disk;
pub(crate) mod object;
pub(crate) mod reader;
pub(crate) mod receive;
pub(crate) mod upload;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use self::blob::{MemoryUse, Shelf};
use self::bucket::{Bucket, BucketInfo};
use self::disk::Disk;
use super::error::{OpenError, StoreError};

/// All buckets of one account.
#[derive(Debug)]
pub(crate) struct Store {
    buckets: RwLock<BTreeMap<String, Arc<Bucket>>>,
    disk: Option<Disk>,
    memory: MemoryUse,
}

impl Store {
    /// Opens the folder `root`, made when it is not there; without one, everything is kept in memory. Blocks.
    pub(crate) fn open(root: Option<&Path>) -> Result<Self, OpenError> {
        let disk = root.map(Disk::open).transpose()?;
        let mut buckets = BTreeMap::new();
        for (name, folder) in disk.iter().map(Disk::buckets).collect::<Result<Vec<_>, _>>()?.into_iter().flatten() {
            buckets.insert(name, Arc::new(Bucket::open(folder)?));
        }
        Ok(Self { buckets: RwLock::new(buckets), disk, memory: MemoryUse::default() })
    }

    pub(crate) fn bucket(&self, name: &str) -> Result<Arc<Bucket>, StoreError> {
        read(&self.buckets).get(name).cloned().ok_or(StoreError::NoSuchBucket)
    }

    /// In order of their names.
    pub(crate) fn buckets(&self) -> Vec<Arc<Bucket>> {
        read(&self.buckets).values().cloned().collect()
    }

    pub(crate) fn create_bucket(&self, info: BucketInfo) -> Result<(), StoreError> {
        let mut buckets = write(&self.buckets);
        if buckets.contains_key(&info.name) {
            return Err(StoreError::BucketAlreadyOwned);
        }
        let bucket = match &self.disk {
            Some(disk) => Bucket::in_folder(disk.create_bucket(&info.name, &info).map_err(StoreError::Write)?, info),
            None => Bucket::in_memory(Shelf::Memory(self.memory.clone()), info),
        };
        buckets.insert(bucket.info.name.clone(), Arc::new(bucket));
        Ok(())
    }

    /// Only an empty one; multipart uploads that go on are dropped with it.
    pub(crate) fn delete_bucket(&self, name: &str) -> Result<(), StoreError> {
        let mut buckets = write(&self.buckets);
        buckets.get(name).ok_or(StoreError::NoSuchBucket)?.close()?;
        buckets.remove(name);
        self.disk.as_ref().map_or(Ok(()), |disk| disk.delete_bucket(name)).map_err(StoreError::Write)
    }
}

/// A lock is never left half-changed by a panic: each change to the maps is one call.
fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
