//! Bounds of VerifyTables.

/// Differences that an answer lists when the event does not say, and at most.
pub const DIFFERENCES_DEFAULT: usize = 10;
pub const DIFFERENCES_MAX: usize = 100;
/// Segments of each table's Scan that are read at once. A page is 1 MB of items, some 2 MB of JSON: together under 40 MB.
pub const SCAN_SEGMENTS: u32 = 8;
/// Rows of the source that are fingerprinted: 32 bytes each, half as much again while they are sorted.
pub const SOURCE_ROWS_MAX: usize = 16_000_000;
/// Tries of one page. A table whose read capacity is small refuses often: with the waits between, a page is given a minute or so.
pub const SCAN_TRIES: u32 = 60;
