//! The elimination tree, and the final numbers of the nodes.
