//! The cheapest way between two small sets of nodes.
