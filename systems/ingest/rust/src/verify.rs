//! VerifyTables: do both tables hold exactly what the source file says?
//!
//! Counts and order-free 128-bit hashes ([`multiset`]) of the canonical items ([`item`], [`decimal`]) decide. The file is read first, into
//! fingerprints of 32 bytes a record ([`fingerprints`]); then both tables are scanned at once ([`mod@scan`]), and each item is looked up as it comes ([`compare`]).
//! When something differs the file is read once more, to name the differing records and fields. So memory is bounded by 32 bytes a record and a
//! few pages, and each table is scanned once whether or not it is right.

use std::time::Instant;

use serde_json::json;
use thiserror::Error;

use crate::client::{Aws, Request};
use crate::message::Format;
use crate::retry;

pub mod compare;
mod decimal;
pub mod event;
pub mod fingerprints;
pub mod item;
pub mod limits;
pub mod multiset;
pub mod scan;
pub mod source;

use compare::Comparison;
use event::{Answer, Difference, Event, SourceAnswer, TableAnswer, Timings};
use fingerprints::Fingerprints;
use scan::{ScanError, scan};
use source::{Source, SourceError};

/// What is compared.
#[derive(Clone, Debug)]
pub struct Verifier {
    pub aws: Aws,
    pub bucket: String,
    /// In the order in which they are answered.
    pub tables: [String; 2],
}

#[derive(Debug, Error)]
pub enum VerifyError {
    #[error("the tables cannot be verified")]
    Source(#[from] SourceError),
    #[error("the tables cannot be verified")]
    Scan(#[from] ScanError),
}

impl Verifier {
    /// Compares both tables with the source, and tells the page where the event names one. A page that has gone fails nothing.
    ///
    /// # Errors
    /// When the source or a table cannot be read to its end.
    pub async fn answer(&self, event: &Event) -> Result<Answer, VerifyError> {
        let answer = self.verify(event.format.unwrap_or(Format::Csv), event.shown()).await?;
        if let Some(connection) = &event.connection
            && let Ok(serde_json::Value::Object(mut message)) = serde_json::to_value(&answer)
        {
            message.insert("type".to_owned(), json!("verified"));
            let request = Request::to_connection(&connection.id, &connection.endpoint, json!(message).to_string());
            // The answer says it all again.
            let _ = retry::send(&self.aws, &request).await;
        }
        Ok(answer)
    }

    async fn verify(&self, format: Format, shown: usize) -> Result<Answer, VerifyError> {
        let started = Instant::now();
        let mut source = Source::new(&self.aws, &self.bucket, format);
        let fingerprints = source.fingerprints().await?;
        let scanning = Instant::now();
        let [mut first, mut second] = [(); 2].map(|()| Comparison::new(&fingerprints, shown));
        let [first_name, second_name] = &self.tables;
        futures_util::try_join!(
            self.scan_into(&mut first, first_name, &fingerprints),
            self.scan_into(&mut second, second_name, &fingerprints)
        )?;
        let scanned = Instant::now();
        let mut tables = [(first_name, first), (second_name, second)];
        let expected = fingerprints.multiset();
        let equal = tables.iter().all(|(_, table)| table.items() == expected);
        if !equal {
            source
                .each(|row| {
                    tables.iter_mut().for_each(|(_, table)| table.source_row(&fingerprints, row));
                    Ok(())
                })
                .await?;
        }
        let mut differences: Vec<Difference> = tables.iter().flat_map(|(name, table)| table.differences(name)).collect();
        // Stable: of one key, the tables stay in their order, and the fields in theirs.
        differences.sort_by(|left, right| left.key.cmp(&right.key));
        differences.truncate(shown);
        Ok(Answer {
            equal,
            tables: tables.iter().map(|(name, table)| table_answer(name, table, &fingerprints)).collect(),
            source: SourceAnswer { key: source.key().to_owned(), items: expected.count(), hash: expected.to_string() },
            differences,
            timings: Timings {
                total_ms: millis(started, Instant::now()),
                source_ms: millis(started, scanning),
                scan_ms: millis(scanning, scanned),
            },
        })
    }

    async fn scan_into(&self, comparison: &mut Comparison, table: &str, source: &Fingerprints) -> Result<(), ScanError> {
        let mut scratch = Vec::new();
        scan(&self.aws, table, |item| comparison.table_item(source, item, &mut scratch)).await
    }
}

fn table_answer(name: &str, table: &Comparison, source: &Fingerprints) -> TableAnswer {
    let items = table.items();
    TableAnswer { name: name.to_owned(), items: items.count(), hash: items.to_string(), differing_items: table.differing_items(source) }
}

fn millis(from: Instant, to: Instant) -> u64 {
    u64::try_from(to.duration_since(from).as_millis()).unwrap_or(u64::MAX)
}
