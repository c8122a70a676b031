//! The store against a plain map, across reopening, and across a kill at any moment.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::ops::Range;
use std::process::{Command, Stdio};

use bytes::Bytes;
use futures_util::{TryStreamExt as _, stream};
use proptest::prelude::*;
use s3s::StdError;
use tempfile::TempDir;

use super::bucket::{Bucket, BucketInfo};
use super::object::{Headers, Object, ObjectInfo};
use super::reader::Reader;
use super::receive::{Declared, hex, receive};
use super::upload::{Completion, NamedPart, UploadInfo, new_upload_id};
use super::*;
use crate::s3::checksum::{Algorithm, Kind};
use crate::s3::conditions::WriteConditions;
use crate::s3::limits::{MEMORY_BLOB_MAX_BYTES, PART_MIN_BYTES};

fn info(name: &str) -> BucketInfo {
    BucketInfo { name: name.to_owned(), region: "eu-west-1".to_owned(), location: Some("eu-west-1".to_owned()), created: 1 }
}

fn body(bytes: &[u8]) -> impl futures_util::Stream<Item = Result<Bytes, StdError>> + Unpin {
    let pieces: Vec<Result<Bytes, StdError>> = bytes.chunks(100_000).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    stream::iter(pieces)
}

fn declared(length: usize) -> Declared {
    Declared { length: Some(length as u64), wanted: Some(Algorithm::Crc64Nvme), ..Declared::default() }
}

async fn put(bucket: &Bucket, key: &str, bytes: &[u8]) {
    let received = receive(bucket.shelf(), body(bytes), declared(bytes.len())).await.unwrap();
    let info = ObjectInfo {
        key: key.to_owned(),
        size: received.blob.size(),
        etag: hex(&received.md5),
        last_modified: 1,
        headers: Headers::default(),
        checksum: received.checksum(Algorithm::Crc64Nvme).unwrap(),
        parts: Vec::new(),
        upload_id: None,
    };
    bucket.put(Object { info, blobs: vec![received.blob] }, &WriteConditions::default()).unwrap();
}

fn begin(bucket: &Bucket, key: &str) -> String {
    let id = new_upload_id(1);
    let (algorithm, kind) = (Algorithm::Crc64Nvme, Kind::FullObject);
    let headers = Headers::default();
    bucket
        .create_upload(UploadInfo { id: id.clone(), key: key.to_owned(), initiated: 1, headers, algorithm, kind, declared: false })
        .unwrap();
    id
}

async fn part(bucket: &Bucket, key: &str, id: &str, number: u16, bytes: &[u8]) -> NamedPart {
    let received = receive(bucket.shelf(), body(bytes), declared(bytes.len())).await.unwrap();
    let record = bucket.put_part(key, id, number, &received, 1).unwrap();
    NamedPart { number: i32::from(number), etag: record.etag, checksums: Vec::new() }
}

async fn get(object: &Object, range: Range<u64>) -> Vec<u8> {
    let pieces: Vec<Bytes> = Reader::open(&object.blobs, &range).unwrap().try_collect().await.unwrap();
    pieces.concat()
}

/// Bytes that differ with their place and their seed.
fn pattern(seed: u8, length: usize) -> Vec<u8> {
    (0..length).map(|at| u8::try_from(at % 251).unwrap() ^ seed).collect()
}

#[derive(Debug, Clone)]
enum Act {
    Put {
        key: String,
        seed: u8,
        length: usize,
    },
    /// A first part of the least size there is, and a second.
    Multipart {
        key: String,
        seed: u8,
        length: usize,
    },
    Abort {
        key: String,
    },
    Delete {
        key: String,
    },
    Copy {
        from: String,
        to: String,
    },
    Read {
        key: String,
        at: (usize, usize),
    },
    Reopen,
}

