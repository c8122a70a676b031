//! The packed city: one file, mapped and used in place.
//!
//! A [`City`] is a set of borrowed slices over the file's bytes. [`City::open`] checks the header and the section table and reads nothing else, so that a
//! function answers its first route having touched a few pages. Every access after that is total: what a damaged or forged file says beyond its
//! arrays reads as a neutral value (no street, an empty line), never out of bounds. [`City::check`] reads everything and vouches for every invariant
//! below; `router-build` does so after writing, and whoever fetched a file from afar should.
//!
//! With n junctions, s segments, and of the routing graph (see [`crate::expand`]) t states and a arcs; a *way* is one direction of a segment,
//! numbered segment × 2, + 1 when ridden against its line:
//!
//! | array | length | meaning and invariant |
//! |---|---|---|
//! | `node_point` | n | where the junction is |
//! | `segments`, `segment_name` | s | see [`Segment`]; name id or [`NONE`] |
//! | `lines` | bytes | see [`mod@line`] |
//! | `classes`, `turn_kinds`, `stops` | | what streets and turns are like; the places of the comfort slider, ascending |
//! | `node_state` | n | the junction's only state, or [`EXPANDED`](format::EXPANDED) + where its arrivals begin in `expanded` |
//! | `expanded` | | of each junction with turns: its arrivals, ended by one of way [`NONE`] |
//! | `state_node` | t | the junction |
//! | `first_out` | t + 1 | arcs of state v are `first_out[v] .. first_out[v + 1]`; starts at 0, never falls, ends at a |
//! | `arc_way`, `arc_turn` | a | the way ridden, and the kind of turn into it |
//! | `first_name_byte`, `name_bytes` | names + 1, | UTF-8 |
//! | `grid_first`, `grid_segments` | cells + 1, | see [`grid`] |
//! | `index` | | see [`crate::cch::pack`]; states are numbered in its elimination order |
//! | `crashes`, `report`, `city_name` | | for maps and people |
//!
//! Costs are not stored but made from a segment's components at the stop asked for ([`crate::parts`]): one multiplication or two. Parallel streets and loops are kept. Every
//! state is reachable from every other: the builder keeps the largest strongly connected component only. Reading does not rely on that.

pub mod check;
mod comfort;
pub mod encode;
pub mod error;
pub mod format;
pub mod grid;
pub mod line;
pub mod map;
pub mod prefetch;
pub mod routing;

use memmap2::Mmap;

use crate::cch::PackView;
use crate::geo::{Point, Projection};
use crate::parts::{Factors, Physical, Stop, StreetClass, TurnKind, WayCosts, WayPart, tie};
use crate::street::{Highway, Infra, Surface};
pub use comfort::Comfort;
pub use error::CityError;
use format::{Arrival, CLOSED, ClassRecord, StopRecord, TurnRecord, WayRecord};
pub use format::{CrashRecord, Header, NONE, Segment};

/// An opened city. Cheap to copy: slices only.
#[derive(Debug, Clone, Copy)]
pub struct City<'a> {
    bytes: &'a [u8],
    map: Option<&'a Mmap>,
    header: &'a Header,
    name: &'a str,
    report: &'a [u8],
    crashes: &'a [CrashRecord],
    first_name_byte: &'a [u32],
    name_bytes: &'a [u8],
    segment_name: &'a [u32],
    grid: grid::Grid<'a>,
    node_point: &'a [Point],
    lines: &'a [u8],
    segments: &'a [Segment],
    classes: &'a [ClassRecord],
    turn_kinds: &'a [TurnRecord],
    stops: &'a [StopRecord],
    node_state: &'a [u32],
    expanded: &'a [Arrival],
    state_node: &'a [u32],
    first_out: &'a [u32],
    arc_way: &'a [u32],
    arc_turn: &'a [u8],
    index: PackView<'a>,
}

/// One direction of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// Along the segment's line, tail to head.
    Forward,
    Backward,
}

