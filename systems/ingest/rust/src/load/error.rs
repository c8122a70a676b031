//! Why a load ended without an answer.

use std::error::Error;
use std::time::Duration;

use crate::client::{Answer, ClientError};
use crate::dead_letter::OverQuota;
use crate::rows::SourceError;
use crate::source::ReadError;

/// Why the function cannot load anything.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    #[error("{name} is not set: name it in the function's environment")]
    Missing { name: &'static str },
    #[error("DEAD_LETTER_QUOTA is {value:?}, which is no number of rows")]
    Quota { value: String },
}

#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error("cannot read the source")]
    Read(#[source] Box<ReadError>),
    #[error("the source cannot be read to its end; every row before is written")]
    Source(#[source] SourceError),
    #[error("too many bad rows: stopped; they are in the dead letters")]
    Quota(#[source] OverQuota),
    #[error("cannot keep the dead letters")]
    DeadLetters { source: ClientError },
    #[error("the table refused a batch")]
    Table { source: ClientError },
    #[error("the table's answer is not one to BatchWriteItem")]
    Answer,
    #[error("too many calls to the table failed for retries to help; load again when it is well")]
    Budget { source: Box<Self> },
    #[error("the table has taken nothing for {waited:?}; raise its capacity and load again")]
    NoProgress { waited: Duration },
    #[error(
        "invocation {invocation} of this run ended at byte {offset}, no farther than the one before, or is one too many; raise the function's timeout"
    )]
    Stuck { offset: u64, invocation: u32 },
    #[error("cannot invoke this function again to go on")]
    Next { source: ClientError },
    #[error("cannot invoke this function again to go on: AWS_LAMBDA_FUNCTION_NAME is not set")]
    Nameless,
    #[error("cannot write the event to go on with")]
    Event(#[source] serde_json::Error),
}

impl From<ReadError> for LoadError {
    fn from(error: ReadError) -> Self {
        Self::Read(Box::new(error))
    }
}

impl From<SourceError> for LoadError {
    fn from(error: SourceError) -> Self {
        Self::Source(error)
    }
}

impl LoadError {
    /// An answer of the table that is no success.
    pub(super) fn table(tried: Result<Answer, ClientError>) -> Self {
        match tried.and_then(|answer| answer.expect_success("BatchWriteItem")) {
            Ok(_) => Self::Answer,
            Err(source) => Self::Table { source },
        }
    }

    /// Whether what was rejected until then is kept nevertheless: the load got as far as the file did.
    pub(super) fn leaves_dead_letters(&self) -> bool {
        matches!(self, Self::Source(_) | Self::Quota(_))
    }

    /// This error and all its causes, in one line.
    pub fn in_full(&self) -> String {
        let mut text = self.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        text
    }
}
