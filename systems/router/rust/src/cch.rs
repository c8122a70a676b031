//! A customizable contraction hierarchy (Dibbelt, Strasser, Wagner 2014): shortest paths on any directed graph, in microseconds.

pub mod error;
pub mod graph;
pub mod order;
mod skeleton;
mod check;
pub mod customize;
pub mod metric;
pub mod topology;
pub mod query;
mod tree;

pub use error::CchError;
pub use graph::{Graph, INF, NONE};
pub use metric::{Metric, MetricView};
pub use order::nested_dissection;
pub use query::{Best, Door, Index, Query};
pub use topology::{Topology, Tree};
