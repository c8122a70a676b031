//! The layout of a packed city file: header, then sections, little-endian, each section on a 64-byte boundary.
//!
//! ```text
//! 0      Header (4,096 bytes): magic, version, byte order, counts, projection, grid, 64 section slots, its own checksum
//! 4096   section, zero padding to 64, section, ... in the order of SectionKind, without a gap to the end of the file
//! ```
//! Every byte is under a checksum (XXH3-64): the header's covers everything before it, a section's covers the section and its
//! padding. A slot that is not used is all zero. Whatever changes the meaning of a byte changes [`VERSION`]; the empty slots and the reserved
//! words leave room to grow without moving anything.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::cch::{Alternative, Line, PackNode, Way};
use crate::geo::Point;
use crate::parts::{Stop, StreetClass};

pub const MAGIC: [u8; 8] = *b"BIKECITY";
pub const VERSION: u32 = 2;
/// Reads back as itself only on a machine of the byte order that wrote it.
pub const BYTE_ORDER: u32 = 0x0403_0201;
pub const HEADER_BYTES: usize = size_of::<Header>();
pub const SECTION_SLOTS: usize = 64;
pub const ALIGNMENT: usize = 64;
/// "None" where an id is optional.
pub const NONE: u32 = u32::MAX;
/// [`WayRecord::class`] of a direction that is closed.
pub const CLOSED: u16 = u16::MAX;
/// In `node_state`: the rest is an index into `expanded`.
pub const EXPANDED: u32 = 1 << 31;

const _: () = assert!(HEADER_BYTES == 4096 && HEADER_BYTES.is_multiple_of(ALIGNMENT));
const _: () = assert!(size_of::<Slot>() == 32 && size_of::<Segment>() == 32 && align_of::<Segment>() == 4);
const _: () = assert!(size_of::<PackNode>() == 20 && size_of::<Line>() == 8 && size_of::<Way>() == 6 && size_of::<Alternative>() == 8);
const _: () = assert!(size_of::<WayRecord>() == 8 && size_of::<ClassRecord>() == 24 && size_of::<CrashRecord>() == 12);

#[derive(Debug, Clone, Copy, FromBytes, IntoBytes, KnownLayout, Immutable)]
#[repr(C)]
pub struct Header {
    pub magic: [u8; 8],
    pub version: u32,
    pub byte_order: u32,
    pub header_bytes: u32,
    pub section_count: u32,
    pub file_bytes: u64,
    /// Junctions.
    pub nodes: u32,
    pub segments: u32,
    /// Nodes and arcs of the routing graph: see [`crate::expand`].
    pub states: u32,
    pub arcs: u32,
    pub names: u32,
    pub reserved_count: u32,
    /// Where the heuristic's flat map is true: see [`crate::geo::Projection`].
    pub lon_scale: f64,
    /// Least cost of a street at the fastest stop per unit of flat distance between its ends: times that distance, a lower bound of any route.
    pub min_cost_per_unit: f64,
    pub grid: GridShape,
    pub reserved: [u64; 242],
    pub slots: [Slot; SECTION_SLOTS],
    /// XXH3-64 of everything above.
    pub checksum: u64,
}

/// Where the snapping grid lies: see [`super::grid`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable)]
#[repr(C)]
pub struct GridShape {
    pub min_lon_e7: i32,
    pub min_lat_e7: i32,
    pub max_lon_e7: i32,
    pub max_lat_e7: i32,
    pub cell_lon_e7: u32,
    pub cell_lat_e7: u32,
    pub columns: u32,
    pub rows: u32,
}

/// One entry of the section table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable)]
#[repr(C)]
pub struct Slot {
    /// A [`SectionKind`]; 0 where unused.
    pub kind: u32,
    /// Bytes of one element.
    pub element_bytes: u32,
    pub offset: u64,
    /// Without padding.
    pub bytes: u64,
    /// XXH3-64 of the section with its padding.
    pub checksum: u64,
}

/// A street between two junctions: all that a route needs of it, in half a cache line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable)]
#[repr(C)]
pub struct Segment {
    /// Node at the first point of its line.
    pub tail: u32,
    /// Node at the last point of its line.
    pub head: u32,
    /// At least 1.
    pub length_mm: u32,
    /// Where its inner points begin in the bytes of lines: see [`super::line`]. They end where the next segment's begin.
    pub line: u32,
    /// From tail to head, and back.
    pub ways: [WayRecord; 2],
}

