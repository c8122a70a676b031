//! Vector tiles of a city: what its streets are like to ride, and where crashes were.
//!
//! | layer | properties |
//! |---|---|
//! | `streets` | `highway`, `infra`, `lts` (1 ..= 4), `stress` (percent: 100 is a calm path), `oneway`; from zoom 14 also `id` and `name` |
//! | `crashes` | `severity` (0 ..= 4), `year`; from zoom 11 |
//!
//! Of a street's two directions the more stressful one speaks. Below zoom 14 streets that say the same are joined to one feature, and `stress` is in steps of
//! [`STRESS_STEP_PCT`]. Each kind of street appears from a zoom of its own ([`zoom_of`]); a tile that would still be too large leaves out the last kinds.

pub mod encode;
mod join;
pub mod mercator;
mod shape;

use std::collections::BTreeMap;

use crate::city::{City, Direction};
use crate::geo::{METRES_PER_UNIT, Point, haversine_m};
use crate::limits::{TILE_BYTES_MAX, TILE_CRASHES_MAX};
use crate::street::{Highway, Infra};
use encode::{Layer, Value};
use join::joined;
use mercator::{Bounds, EXTENT, Pixel, TileId};
use shape::{Vertex, shape};

/// From here each street is a feature of its own, with its name.
const NAMED_ZOOM: u8 = 14;
const CRASH_ZOOM: u8 = 11;
const STRESS_STEP_PCT: u32 = 25;
/// What cannot be seen, in tile units: half a pixel of a 512-pixel tile.
const TOLERANCE: f64 = 4.0;
/// At the last zooms tiles are enlarged, and lines stay as they are.
const TOLERANCE_NAMED: f64 = 1.0;
const STREET_KEYS: &[&str] = &["highway", "infra", "lts", "stress", "oneway", "id", "name"];
const CRASH_KEYS: &[&str] = &["severity", "year"];

/// The tile as bytes; empty where it would show nothing.
#[must_use]
pub fn tile(city: &City<'_>, id: TileId) -> Vec<u8> {
    let bounds = id.bounds();
    let mut tile = Vec::new();
    streets(city, id, &bounds).finish(&mut tile);
    if id.z >= CRASH_ZOOM {
        crashes(city, id, &bounds).finish(&mut tile);
    }
    tile
}

/// What a street says of itself on a map.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Look {
    /// First, so that what matters most comes first.
    zoom: u8,
    highway: Highway,
    infra: Infra,
    lts: u8,
    stress_pct: u32,
    oneway: bool,
}

/// The zoom from which a kind of street is shown.
fn zoom_of(highway: Highway, infra: Infra) -> u8 {
    let by_class = match highway {
        Highway::Motorway | Highway::Trunk | Highway::Primary => 8,
        Highway::Secondary => 9,
        Highway::Tertiary | Highway::Cycleway | Highway::Ferry => 10,
        Highway::Unclassified | Highway::LivingStreet | Highway::Pedestrian | Highway::Residential => 12,
        Highway::Road | Highway::Busway | Highway::Track | Highway::Path | Highway::Bridleway => 13,
        Highway::Service | Highway::Footway | Highway::Steps => 14,
    };
    if matches!(infra, Infra::Track | Infra::BicycleStreet) { by_class.min(10) } else { by_class }
}

fn look(city: &City<'_>, segment: u32) -> Option<Look> {
    let looks = Direction::BOTH.map(|direction| {
        let class = city.class(city.way(segment, direction)?.class);
        let costs = city.way_costs(segment, direction)?;
        let stress = costs.physical.saturating_add_signed(costs.crash);
        let stress_pct = u32::try_from(100 + 100 * stress / costs.riding.max(1)).unwrap_or(u32::MAX);
        let zoom = zoom_of(class.highway, class.infra);
        Some(Look { zoom, highway: class.highway, infra: class.infra, lts: class.lts, stress_pct, oneway: false })
    });
    let oneway = looks.iter().flatten().count() == 1;
    looks.into_iter().flatten().max_by_key(|look| (look.stress_pct, look.lts)).map(|look| Look { oneway, ..look })
}