fn act() -> impl Strategy<Value = Act> {
    let key = || "[a-c]/?[a-b]?".prop_map(|key: String| key);
    prop_oneof![
        4 => (key(), any::<u8>(), 0usize..150_000).prop_map(|(key, seed, length)| Act::Put { key, seed, length }),
        1 => (key(), any::<u8>(), 0usize..1_000).prop_map(|(key, seed, length)| Act::Multipart { key, seed, length }),
        1 => key().prop_map(|key| Act::Abort { key }),
        2 => key().prop_map(|key| Act::Delete { key }),
        1 => (key(), key()).prop_map(|(from, to)| Act::Copy { from, to }),
        4 => (key(), any::<(usize, usize)>()).prop_map(|(key, at)| Act::Read { key, at }),
        1 => Just(Act::Reopen),
    ]
}

async fn run(root: Option<&TempDir>, acts: &[Act]) {
    let mut store = Store::open(root.map(TempDir::path)).unwrap();
    store.create_bucket(info("bucket")).unwrap();
    let mut twin: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for act in acts {
        let bucket = store.bucket("bucket").unwrap();
        match act {
            Act::Put { key, seed, length } => {
                put(&bucket, key, &pattern(*seed, *length)).await;
                twin.insert(key.clone(), pattern(*seed, *length));
            }
            Act::Multipart { key, seed, length } => {
                let bytes = pattern(*seed, usize::try_from(PART_MIN_BYTES).unwrap() + length);
                let (first, second) = bytes.split_at(bytes.len() - length);
                let id = begin(&bucket, key);
                // In the wrong order, and the first one twice.
                let second = part(&bucket, key, &id, 7, second).await;
                part(&bucket, key, &id, 2, b"overwritten").await;
                let first = part(&bucket, key, &id, 2, first).await;
                let object = bucket.complete_upload(key, &id, &[first, second], &Completion::default()).unwrap();
                let whole = receive(Shelf::Memory(MemoryUse::default()), body(&bytes), declared(bytes.len())).await.unwrap();
                assert_eq!(Some(object.info.checksum.clone()), whole.checksum(Algorithm::Crc64Nvme));
                twin.insert(key.clone(), bytes);
            }
            Act::Abort { key } => {
                let id = begin(&bucket, key);
                part(&bucket, key, &id, 1, b"gone").await;
                bucket.abort_upload(key, &id).unwrap();
            }
            Act::Delete { key } => {
                bucket.delete(key, &WriteConditions::default()).unwrap();
                twin.remove(key);
            }
            Act::Copy { from, to } => {
                if let Ok(source) = bucket.get(from) {
                    let blobs = source.blobs.iter().map(|blob| blob.link(&bucket.shelf()).unwrap()).collect();
                    let info = ObjectInfo { key: to.clone(), ..source.info.clone() };
                    bucket.put(Object { info, blobs }, &WriteConditions::default()).unwrap();
                    twin.insert(to.clone(), twin[from].clone());
                }
            }
            Act::Read { key, at: (a, b) } => match (bucket.get(key), twin.get(key)) {
                (Ok(object), Some(bytes)) => {
                    let (a, b) = (a % (bytes.len() + 1), b % (bytes.len() + 1));
                    let range = a.min(b)..a.max(b);
                    assert_eq!(get(&object, range.start as u64..range.end as u64).await, bytes[range]);
                }
                (object, bytes) => assert_eq!(object.is_ok(), bytes.is_some()),
            },
            Act::Reopen if root.is_some() => {
                drop((bucket, store));
                store = Store::open(root.map(TempDir::path)).unwrap();
            }
            Act::Reopen => {}
        }
    }
    compare(&store, &twin, root).await;
}

