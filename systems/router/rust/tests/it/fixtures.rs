//! Small cities, drawn or random.

use proptest::prelude::*;
use router::city::Direction;
use router::city::encode::encode;
use router::geo::{Point, haversine_m};
use router::parts::{CityParts, Physical, StreetClass, StreetPart, TurnKind, TurnPart, TurnRule, WayPart};
use router::street::{Highway, Infra, Surface};

/// Some 60° north, in steps of about 11 m (latitude) and 5.6 m (longitude).
pub(crate) fn place(x: i32, y: i32) -> Point {
    Point { lon_e7: 249_000_000 + x * 1000, lat_e7: 601_700_000 + y * 1000 }
}

pub(crate) const CALM: StreetClass = StreetClass {
    highway: Highway::Residential,
    infra: Infra::None,
    surface: Surface::Smooth,
    lts: 1,
    effort_pct: 100,
    boarding_dm: 0,
    physical: Physical::CALM,
};
/// Twice as stressful as calm.
pub(crate) const BUSY: StreetClass =
    StreetClass { highway: Highway::Primary, lts: 4, physical: Physical { base: 200, ..Physical::CALM }, ..CALM };
const FERRY: StreetClass = StreetClass { highway: Highway::Ferry, infra: Infra::Ferry, boarding_dm: 1000, ..CALM };
pub(crate) const WAY: WayPart = WayPart { class: 0, junction_dm: 0, climb_dm: 0, descent_dm: 0, crash_pct: 100 };

/// A straight, calm street in the directions asked for.
pub(crate) fn street(nodes: &[Point], tail: u32, head: u32, forward: bool, backward: bool) -> StreetPart {
    let line = vec![nodes[tail as usize], nodes[head as usize]];
    let length_mm = ((haversine_m(line[0], line[1]) * 1000.0) as u32).max(1);
    StreetPart { tail, head, line, length_mm, name: None, forward: forward.then_some(WAY), backward: backward.then_some(WAY) }
}

/// A city of calm (class 0) and busy (class 1) streets and ferries (class 2).
pub(crate) fn parts(nodes: Vec<Point>, streets: Vec<StreetPart>) -> CityParts {
    CityParts { nodes, streets, classes: vec![CALM, BUSY, FERRY], report: "{}".into(), ..CityParts::default() }
}

/// ```text
/// 2 ----- 3      0-1 "Long Street", two-way; 1-3 one-way up; 3-2 two-way; 2-0 one-way down
/// |       |
/// 0 ----- 1
/// ```
pub(crate) fn square_parts() -> CityParts {
    let nodes = vec![place(0, 0), place(40, 0), place(0, 20), place(40, 20)];
    let mut long = street(&nodes, 0, 1, true, true);
    long.line.insert(1, place(20, -1));
    long.name = Some(1);
    let streets = vec![long, street(&nodes, 1, 3, true, false), street(&nodes, 2, 3, true, true), street(&nodes, 2, 0, true, false)];
    CityParts { names: vec!["Åkergatan".into(), "Long \"Street\"".into()], ..parts(nodes, streets) }
}

pub(crate) fn square() -> Vec<u8> {
    encode(&square_parts()).unwrap()
}

/// A grid of `side` × `side` junctions where every street is equally long: all but the tie-breakers tie.
pub(crate) fn chessboard(side: i32) -> CityParts {
    let nodes: Vec<Point> = (0..side * side).map(|i| place(i % side * 20, i / side * 10)).collect();
    let at = |x: i32, y: i32| u32::try_from(y * side + x).unwrap();
    let mut streets = Vec::new();
    for (x, y) in (0..side).flat_map(|y| (0..side).map(move |x| (x, y))) {
        for (to_x, to_y) in [(x + 1, y), (x, y + 1)] {
            if to_x < side && to_y < side {
                let mut part = street(&nodes, at(x, y), at(to_x, to_y), true, true);
                part.length_mm = 120_000;
                streets.push(part);
            }
        }
    }
    parts(nodes, streets)
}

fn way() -> impl Strategy<Value = Option<WayPart>> {
    let drawn = (0..3_u16, 0..40_u16, 0..30_u16, 80..=250_u8);
    proptest::option::of(drawn.prop_map(|(class, junction_dm, climb_dm, crash_pct)| WayPart {
        class,
        junction_dm,
        climb_dm,
        descent_dm: 0,
        crash_pct,
    }))
}

/// Random cities: loops, parallel streets, one-way traps, disconnected parts, streets of no extent.
pub(crate) fn random_parts() -> impl Strategy<Value = CityParts> {
    let node = (0..60_i32, 0..40_i32).prop_map(|(x, y)| place(x, y));
    proptest::collection::vec(node, 1..10).prop_flat_map(|nodes| {
        let count = u32::try_from(nodes.len()).unwrap();
        let bend = proptest::collection::vec((0..60_i32, 0..40_i32), 0..3);
        let street = (0..count, 0..count, way(), way(), 1..100_000_u32, bend);
        (Just(nodes), proptest::collection::vec(street, 1..16)).prop_map(|(nodes, drawn)| {
            let streets = drawn.into_iter().filter(|drawn| drawn.2.or(drawn.3).is_some()).map(
                |(tail, head, mut forward, mut backward, length_mm, bend)| {
                    let bends = bend.into_iter().map(|(x, y)| place(x, y));
                    let line = std::iter::once(nodes[tail as usize]).chain(bends).chain([nodes[head as usize]]).collect();
                    if let (Some(there), Some(back)) = (&mut forward, &mut backward) {
                        (there.descent_dm, back.descent_dm) = (back.climb_dm, there.climb_dm);
                    }
                    StreetPart { tail, head, line, length_mm, name: None, forward, backward }
                },
            );
            let streets = streets.collect();
            CityParts { names: vec!["x".into()], ..parts(nodes, streets) }
        })
    })
}

/// Random cities in which some turns cost something and some are forbidden.
pub(crate) fn random_parts_with_turns() -> impl Strategy<Value = CityParts> {
    let drawn = proptest::collection::vec((any::<prop::sample::Index>(), proptest::option::of(1..4_u8)), 0..12);
    (random_parts(), drawn).prop_map(|(mut parts, drawn)| {
        let kind = |name: &str, delay_dm, stress_dm| TurnKind { name: name.into(), delay_dm, stress_dm };
        parts.turn_kinds = vec![kind("free", 0, 0), kind("u_turn", 300, 10), kind("left", 50, 200), kind("cross", 0, 70)];
        let possible = turns(&parts);
        for (at, kind) in drawn.into_iter().filter(|_| !possible.is_empty()) {
            let (from, to) = possible[at.index(possible.len())];
            if !parts.turns.iter().any(|turn| (turn.from, turn.to) == (from, to)) {
                parts.turns.push(TurnPart { from, to, rule: kind.map_or(TurnRule::Forbidden, TurnRule::Kind) });
            }
        }
        parts
    })
}

type Way = (u32, Direction);

/// Every pair of open ways of which the second begins where the first ends.
pub(crate) fn turns(parts: &CityParts) -> Vec<(Way, Way)> {
    let open: Vec<(Way, u32, u32)> = (0..)
        .zip(&parts.streets)
        .flat_map(|(id, street)| {
            let forward = street.forward.map(|_| ((id, Direction::Forward), street.tail, street.head));
            forward.into_iter().chain(street.backward.map(|_| ((id, Direction::Backward), street.head, street.tail)))
        })
        .collect();
    open.iter().flat_map(|a| open.iter().filter(|b| a.2 == b.1).map(|b| (a.0, b.0))).collect()
}
