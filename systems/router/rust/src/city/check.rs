//! Opening a city: every check that later, unchecked use of the bytes relies on.
//!
//! In this order, so that the message names the true cause: length, magic, version, byte order, the header's checksum, the section table,
//! each section's checksum, then what the arrays say about one another. After that no id leads outside its array and no text is other than
//! UTF-8, even in a file that was forged with right checksums. (What a forger can still do is make routes wrong.)
//!
//! All of the file is read once, which touches every page of it: a few milliseconds for ten megabytes.

use xxhash_rust::xxh3::xxh3_64;
use zerocopy::{FromBytes, Immutable, KnownLayout};

use super::error::CityError;
use super::format::{ALIGNMENT, BYTE_ORDER, HEADER_BYTES, Header, MAGIC, NONE, SectionKind, Segment, Slot, VERSION};
use super::grid::Grid;
use super::{City, Direction};
use crate::geo::Point;
use crate::limits::ARC_COST_MAX;
use crate::street::{Highway, Infra};

type Checked<T> = Result<T, CityError>;

pub(super) fn parse(bytes: &[u8]) -> Checked<City<'_>> {
    let header = header(bytes)?;
    let sections = Sections::locate(bytes, header)?;
    let text = |kind| {
        let broken = |e: std::str::Utf8Error| CityError::Invariant { section: kind, index: e.valid_up_to(), problem: "is not UTF-8" };
        std::str::from_utf8(sections.raw(kind)).map_err(broken)
    };
    let city = City {
        header,
        first_out: sections.array(SectionKind::FirstOut, counted(header.nodes) + 1)?,
        arc_head: sections.array(SectionKind::ArcHead, counted(header.arcs))?,
        arc_cost: sections.array(SectionKind::ArcCost, counted(header.arcs))?,
        arc_segment: sections.array(SectionKind::ArcSegment, counted(header.arcs))?,
        node_point: sections.array(SectionKind::NodePoint, counted(header.nodes))?,
        segments: sections.array(SectionKind::Segments, counted(header.segments))?,
        first_point: sections.array(SectionKind::FirstPoint, counted(header.segments) + 1)?,
        points: sections.array(SectionKind::Points, counted(header.points))?,
        first_name_byte: sections.array(SectionKind::FirstNameByte, counted(header.names) + 1)?,
        names: text(SectionKind::NameBytes)?,
        grid: grid(header, &sections)?,
        report: text(SectionKind::Report)?,
    };
    check_header_numbers(header)?;
    check_arcs(&city)?;
    check_segments(&city)?;
    check_points(&city)?;
    check_names(&city)?;
    check_grid(&city)?;
    Ok(city)
}

const fn counted(count: u32) -> usize {
    count as usize
}

fn header(bytes: &[u8]) -> Checked<&Header> {
    let short = CityError::Short { found: bytes.len(), needed: HEADER_BYTES };
    let head = bytes.get(..HEADER_BYTES).ok_or(short)?;
    let header = Header::ref_from_bytes(head).map_err(|_| CityError::Alignment)?;
    if header.magic != MAGIC {
        return Err(CityError::Magic);
    }
    if header.byte_order != BYTE_ORDER {
        return Err(CityError::ByteOrder);
    }
    if header.version != VERSION {
        return Err(CityError::Version { found: header.version });
    }
    if xxh3_64(&head[..HEADER_BYTES - size_of::<u64>()]) != header.checksum {
        return Err(CityError::Checksum { part: "header".to_owned() });
    }
    if header.file_bytes != bytes.len() as u64 {
        return Err(CityError::Length { expected: header.file_bytes, found: bytes.len() });
    }
    Ok(header)
}

/// The section table, checked: slot i is [`SectionKind::ALL`]`[i]`, and sections lie end to end.
struct Sections<'a> {
    bytes: &'a [u8],
    slots: &'a [Slot],
}

