//! S3's own limits, and ours on memory. S3's are from its user guide ("Multipart upload limits", "Creating object key names").

/// A single PutObject or part is at most 5 GiB.
pub(crate) const UPLOAD_MAX_BYTES: u64 = 5 << 30;
/// Every part of a multipart upload but the last is at least 5 MiB.
pub(crate) const PART_MIN_BYTES: u64 = 5 << 20;
/// Part numbers are 1 to 10,000.
pub(crate) const PART_NUMBER_MAX: i32 = 10_000;
/// A listing answers at most 1,000 keys, parts or uploads.
pub(crate) const LIST_MAX: usize = 1_000;
/// ListBuckets answers at most 10,000 buckets, also when the client names no number.
pub(crate) const LIST_BUCKETS_MAX: usize = 10_000;
/// DeleteObjects takes at most 1,000 keys.
pub(crate) const DELETE_MAX: usize = 1_000;
/// User metadata: keys and values together.
pub(crate) const METADATA_MAX_BYTES: usize = 2 << 10;
/// Tags of one object.
pub(crate) const TAGS_MAX: usize = 10;
/// XML request bodies: CompleteMultipartUpload with 10,000 parts and a checksum each is about 2 MB.
pub(crate) const XML_BODY_MAX_BYTES: usize = 4 << 20;
/// One line of aws-chunked framing (size, extension) or one trailer line.
pub(crate) const CHUNK_LINE_MAX_BYTES: usize = 8 << 10;
/// Trailer lines after the last chunk.
pub(crate) const CHUNK_TRAILERS_MAX: usize = 16;

/// Without a data folder an object (or part) larger than this lives in an unlinked temporary file rather than in memory:
/// the files that functions usually read stay in memory and are answered without a copy, a 1 GB source does not.
pub(crate) const MEMORY_BLOB_MAX_BYTES: u64 = 32 << 20;
/// When blobs in memory together hold more than this, also those over [`MEMORY_SPILL_MIN_BYTES`] go to temporary files.
pub(crate) const MEMORY_TOTAL_MAX_BYTES: u64 = 256 << 20;
/// A blob smaller than this always stays in memory: each temporary file costs an open file.
pub(crate) const MEMORY_SPILL_MIN_BYTES: u64 = 1 << 20;
/// What is gathered from a body before it is hashed and written, and what is read from a file at once.
pub(crate) const FILE_CHUNK_BYTES: usize = 512 << 10;
