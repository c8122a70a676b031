//! Writing a packed city. The builder's half of [`super::check`].

use std::io::{self, Write};
use std::path::Path;

use xxhash_rust::xxh3::xxh3_64;
use zerocopy::{FromZeros, Immutable, IntoBytes};

use super::format::{ALIGNMENT, BYTE_ORDER, HEADER_BYTES, Header, MAGIC, NONE, SectionKind, Segment, Slot, VERSION};
use super::{Direction, grid};
use crate::geo::{Point, Projection};
use crate::limits::{ARC_COST_MAX, COUNT_MAX};
use crate::street::{Highway, Infra};

/// A street graph, not yet packed.
#[derive(Debug, Clone, Default)]
pub struct CityParts {
    pub nodes: Vec<Point>,
    pub streets: Vec<StreetPart>,
    pub names: Vec<String>,
    /// JSON, for people.
    pub report: String,
}

/// A segment before packing.
#[derive(Debug, Clone)]
pub struct StreetPart {
    pub tail: u32,
    pub head: u32,
    /// From tail to head; two points or more.
    pub line: Vec<Point>,
    pub length_mm: u32,
    pub name: Option<u32>,
    pub highway: Highway,
    /// Cost and lane from tail to head, unless closed.
    pub forward: Option<(u32, Infra)>,
    pub backward: Option<(u32, Infra)>,
}

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum EncodeError {
    #[error("street {street} {problem}")]
    Street { street: usize, problem: &'static str },
    #[error("{what}: {count} are too many for one city file; take a smaller extract")]
    TooMany { what: &'static str, count: usize },
}

/// Packs a city into the bytes of its file.
///
/// # Errors
/// When a street is not one (ends, line, length, cost), or there are too many of something for `u32` ids.
pub fn encode(parts: &CityParts) -> Result<Vec<u8>, EncodeError> {
    check(parts)?;
    let arcs = Arcs::of(parts)?;
    let projection = Projection::at(middle_latitude(&parts.nodes));
    let lines: Vec<&[Point]> = parts.streets.iter().map(|street| street.line.as_slice()).collect();
    let (shape, grid_first, grid_segments) = grid::build(&lines);
    let first_point = offsets(lines.iter().map(|line| line.len()), "points")?;
    let first_name_byte = offsets(parts.names.iter().map(String::len), "bytes of names")?;

    let mut header = Header::new_zeroed();
    (header.magic, header.version, header.byte_order) = (MAGIC, VERSION, BYTE_ORDER);
    header.nodes = id(parts.nodes.len(), "nodes")?;
    header.arcs = id(arcs.head.len(), "arcs")?;
    header.segments = id(parts.streets.len(), "segments")?;
    header.points = *first_point.last().unwrap_or(&0);
    header.names = id(parts.names.len(), "names")?;
    (header.lon_scale, header.grid) = (projection.lon_scale, shape);
    header.min_cost_per_unit = min_cost_per_unit(parts, projection);

    let mut file = Writer { header, bytes: vec![0; HEADER_BYTES] };
    file.section(SectionKind::FirstOut, &arcs.first_out);
    file.section(SectionKind::ArcHead, &arcs.head);
    file.section(SectionKind::ArcCost, &arcs.cost);
    file.section(SectionKind::ArcSegment, &arcs.segment);
    file.section(SectionKind::NodePoint, &parts.nodes);
    file.section(SectionKind::Segments, &arcs.segments);
    file.section(SectionKind::FirstPoint, &first_point);
    file.section(SectionKind::Points, &lines.concat());
    file.section(SectionKind::FirstNameByte, &first_name_byte);
    file.section(SectionKind::NameBytes, parts.names.concat().as_bytes());
    file.section(SectionKind::GridFirst, &grid_first);
    file.section(SectionKind::GridSegments, &grid_segments);
    file.section(SectionKind::Report, parts.report.as_bytes());
    Ok(file.finish())
}

/// Writes `bytes` under `path` all at once: a temporary file beside it, then a rename.
///
/// # Errors
/// What the file system says.
pub fn write_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut partial = path.as_os_str().to_owned();
    partial.push(format!(".{}.partial", std::process::id()));
    let partial = Path::new(&partial);
    let written = std::fs::File::create(partial).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    let renamed = written.and_then(|()| std::fs::rename(partial, path));
    if renamed.is_err() {
        let _ = std::fs::remove_file(partial);
    }
    renamed
}

fn check(parts: &CityParts) -> Result<(), EncodeError> {
    for (index, street) in parts.streets.iter().enumerate() {
        let costs = [street.forward, street.backward];
        let problem = if street.tail as usize >= parts.nodes.len() || street.head as usize >= parts.nodes.len() {
            "ends at a node that is not there"
        } else if street.line.len() < 2 || street.length_mm == 0 {
            "has fewer than two points or no length"
        } else if costs.iter().all(Option::is_none) {
            "is closed both ways"
        } else if costs.iter().flatten().any(|(cost, _)| *cost == 0 || *cost > ARC_COST_MAX) {
            "has a cost of 0 or beyond the limit"
        } else if street.name.is_some_and(|name| name as usize >= parts.names.len()) {
            "has a name that is not there"
        } else {
            continue;
        };
        return Err(EncodeError::Street { street: index, problem });
    }
    Ok(())
}

fn id(count: usize, what: &'static str) -> Result<u32, EncodeError> {
    let too_many = EncodeError::TooMany { what, count };
    if count > COUNT_MAX { Err(too_many) } else { u32::try_from(count).map_err(|_| too_many) }
}

/// Running sums from 0.
fn offsets(lengths: impl Iterator<Item = usize>, what: &'static str) -> Result<Vec<u32>, EncodeError> {
    let mut total = 0;
    let mut first = vec![0];
    for length in lengths {
        total += length;
        first.push(id(total, what)?);
    }
    Ok(first)
}

fn middle_latitude(nodes: &[Point]) -> i32 {
    let latitudes = || nodes.iter().map(|point| point.lat_e7);
    i32::midpoint(latitudes().min().unwrap_or(0), latitudes().max().unwrap_or(0))
}

/// The heuristic's slope: no arc is cheaper, per unit of flat distance between its ends. A millionth less than the least ratio, so that
/// rounding in the search cannot make the heuristic inconsistent.
fn min_cost_per_unit(parts: &CityParts, projection: Projection) -> f64 {
    let mut least = f64::INFINITY;
    for street in &parts.streets {
        let distance = projection.distance(parts.nodes[street.tail as usize], parts.nodes[street.head as usize]);
        for (cost, _) in [street.forward, street.backward].into_iter().flatten() {
            if distance > 0.0 {
                least = least.min(f64::from(cost) / distance);
            }
        }
    }
    if least.is_finite() { least * (1.0 - 1e-6) } else { 0.0 }
}

/// The arcs in order of (tail, segment, direction): their ids.
struct Arcs {
    first_out: Vec<u32>,
    head: Vec<u32>,
    cost: Vec<u32>,
    segment: Vec<u32>,
    segments: Vec<Segment>,
}

impl Arcs {
    fn of(parts: &CityParts) -> Result<Self, EncodeError> {
        let mut segments: Vec<Segment> = parts.streets.iter().map(segment).collect();
        let mut list = Vec::new();
        for (index, street) in (0_u32..).zip(&parts.streets) {
            if let Some((cost, _)) = street.forward {
                list.push((street.tail, index, Direction::Forward as u32, street.head, cost));
            }
            if let Some((cost, _)) = street.backward {
                list.push((street.head, index, Direction::Backward as u32, street.tail, cost));
            }
        }
        id(list.len().max(parts.streets.len() * 2), "arcs")?;
        list.sort_unstable();
        for (arc, (_, segment, direction, _, _)) in (0_u32..).zip(&list) {
            let segment = &mut segments[*segment as usize];
            if *direction == 0 { segment.forward_arc = arc } else { segment.backward_arc = arc }
        }
        let mut degrees = vec![0; parts.nodes.len()];
        for arc in &list {
            degrees[arc.0 as usize] += 1;
        }
        Ok(Self {
            first_out: offsets(degrees.into_iter(), "arcs")?,
            head: list.iter().map(|arc| arc.3).collect(),
            cost: list.iter().map(|arc| arc.4).collect(),
            segment: list.iter().map(|arc| arc.1 * 2 + arc.2).collect(),
            segments,
        })
    }
}

fn segment(street: &StreetPart) -> Segment {
    let infra = |way: Option<(u32, Infra)>| way.map_or(Infra::None, |(_, infra)| infra).to_byte();
    Segment {
        tail: street.tail,
        head: street.head,
        forward_arc: NONE,
        backward_arc: NONE,
        length_mm: street.length_mm,
        name: street.name.unwrap_or(NONE),
        highway: street.highway.to_byte(),
        forward_infra: infra(street.forward),
        backward_infra: infra(street.backward),
        reserved: [0; 5],
    }
}

struct Writer {
    header: Header,
    bytes: Vec<u8>,
}

impl Writer {
    fn section<T: IntoBytes + Immutable>(&mut self, kind: SectionKind, array: &[T]) {
        let (start, content) = (self.bytes.len(), array.as_bytes());
        self.bytes.extend_from_slice(content);
        self.bytes.resize(self.bytes.len().next_multiple_of(ALIGNMENT), 0);
        self.header.slots[kind as usize - 1] = Slot {
            kind: kind as u32,
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
