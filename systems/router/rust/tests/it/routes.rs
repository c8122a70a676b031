//! Snapping and search against their slow twins.

use proptest::prelude::*;
use router::city::City;
use router::city::encode::{CityParts, StreetPart, encode};
use router::geo::Point;
use router::limits::SNAP_LIMIT_M;
use router::route::{Leg, NoRoute, Route, Router};
use router::search::{Door, Estimate, cost_of, weight};
use router::snap::snap;
use router::street::{Highway, Infra};

use crate::fixtures::{chessboard, place, random_parts, square, street};
use crate::oracle;

/// A route is what it claims: legs join, parts are prorated and rounded up, sums are sums.
pub(crate) fn check_route(router: &Router<'_>, route: &Route) {
    let city = router.city();
    let end_of = |leg: &Leg| if leg.from_mm < leg.to_mm { city.segment(city.street(leg.arc).0).length_mm } else { 0 };
    let mut line = Vec::new();
    let mut at: Option<Point> = None;
    for (index, leg) in route.legs.iter().enumerate() {
        let length_mm = city.segment(city.street(leg.arc).0).length_mm;
        assert!(leg.length_mm() > 0 && leg.from_mm.max(leg.to_mm) <= length_mm);
        let full = u64::from(city.cost(leg.arc));
        assert_eq!(leg.cost, (full * u64::from(leg.length_mm())).div_ceil(u64::from(length_mm)));
        assert!(index + 1 == route.legs.len() || leg.to_mm == end_of(leg), "only the last leg ends inside a segment");
        router.line(route, leg, &mut line);
        assert!(line.len() >= 2);
        assert!(at.is_none_or(|at| at == line[0]), "legs join");
        at = line.last().copied();
    }
    if let Some(end) = at {
        assert_eq!(end, route.destination.point, "the line ends at the destination");
    }
    assert_eq!(route.total_cost, route.legs.iter().map(|leg| leg.cost).sum::<u64>());
    assert_eq!(route.total_length_mm, route.legs.iter().map(|leg| u64::from(leg.length_mm())).sum::<u64>());
}

/// The weight that the search minimised, added up again from the legs.
pub(crate) fn weight_of(route: &Route) -> u64 {
    route.legs.iter().map(|leg| weight(leg.cost, leg.arc)).sum()
}

fn ride(bytes: &[u8], origin: Point, destination: Point) -> Result<Vec<(u32, u32, u32)>, NoRoute> {
    let mut router = Router::new(City::parse(bytes).unwrap());
    let route = router.route(origin, destination)?;
    check_route(&router, &route);
    Ok(route.legs.iter().map(|leg| (router.city().street(leg.arc).0, leg.from_mm, leg.to_mm)).collect())
}

fn one_street(forward: bool, backward: bool) -> (Vec<u8>, u32) {
    let nodes = vec![place(0, 0), place(100, 0), place(100, 50)];
    let streets = vec![street(&nodes, 0, 1, forward, backward), street(&nodes, 1, 2, true, true), street(&nodes, 2, 0, true, true)];
    let length_mm = streets[0].length_mm;
    (encode(&CityParts { nodes, streets, names: Vec::new(), report: String::new() }).unwrap(), length_mm)
}

#[test]
fn two_places_on_one_segment() {
    let (two_way, length_mm) = one_street(true, true);
    let legs = ride(&two_way, place(20, 1), place(70, -1)).unwrap();
    assert!(matches!(legs[..], [(0, from, to)] if from.abs_diff(length_mm / 5) < 2 && to.abs_diff(length_mm * 7 / 10) < 2), "{legs:?}");
    let back = ride(&two_way, place(70, -1), place(20, 1)).unwrap();
    assert_eq!(back, [(0, legs[0].2, legs[0].1)]);
    assert_eq!(ride(&two_way, place(20, 1), place(20, 1)).unwrap(), []);
}

#[test]
fn against_a_oneway_on_the_same_segment_goes_round() {
    let (one_way, length_mm) = one_street(true, false);
    let legs = ride(&one_way, place(70, 0), place(20, 0)).unwrap();
    assert_eq!(legs.iter().map(|leg| leg.0).collect::<Vec<_>>(), [0, 1, 2, 0]);
    assert_eq!((legs[0].2, legs[3].1), (length_mm, 0));
    // And with the flow it is direct.
    assert_eq!(ride(&one_way, place(20, 0), place(70, 0)).unwrap().len(), 1);
}

