//! Slow, obvious twins of the fast parts.

use router::city::{City, Direction};
use router::geo::{METRES_PER_UNIT, Point, Projection};
use router::search::{Weight, weight};
use router::snap::Snap;

/// A graph with the two places as nodes of their own, and every weight spelled out.
struct Joined {
    /// (from, to, weight)
    arcs: Vec<(usize, usize, Weight)>,
    nodes: usize,
}

/// The least weight from `origin` to `destination`, by Bellman-Ford over all arcs until nothing changes.
pub(crate) fn least_weight(city: &City<'_>, origin: &Snap, destination: &Snap) -> Option<Weight> {
    let joined = join(city, origin, destination);
    let mut weights = vec![None::<Weight>; joined.nodes];
    weights[joined.nodes - 2] = Some(0);
    loop {
        let mut changed = false;
        for &(from, to, weight) in &joined.arcs {
            let Some(there) = weights[from].map(|w| w + weight) else { continue };
            if weights[to].is_none_or(|known| there < known) {
                weights[to] = Some(there);
                changed = true;
            }
        }
        if !changed {
            return weights[joined.nodes - 1];
        }
    }
}

fn join(city: &City<'_>, origin: &Snap, destination: &Snap) -> Joined {
    let count = city.node_count();
    let (start, end) = (count, count + 1);
    let mut arcs = Vec::new();
    for node in 0..u32::try_from(count).unwrap() {
        arcs.extend(city.arcs(node).map(|arc| (node as usize, city.head(arc) as usize, weight(city.cost(arc).into(), arc))));
    }
    // Riding from a to b (mm from the tail) along one direction of a segment, if it is open and leads that way.
    let ride = |segment: u32, a: u32, b: u32| {
        let street = city.segment(segment);
        let direction = if a < b { Direction::Forward } else { Direction::Backward };
        if a == b {
            return Some(0);
        }
        let arc = street.arc(direction)?;
        let cost = (u64::from(city.cost(arc)) * u64::from(a.abs_diff(b))).div_ceil(street.length_mm.into());
        Some(weight(cost, arc))
    };
    for (snap, leaving) in [(origin, true), (destination, false)] {
        let street = city.segment(snap.segment);
        for (node, at) in [(street.tail, 0), (street.head, street.length_mm)] {
            let (a, b) = if leaving { (snap.offset_mm, at) } else { (at, snap.offset_mm) };
            if let Some(weight) = ride(snap.segment, a, b) {
                arcs.push(if leaving { (start, node as usize, weight) } else { (node as usize, end, weight) });
            }
        }
    }
    if origin.segment == destination.segment {
        arcs.extend(ride(origin.segment, origin.offset_mm, destination.offset_mm).map(|weight| (start, end, weight)));
    }
    Joined { arcs, nodes: count + 2 }
}

/// The distance in metres from `place` to every segment, by ternary search along each piece.
pub(crate) fn distance_m(city: &City<'_>, segment: u32, place: Point) -> f64 {
    let map = Projection::at(place.lat_e7);
    let pieces = city.line(segment).windows(2).map(|ends| {
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
