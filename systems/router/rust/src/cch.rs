//! A customizable contraction hierarchy (Dibbelt, Strasser, Wagner 2014): shortest paths on any directed graph, in microseconds.

mod between;
mod check;
mod customize;
mod error;
mod graph;
mod order;
pub mod pack;
mod query;
mod reach;
mod skeleton;
mod threads;
mod topology;
mod tree;

pub use between::{Between, Ends};
pub use error::CchError;
pub use graph::{Graph, INF, NONE};
pub use order::nested_dissection;
pub use pack::{Alternative, Index, Line, Pack, PackNode, PackView, Pieces, Way};
pub use query::{Best, Door, Query};
pub use reach::{Reach, Ride};
pub use topology::{Topology, numbering};
