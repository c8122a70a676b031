//! A whole route: snap both ends, search, and say which part of which segment is ridden.
//!
//! A place on a street joins the graph by *doors*: the segment's two ends, each at the cost of the part ridden, `ceil(arc cost × part / length)`. A
//! place exactly at a junction *is* that junction, whatever one-way segment it was found on. Two places on one segment may
//! also be joined directly; when the street is one-way the other way round, or the way round is calmer, the search decides.

use crate::city::{City, Direction};
use crate::geo::Point;
use crate::search::{Door, Path, Search, weight};
use crate::snap::{Snap, snap};

/// A city and the memory to answer one question at a time about it.
#[derive(Debug)]
pub struct Router<'a> {
    city: City<'a>,
    search: Search,
}

/// A route from street to street. Empty when both places are the same point of the network.
#[derive(Debug, Clone, PartialEq)]
pub struct Route {
    pub origin: Snap,
    pub destination: Snap,
    /// Cost units: see [`crate::stress`]. The sum of the legs'.
    pub total_cost: u64,
    pub total_length_mm: u64,
    pub legs: Vec<Leg>,
}

/// (Part of) a segment, ridden in one direction. Never of length 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leg {
    pub arc: u32,
    /// Where along the segment's line riding starts and ends, in millimetres from its tail; `from_mm > to_mm` when ridden backward.
    pub from_mm: u32,
    pub to_mm: u32,
    pub cost: u64,
}

/// Why there is no route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoRoute {
    /// No street within [`SNAP_LIMIT_M`](crate::limits::SNAP_LIMIT_M) of the origin.
    OriginOffStreet,
    DestinationOffStreet,
    /// Both are on streets, and no way leads from one to the other.
    Unconnected,
}

impl<'a> Router<'a> {
    #[must_use]
    pub fn new(city: City<'a>) -> Self {
        Self { city, search: Search::new(&city) }
    }

    #[must_use]
    pub fn city(&self) -> &City<'a> {
        &self.city
    }

    /// Nodes that the last route's search settled.
    #[must_use]
    pub fn settled(&self) -> u32 {
        self.search.settled()
    }

    /// The route of least stress between two places.
    ///
    /// # Errors
    /// [`NoRoute`] when a place is off every street or the two are not connected.
    pub fn route(&mut self, origin: Point, destination: Point) -> Result<Route, NoRoute> {
        let origin = snap(&self.city, origin).ok_or(NoRoute::OriginOffStreet)?;
        let destination = snap(&self.city, destination).ok_or(NoRoute::DestinationOffStreet)?;
        self.between(origin, destination)
    }

    /// The same, between two places already on streets.
    ///
    /// # Errors
    /// [`NoRoute::Unconnected`].
    pub fn between(&mut self, origin: Snap, destination: Snap) -> Result<Route, NoRoute> {
        let starts = departures(&self.city, &origin);
        let ends = arrivals(&self.city, &destination);
        let direct = direct(&self.city, &origin, &destination);
        let [start_doors, end_doors] = [&starts, &ends].map(|ways| ways.iter().map(Way::door).collect::<Vec<_>>());
        let bound = direct.as_ref().map(|way| way.weight);
        let found = self.search.run(&self.city, &start_doors, &end_doors, destination.point, bound);
        let legs = match (found, direct) {
            (Some(path), _) => self.legs(&path, &starts, &ends),
            (None, Some(direct)) => direct.leg.into_iter().collect(),
            (None, None) => return Err(NoRoute::Unconnected),
        };
        let total_length_mm = legs.iter().map(|leg| u64::from(leg.length_mm())).sum();
        Ok(Route { origin, destination, total_cost: legs.iter().map(|leg| leg.cost).sum(), total_length_mm, legs })
    }

    fn legs(&self, path: &Path, starts: &[Way], ends: &[Way]) -> Vec<Leg> {
        let whole = path.arcs.iter().map(|&arc| {
            let (segment, direction) = self.city.street(arc);
            let length_mm = self.city.segment(segment).length_mm;
            let (from_mm, to_mm) = if direction == Direction::Forward { (0, length_mm) } else { (length_mm, 0) };
            Leg { arc, from_mm, to_mm, cost: u64::from(self.city.cost(arc)) }
        });
        let (first, last) = (starts[path.origin_door].leg, ends[path.destination_door].leg);
        first.into_iter().chain(whole).chain(last).collect()
    }

    /// Writes the line ridden on `leg` of `route`, in riding order, to `line`: two points or more, no point twice in a row unless the leg is shorter than a point's resolution.
    pub fn line(&self, route: &Route, leg: &Leg, line: &mut Vec<Point>) {
        let (segment, direction) = self.city.street(leg.arc);
        let (points, length_mm) = (self.city.line(segment), self.city.segment(segment).length_mm);
        // An end at 0 or the full length is a junction; any other is where the origin or the destination was snapped to.
        let (from, to) = ((leg.from_mm, &route.origin), (leg.to_mm, &route.destination));
        let (low, high) = if direction == Direction::Forward { (from, to) } else { (to, from) };
        let (head, start) = if low.0 == 0 { (points[0], 1) } else { (low.1.point, low.1.piece + 1) };
        let (tail, end) = if high.0 == length_mm { (points[points.len() - 1], points.len() - 1) } else { (high.1.point, high.1.piece + 1) };
        line.clear();
        line.push(head);
        line.extend_from_slice(&points[start.min(end)..end]);
        line.push(tail);
        line.dedup();
        if line.len() == 1 {
            line.push(line[0]);
        }
        if direction == Direction::Backward {
            line.reverse();
        }
    }
}