fn streets<'a>(city: &City<'a>, id: TileId, bounds: &Bounds) -> Layer<'a> {
    let named = id.z >= NAMED_ZOOM;
    let mut groups: BTreeMap<Look, Vec<u32>> = BTreeMap::new();
    for segment in near(city, bounds) {
        if let Some(look) = look(city, segment).filter(|look| look.zoom <= id.z) {
            let step = if named { 1 } else { STRESS_STEP_PCT };
            let stress_pct = look.stress_pct.next_multiple_of(step);
            groups.entry(Look { stress_pct, ..look }).or_default().push(segment);
        }
    }
    let mut layer = Layer::new("streets", STREET_KEYS);
    let tolerance = if named { TOLERANCE_NAMED } else { TOLERANCE };
    let (mut line, mut pixels, mut parts) = (Vec::new(), Vec::new(), Vec::new());
    for (look, segments) in &groups {
        if layer.bytes() > TILE_BYTES_MAX {
            break;
        }
        let chains =
            if named { segments.iter().map(|segment| vec![(*segment, Direction::Forward)]).collect() } else { joined(city, segments) };
        for chain in chains {
            draw(city, id, &chain, (&mut line, &mut pixels));
            shape(&pixels, tolerance, &mut parts);
            if named && !parts.is_empty() {
                let segment = chain[0].0;
                layer.lines(segment, &parts, &properties(look, Some(segment), city.street_name(segment)));
                parts.clear();
            }
        }
        if !parts.is_empty() {
            layer.lines(segments[0], &parts, &properties(look, None, None));
            parts.clear();
        }
    }
    layer
}

/// In the order of [`STREET_KEYS`].
fn properties<'n>(look: &Look, id: Option<u32>, name: Option<&'n str>) -> [Option<Value<'n>>; STREET_KEYS.len()] {
    let (highway, infra) = (Value::Text(look.highway.name()), Value::Text(look.infra.name()));
    let (lts, stress, oneway) = (Value::Number(look.lts.into()), Value::Number(look.stress_pct), Value::Bool(look.oneway));
    [Some(highway), Some(infra), Some(lts), Some(stress), Some(oneway), id.map(Value::Number), name.map(Value::Text)]
}

/// The line of segments that follow each other, in tile units, to the second of `buffers`.
fn draw(city: &City<'_>, id: TileId, chain: &[(u32, Direction)], (line, pixels): (&mut Vec<Point>, &mut Vec<Pixel>)) {
    pixels.clear();
    for (segment, direction) in chain {
        city.line(*segment, line);
        if *direction == Direction::Backward {
            line.reverse();
        }
        // Where segments meet, the point is there already.
        let skip = usize::from(!pixels.is_empty());
        pixels.extend(line.iter().skip(skip).map(|point| id.pixel(*point)));
    }
}

/// The segments that may cross `bounds`, ascending.
fn near(city: &City<'_>, bounds: &Bounds) -> Vec<u32> {
    let [south_west, north_east] = city.bounds();
    if !bounds.overlaps(&Bounds { south_west, north_east }) {
        return Vec::new();
    }
    let Bounds { south_west, north_east } = *bounds;
    let middle = |a: i32, b: i32| i32::midpoint(a, b);
    let center = Point { lon_e7: middle(south_west.lon_e7, north_east.lon_e7), lat_e7: middle(south_west.lat_e7, north_east.lat_e7) };
    // Tiles are as high as wide, within what one degree of latitude does to a degree of longitude.
    let height_m = f64::from(north_east.lat_e7 - south_west.lat_e7) * METRES_PER_UNIT;
    let width_m =
        [south_west.lat_e7, north_east.lat_e7].map(|lat_e7| haversine_m(Point { lat_e7, ..south_west }, Point { lat_e7, ..north_east }));
    let radius_m = height_m.max(width_m[0]).max(width_m[1]) / 2.0 * 1.01;
    let mut segments: Vec<u32> = city.grid().near(center, radius_m).collect();
    segments.sort_unstable();
    segments.dedup();
    segments
}

fn crashes(city: &City<'_>, id: TileId, bounds: &Bounds) -> Layer<'static> {
    let here = |point: Point| bounds.overlaps(&Bounds { south_west: point, north_east: point });
    let mut shown: Vec<_> = (0_u32..).zip(city.crashes()).filter(|(_, crash)| here(crash.point)).collect();
    // Where there are too many, the worst are shown.
    shown.sort_by_key(|(index, crash)| (u8::MAX - crash.severity, *index));
    shown.truncate(TILE_CRASHES_MAX);
    let mut layer = Layer::new("crashes", CRASH_KEYS);
    for (index, crash) in shown {
        let vertex = whole(id.pixel(crash.point));
        layer.point(index, vertex, &[Some(Value::Number(crash.severity.into())), Some(Value::Number(crash.year.into()))]);
    }
    layer
}

#[expect(clippy::cast_possible_truncation, reason = "in a tile, whose extent is small")]
fn whole(pixel: Pixel) -> Vertex {
    let bound = f64::from(2 * EXTENT);
    (pixel.x.round().clamp(-bound, bound) as i32, pixel.y.round().clamp(-bound, bound) as i32)
}