const NOWHERE: Point = Point { lon_e7: 0, lat_e7: 0 };
const NO_WAY: WayRecord = WayRecord { class: CLOSED, junction_dm: 0, climb_dm: 0, crash_pct: 100, reserved: 0 };
const NO_SEGMENT: &Segment = &Segment { tail: 0, head: 0, length_mm: 1, line: 0, ways: [NO_WAY; 2] };

impl<'a> City<'a> {
    /// Borrows `bytes` as a city, having checked its header and section table.
    ///
    /// # Errors
    /// What cannot be a file that [`encode::encode`] wrote: see [`CityError`].
    pub fn open(bytes: &'a [u8]) -> Result<Self, CityError> {
        check::open(bytes)
    }

    /// The same with a mapped file, which then is read page by page, as needed.
    ///
    /// # Errors
    /// [`CityError`].
    pub fn open_map(map: &'a Mmap) -> Result<Self, CityError> {
        prefetch::read_here_and_there(map);
        Ok(Self { map: Some(map), ..Self::open(map)? })
    }

    /// Whether pages may have to be waited for: see [`prefetch`].
    #[must_use]
    pub fn is_mapped(&self) -> bool {
        self.map.is_some()
    }

    /// Reads every byte and checks every invariant: a tenth of a second for a metro.
    ///
    /// # Errors
    /// The first fault found.
    pub fn check(&self) -> Result<(), CityError> {
        check::all(self)
    }

