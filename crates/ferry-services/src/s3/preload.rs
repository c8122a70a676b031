//! Buckets that a template names, with the files of a folder put into them.

use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures_util::stream;
use s3s::{S3Error, StdError};

use super::api::Api;
use super::api::objects::NewObject;
use super::error::StoreError;
use super::limits::FILE_CHUNK_BYTES;
use super::store::bucket::Bucket;
use super::store::object::Headers;
use super::store::receive::Declared;

/// Why a bucket or its first objects could not be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PreloadError {
    #[error("{message} ({code})")]
    Refused { code: String, message: String },
    #[error("cannot read {path}")]
    Read {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("{path} is no object key: it is not UTF-8, or over 1,024 bytes")]
    Key { path: PathBuf },
}

impl From<S3Error> for PreloadError {
    fn from(error: S3Error) -> Self {
        Self::Refused { code: error.code().as_str().to_owned(), message: error.message().unwrap_or_default().to_owned() }
    }
}

impl From<StoreError> for PreloadError {
    fn from(error: StoreError) -> Self {
        S3Error::from(error).into()
    }
}

/// Makes the bucket unless it is there; the files of `objects` go into a bucket that is made here. Gives warnings.
pub(crate) async fn bucket(api: &Api, name: &str, region: Option<&str>, objects: Option<&Path>) -> Result<Vec<String>, PreloadError> {
    if !api.ensure_bucket(name, region)? {
        return Ok(Vec::new());
    }
    let Some(folder) = objects else {
        return Ok(Vec::new());
    };
    if !folder.is_dir() {
        return Ok(vec![format!("the bucket {name} is empty: its folder of objects, {}, is not there", folder.display())]);
    }
    let bucket = api.bucket(name)?;
    for (key, path) in files(folder)? {
        put(api, &bucket, key, &path).await?;
    }
    Ok(Vec::new())
}

/// All files below `folder`, each with its path from there as key.
fn files(folder: &Path) -> Result<Vec<(String, PathBuf)>, PreloadError> {
    let mut files = Vec::new();
    let mut folders = VecDeque::from([(String::new(), folder.to_owned())]);
    while let Some((prefix, folder)) = folders.pop_front() {
        let entries = std::fs::read_dir(&folder).map_err(|source| PreloadError::Read { path: folder.clone(), source })?;
        for entry in entries {
            let path = entry.map_err(|source| PreloadError::Read { path: folder.clone(), source })?.path();
            let name = path.file_name().and_then(|name| name.to_str()).map(|name| format!("{prefix}{name}"));
            let key = name.filter(|key| s3s::path::check_key(key)).ok_or_else(|| PreloadError::Key { path: path.clone() })?;
            if path.is_dir() {
                folders.push_back((format!("{key}/"), path));
            } else {
                files.push((key, path));
            }
        }
    }
    Ok(files)
}

async fn put(api: &Api, bucket: &Bucket, key: String, path: &Path) -> Result<(), PreloadError> {
    let read = |source| PreloadError::Read { path: path.to_owned(), source };
    let file = std::fs::File::open(path).map_err(read)?;
    let length = file.metadata().map_err(read)?.len();
    let body = stream::try_unfold(file, |mut file| async move {
        let chunk = tokio::task::spawn_blocking(move || {
            let mut chunk = Vec::with_capacity(FILE_CHUNK_BYTES);
            io::Read::read_to_end(&mut io::Read::take(&mut file, FILE_CHUNK_BYTES as u64), &mut chunk)?;
            Ok::<_, io::Error>((chunk, file))
        });
        let (chunk, file) = chunk.await??;
        Ok::<_, StdError>((!chunk.is_empty()).then(|| (Bytes::from(chunk), file)))
    });
    let headers = Headers { content_type: Some(content_type(path).to_owned()), ..Headers::default() };
    let declared = Declared { length: Some(length), ..Declared::default() };
    let new = NewObject { key, headers, conditions: crate::s3::conditions::WriteConditions::default() };
    api.store_object(bucket, new, Box::pin(body), declared).await?;
    Ok(())
}

/// By the file's ending, as the AWS command line guesses it when it copies a folder.
fn content_type(path: &Path) -> &'static str {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or("").to_ascii_lowercase();
    match ending.as_str() {
        "csv" => "text/csv",
        "css" => "text/css",
        "gif" => "image/gif",
        "htm" | "html" => "text/html",
        "jpg" | "jpeg" => "image/jpeg",
        "js" => "text/javascript",
        "json" => "application/json",
        "pdf" => "application/pdf",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "txt" => "text/plain",
        "xml" => "text/xml",
        _ => "binary/octet-stream",
    }
}
