//! Pages of Query and Scan that the client did not limit: 1 MB of items.
//!
//! dynoxide reads all that is left of the table, or of the partition, before it cuts such a page off, so that reading to the end takes
//! the square of the length. Here it is given a limit that a page seldom needs. When that ended the page, not the megabyte, the page is
//! read again with a larger one: the answer is the same as without.

use dynoxide::actions::query::QueryResponse;
use dynoxide::actions::scan::ScanResponse;
use dynoxide::{DynoxideError, Result};
use serde::de::DeserializeOwned;

/// Items of 250 bytes fill a page. Four times as many each time, and then all.
const LIMITS: [Option<usize>; 4] = [Some(4_096), Some(16_384), Some(65_536), None];

/// An answer of a Query or Scan.
pub(super) trait Page {
    /// Items that were looked at, when there may be more.
    fn ended_at(&self) -> Option<usize>;
}

impl Page for QueryResponse {
    fn ended_at(&self) -> Option<usize> {
        self.last_evaluated_key.as_ref().map(|_| self.scanned_count)
    }
}

impl Page for ScanResponse {
    fn ended_at(&self) -> Option<usize> {
        self.last_evaluated_key.as_ref().map(|_| self.scanned_count)
    }
}

/// A page as the client limited it, or else as long as it may be. `read` is called again for a longer one.
pub(super) fn read<P: Page>(limit: Option<usize>, mut read: impl FnMut(Option<usize>) -> Result<P>) -> Result<P> {
    if limit.is_some() {
        return read(limit);
    }
    let mut page = read(LIMITS[0])?;
    for at in 1..LIMITS.len() {
        if page.ended_at() != LIMITS[at - 1] {
            break;
        }
        page = read(LIMITS[at])?;
    }
    Ok(page)
}

/// The request once more, of a body that was read before.
pub(super) fn read_again<Q: DeserializeOwned>(body: &str) -> Result<Q> {
    serde_json::from_str(body).map_err(|error| DynoxideError::InternalServerError(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A page of a table: items, and whether there are more.
    #[derive(Debug, PartialEq)]
    struct Fake(usize, bool);

    impl Page for Fake {
        fn ended_at(&self) -> Option<usize> {
            self.1.then_some(self.0)
        }
    }

    /// The page of a table of so many items, of which so many are a megabyte, and the limits that were tried.
    fn page_of(items: usize, in_megabyte: usize, limit: Option<usize>) -> (Fake, Vec<Option<usize>>) {
        let mut tried = Vec::new();
        let page = read(limit, |limit| {
            tried.push(limit);
            let ends = items.min(in_megabyte).min(limit.unwrap_or(usize::MAX));
            Ok(Fake(ends, ends < items || Some(ends) == limit))
        });
        (page.unwrap(), tried)
    }

    #[test]
    fn only_the_megabyte_and_the_client_end_a_page() {
        assert_eq!(page_of(50_000, 3_000, None), (Fake(3_000, true), vec![Some(4_096)]));
        assert_eq!(page_of(100, 3_000, None), (Fake(100, false), vec![Some(4_096)]));
        assert_eq!(page_of(20_000, 30_000, None), (Fake(20_000, false), vec![Some(4_096), Some(16_384), Some(65_536)]));
        assert_eq!(page_of(4_096, 30_000, None), (Fake(4_096, false), vec![Some(4_096), Some(16_384)]));
        assert_eq!(page_of(500_000, 100_000, None).0, Fake(100_000, true));
        assert_eq!(page_of(500, 300, Some(7)), (Fake(7, true), vec![Some(7)]));
    }
}
