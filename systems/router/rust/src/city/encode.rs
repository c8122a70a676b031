//! Writing a packed city. The builder's half of [`super::check`].

mod accept;
mod file;
mod index;

use xxhash_rust::xxh3::xxh3_64;
use zerocopy::{FromZeros, Immutable, IntoBytes};

pub use accept::EncodeError;
use accept::id;
pub use file::write_file;

use super::format::{
    ALIGNMENT, BYTE_ORDER, CLOSED, ClassRecord, CrashRecord, HEADER_BYTES, Header, MAGIC, NONE, SectionKind, Segment, Slot, StopRecord,
    TurnRecord, VERSION, WayRecord,
};
use super::{grid, line};
use crate::cch::Pack;
use crate::expand::{Expanded, expand};
use crate::geo::{Point, Projection};
use crate::parts::{CityParts, Stop, StreetPart, TurnKind, WayCosts, WayPart, tie};

/// Packs a city into the bytes of its file.
///
/// # Errors
/// When the parts do not fit together, or there are too many of something: see [`EncodeError`].
pub fn encode(parts: &CityParts) -> Result<Vec<u8>, EncodeError> {
    accept::check(parts)?;
    let stops = if parts.stops.is_empty() { Stop::defaults() } else { parts.stops.clone() };
    let (graph, index) = index::build(parts, &expand(parts), &stops)?;
    let projection = Projection::at(middle_latitude(&parts.nodes));
    let lines: Vec<&[Point]> = parts.streets.iter().map(|street| street.line.as_slice()).collect();
    let (shape, grid_first, grid_segments) = grid::build(&lines);
    let names = Names::of(parts)?;
    let (segments, line_bytes) = segments(&parts.streets)?;

    let mut header = Header::new_zeroed();
    (header.magic, header.version, header.byte_order) = (MAGIC, VERSION, BYTE_ORDER);
    header.nodes = id(parts.nodes.len(), "nodes")?;
    header.segments = id(parts.streets.len(), "segments")?;
    header.states = id(graph.state_node.len(), "states")?;
    header.arcs = id(graph.arc_way.len(), "arcs")?;
    header.names = id(names.first.len() - 1, "names")?;
    (header.lon_scale, header.grid) = (projection.lon_scale, shape);
    header.min_cost_per_unit = min_cost_per_unit(parts, projection, stops[0]);

    let mut file = Writer { header, bytes: vec![0; HEADER_BYTES] };
    file.section(SectionKind::CityName, city_name(parts).as_bytes());
    file.section(SectionKind::Report, parts.report.as_bytes());
    file.section(SectionKind::Crashes, &parts.crashes.iter().map(crash).collect::<Vec<_>>());
    file.section(SectionKind::FirstNameByte, &names.first);
    file.section(SectionKind::NameBytes, &names.bytes);
    file.section(SectionKind::SegmentName, &parts.streets.iter().map(|street| street.name.unwrap_or(NONE)).collect::<Vec<_>>());
    file.section(SectionKind::GridFirst, &grid_first);
    file.section(SectionKind::GridSegments, &grid_segments);
    file.section(SectionKind::NodePoint, &parts.nodes);
    file.section(SectionKind::Lines, &line_bytes);
    file.section(SectionKind::Segments, &segments);
    file.section(SectionKind::Classes, &parts.classes.iter().map(ClassRecord::from).collect::<Vec<_>>());
    file.section(SectionKind::TurnKinds, &names.turn_kinds);
    file.section(SectionKind::Stops, &stops.iter().map(StopRecord::from).collect::<Vec<_>>());
    file.graph(&graph);
    file.index(&index);
    Ok(file.finish())
}

/// Names of streets, then of kinds of turns.
struct Names {
    first: Vec<u32>,
    bytes: Vec<u8>,
    turn_kinds: Vec<TurnRecord>,
}

impl Names {
    fn of(parts: &CityParts) -> Result<Self, EncodeError> {
        let free = [TurnKind { name: "free".to_owned(), delay_dm: 0, stress_dm: 0 }];
        let kinds = if parts.turn_kinds.is_empty() { &free[..] } else { &parts.turn_kinds };
        let streets = id(parts.names.len(), "names")?;
        let mut names = Self { first: vec![0], bytes: Vec::new(), turn_kinds: Vec::new() };
        for name in parts.names.iter().chain(kinds.iter().map(|kind| &kind.name)) {
            names.bytes.extend_from_slice(name.as_bytes());
            names.first.push(id(names.bytes.len(), "bytes of names")?);
        }
        let turn = |(kind, turn): (u32, &TurnKind)| TurnRecord { name: streets + kind, delay_dm: turn.delay_dm, stress_dm: turn.stress_dm };
        names.turn_kinds = (0_u32..).zip(kinds).map(turn).collect();
        Ok(names)
    }
}

