//! Opening a city, and vouching for all of it.
//!
//! [`open`] looks at the header and the section table, in this order, so that the message names the true cause: length, magic, version, byte order, the header's
//! checksum, the sections' places and sizes. [`all()`] reads the rest: each section's checksum, then what the arrays say about one another.

mod all;

use xxhash_rust::xxh3::xxh3_64;
use zerocopy::{FromBytes, Immutable, KnownLayout};

pub(super) use all::all;

use super::City;
use super::error::CityError;
use super::format::{ALIGNMENT, BYTE_ORDER, HEADER_BYTES, Header, MAGIC, SectionKind, Slot, VERSION};
use super::grid::Grid;
use crate::cch::PackView;

type Checked<T> = Result<T, CityError>;

pub(super) fn open(bytes: &[u8]) -> Checked<City<'_>> {
    let header = header(bytes)?;
    check_header_numbers(header)?;
    let sections = Sections::locate(bytes, header)?;
    let [nodes, segments, states, arcs, names] =
        [header.nodes, header.segments, header.states, header.arcs, header.names].map(|count| count as usize);
    Ok(City {
        bytes,
        map: None,
        header,
        name: std::str::from_utf8(sections.raw(SectionKind::CityName)).unwrap_or("city"),
        report: sections.raw(SectionKind::Report),
        crashes: sections.slice(SectionKind::Crashes)?,
        first_name_byte: sections.array(SectionKind::FirstNameByte, names + 1)?,
        name_bytes: sections.raw(SectionKind::NameBytes),
        segment_name: sections.array(SectionKind::SegmentName, segments)?,
        grid: grid(header, &sections)?,
        node_point: sections.array(SectionKind::NodePoint, nodes)?,
        lines: sections.raw(SectionKind::Lines),
        segments: sections.array(SectionKind::Segments, segments)?,
        classes: sections.slice(SectionKind::Classes)?,
        turn_kinds: sections.slice(SectionKind::TurnKinds)?,
        stops: sections.slice(SectionKind::Stops)?,
        node_state: sections.array(SectionKind::NodeState, nodes)?,
        expanded: sections.slice(SectionKind::Expanded)?,
        state_node: sections.array(SectionKind::StateNode, states)?,
        first_out: sections.array(SectionKind::FirstOut, states + 1)?,
        arc_way: sections.array(SectionKind::ArcWay, arcs)?,
        arc_turn: sections.array(SectionKind::ArcTurn, arcs)?,
        index: PackView {
            nodes: sections.array(SectionKind::IndexNodes, states + 1)?,
            head_depth: sections.slice(SectionKind::IndexHeadDepth)?,
            ways: sections.slice(SectionKind::IndexWays)?,
            lines: sections.slice(SectionKind::IndexLines)?,
            weights: sections.slice(SectionKind::IndexWeights)?,
            alternatives: sections.slice(SectionKind::IndexAlternatives)?,
            runs: sections.slice(SectionKind::IndexRuns)?,
            stops: sections.slice(SectionKind::IndexStops)?,
        },
    })
}

fn header(bytes: &[u8]) -> Checked<&Header> {
    let short = CityError::Short { found: bytes.len(), needed: HEADER_BYTES };
    let head = bytes
        .get(..HEADER_BYTES)
        .ok_or_else(|| if bytes.starts_with(&MAGIC) || MAGIC.starts_with(bytes) { short } else { CityError::Magic })?;
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
            return Err(CityError::Slot { slot: 0, problem: "the header's own sizes are not this version's" });
        }
        let mut next = HEADER_BYTES;
        for (slot, kind) in SectionKind::ALL.into_iter().enumerate() {
            let Slot { kind: found, element_bytes, offset, bytes: length, checksum: _ } = header.slots[slot];
            let bad = |problem| CityError::Slot { slot, problem };
            if found != kind.number() || element_bytes != kind.element_bytes() || offset != next as u64 {
                return Err(bad("kind, element size or offset is not this version's"));
            }
            let length = usize::try_from(length).map_err(|_| bad("too long"))?;
            let end = next.checked_add(length).and_then(|end| end.checked_next_multiple_of(ALIGNMENT));
            next = end.filter(|end| *end <= bytes.len()).ok_or_else(|| bad("runs past the end of the file"))?;
        }
        if next != bytes.len() || header.slots[count..].iter().any(|slot| *slot != Slot::default()) {
            return Err(CityError::Slot { slot: count, problem: "bytes or slots beyond the last section" });
        }
        Ok(Self { bytes, slots: &header.slots[..count] })
    }

    fn raw(&self, kind: SectionKind) -> &'a [u8] {
        let Slot { kind: _, element_bytes: _, offset, bytes, checksum: _ } = self.slots[kind.slot()];
        // `locate` has checked that both fit the file, and so `usize`.
        let (offset, bytes) = (usize::try_from(offset).unwrap_or(0), usize::try_from(bytes).unwrap_or(0));
        &self.bytes[offset..offset + bytes]
    }

    fn slice<T: FromBytes + KnownLayout + Immutable>(&self, kind: SectionKind) -> Checked<&'a [T]> {
        <[T]>::ref_from_bytes(self.raw(kind)).map_err(|_| CityError::Slot { slot: kind.slot(), problem: "not a whole number of elements" })
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
