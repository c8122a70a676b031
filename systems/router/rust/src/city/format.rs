//! The layout of a packed city file: header, then sections, little-endian, each section on a 64-byte boundary.
//!
//! ```text
//! 0      Header (2,048 bytes): magic, version, byte order, counts, projection, grid, 32 section slots, its own checksum
//! 2048   section, zero padding to 64, section, ... in the order of SectionKind, without a gap to the end of the file
//! ```
//! Every byte is under a checksum (XXH3-64): the header's covers everything before it, a section's covers the section and its
//! padding. A slot that is not used is all zero. Whatever changes the meaning of a byte changes [`VERSION`]; the empty slots and the reserved
//! words leave room to grow without moving anything.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

pub const MAGIC: [u8; 8] = *b"BIKECITY";
pub const VERSION: u32 = 1;
/// Reads back as itself only on a machine of the byte order that wrote it.
pub const BYTE_ORDER: u32 = 0x0403_0201;
pub const HEADER_BYTES: usize = size_of::<Header>();
pub const SECTION_SLOTS: usize = 32;
pub const ALIGNMENT: usize = 64;
/// "None" where an id is optional.
pub const NONE: u32 = u32::MAX;

const _: () = assert!(HEADER_BYTES == 2048 && HEADER_BYTES.is_multiple_of(ALIGNMENT));
const _: () = assert!(size_of::<Slot>() == 32 && size_of::<Segment>() == 32 && align_of::<Segment>() == 4);

#[derive(Debug, Clone, Copy, FromBytes, IntoBytes, KnownLayout, Immutable)]
#[repr(C)]
pub struct Header {
    pub magic: [u8; 8],
    pub version: u32,
    pub byte_order: u32,
    pub header_bytes: u32,
    pub section_count: u32,
    pub file_bytes: u64,
    pub nodes: u32,
    pub arcs: u32,
    pub segments: u32,
    pub points: u32,
    pub names: u32,
    pub reserved_count: u32,
    /// Where the heuristic's flat map is true: see [`crate::geo::Projection`].
    pub lon_scale: f64,
    /// Least cost of an arc per unit of flat distance between its ends: times that distance, a lower bound of any route.
    pub min_cost_per_unit: f64,
    pub grid: GridShape,
    pub reserved: [u64; 114],
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

/// A street between two junctions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable)]
#[repr(C)]
pub struct Segment {
    /// Node at the first point of its line.
    pub tail: u32,
    /// Node at the last point of its line.
    pub head: u32,
    /// Arc from tail to head, or [`NONE`].
    pub forward_arc: u32,
    /// Arc from head to tail, or [`NONE`]. A segment has at least one of the two.
    pub backward_arc: u32,
    /// At least 1.
    pub length_mm: u32,
    /// Name id, or [`NONE`].
    pub name: u32,
    /// [`crate::street::Highway`].
    pub highway: u8,
    /// [`crate::street::Infra`] from tail to head; also set where there is no such arc.
    pub forward_infra: u8,
    pub backward_infra: u8,
    pub reserved: [u8; 5],
}

/// The sections of version 1, in file order. The number is the slot's `kind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum SectionKind {
    FirstOut = 1,
    ArcHead,
    ArcCost,
    ArcSegment,
    NodePoint,
    Segments,
    FirstPoint,
    Points,
    FirstNameByte,
    NameBytes,
    GridFirst,
    GridSegments,
    Report,
}

impl SectionKind {
    pub const ALL: [Self; 13] = [
        Self::FirstOut,
        Self::ArcHead,
        Self::ArcCost,
        Self::ArcSegment,
        Self::NodePoint,
        Self::Segments,
        Self::FirstPoint,
        Self::Points,
        Self::FirstNameByte,
        Self::NameBytes,
        Self::GridFirst,
        Self::GridSegments,
        Self::Report,
    ];

    #[must_use]
    pub const fn element_bytes(self) -> u32 {
        match self {
            Self::NameBytes | Self::Report => 1,
            Self::NodePoint | Self::Points => 8,
            Self::Segments => 32,
            Self::FirstOut
            | Self::ArcHead
            | Self::ArcCost
            | Self::ArcSegment
            | Self::FirstPoint
            | Self::FirstNameByte
            | Self::GridFirst
            | Self::GridSegments => 4,
        }
    }
}