#[test]
fn a_place_at_a_junction_is_the_junction_whatever_oneway_it_was_found_on() {
    // Node 1 is the head of one-way segment 1 (1 -> 3) seen from its tail; riding west on segment 0 must be free to start.
    let legs = ride(&square(), place(40, 0), place(0, 0)).unwrap();
    assert_eq!(legs.iter().map(|leg| leg.0).collect::<Vec<_>>(), [0]);
    // Node 3 is where one-way segment 1 ends: it cannot be ridden back, but segment 2 can be taken.
    assert_eq!(ride(&square(), place(40, 20), place(0, 20)).unwrap().len(), 1);
}

#[test]
fn the_cheaper_parallel_street_is_taken_and_a_loop_never_is() {
    let nodes = vec![place(0, 0), place(50, 0), place(100, 0)];
    let mut detour = street(&nodes, 0, 1, true, true);
    detour.forward = Some((1_000_000, Infra::None));
    let mut a_loop = street(&nodes, 1, 1, true, true);
    a_loop.line.insert(1, place(50, 30));
    let streets =
        vec![detour, street(&nodes, 0, 1, true, false), a_loop, street(&nodes, 1, 2, true, true), street(&nodes, 2, 0, true, true)];
    let bytes = encode(&CityParts { nodes, streets, names: Vec::new(), report: String::new() }).unwrap();
    let city = City::parse(&bytes).unwrap();
    let legs = ride(&bytes, place(0, 0), place(90, 0)).unwrap();
    let segments: Vec<u32> = legs.iter().map(|leg| leg.0).collect();
    assert_eq!(segments.len(), 2, "{segments:?}");
    assert!(segments.iter().all(|segment| city.segment(*segment).forward_arc != city.segment(0).forward_arc));
}

#[test]
fn off_every_street_and_unconnected() {
    let nodes = vec![place(0, 0), place(30, 0), place(0, 300), place(30, 300)];
    let streets = vec![street(&nodes, 0, 1, true, true), street(&nodes, 2, 3, true, true)];
    let bytes = encode(&CityParts { nodes, streets, names: Vec::new(), report: String::new() }).unwrap();
    assert_eq!(ride(&bytes, place(0, 0), place(30, 300)), Err(NoRoute::Unconnected));
    // 11 m a step: 26 steps are within 300 m, 28 are not.
    assert_eq!(ride(&bytes, place(0, -26), place(30, 0)).map(|legs| legs.len()), Ok(1));
    assert_eq!(ride(&bytes, place(0, -28), place(30, 0)), Err(NoRoute::OriginOffStreet));
    assert_eq!(ride(&bytes, place(0, 0), place(0, -28)), Err(NoRoute::DestinationOffStreet));
}

#[test]
fn a_search_can_be_used_again_and_again() {
    let bytes = chessboard(6);
    let city = City::parse(&bytes).unwrap();
    let mut reused = Router::new(city);
    for (from, to) in (0..36).flat_map(|from| (0..36).map(move |to| (from, to))) {
        let at = |i: i32| place(i % 6 * 20 + 3, i / 6 * 10);
        assert_eq!(reused.route(at(from), at(to)), Router::new(city).route(at(from), at(to)));
    }
}

#[test]
fn among_many_equal_routes_every_search_finds_the_same() {
    let bytes = chessboard(7);
    let mut router = Router::new(City::parse(&bytes).unwrap());
    for (from, to) in [(0, 48), (48, 0), (6, 42), (3, 45)] {
        let at = |i: i32| place(i % 7 * 20, i / 7 * 10);
        let route = router.route(at(from), at(to)).unwrap();
        assert_eq!(Some(weight_of(&route)), oracle::least_weight(router.city(), &route.origin, &route.destination));
    }
}

