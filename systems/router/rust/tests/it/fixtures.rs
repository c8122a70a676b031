//! Small cities, drawn or random.

use proptest::prelude::*;
use router::city::encode::{CityParts, StreetPart, encode};
use router::geo::{Point, haversine_m};
use router::street::{Highway, Infra};

/// Some 60° north, in steps of about 11 m (latitude) and 5.6 m (longitude).
pub(crate) fn place(x: i32, y: i32) -> Point {
    Point { lon_e7: 249_000_000 + x * 1000, lat_e7: 601_700_000 + y * 1000 }
}

/// A straight street at 100 % in the directions asked for.
pub(crate) fn street(nodes: &[Point], tail: u32, head: u32, forward: bool, backward: bool) -> StreetPart {
    let line = vec![nodes[tail as usize], nodes[head as usize]];
    let length_mm = ((haversine_m(line[0], line[1]) * 1000.0) as u32).max(1);
    let cost = Some((length_mm.div_ceil(10), Infra::None));
    StreetPart {
        tail,
        head,
        line,
        length_mm,
        name: None,
        highway: Highway::Residential,
        forward: cost.filter(|_| forward),
        backward: cost.filter(|_| backward),
    }
}

/// ```text
/// 2 ----- 3      0-1 "Long Street", two-way; 1-3 one-way up; 3-2 two-way; 2-0 one-way down
/// |       |
/// 0 ----- 1
/// ```
pub(crate) fn square() -> Vec<u8> {
    let nodes = vec![place(0, 0), place(40, 0), place(0, 20), place(40, 20)];
    let mut long = street(&nodes, 0, 1, true, true);
    long.line.insert(1, place(20, -1));
    long.name = Some(1);
    let streets = vec![long, street(&nodes, 1, 3, true, false), street(&nodes, 2, 3, true, true), street(&nodes, 2, 0, true, false)];
    encode(&CityParts { nodes, streets, names: vec!["Åkergatan".into(), "Long \"Street\"".into()], report: "{}".into() }).unwrap()
}

/// A grid of `side` × `side` junctions where every street is equally long: all ties.
pub(crate) fn chessboard(side: i32) -> Vec<u8> {
    let nodes: Vec<Point> = (0..side * side).map(|i| place(i % side * 20, i / side * 10)).collect();
    let at = |x: i32, y: i32| u32::try_from(y * side + x).unwrap();
    let mut streets = Vec::new();
    for (x, y) in (0..side).flat_map(|y| (0..side).map(move |x| (x, y))) {
        for (to_x, to_y) in [(x + 1, y), (x, y + 1)] {
            if to_x < side && to_y < side {
                let mut part = street(&nodes, at(x, y), at(to_x, to_y), true, true);
                part.length_mm = 100_000;
                (part.forward, part.backward) = (Some((12_000, Infra::None)), Some((12_000, Infra::None)));
                streets.push(part);
            }
        }
    }
    encode(&CityParts { nodes, streets, names: Vec::new(), report: String::new() }).unwrap()
}

/// Random cities: loops, parallel streets, one-way traps, disconnected parts, streets of no extent.
pub(crate) fn random_parts() -> impl Strategy<Value = CityParts> {
    let node = (0..60_i32, 0..40_i32).prop_map(|(x, y)| place(x, y));
    proptest::collection::vec(node, 1..10).prop_flat_map(|nodes| {
        let count = u32::try_from(nodes.len()).unwrap();
        // Coarse costs, so that routes of equal cost abound.
        let cost = proptest::option::of(1..6_u32);
        let bend = proptest::collection::vec((0..60_i32, 0..40_i32), 0..3);
        let street = (0..count, 0..count, cost.clone(), cost, 1..100_000_u32, bend);
        (Just(nodes), proptest::collection::vec(street, 1..16)).prop_map(|(nodes, drawn)| {
            let streets =
                drawn.into_iter().filter(|drawn| drawn.2.or(drawn.3).is_some()).map(|(tail, head, there, back, length_mm, bend)| {
                    let bends = bend.into_iter().map(|(x, y)| place(x, y));
                    let line = std::iter::once(nodes[tail as usize]).chain(bends).chain([nodes[head as usize]]).collect();
                    let price = |cost: Option<u32>| cost.map(|cost| (cost * 1000, Infra::Lane));
                    StreetPart {
                        tail,
                        head,
                        line,
                        length_mm,
                        name: None,
                        highway: Highway::Path,
                        forward: price(there),
                        backward: price(back),
                    }
                });
            let streets = streets.collect();
            CityParts { nodes, streets, names: vec!["x".into()], report: String::new() }
        })
    })
}