/// One direction of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable)]
#[repr(C)]
pub struct WayRecord {
    /// Index into the classes, or [`CLOSED`].
    pub class: u16,
    /// Stress of the approach to the junction at its end.
    pub junction_dm: u16,
    /// Also of a closed direction: it is the other's descent.
    pub climb_dm: u16,
    pub crash_pct: u8,
    pub reserved: u8,
}

/// A [`crate::parts::StreetClass`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable)]
#[repr(C)]
pub struct ClassRecord {
    pub highway: u8,
    pub infra: u8,
    pub surface: u8,
    pub lts: u8,
    pub effort_pct: u16,
    pub boarding_dm: u16,
    /// Base, width, surface, lighting, tunnel, traffic.
    pub physical: [u16; 6],
    /// Their product.
    pub physical_pct: u32,
}

/// A [`crate::parts::TurnKind`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable)]
#[repr(C)]
pub struct TurnRecord {
    /// Name id.
    pub name: u32,
    pub delay_dm: u16,
    pub stress_dm: u16,
}

/// A [`crate::parts::Stop`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable)]
#[repr(C)]
pub struct StopRecord {
    pub stress_weight: u16,
    pub comfort_pct: u8,
    pub reserved: u8,
}

/// A [`crate::parts::CrashPart`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable)]
#[repr(C)]
pub struct CrashRecord {
    pub point: Point,
    pub year: u16,
    pub severity: u8,
    pub reserved: u8,
}

/// At a junction with turns: where a rider is who came by a way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, FromBytes, IntoBytes, KnownLayout, Immutable)]
#[repr(C)]
pub struct Arrival {
    /// Segment × 2, + 1 when ridden against its line. [`NONE`] in the record that ends a junction's list.
    pub way: u32,
    pub state: u32,
}

macro_rules! sections {
    ($($(#[$doc:meta])* $kind:ident: $element_bytes:literal,)+) => {
        /// The sections of this version, in file order. The number is the slot's `kind`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[repr(u32)]
        pub enum SectionKind { $($(#[$doc])* $kind,)+ }

        impl SectionKind {
            pub const ALL: [Self; [$($element_bytes),+].len()] = [$(Self::$kind),+];

            #[must_use]
            pub const fn element_bytes(self) -> u32 {
                match self { $(Self::$kind => $element_bytes,)+ }
            }

            pub(super) const fn slot(self) -> usize {
                self as usize
            }

            pub(super) const fn number(self) -> u32 {
                self as u32 + 1
            }
        }
    };
}

sections! {
    CityName: 1,
    Report: 1,
    Crashes: 12,
    FirstNameByte: 4,
    NameBytes: 1,
    SegmentName: 4,
    GridFirst: 4,
    GridSegments: 4,
    NodePoint: 8,
    Lines: 1,
    Segments: 32,
    Classes: 24,
    TurnKinds: 8,
    Stops: 4,
    NodeState: 4,
    Expanded: 8,
    StateNode: 4,
    FirstOut: 4,
    ArcWay: 4,
    ArcTurn: 1,
    /// The index: see [`crate::cch::pack`]. What every query reads comes last.
    IndexAlternatives: 8,
    IndexRuns: 4,
    IndexWays: 6,
    IndexLines: 8,
    IndexWeights: 4,
    IndexHeadDepth: 2,
    IndexNodes: 20,
    IndexStops: 4,
}

impl From<&StreetClass> for ClassRecord {
    fn from(class: &StreetClass) -> Self {
        Self {
            highway: class.highway.to_byte(),
            infra: class.infra.to_byte(),
            surface: class.surface.to_byte(),
            lts: class.lts,
            effort_pct: class.effort_pct,
            boarding_dm: class.boarding_dm,
            physical: class.physical.factors(),
            physical_pct: class.physical.pct(),
        }
    }
}

impl From<&Stop> for StopRecord {
    fn from(stop: &Stop) -> Self {
        Self { stress_weight: stop.stress_weight, comfort_pct: stop.comfort_pct, reserved: 0 }
    }
}
