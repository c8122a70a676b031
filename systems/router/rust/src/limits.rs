//! Every bound and default of the router, by name.

use std::time::Duration;

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
/// Places between origin and destination.
pub const VIA_MAX: usize = PLACES_MAX - 2;
/// Rows, and columns, of a matrix.
pub const MATRIX_SIDE_MAX: usize = 50;
/// Polygons of one isochrone request, and the minutes of its longest.
pub const ISOCHRONES_MAX: usize = 6;
pub const ISOCHRONE_MINUTES_MAX: u64 = 120;
/// Rows, and columns, of the raster an isochrone is drawn on.
pub const ISOCHRONE_RASTER_MAX: usize = 512;
/// Routes of one answer, fastest to calmest.
pub const ALTERNATIVES_MAX: usize = 3;
/// A route that shares more of its length than this with one already kept is the same to a rider.
pub const SHARED_PCT_MAX: u64 = 85;
/// Zooms with tiles of their own: above, maps enlarge the last.
pub const TILE_ZOOM_MIN: u8 = 8;
pub const TILE_ZOOM_MAX: u8 = 16;
/// A tile of streets is kept under this by leaving out the least of them. A response may have 6 MB after base64.
pub const TILE_BYTES_MAX: usize = 768 * 1024;
/// Crashes on one tile.
pub const TILE_CRASHES_MAX: usize = 4000;

/// Tries of one S3 request, and the wait after the first; each next is twice as long.
pub const S3_ATTEMPTS: u32 = 4;
pub const S3_BACKOFF: Duration = Duration::from_millis(100);
pub const S3_CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// One request with its body: [`S3_PART_BYTES_MAX`] at 0.25 MB/s.
pub const S3_REQUEST_TIMEOUT: Duration = Duration::from_secs(32);
/// What one ranged read asks for: as S3's guide advises, less of small objects so that they too are read side by side; and how many reads run at once.
pub const S3_PART_BYTES_MAX: u64 = 8 * 1024 * 1024;
pub const S3_PART_BYTES_MIN: u64 = 256 * 1024;
pub const S3_THREADS: u64 = 8;
pub const S3_OBJECTS_MAX: usize = 1000;
pub const S3_LIST_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// How often a city that changes while it is fetched is begun again.
pub const S3_RESTARTS: u32 = 3;