#[test]
fn fewer_than_65536_arcs_cannot_carry_ties_into_the_cost() {
    let ties: u64 = (0..65_536_u32).map(|arc| weight(0, arc)).sum();
    assert_eq!(
        cost_of(weight(17, 0) + ties - ties % (1 << 16)),
        17 + (ties >> 16),
        "sums of ties do carry, which is why routes are that much shorter"
    );
    assert!((0..=u32::from(u16::MAX)).all(|arc| weight(0, arc) < 1 << 16));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn routes_weigh_what_the_oracle_says(parts in random_parts(), from in (0..60_i32, 0..40_i32), to in (0..60_i32, 0..40_i32)) {
        let bytes = encode(&parts).unwrap();
        let mut router = Router::new(City::parse(&bytes).unwrap());
        match router.route(place(from.0, from.1), place(to.0, to.1)) {
            Ok(route) => {
                check_route(&router, &route);
                prop_assert_eq!(Some(weight_of(&route)), oracle::least_weight(router.city(), &route.origin, &route.destination));
            }
            Err(NoRoute::Unconnected) => {
                let [origin, destination] = [from, to].map(|(x, y)| snap(router.city(), place(x, y)).unwrap());
                prop_assert_eq!(None, oracle::least_weight(router.city(), &origin, &destination));
            }
            Err(off) => prop_assert!(parts.streets.is_empty() || off != NoRoute::Unconnected),
        }
    }

    #[test]
    fn the_nearest_street_is_found_within_the_limit_and_nothing_beyond(parts in random_parts(), x in -80..140_i32, y in -60..100_i32) {
        let bytes = encode(&parts).unwrap();
        let city = City::parse(&bytes).unwrap();
        let distances: Vec<f64> = (0..city.header().segments).map(|segment| oracle::distance_m(&city, segment, place(x, y))).collect();
        let nearest = distances.iter().copied().fold(f64::INFINITY, f64::min);
        match snap(&city, place(x, y)) {
            Some(found) => {
                prop_assert!((found.distance_m - nearest).abs() < 1e-3, "{} {nearest}", found.distance_m);
                let first = distances.iter().position(|distance| *distance < nearest + 1e-3).unwrap();
                prop_assert!(found.segment as usize >= first && distances[found.segment as usize] < nearest + 1e-3);
                prop_assert!(found.offset_mm <= city.segment(found.segment).length_mm);
            }
            None => prop_assert!(nearest > SNAP_LIMIT_M - 1e-3),
        }
    }

    #[test]
    fn the_heuristic_is_a_lower_bound_and_consistent(parts in random_parts(), target in (0..60_i32, 0..40_i32)) {
        let bytes = encode(&parts).unwrap();
        let city = City::parse(&bytes).unwrap();
        let target = place(target.0, target.1);
        let door = Door { node: 0, weight: 500 << 16 };
        let estimate = Estimate::new(&city, &[door], target);
        prop_assert!(estimate.weight(city.point(0)) <= door.weight);
        for node in 0..city.header().nodes {
            for arc in city.arcs(node) {
                let after = u64::from(city.cost(arc)) + cost_of(estimate.weight(city.point(city.head(arc))));
                prop_assert!(cost_of(estimate.weight(city.point(node))) <= after);
            }
        }
    }
}

#[test]
fn a_long_diagonal_is_found_along_its_whole_length() {
    let nodes = vec![place(0, 0), place(9000, 4000)];
    let far = Point { lon_e7: nodes[1].lon_e7, lat_e7: nodes[1].lat_e7 };
    let part = StreetPart {
        tail: 0,
        head: 1,
        line: nodes.clone(),
        length_mm: 67_000_000,
        name: None,
        highway: Highway::Ferry,
        forward: Some((10_000_000, Infra::Ferry)),
        backward: Some((10_000_000, Infra::Ferry)),
    };
    let mut streets = vec![part];
    // Enough short streets for small cells.
    streets.extend((0..4000).map(|_| street(&nodes, 0, 0, true, true)));
    let bytes = encode(&CityParts { nodes, streets, names: Vec::new(), report: String::new() }).unwrap();
    let city = City::parse(&bytes).unwrap();
    assert!(city.header().grid.columns > 20);
    for step in 1..400 {
        let at = place(step * 9000 / 400, step * 4000 / 400);
        let found = snap(&city, Point { lat_e7: at.lat_e7 + 2000, ..at }).expect("within the limit");
        assert_eq!(city.segment(found.segment).highway(), Highway::Ferry);
    }
    assert!(snap(&city, far).is_some());
}
