//! What can go wrong in the store, and under which code and message S3 says so.

use std::error::Error;
use std::io;
use std::path::PathBuf;

use http::StatusCode;
use s3s::{S3Error, S3ErrorCode, StdError};

use super::checksum::Algorithm;
use crate::sigv4::ChunkError;

/// A refused or failed act of the store.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    #[error("The specified bucket does not exist")]
    NoSuchBucket,
    #[error("The specified key does not exist.")]
    NoSuchKey,
    #[error("The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.")]
    NoSuchUpload,
    #[error("Your previous request to create the named bucket succeeded and you already own it.")]
    BucketAlreadyOwned,
    #[error("The bucket you tried to delete is not empty")]
    BucketNotEmpty,
    #[error("At least one of the pre-conditions you specified did not hold")]
    Precondition,
    #[error(
        "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag."
    )]
    InvalidPart,
    #[error("The list of parts was not in ascending order. Parts must be ordered by part number.")]
    InvalidPartOrder,
    #[error("Your proposed upload is smaller than the minimum allowed size")]
    PartTooSmall,
    #[error("Your proposed upload exceeds the maximum allowed size")]
    TooLarge,
    #[error("You did not provide the number of bytes specified by the Content-Length HTTP header.")]
    Incomplete,
    #[error("The Content-MD5 you specified did not match what we received.")]
    BadMd5,
    #[error("The provided 'x-amz-content-sha256' header does not match what was computed.")]
    BadSha256,
    #[error("The {} you specified did not match the calculated checksum.", .0.name())]
    BadChecksum(Algorithm),
    #[error("Value for {} header is invalid.", .0.header())]
    InvalidChecksum(Algorithm),
    #[error("The body did not end with the trailer {} that X-Amz-Trailer names.", .0.header())]
    MissingTrailer(Algorithm),
    /// The client's side of the body: it broke off or is not framed as it says.
    #[error("The request's body could not be read: {0}")]
    Body(#[source] StdError),
    #[error("The local S3 could not write: {0}")]
    Write(#[source] io::Error),
    #[error("The local S3 could not read: {0}")]
    Read(#[source] io::Error),
}

impl From<StoreError> for S3Error {
    fn from(error: StoreError) -> Self {
        let message = error.to_string();
        let code = match &error {
            StoreError::NoSuchBucket => S3ErrorCode::NoSuchBucket,
            StoreError::NoSuchKey => S3ErrorCode::NoSuchKey,
            StoreError::NoSuchUpload => S3ErrorCode::NoSuchUpload,
            StoreError::BucketAlreadyOwned => S3ErrorCode::BucketAlreadyOwnedByYou,
            StoreError::BucketNotEmpty => S3ErrorCode::BucketNotEmpty,
            StoreError::Precondition => S3ErrorCode::PreconditionFailed,
            StoreError::InvalidPart => S3ErrorCode::InvalidPart,
            StoreError::InvalidPartOrder => S3ErrorCode::InvalidPartOrder,
            StoreError::PartTooSmall => S3ErrorCode::EntityTooSmall,
            StoreError::TooLarge => S3ErrorCode::EntityTooLarge,
            StoreError::Body(source) if falsely_signed(source.as_ref()) => S3ErrorCode::SignatureDoesNotMatch,
            StoreError::Incomplete | StoreError::Body(_) => S3ErrorCode::IncompleteBody,
            StoreError::BadMd5 | StoreError::BadChecksum(_) => S3ErrorCode::BadDigest,
            StoreError::BadSha256 => return s3_error_named("XAmzContentSHA256Mismatch", StatusCode::BAD_REQUEST, message),
            StoreError::InvalidChecksum(_) => S3ErrorCode::InvalidRequest,
            StoreError::MissingTrailer(_) => return s3_error_named("MalformedTrailerError", StatusCode::BAD_REQUEST, message),
            StoreError::Write(_) | StoreError::Read(_) => S3ErrorCode::InternalError,
        };
        Self::with_message(code, message)
    }
}

/// Whether a chunk's or the trailers' signature broke the body off.
fn falsely_signed(error: &(dyn Error + 'static)) -> bool {
    std::iter::successors(Some(error), |error| (*error).source())
        .filter_map(|error| error.downcast_ref::<ChunkError>())
        .any(|error| matches!(error, ChunkError::Signature { .. } | ChunkError::TrailerSignature))
}

/// Why a data folder could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder or a file in it could not be made or read.
    #[error("cannot {act} {path}; give another folder with --data, or make this one readable and writable")]
    Io {
        /// "make", "read", …
        act: &'static str,
        /// What it was about.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
    /// Another process has it open: two would remove each other's files.
    #[error("{path} is in use by another ferry; stop it, or give another folder with --data")]
    InUse {
        /// The folder.
        path: PathBuf,
    },
    /// A description of a bucket, an object or a part is not what this version writes.
    #[error("{path} does not describe a stored object ({reason}); remove it, or the folder, to start anew")]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What is wrong in it.
        reason: String,
    },
}

/// An error of S3 with its code and a message.
pub(crate) fn s3_error(code: S3ErrorCode, message: impl Into<String>) -> S3Error {
    S3Error::with_message(code, message.into())
}

/// An error of S3 whose code s3s does not know.
pub(crate) fn s3_error_named(code: &'static str, status: StatusCode, message: impl Into<String>) -> S3Error {
    let code = S3ErrorCode::from_bytes(code.as_bytes()).unwrap_or(S3ErrorCode::InternalError);
    let mut error = s3_error(code, message);
    error.set_status_code(status);
    error
}