async fn compare(store: &Store, twin: &BTreeMap<String, Vec<u8>>, root: Option<&TempDir>) {
    let bucket = store.bucket("bucket").unwrap();
    let keys: Vec<String> = bucket.with_objects(|objects| objects.keys().cloned().collect());
    assert_eq!(keys, twin.keys().cloned().collect::<Vec<_>>());
    for (key, bytes) in twin {
        assert_eq!(&get(&bucket.get(key).unwrap(), 0..bytes.len() as u64).await, bytes, "{key}");
    }
    if let Some(root) = root {
        let blobs = std::fs::read_dir(root.path().join("bucket/blobs")).unwrap().count();
        assert_eq!(blobs, bucket.with_objects(|objects| objects.values().map(|object| object.blobs.len()).sum::<usize>()), "no orphans");
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap().block_on(future)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn like_a_plain_map(acts in prop::collection::vec(act(), 0..25)) {
        let root = tempfile::tempdir().unwrap();
        block_on(async {
            run(None, &acts).await;
            run(Some(&root), &acts).await;
        });
    }
}

#[test]
fn what_a_folder_keeps() {
    let root = tempfile::tempdir().unwrap();
    block_on(async {
        let store = Store::open(Some(root.path())).unwrap();
        store.create_bucket(info("first")).unwrap();
        store.create_bucket(info("second")).unwrap();
        let bucket = store.bucket("first").unwrap();
        put(&bucket, "a/b", b"kept").await;
        bucket.update("a/b", |info| info.headers.tags = vec![("k".to_owned(), "v".to_owned())]).unwrap();
        let id = begin(&bucket, "goes on");
        let named = part(&bucket, "goes on", &id, 1, b"first half").await;
        assert!(matches!(Store::open(Some(root.path())), Err(OpenError::InUse { .. })), "one process at a time");
        store.delete_bucket("second").unwrap();
        assert!(matches!(store.delete_bucket("first"), Err(StoreError::BucketNotEmpty)));
        let before = bucket.get("a/b").unwrap().info.clone();
        // What an interrupted upload and an interrupted creation leave behind.
        std::fs::write(root.path().join("first/blobs/orphan"), b"x").unwrap();
        std::fs::create_dir(root.path().join(".tmp-x")).unwrap();
        drop((bucket, store));

        let store = Store::open(Some(root.path())).unwrap();
        assert_eq!(store.buckets().iter().map(|bucket| bucket.info.clone()).collect::<Vec<_>>(), [info("first")]);
        let bucket = store.bucket("first").unwrap();
        assert_eq!(bucket.get("a/b").unwrap().info, before);
        let object = bucket.complete_upload("goes on", &id, &[named], &Completion::default()).unwrap();
        assert_eq!(get(&object, 0..10).await, b"first half");
        assert!(!root.path().join("first/blobs/orphan").exists() && !root.path().join(".tmp-x").exists());
    });
}

#[test]
fn a_download_goes_on_while_its_object_is_overwritten_and_deleted() {
    let root = tempfile::tempdir().unwrap();
    block_on(async {
        let store = Store::open(Some(root.path())).unwrap();
        store.create_bucket(info("bucket")).unwrap();
        let bucket = store.bucket("bucket").unwrap();
        let bytes = pattern(3, 3_000_000);
        put(&bucket, "key", &bytes).await;
        let object = bucket.get("key").unwrap();
        put(&bucket, "key", b"other").await;
        bucket.delete("key", &WriteConditions::default()).unwrap();
        assert_eq!(get(&object, 0..3_000_000).await, bytes);
        drop(object);
        assert_eq!(std::fs::read_dir(root.path().join("bucket/blobs")).unwrap().count(), 0);
    });
}

#[test]
fn a_large_object_leaves_memory() {
    block_on(async {
        let store = Store::open(None).unwrap();
        store.create_bucket(info("bucket")).unwrap();
        let bucket = store.bucket("bucket").unwrap();
        let size = MEMORY_BLOB_MAX_BYTES + 1;
        let bytes = vec![7; usize::try_from(size).unwrap()];
        put(&bucket, "large", &bytes).await;
        put(&bucket, "small", b"small").await;
        assert_eq!(store.memory.bytes(), 5);
        assert_eq!(get(&bucket.get("large").unwrap(), size - 3..size).await, [7, 7, 7]);
        bucket.delete("small", &WriteConditions::default()).unwrap();
        assert_eq!(store.memory.bytes(), 0);
    });
}

#[test]
fn a_completion_repeated_answers_the_same() {
    block_on(async {
        let store = Store::open(None).unwrap();
        store.create_bucket(info("bucket")).unwrap();
        let bucket = store.bucket("bucket").unwrap();
        let id = begin(&bucket, "key");
        let named = [part(&bucket, "key", &id, 1, b"only").await];
        let first = bucket.complete_upload("key", &id, &named, &Completion::default()).unwrap();
        let again = bucket.complete_upload("key", &id, &named, &Completion::default()).unwrap();
        assert_eq!(first.info, again.info);
        put(&bucket, "key", b"other").await;
        assert!(matches!(bucket.complete_upload("key", &id, &named, &Completion::default()), Err(StoreError::NoSuchUpload)));
    });
}

/// Set in the process that is killed: the folder it writes to.
const KILLED_WRITER: &str = "FERRY_TEST_S3_WRITER";

/// Not a test by itself: the process that `a_kill_at_any_moment` starts from this same binary, and kills.
#[test]
fn writer_to_be_killed() {
    let Some(root) = std::env::var_os(KILLED_WRITER) else { return };
    block_on(async {
        let store = Store::open(Some(root.as_ref())).unwrap();
        let _ = store.create_bucket(info("bucket"));
        let bucket = store.bucket("bucket").unwrap();
        for round in 0..u32::MAX {
            let (seed, key) = (round.to_le_bytes()[0], format!("key-{}", round % 7));
            if round % 5 == 4 {
                let id = begin(&bucket, &key);
                let named = [part(&bucket, &key, &id, 1, &pattern(seed, 700_000)).await];
                bucket.complete_upload(&key, &id, &named, &Completion::default()).unwrap();
            } else {
                put(&bucket, &key, &pattern(seed, 700_000)).await;
            }
            println!("done {key} {seed}");
        }
    });
}

#[test]
fn a_kill_at_any_moment_leaves_the_old_or_the_new() {
    let root = tempfile::tempdir().unwrap();
    // The seed of what was last written under each key.
    let mut kept: BTreeMap<String, u8> = BTreeMap::new();
    for writes in [1, 4, 9, 16, 23] {
        let written = write_and_kill(root.path(), writes);
        kept.extend(written.iter().cloned());
        // The one that was under way may be there already.
        let under_way = (format!("key-{}", written.len() % 7), u8::try_from(written.len() % 256).unwrap());
        block_on(async {
            let store = Store::open(Some(root.path())).unwrap();
            let objects = store.bucket("bucket").unwrap().with_objects(Clone::clone);
            assert!(kept.keys().all(|key| objects.contains_key(key)), "nothing is lost");
            for (key, object) in &objects {
                let bytes = get(object, 0..700_000).await;
                if *key == under_way.0 && bytes == pattern(under_way.1, 700_000) {
                    kept.insert(key.clone(), under_way.1);
                } else {
                    assert!(kept.get(key).is_some_and(|seed| bytes == pattern(*seed, 700_000)), "{key} is neither old nor new");
                }
            }
        });
    }
}

/// Starts the writer, kills it after some writes, and gives the key and seed of each that it said was done.
fn write_and_kill(root: &Path, writes: usize) -> Vec<(String, u8)> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "s3::store::tests::writer_to_be_killed", "--nocapture", "--test-threads=1"])
        .env(KILLED_WRITER, root)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let mut done = lines.filter_map(|line| {
        let (_, rest) = line.split_once("done ")?;
        let (key, seed) = rest.split_once(' ')?;
        Some((key.to_owned(), seed.parse().ok()?))
    });
    let mut written: Vec<(String, u8)> = done.by_ref().take(writes).collect();
    child.kill().unwrap();
    written.extend(done);
    child.wait().unwrap();
    written
}