impl Leg {
    #[must_use]
    pub fn length_mm(&self) -> u32 {
        self.from_mm.abs_diff(self.to_mm)
    }
}

/// A way between a place on a street and a node, or between two places on one segment; no leg when they are the same point.
#[derive(Debug, Clone, Copy)]
struct Way {
    node: u32,
    weight: u64,
    leg: Option<Leg>,
}

impl Way {
    fn here(node: u32) -> Self {
        Self { node, weight: 0, leg: None }
    }

    fn along(city: &City<'_>, node: u32, arc: u32, from_mm: u32, to_mm: u32) -> Self {
        let (segment, _) = city.street(arc);
        let part = u64::from(city.cost(arc)) * u64::from(from_mm.abs_diff(to_mm));
        let cost = part.div_ceil(u64::from(city.segment(segment).length_mm));
        Self { node, weight: weight(cost, arc), leg: Some(Leg { arc, from_mm, to_mm, cost }) }
    }

    fn door(&self) -> Door {
        Door { node: self.node, weight: self.weight }
    }
}

/// Ways from a place to the ends of its segment.
fn departures(city: &City<'_>, from: &Snap) -> Vec<Way> {
    let segment = city.segment(from.segment);
    let to_head = if from.offset_mm == segment.length_mm {
        Some(Way::here(segment.head))
    } else {
        segment.arc(Direction::Forward).map(|arc| Way::along(city, segment.head, arc, from.offset_mm, segment.length_mm))
    };
    let to_tail = if from.offset_mm == 0 {
        Some(Way::here(segment.tail))
    } else {
        segment.arc(Direction::Backward).map(|arc| Way::along(city, segment.tail, arc, from.offset_mm, 0))
    };
    to_head.into_iter().chain(to_tail).collect()
}

/// Ways from the ends of a segment to a place on it.
fn arrivals(city: &City<'_>, to: &Snap) -> Vec<Way> {
    let segment = city.segment(to.segment);
    let from_tail = if to.offset_mm == 0 {
        Some(Way::here(segment.tail))
    } else {
        segment.arc(Direction::Forward).map(|arc| Way::along(city, segment.tail, arc, 0, to.offset_mm))
    };
    let from_head = if to.offset_mm == segment.length_mm {
        Some(Way::here(segment.head))
    } else {
        segment.arc(Direction::Backward).map(|arc| Way::along(city, segment.head, arc, segment.length_mm, to.offset_mm))
    };
    from_tail.into_iter().chain(from_head).collect()
}

/// The way between two places on one segment, without leaving it.
fn direct(city: &City<'_>, from: &Snap, to: &Snap) -> Option<Way> {
    if from.segment != to.segment {
        return None;
    }
    let segment = city.segment(from.segment);
    let direction = match from.offset_mm.cmp(&to.offset_mm) {
        std::cmp::Ordering::Equal => return Some(Way::here(segment.tail)),
        std::cmp::Ordering::Less => Direction::Forward,
        std::cmp::Ordering::Greater => Direction::Backward,
    };
    segment.arc(direction).map(|arc| Way::along(city, segment.tail, arc, from.offset_mm, to.offset_mm))
}
