//! Every bound and default of the router, by name.

/// A place farther than this from every street of the city is outside it: 422.
pub const SNAP_LIMIT_M: f64 = 300.0;
/// A request body longer than this is refused unread: 413. A route request takes about 70 bytes.
pub const BODY_BYTES_MAX: usize = 64 * 1024;
/// The dearest a single street or turn may be, in cost units (see [`crate::parts`]): 100 km of calm riding. Ferries to other continents stop here.
pub const ARC_COST_MAX: u32 = 100_000_000;
/// No route costs as much: some 2,000 km of calm riding. Two such sums fit `u32`.
pub const ROUTE_COST_MAX: u32 = i32::MAX.cast_unsigned();
/// Nodes, arcs, segments, names and grid cells are numbered by `u32`, and one value means "none".
pub const COUNT_MAX: usize = u32::MAX as usize - 1;
/// What a request that does not say is answered with: stress as the profile weighs it.
pub const DEFAULT_COMFORT: f64 = 0.5;
/// Places of one route: origin, destination and those between.
pub const PLACES_MAX: usize = 10;
/// A street name longer than this is cut: OpenStreetMap's own limit.
pub const NAME_CHARS_MAX: usize = 255;
/// Stops of the comfort slider: each adds a metric to the city file.
pub const STOPS_MAX: usize = 32;
