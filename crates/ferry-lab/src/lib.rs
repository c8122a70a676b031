//! Compare a function with its replacement.
//!
//! The way in is [`compare()`]: it proves that a [`Pair`] answers alike and then measures both, and gives a
//! [`Comparison`] that renders as a table for people ([`render_table`]), as Markdown ([`render_markdown`]) and as JSON
//! (`docs/compare.md`). The lab reaches functions only through the Lambda API ([`Target`]), so a function on this
//! machine and one on AWS are asked the same questions. It prints nothing; what it is doing it says to a callback.
//!
//! | module | holds |
//! |---|---|
//! | `pair`, `event_files` | what is compared: from a template's metadata, and the events on disk |
//! | `target` | the Lambda API's client, REPORT lines, a Ferry host's extras |
//! | `equal` | when two answers count as equal |
//! | `compare` | equality first, then interleaved rounds, then figures |
//! | `stats`, `price` | percentiles, ratios with an interval, dollars |
//! | `result`, `render` | what was found, and how people read it |

mod clock;
mod compare;
mod equal;
mod event_files;
pub mod limits;
mod machine;
mod pair;
mod price;
mod render;
mod result;
mod stats;
mod target;

pub use clock::{Clock, SystemClock};
pub use compare::{LabError, Progress, Settings, Tier, compare};
pub use equal::{Difference, FunctionFailure, PointerError, Rule};
pub use event_files::EventsError;
pub use machine::Machine;
pub use pair::{FunctionId, Pair, PairError, discover_pairs};
pub use price::{ByArchitecture, Prices};
pub use render::{render_markdown, render_table};
pub use result::*;
pub use stats::{Distribution, Ratio, Statistic, nearest_rank, ratio};
pub use target::{Enforcement, FunctionFacts, Invocation, Report, Target, TargetError, Usage, find_report};
