//! CSV and JSON from S3 into DynamoDB, watched live.
//!
//! | module | what |
//! |---|---|
//! | [`load`] | the one task in which everything below meets |
//! | [`source`] | ranged reads side by side, in order, of one version of the object |
//! | [`rows`], [`csv`], [`json`] | bytes in pieces of any length -> rows that know where they lie |
//! | [`record`], [`decimal`] | what a row must be, and its text as a put |
//! | [`batch`], [`outbox`] | up to 25 puts in one body, each key once; which batch is sent when |
//! | [`pacer`] | how fast: a window of calls, and a rate once the table says "slower" |
//! | [`checkpoint`] | up to where everything is durable |
//! | [`dead_letter`] | bad rows, kept |
//! | [`progress`] | telling the page, off the write path |
//! | [`verify`] | both tables and the source, held against each other without keeping either |
//! | [`console`] | the page's routes: who runs what, one thing at a time |
//! | [`generate`] | the source's files, the same bytes from the same seed |
//! | [`client`], [`retry`] | AWS without an SDK; who may try again, and when |
//! | [`message`], [`limits`] | the JSON that functions and page agree on; every bound |
//!
//! Parsing, batching, pacing and the checkpoint are pure: no clock, no socket.

pub mod batch;
pub mod checkpoint;
pub mod client;
pub mod console;
pub mod csv;
pub mod dead_letter;
pub mod decimal;
pub mod generate;
pub mod json;
pub mod limits;
pub mod load;
pub mod message;
pub mod outbox;
pub mod pacer;
pub mod progress;
pub mod record;
pub mod retry;
pub mod rows;
pub mod source;
pub mod verify;
