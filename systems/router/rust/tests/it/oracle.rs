//! Slow, obvious twins of the fast parts.

use std::collections::{BTreeMap, BTreeSet};

use router::city::{City, Direction};
use router::expand::{U_TURN, expand};
use router::geo::{METRES_PER_UNIT, Point, Projection};
use router::parts::{CityParts, Stop, TurnRule, WayCosts, WayPart, tie};
use router::snap::Snap;

/// A street ridden in a direction, to its end.
type Way = (u32, Direction);

/// The graph of whole ways: from each to those that may be ridden after it. Turn rules are taken from the parts, word by word.
pub(crate) struct Ways<'p> {
    parts: &'p CityParts,
    stop: Stop,
    open: BTreeMap<Way, u64>,
    by_start: BTreeMap<u32, Vec<Way>>,
    by_end: BTreeMap<u32, Vec<Way>>,
    rules: BTreeMap<(Way, Way), TurnRule>,
    /// Junctions with turns.
    with_turns: BTreeSet<u32>,
}

impl<'p> Ways<'p> {
    pub(crate) fn new(parts: &'p CityParts, stop: Stop) -> Self {
        let mut ways = Self {
            parts,
            stop,
            open: BTreeMap::new(),
            by_start: BTreeMap::new(),
            by_end: BTreeMap::new(),
            rules: BTreeMap::new(),
            with_turns: BTreeSet::new(),
        };
        for (id, street) in (0..).zip(&parts.streets) {
            for (direction, part) in [(Direction::Forward, street.forward), (Direction::Backward, street.backward)] {
                let Some(part) = part else { continue };
                let way = (id, direction);
                ways.open.insert(way, ways.cost(id, &part));
                let (from, to) = ways.ends(way);
                ways.by_start.entry(from).or_default().push(way);
                ways.by_end.entry(to).or_default().push(way);
            }
        }
        ways.rules = parts.turns.iter().map(|turn| ((turn.from, turn.to), turn.rule)).collect();
        for (from, to) in expand(parts).lifted {
            ways.rules.insert((way(from), way(to)), TurnRule::Kind(0));
        }
        for (from, to) in ways.rules.keys() {
            if ways.ends(*from).1 == ways.ends(*to).0 {
                ways.with_turns.insert(ways.ends(*to).0);
            }
        }
        ways
    }

    fn cost(&self, street: u32, part: &WayPart) -> u64 {
        let class = &self.parts.classes[usize::from(part.class)];
        WayCosts::new(class, part, self.parts.streets[street as usize].length_mm, tie(street)).cost(self.stop).into()
    }

    /// Where a way begins and ends.
    fn ends(&self, (street, direction): Way) -> (u32, u32) {
        let street = &self.parts.streets[street as usize];
        if direction == Direction::Forward { (street.tail, street.head) } else { (street.head, street.tail) }
    }

    fn turn(&self, from: Way, to: Way) -> Option<u64> {
        let junction = self.ends(from).1;
        assert_eq!(junction, self.ends(to).0);
        let kind = |kind: u8| self.parts.turn_kinds.get(usize::from(kind)).map_or(0, |kind| u64::from(kind.cost(self.stop)));
        match self.rules.get(&(from, to)) {
            Some(TurnRule::Forbidden) => None,
            Some(TurnRule::Kind(index)) => Some(kind(*index)),
            None if !self.with_turns.contains(&junction) || from.0 != to.0 || from.1 == to.1 || self.by_start[&junction].len() == 1 => {
                Some(0)
            }
            None => Some(self.parts.turn_kinds.iter().find(|kind| kind.name == U_TURN).map_or(0, |kind| kind.cost(self.stop).into())),
        }
    }

    /// What riding a way costs from one place along it to another, if it leads that way.
    fn part(&self, way: Way, from_mm: u32, to_mm: u32) -> Option<u64> {
        let leads = if way.1 == Direction::Forward { from_mm < to_mm } else { from_mm > to_mm };
        let length_mm = u64::from(self.parts.streets[way.0 as usize].length_mm);
        self.open.get(&way).filter(|_| leads).map(|cost| (cost * u64::from(from_mm.abs_diff(to_mm))).div_ceil(length_mm))
    }

