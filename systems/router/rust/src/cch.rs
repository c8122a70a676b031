//! A customizable contraction hierarchy (Dibbelt, Strasser, Wagner 2014): shortest paths on any directed graph, in microseconds.

pub mod error;
pub mod graph;
pub mod order;
mod skeleton;
pub mod customize;
pub mod metric;
pub mod topology;
pub mod query;
mod tree;

pub use error::CchError;
pub use graph::{Graph, INF, NONE};
