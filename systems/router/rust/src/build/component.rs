//! The largest strongly connected part, and the final numbers of its nodes.
//!
//! Every node of that part can be reached from every other; whatever is outside cannot be reached, or cannot be left, and is dropped, so that
//! a place always snaps to a street with a way there and back. Nodes are numbered along a Hilbert curve: what is near on the ground is near in the file.

use super::junctions::{Network, Origin};
use super::report::{DroppedPart, Report};
use crate::components;
use crate::geo::Point;
use crate::parts::{StreetClass, StreetPart};

/// Keeps that part of a network.
pub(super) fn largest(network: Network, classes: &[StreetClass], report: &mut Report) -> Network {
    let Network { nodes, node_origins, streets, origins } = network;
    let (first, head) = adjacency(nodes.len(), &streets);
    let component = components::strong(&first, &head);
    let biggest = count_components(&component, &nodes, report);

    let mut kept: Vec<u32> = (0_u32..).zip(&component).filter(|(_, id)| **id == biggest).map(|(node, _)| node).collect();
    let curve = Hilbert::over(&nodes);
    kept.sort_by_cached_key(|node| (curve.position(nodes[*node as usize]), *node));
    let mut number = vec![None; nodes.len()];
    for (new, old) in (0_u32..).zip(&kept) {
        number[*old as usize] = Some(new);
    }
    let renumbered = streets.into_iter().zip(origins).filter_map(|(mut street, origin)| {
        (street.tail, street.head) = (number[street.tail as usize]?, number[street.head as usize]?);
        Some((street, origin))
    });
    let mut joined: Vec<(StreetPart, Origin)> = renumbered.collect();
    // Stable: streets of one tail keep the extract's order.
    joined.sort_by_key(|(street, _)| street.tail);
    let (streets, origins) = joined.into_iter().unzip();
    let node_origins = kept.iter().map(|node| node_origins[*node as usize]).collect();
    let nodes: Vec<Point> = kept.into_iter().map(|node| nodes[node as usize]).collect();
    let network = Network { nodes, node_origins, streets, origins };
    report.connected.measure(network.nodes.len(), &network.streets, classes);
    network
}

/// Counts parts, tells of the largest that are dropped, and says which is the biggest.
fn count_components(component: &[u32], nodes: &[Point], report: &mut Report) -> u32 {
    let mut sizes = vec![0_u32; component.iter().max().map_or(0, |last| *last as usize + 1)];
    let mut somewhere = vec![None; sizes.len()];
    for (id, point) in component.iter().zip(nodes) {
        sizes[*id as usize] += 1;
        somewhere[*id as usize].get_or_insert(*point);
    }
    report.components = sizes.len() as u64;
    let mut ranked: Vec<u32> = (0_u32..).zip(&sizes).map(|(id, _)| id).collect();
    ranked.sort_by_key(|id| (std::cmp::Reverse(sizes[*id as usize]), *id));
    let dropped = ranked.iter().skip(1).take(DROPPED_LISTED);
    report.components_dropped =
        dropped.filter_map(|id| somewhere[*id as usize].map(|at| DroppedPart::new(sizes[*id as usize], at))).collect();
    ranked.first().copied().unwrap_or(0)
}

/// Parts that the report tells of.
const DROPPED_LISTED: usize = 5;

/// The streets as a graph in CSR form, an arc for each direction that is open.
fn adjacency(nodes: usize, streets: &[StreetPart]) -> (Vec<u32>, Vec<u32>) {
    let mut arcs: Vec<(u32, u32)> = Vec::new();
    for street in streets {
        arcs.extend(street.forward.map(|_| (street.tail, street.head)));
        arcs.extend(street.backward.map(|_| (street.head, street.tail)));
    }
    arcs.sort_unstable();
    let mut first = vec![0; nodes + 1];
    for (tail, _) in &arcs {
        first[*tail as usize + 1] += 1;
    }
    for node in 0..nodes {
        first[node + 1] += first[node];
    }
    (first, arcs.into_iter().map(|arc| arc.1).collect())
}

/// A Hilbert curve of 2^16 × 2^16 cells over a box.
struct Hilbert {
    min: [i64; 2],
    extent: i64,
}

impl Hilbert {
    fn over(points: &[Point]) -> Self {
        let axis = |of: fn(&Point) -> i32| {
            let (low, high) = (points.iter().map(of).min().unwrap_or(0), points.iter().map(of).max().unwrap_or(0));
            (i64::from(low), i64::from(high))
        };
        let ((west, east), (south, north)) = (axis(|p| p.lon_e7), axis(|p| p.lat_e7));
        Self { min: [west, south], extent: (east - west).max(north - south).max(1) }
    }

    fn position(&self, point: Point) -> i64 {
        const SIDE: i64 = 1 << 16;
        let cell = |x: i32, min: i64| ((i64::from(x) - min) * (SIDE - 1) / self.extent).clamp(0, SIDE - 1);
        let (mut x, mut y) = (cell(point.lon_e7, self.min[0]), cell(point.lat_e7, self.min[1]));
        let (mut position, mut side) = (0, SIDE / 2);
        while side > 0 {
            let (right, upper) = (i64::from(x & side > 0), i64::from(y & side > 0));
            position += side * side * ((3 * right) ^ upper);
            // Each quadrant holds the curve turned so that it enters and leaves at the right corners.
            if upper == 0 {
                if right == 1 {
                    (x, y) = (SIDE - 1 - x, SIDE - 1 - y);
                }
                (x, y) = (y, x);
            }
            side /= 2;
        }
        position
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parts::WayPart;

    fn street(tail: u32, head: u32, both_ways: bool) -> StreetPart {
        let line = vec![Point { lon_e7: 0, lat_e7: 0 }, Point { lon_e7: 10, lat_e7: 0 }];
        let open = Some(WayPart { class: 0, junction_dm: 0, climb_dm: 0, descent_dm: 0, crash_pct: 100 });
        StreetPart { tail, head, line, length_mm: 1, name: None, forward: open, backward: open.filter(|_| both_ways) }
    }

    #[test]
    fn the_largest_part_keeps_its_streets_only() {
        let nodes = (0..7).map(|i| Point { lon_e7: i * 100, lat_e7: i * i }).collect();
        let streets = vec![street(0, 1, true), street(1, 2, true), street(2, 3, false), street(5, 6, true)];
        let mut report = Report::default();
        let network = Network { nodes, node_origins: (0..7).collect(), origins: vec![Origin::default(); streets.len()], streets };
        let kept = largest(network, &[crate::stress::class_for_tests()], &mut report);
        assert_eq!((kept.nodes.len(), kept.streets.len(), kept.origins.len()), (3, 2, 2));
        assert_eq!((report.components, report.components_dropped[0].nodes), (4, 2));
    }

    #[test]
    fn the_curve_visits_neighbours_one_after_the_other() {
        let corner = |lon_e7, lat_e7| Point { lon_e7, lat_e7 };
        let curve = Hilbert::over(&[corner(0, 0), corner(0xFFFF, 0xFFFF)]);
        let mut cells: Vec<(i64, i32, i32)> = Vec::new();
        for (x, y) in (0..32).flat_map(|x| (0..32).map(move |y| (x, y))) {
            cells.push((curve.position(corner(x, y)), x, y));
        }
        cells.sort_unstable();
        for pair in cells.windows(2) {
            assert_eq!((pair[1].1 - pair[0].1).abs() + (pair[1].2 - pair[0].2).abs(), 1, "{pair:?}");
        }
    }
}