fn city_name(parts: &CityParts) -> &str {
    if parts.name.is_empty() { "city" } else { &parts.name }
}

fn segments(streets: &[StreetPart]) -> Result<(Vec<Segment>, Vec<u8>), EncodeError> {
    let (mut segments, mut lines) = (Vec::with_capacity(streets.len()), Vec::new());
    for street in streets {
        let climb = |way: Option<WayPart>, back: Option<WayPart>| way.map_or(back.map_or(0, |back| back.descent_dm), |way| way.climb_dm);
        let climbs = [climb(street.forward, street.backward), climb(street.backward, street.forward)];
        let ways = [way(street.forward, climbs[0]), way(street.backward, climbs[1])];
        let line = id(lines.len(), "bytes of lines")?;
        segments.push(Segment { tail: street.tail, head: street.head, length_mm: street.length_mm, line, ways });
        line::write(&street.line, &mut lines);
    }
    id(lines.len(), "bytes of lines")?;
    Ok((segments, lines))
}

fn way(way: Option<WayPart>, climb_dm: u16) -> WayRecord {
    let (class, junction_dm, crash_pct) = way.map_or((CLOSED, 0, 100), |way| (way.class, way.junction_dm, way.crash_pct));
    WayRecord { class, junction_dm, climb_dm, crash_pct, reserved: 0 }
}

fn crash(crash: &crate::parts::CrashPart) -> CrashRecord {
    CrashRecord { point: crash.point, year: crash.year, severity: crash.severity, reserved: 0 }
}

fn middle_latitude(nodes: &[Point]) -> i32 {
    let latitudes = || nodes.iter().map(|point| point.lat_e7);
    i32::midpoint(latitudes().min().unwrap_or(0), latitudes().max().unwrap_or(0))
}

/// The heuristic's slope: no street is cheaper, per unit of flat distance between its ends. A millionth less than the least ratio, so that
/// rounding in the search cannot make the heuristic inconsistent.
fn min_cost_per_unit(parts: &CityParts, projection: Projection, fastest: Stop) -> f64 {
    let mut least = f64::INFINITY;
    for (id, street) in (0_u32..).zip(&parts.streets) {
        let distance = projection.distance(parts.nodes[street.tail as usize], parts.nodes[street.head as usize]);
        for way in [street.forward, street.backward].into_iter().flatten().filter(|_| distance > 0.0) {
            let costs = WayCosts::new(&parts.classes[usize::from(way.class)], &way, street.length_mm, tie(id));
            least = least.min(f64::from(costs.cost(fastest)) / distance);
        }
    }
    if least.is_finite() { least * (1.0 - 1e-6) } else { 0.0 }
}

struct Writer {
    header: Header,
    bytes: Vec<u8>,
}

impl Writer {
    fn graph(&mut self, graph: &Expanded) {
        self.section(SectionKind::NodeState, &graph.node_state);
        self.section(SectionKind::Expanded, &graph.expanded);
        self.section(SectionKind::StateNode, &graph.state_node);
        self.section(SectionKind::FirstOut, &graph.first_out);
        self.section(SectionKind::ArcWay, &graph.arc_way);
        self.section(SectionKind::ArcTurn, &graph.arc_turn);
    }

    fn index(&mut self, index: &Pack) {
        self.section(SectionKind::IndexAlternatives, &index.alternatives);
        self.section(SectionKind::IndexRuns, &index.runs);
        self.section(SectionKind::IndexWays, &index.ways);
        self.section(SectionKind::IndexLines, &index.lines);
        self.section(SectionKind::IndexWeights, &index.weights);
        self.section(SectionKind::IndexHeadDepth, &index.head_depth);
        self.section(SectionKind::IndexNodes, &index.nodes);
        self.section(SectionKind::IndexStops, &index.stops);
    }

    fn section<T: IntoBytes + Immutable>(&mut self, kind: SectionKind, array: &[T]) {
        let (start, content) = (self.bytes.len(), array.as_bytes());
        self.bytes.extend_from_slice(content);
        self.bytes.resize(self.bytes.len().next_multiple_of(ALIGNMENT), 0);
        self.header.slots[kind.slot()] = Slot {
            kind: kind.number(),
            element_bytes: kind.element_bytes(),
            offset: start as u64,
            bytes: content.len() as u64,
            checksum: xxh3_64(&self.bytes[start..]),
        };
        self.header.section_count += 1;
    }

    fn finish(self) -> Vec<u8> {
        let Self { mut header, mut bytes } = self;
        header.header_bytes = u32::try_from(HEADER_BYTES).unwrap_or(0);
        header.file_bytes = bytes.len() as u64;
        header.checksum = xxh3_64(&header.as_bytes()[..HEADER_BYTES - size_of::<u64>()]);
        bytes[..HEADER_BYTES].copy_from_slice(header.as_bytes());
        bytes
    }
}
