//! All items of a table: a parallel, consistent Scan.
//!
//! The table is read in [`SCAN_SEGMENTS`] segments at once, each page by page; consistent, so that what a load has just written counts. Pages are
//! handed on in whatever order they come, and no more than one per segment is in memory.

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use thiserror::Error;

use super::item::Item;
use super::limits::{SCAN_SEGMENTS, SCAN_TRIES};
use crate::client::{Answer, Aws, ClientError, Request};
use crate::retry::{self, Verdict};

#[derive(Debug, Error)]
pub enum ScanError {
    #[error("cannot scan table {table}")]
    Call { table: String, source: ClientError },
    #[error("a page of table {table} is not what DynamoDB documents")]
    Page { table: String, source: serde_json::Error },
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ScanRequest<'a> {
    table_name: &'a str,
    segment: u32,
    total_segments: u32,
    consistent_read: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    exclusive_start_key: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page<'a> {
    #[serde(borrow)]
    items: Vec<Item<'a>>,
    last_evaluated_key: Option<Box<RawValue>>,
}

/// Hands every item of `table` to `each`.
///
/// # Errors
/// When a page cannot be had, however often it is asked for, or cannot be read.
pub async fn scan(aws: &Aws, table: &str, mut each: impl FnMut(&Item<'_>)) -> Result<(), ScanError> {
    let fetch = async |segment, start| (segment, fetch(aws, table, segment, start).await);
    let mut pages: FuturesUnordered<_> = (0..SCAN_SEGMENTS).map(|segment| fetch(segment, None)).collect();
    while let Some((segment, answer)) = pages.next().await {
        let answer = answer?;
        let page: Page<'_> = serde_json::from_slice(&answer.body).map_err(|source| ScanError::Page { table: table.to_owned(), source })?;
        page.items.iter().for_each(&mut each);
        // A page may be empty and yet not be the last.
        if let Some(key) = page.last_evaluated_key {
            pages.push(fetch(segment, Some(key)));
        }
    }
    Ok(())
}

/// One page: tried again while DynamoDB refuses as too fast, fails, or cannot be reached.
async fn fetch(aws: &Aws, table: &str, segment: u32, start: Option<Box<RawValue>>) -> Result<Answer, ScanError> {
    let failed = |source| ScanError::Call { table: table.to_owned(), source };
    let request =
        ScanRequest { table_name: table, segment, total_segments: SCAN_SEGMENTS, consistent_read: true, exclusive_start_key: start };
    let body = serde_json::to_vec(&request).map_err(|source| ScanError::Page { table: table.to_owned(), source })?;
    let request = Request::json("dynamodb", "DynamoDB_20120810.Scan", body);
    let mut attempt = 0;
    loop {
        let tried = aws.send(request.clone()).await;
        attempt += 1;
        if matches!(retry::judge(&tried), Verdict::Done | Verdict::Final) || attempt == SCAN_TRIES {
            return tried.and_then(|answer| answer.expect_success("DynamoDB refused")).map_err(failed);
        }
        tokio::time::sleep(retry::full_jitter(attempt, &mut fastrand::Rng::new())).await;
    }
}