    fn start_mm(&self, way: Way) -> u32 {
        if way.1 == Direction::Forward { 0 } else { self.parts.streets[way.0 as usize].length_mm }
    }

    fn end_mm(&self, way: Way) -> u32 {
        self.parts.streets[way.0 as usize].length_mm - self.start_mm(way)
    }

    fn junction(&self, snap: &Snap) -> Option<u32> {
        let street = &self.parts.streets[snap.segment as usize];
        if snap.offset_mm == 0 { Some(street.tail) } else { (snap.offset_mm == street.length_mm).then_some(street.head) }
    }

    /// The least cost of having ridden each way to its end, from a place: Dijkstra's search without a heap.
    pub(crate) fn from(&self, origin: &Snap) -> BTreeMap<Way, u64> {
        let mut open: BTreeSet<(u64, Way)> = BTreeSet::new();
        match self.junction(origin) {
            Some(node) => open.extend(self.by_start.get(&node).into_iter().flatten().map(|way| (self.open[way], *way))),
            None => open.extend(Direction::BOTH.iter().filter_map(|direction| {
                let way = (origin.segment, *direction);
                Some((self.part(way, origin.offset_mm, self.end_mm(way))?, way))
            })),
        }
        let mut settled = BTreeMap::new();
        while let Some((cost, way)) = open.pop_first() {
            if settled.contains_key(&way) {
                continue;
            }
            settled.insert(way, cost);
            for next in self.by_start.get(&self.ends(way).1).into_iter().flatten() {
                if let Some(turn) = self.turn(way, *next) {
                    open.insert((cost + turn + self.open[next], *next));
                }
            }
        }
        settled
    }

    /// The least cost from `origin` to `destination`.
    pub(crate) fn least_cost(&self, origin: &Snap, destination: &Snap) -> Option<u64> {
        self.least_to(&self.from(origin), origin, destination)
    }

    /// The same, the search being done.
    pub(crate) fn least_to(&self, ridden: &BTreeMap<Way, u64>, origin: &Snap, destination: &Snap) -> Option<u64> {
        let (start, end) = (self.junction(origin), self.junction(destination));
        if (start.is_some() && start == end) || (origin.segment, origin.offset_mm) == (destination.segment, destination.offset_mm) {
            return Some(0);
        }
        if let Some(node) = end {
            return self.by_end.get(&node).into_iter().flatten().filter_map(|way| ridden.get(way).copied()).min();
        }
        let mut costs = Vec::new();
        for way in Direction::BOTH.map(|direction| (destination.segment, direction)) {
            if origin.segment == destination.segment && start.is_none() {
                costs.extend(self.part(way, origin.offset_mm, destination.offset_mm));
            }
            let Some(last) = self.part(way, self.start_mm(way), destination.offset_mm) else { continue };
            if start == Some(self.ends(way).0) {
                costs.push(last);
            }
            for before in self.by_end.get(&self.ends(way).0).into_iter().flatten() {
                if let (Some(cost), Some(turn)) = (ridden.get(before), self.turn(*before, way)) {
                    costs.push(cost + turn + last);
                }
            }
        }
        costs.into_iter().min()
    }
}

fn way(number: u32) -> Way {
    (number / 2, if number.is_multiple_of(2) { Direction::Forward } else { Direction::Backward })
}

/// The distance in metres from `place` to every segment, by ternary search along each piece.
pub(crate) fn distance_m(city: &City<'_>, segment: u32, place: Point) -> f64 {
    let map = Projection::at(place.lat_e7);
    let mut line = Vec::new();
    city.line(segment, &mut line);
    let pieces = line.windows(2).map(|ends| {
        let (dx, dy) = map.vector(ends[0], ends[1]);
        let (px, py) = map.vector(ends[0], place);
        let at = |t: f64| (t * dx - px).hypot(t * dy - py);
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..100 {
            let (a, b) = (low + (high - low) / 3.0, high - (high - low) / 3.0);
            if at(a) <= at(b) { high = b } else { low = a }
        }
        at(low).min(at(0.0)).min(at(1.0))
    });
    pieces.fold(f64::INFINITY, f64::min) * METRES_PER_UNIT
}
