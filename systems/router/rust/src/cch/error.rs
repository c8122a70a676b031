//! What can be wrong with what is handed in.

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum CchError {
    #[error("not a graph: {problem}")]
    Graph { problem: &'static str },
    #[error("the order is not a permutation of the {nodes} nodes")]
    Order { nodes: usize },
    #[error("{what}: {found} elements where {expected} are needed")]
    Length { what: &'static str, expected: usize, found: usize },
    #[error("the graph is too densely connected for a hierarchy: {what} grew beyond {limit}; take a better order or a sparser graph")]
    TooDense { what: &'static str, limit: usize },
    #[error("the hierarchy is damaged: {part} at {index}: {problem}; build it again")]
    Damaged { part: &'static str, index: usize, problem: &'static str },
    #[error("there is no node {node}")]
    NoNode { node: u32 },
    #[error("there is no stop {stop}: the index has {stops}")]
    NoStop { stop: usize, stops: usize },
}

/// What a query met that no hierarchy has; `check` says what it is.
#[cold]
pub(super) fn damaged(part: &'static str, index: u32) -> CchError {
    CchError::Damaged { part, index: index as usize, problem: "leads nowhere" }
}
