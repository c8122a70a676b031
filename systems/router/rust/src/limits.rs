//! Every bound of the router, by name.

/// A place farther than this from every street of the city is outside it: 422.
pub const SNAP_LIMIT_M: f64 = 300.0;
/// A request body longer than this is refused unread: 413. A route request takes about 70 bytes.
pub const BODY_BYTES_MAX: usize = 64 * 1024;
/// The dearest a single arc may be, in cost units (see [`crate::stress`]): 10,000 km of calm riding. Ferries to other continents stop here.
pub const ARC_COST_MAX: u32 = 1_000_000_000;
/// Nodes, arcs, segments, names and grid cells are numbered by `u32`, and one value means "none".
pub const COUNT_MAX: usize = u32::MAX as usize - 1;
/// A street name longer than this is cut: OpenStreetMap's own limit.
pub const NAME_CHARS_MAX: usize = 255;
/// Stops of the comfort slider: each adds a metric to the city file.
pub const STOPS_MAX: usize = 32;