impl<'a> Sections<'a> {
    fn locate(bytes: &'a [u8], header: &'a Header) -> Checked<Self> {
        let count = SectionKind::ALL.len();
        if header.section_count as usize != count || header.header_bytes as usize != HEADER_BYTES {
            return Err(CityError::Slot { slot: 0, problem: "the header's own sizes are not version 1's" });
        }
        let mut next = HEADER_BYTES;
        for (slot, kind) in SectionKind::ALL.into_iter().enumerate() {
            let Slot { kind: found, element_bytes, offset, bytes: length, checksum } = header.slots[slot];
            let bad = |problem| CityError::Slot { slot, problem };
            if found != kind as u32 || element_bytes != kind.element_bytes() || offset != next as u64 {
                return Err(bad("kind, element size or offset is not version 1's"));
            }
            let length = usize::try_from(length).map_err(|_| bad("too long"))?;
            let end = next.checked_add(length).and_then(|end| end.checked_next_multiple_of(ALIGNMENT));
            let padded = end.and_then(|end| bytes.get(next..end)).ok_or_else(|| bad("runs past the end of the file"))?;
            if xxh3_64(padded) != checksum {
                return Err(CityError::Checksum { part: format!("section {kind:?}") });
            }
            next += padded.len();
        }
        if next != bytes.len() || header.slots[count..].iter().any(|slot| *slot != Slot::default()) {
            return Err(CityError::Slot { slot: count, problem: "bytes or slots beyond the last section" });
        }
        Ok(Self { bytes, slots: &header.slots[..count] })
    }

    fn raw(&self, kind: SectionKind) -> &'a [u8] {
        let Slot { kind: _, element_bytes: _, offset, bytes, checksum: _ } = self.slots[kind as usize - 1];
        // `locate` has checked that both fit the file, and so `usize`.
        let (offset, bytes) = (usize::try_from(offset).unwrap_or(0), usize::try_from(bytes).unwrap_or(0));
        &self.bytes[offset..offset + bytes]
    }

    fn slice<T: FromBytes + KnownLayout + Immutable>(&self, kind: SectionKind) -> Checked<&'a [T]> {
        <[T]>::ref_from_bytes(self.raw(kind))
            .map_err(|_| CityError::Slot { slot: kind as usize - 1, problem: "not a whole number of elements" })
    }

    fn array<T: FromBytes + KnownLayout + Immutable>(&self, kind: SectionKind, length: usize) -> Checked<&'a [T]> {
        let array = self.slice(kind)?;
        let wrong = CityError::Invariant { section: kind, index: array.len(), problem: "its length is not the header's count" };
        if array.len() == length { Ok(array) } else { Err(wrong) }
    }
}

fn grid<'a>(header: &'a Header, sections: &Sections<'a>) -> Checked<Grid<'a>> {
    let shape = header.grid;
    let cells = u64::from(shape.columns) * u64::from(shape.rows);
    let cells = usize::try_from(cells).ok().filter(|cells| *cells < usize::MAX);
    let bad = CityError::Invariant { section: SectionKind::GridFirst, index: 0, problem: "more cells than memory" };
    Ok(Grid {
        shape: &header.grid,
        first: sections.array(SectionKind::GridFirst, cells.ok_or(bad)? + 1)?,
        segments: sections.slice(SectionKind::GridSegments)?,
    })
}

fn check_header_numbers(header: &Header) -> Checked<()> {
    let shape = header.grid;
    let sane = [header.lon_scale, header.min_cost_per_unit].iter().all(|x| x.is_finite() && *x >= 0.0)
        && shape.cell_lon_e7 > 0
        && shape.cell_lat_e7 > 0;
    if sane { Ok(()) } else { Err(CityError::Slot { slot: 0, problem: "the header's projection or grid makes no sense" }) }
}

/// `first` starts at 0, rises by at least `step` and ends at `end`.
fn check_offsets(section: SectionKind, first: &[u32], step: u32, end: usize) -> Checked<()> {
    let fault = |index, problem| Err(CityError::Invariant { section, index, problem });
    if first.first() != Some(&0) || first.last().map(|last| *last as usize) != Some(end) {
        return fault(0, "does not span its array");
    }
    match first.windows(2).position(|pair| pair[1] < pair[0] || pair[1] - pair[0] < step) {
        Some(index) => fault(index, "falls, or leaves too few elements"),
        None => Ok(()),
    }
}