    #[must_use]
    pub fn header(&self) -> &'a Header {
        self.header
    }

    /// The whole file.
    #[must_use]
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// `[a-z0-9-]{1,64}`.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.name
    }

    /// What the builder counted, as JSON.
    #[must_use]
    pub fn report(&self) -> &'a str {
        std::str::from_utf8(self.report).unwrap_or("{}")
    }

    /// West, south, east, north.
    #[must_use]
    pub fn bounds(&self) -> [Point; 2] {
        let grid = self.header.grid;
        [Point { lon_e7: grid.min_lon_e7, lat_e7: grid.min_lat_e7 }, Point { lon_e7: grid.max_lon_e7, lat_e7: grid.max_lat_e7 }]
    }

    #[must_use]
    pub fn crashes(&self) -> &'a [CrashRecord] {
        self.crashes
    }

    #[must_use]
    pub fn node_count(&self) -> usize {
        self.node_point.len()
    }

    /// Where a junction is.
    #[must_use]
    pub fn point(&self, node: u32) -> Point {
        self.node_point.get(node as usize).copied().unwrap_or(NOWHERE)
    }

    #[must_use]
    pub fn segments(&self) -> &'a [Segment] {
        self.segments
    }

    #[must_use]
    pub fn segment(&self, segment: u32) -> &'a Segment {
        self.segments.get(segment as usize).unwrap_or(NO_SEGMENT)
    }

    /// Writes the points of a segment from tail to head to `line`: two or more.
    pub fn line(&self, segment: u32, line: &mut Vec<Point>) {
        line.clear();
        self.line_onto(segment, line);
    }

    /// Appends the points of a segment from tail to head: two or more.
    pub fn line_onto(&self, segment: u32, line: &mut Vec<Point>) {
        let part = self.segment(segment);
        let tail = self.point(part.tail);
        let first = line.len();
        line.push(tail);
        line::read(self.line_bytes(segment), tail, line);
        if line.len() < first + 2 {
            line.push(self.point(part.head));
        }
    }

    /// Where the points of a segment lie in the bytes of lines.
    pub(crate) fn line_bytes(&self, segment: u32) -> &'a [u8] {
        let end = self.segments.get(segment as usize + 1).map_or(self.lines.len(), |next| next.line as usize);
        self.lines.get(self.segment(segment).line as usize..end).unwrap_or_default()
    }

    /// One direction of a segment, unless it is closed.
    #[must_use]
    pub fn way(&self, segment: u32, direction: Direction) -> Option<WayPart> {
        let [there, back] = match (direction, self.segment(segment).ways) {
            (Direction::Forward, ways) => ways,
            (Direction::Backward, [forward, backward]) => [backward, forward],
        };
        let WayRecord { class, junction_dm, climb_dm, crash_pct, reserved: _ } = there;
        (class != CLOSED).then_some(WayPart { class, junction_dm, climb_dm, descent_dm: back.climb_dm, crash_pct })
    }

    /// What streets of a class are like.
    #[must_use]
    pub fn class(&self, class: u16) -> StreetClass {
        let record = self.classes.get(usize::from(class));
        let Some(ClassRecord { highway, infra, surface, lts, effort_pct, boarding_dm, physical, physical_pct: _ }) = record.copied() else {
            return NO_CLASS;
        };
        StreetClass {
            highway: Highway::from_byte(highway).unwrap_or(NO_CLASS.highway),
            infra: Infra::from_byte(infra).unwrap_or(NO_CLASS.infra),
            surface: Surface::from_byte(surface).unwrap_or(NO_CLASS.surface),
            lts,
            effort_pct,
            boarding_dm,
            physical: Physical::of_factors(physical),
        }
    }

    #[must_use]
    pub fn class_count(&self) -> usize {
        self.classes.len()
    }

    /// What riding a whole segment in one direction consists of, unless that is closed.
    #[must_use]
    #[inline]
    pub fn way_costs(&self, segment: u32, direction: Direction) -> Option<WayCosts> {
        let way = self.way(segment, direction)?;
        let ClassRecord { effort_pct, boarding_dm, physical_pct, .. } = *self.classes.get(usize::from(way.class))?;
        let factors = Factors { effort_pct, boarding_dm, physical_pct };
        Some(WayCosts::by(factors, &way, self.segment(segment).length_mm, tie(segment)))
    }

    /// The name id of a segment.
    #[must_use]
    pub fn name_id(&self, segment: u32) -> Option<u32> {
        self.segment_name.get(segment as usize).copied().filter(|name| *name != NONE)
    }

    /// The street's name.
    #[must_use]
    pub fn street_name(&self, segment: u32) -> Option<&'a str> {
        self.name_of(self.name_id(segment)?)
    }

    #[must_use]
    pub fn name_of(&self, name: u32) -> Option<&'a str> {
        let ends = self.first_name_byte.get(name as usize..name as usize + 2)?;
        std::str::from_utf8(self.name_bytes.get(ends[0] as usize..ends[1] as usize)?).ok()
    }

    #[must_use]
    pub fn stop_count(&self) -> usize {
        self.stops.len()
    }

    #[must_use]
    pub fn stop(&self, stop: usize) -> Stop {
        let StopRecord { stress_weight, comfort_pct, reserved: _ } =
            self.stops.get(stop).copied().unwrap_or(StopRecord { stress_weight: 256, comfort_pct: 50, reserved: 0 });
        Stop { comfort_pct, stress_weight }
    }

    /// From fastest to calmest.
    pub fn stops(&self) -> impl Iterator<Item = Stop> + use<'a, '_> {
        (0..self.stops.len()).map(|stop| self.stop(stop))
    }

    #[must_use]
    pub fn turn_kind_count(&self) -> usize {
        self.turn_kinds.len()
    }

    /// A kind of turn; the free one where there is no such kind.
    #[must_use]
    pub fn turn_kind(&self, kind: u8) -> TurnKind {
        let TurnRecord { name, delay_dm, stress_dm } =
            self.turn_kinds.get(usize::from(kind)).copied().unwrap_or(TurnRecord { name: NONE, delay_dm: 0, stress_dm: 0 });
        TurnKind { name: self.name_of(name).unwrap_or("free").to_owned(), delay_dm, stress_dm }
    }

    /// The index of the routing graph, customized for every stop.
    #[must_use]
    pub fn index(&self) -> PackView<'a> {
        self.index
    }

    /// The same city with other costs: other classes (as many, in the same order), kinds of turns and stops, and the index customized for them.
    #[must_use]
    pub fn retuned<'b>(
        &self,
        classes: &'b [ClassRecord],
        turn_kinds: &'b [TurnRecord],
        stops: &'b [StopRecord],
        index: PackView<'b>,
    ) -> City<'b>
    where
        'a: 'b,
    {
        City { classes, turn_kinds, stops, index, ..*self }
    }

    #[must_use]
    pub fn class_records(&self) -> &'a [ClassRecord] {
        self.classes
    }

    #[must_use]
    pub fn turn_records(&self) -> &'a [TurnRecord] {
        self.turn_kinds
    }

    #[must_use]
    pub fn stop_records(&self) -> &'a [StopRecord] {
        self.stops
    }

    /// Adds to `pages` where an arc is described.
    pub(crate) fn want_arc(&self, pages: &mut prefetch::Prefetch, arc: u32) {
        pages.element(self, self.arc_way, arc as usize, 0);
        pages.element(self, self.arc_turn, arc as usize, 0);
    }

    /// Adds to `pages` where a segment is described.
    pub(crate) fn want_segment(&self, pages: &mut prefetch::Prefetch, segment: u32) {
        pages.element(self, self.segments, segment as usize, 0);
    }

    /// Adds to `pages` where a segment and those that are probably near it are described.
    pub(crate) fn want_near(&self, pages: &mut prefetch::Prefetch, segment: u32) {
        pages.element(self, self.segments, segment as usize, 4);
        pages.element(self, self.node_point, self.segment(segment).tail as usize, 1);
    }

    /// Adds to `pages` where a segment's line is, and where it begins.
    pub(crate) fn want_line(&self, pages: &mut prefetch::Prefetch, segment: u32) {
        let segment = self.segment(segment);
        pages.element(self, self.lines, segment.line as usize, 0);
        pages.element(self, self.node_point, segment.tail as usize, 0);
    }

    /// Adds to `pages` where it stands how a segment's name is found.
    pub(crate) fn want_name_place(&self, pages: &mut prefetch::Prefetch, segment: u32) {
        if let Some(name) = self.name_id(segment) {
            pages.element(self, self.first_name_byte, name as usize, 0);
        }
    }

    /// Adds to `pages` where a segment's name is.
    pub(crate) fn want_name(&self, pages: &mut prefetch::Prefetch, segment: u32) {
        let first = self.name_id(segment).and_then(|name| self.first_name_byte.get(name as usize));
        if let Some(first) = first {
            pages.element(self, self.name_bytes, *first as usize, 0);
        }
    }

    #[must_use]
    pub fn grid(&self) -> grid::Grid<'a> {
        self.grid
    }

    /// The flat map of the heuristic.
    #[must_use]
    pub fn projection(&self) -> Projection {
        Projection { lon_scale: self.header.lon_scale }
    }
}

const NO_CLASS: StreetClass = StreetClass {
    highway: Highway::Road,
    infra: Infra::None,
    surface: Surface::Smooth,
    lts: 4,
    effort_pct: 100,
    boarding_dm: 0,
    physical: Physical::CALM,
};

impl Direction {
    pub const BOTH: [Self; 2] = [Self::Forward, Self::Backward];

    #[must_use]
    pub const fn reverse(self) -> Self {
        match self {
            Self::Forward => Self::Backward,
            Self::Backward => Self::Forward,
        }
    }
}

impl Segment {
    /// The junction where riding it begins.
    #[must_use]
    pub const fn from(&self, direction: Direction) -> u32 {
        match direction {
            Direction::Forward => self.tail,
            Direction::Backward => self.head,
        }
    }

    /// The junction to which riding it leads.
    #[must_use]
    pub const fn to(&self, direction: Direction) -> u32 {
        self.from(direction.reverse())
    }
}
