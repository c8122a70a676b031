//! A customizable contraction hierarchy (Dibbelt, Strasser, Wagner 2014): shortest paths on any directed graph, in microseconds.

mod customize;
mod error;
mod graph;
mod order;
pub mod pack;
mod query;
mod skeleton;
mod topology;
mod tree;

pub use error::CchError;
pub use graph::{Graph, INF, NONE};
pub use order::nested_dissection;
pub use pack::{Alternative, Index, Line, Pack, PackNode, PackView, Way};
pub use query::{Best, Door, Query};
pub use topology::{Topology, numbering};