fn check_arcs(city: &City<'_>) -> Checked<()> {
    check_offsets(SectionKind::FirstOut, city.first_out, 0, city.arc_head.len())?;
    let fault = |section, index, problem| CityError::Invariant { section, index, problem };
    if let Some(index) = city.arc_head.iter().position(|head| *head as usize >= city.node_point.len()) {
        return Err(fault(SectionKind::ArcHead, index, "is not a node"));
    }
    if let Some(index) = city.arc_cost.iter().position(|cost| *cost == 0 || *cost > ARC_COST_MAX) {
        return Err(fault(SectionKind::ArcCost, index, "is 0 or beyond the limit"));
    }
    if let Some(index) = city.arc_segment.iter().position(|packed| (packed >> 1) as usize >= city.segments.len()) {
        return Err(fault(SectionKind::ArcSegment, index, "is not a segment"));
    }
    Ok(())
}

fn check_segments(city: &City<'_>) -> Checked<()> {
    check_offsets(SectionKind::FirstPoint, city.first_point, 2, city.points.len())?;
    let names = city.first_name_byte.len() - 1;
    let fault = |index, problem| Err(CityError::Invariant { section: SectionKind::Segments, index, problem });
    let mut arcs = 0;
    for (index, segment) in city.segments.iter().enumerate() {
        if let Some(problem) = segment_problem(city, index, segment, names) {
            return fault(index, problem);
        }
        arcs += usize::from(segment.forward_arc != NONE) + usize::from(segment.backward_arc != NONE);
    }
    // Each arc named so far names its segment back, so none is counted twice: equal counts mean none is left out.
    if arcs == city.arc_head.len() { Ok(()) } else { fault(arcs, "segments and arcs do not match one to one") }
}

fn segment_problem(city: &City<'_>, index: usize, segment: &Segment, names: usize) -> Option<&'static str> {
    let nodes = city.node_point.len();
    if segment.tail as usize >= nodes || segment.head as usize >= nodes {
        return Some("leads to no node");
    }
    if segment.length_mm == 0 {
        return Some("has no length");
    }
    if segment.name != NONE && segment.name as usize >= names {
        return Some("has a name that is not there");
    }
    let known = Highway::from_byte(segment.highway).is_some()
        && Infra::from_byte(segment.forward_infra).is_some()
        && Infra::from_byte(segment.backward_infra).is_some();
    if !known || segment.reserved != [0; 5] {
        return Some("has a class or lane of no known kind");
    }
    if segment.forward_arc == NONE && segment.backward_arc == NONE {
        return Some("cannot be ridden either way");
    }
    let ends = [(Direction::Forward, segment.tail, segment.head), (Direction::Backward, segment.head, segment.tail)];
    for (direction, from, to) in ends {
        let Some(arc) = segment.arc(direction) else { continue };
        if !city.arcs(from).contains(&arc) || city.head(arc) != to {
            return Some("names an arc that does not join its ends");
        }
        let (on, way) = city.street(arc);
        if on as usize != index || way != direction {
            return Some("names an arc of another segment");
        }
    }
    None
}

fn check_points(city: &City<'_>) -> Checked<()> {
    for (section, points) in [(SectionKind::NodePoint, city.node_point), (SectionKind::Points, city.points)] {
        if let Some(index) = points.iter().position(|point: &Point| !point.is_on_earth()) {
            return Err(CityError::Invariant { section, index, problem: "is not on Earth" });
        }
    }
    Ok(())
}

fn check_names(city: &City<'_>) -> Checked<()> {
    check_offsets(SectionKind::FirstNameByte, city.first_name_byte, 0, city.names.len())?;
    match city.first_name_byte.iter().position(|byte| !city.names.is_char_boundary(*byte as usize)) {
        Some(index) => Err(CityError::Invariant { section: SectionKind::FirstNameByte, index, problem: "splits a character" }),
        None => Ok(()),
    }
}

fn check_grid(city: &City<'_>) -> Checked<()> {
    let Grid { shape: _, first, segments } = city.grid;
    check_offsets(SectionKind::GridFirst, first, 0, segments.len())?;
    match segments.iter().position(|segment| *segment as usize >= city.segments.len()) {
        Some(index) => Err(CityError::Invariant { section: SectionKind::GridSegments, index, problem: "is not a segment" }),
        None => Ok(()),
    }
}
