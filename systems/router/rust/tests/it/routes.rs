//! Snapping and search against their slow twins.

use proptest::prelude::*;
use router::city::encode::encode;
use router::city::{City, Comfort, Direction};
use router::geo::Point;
use router::limits::SNAP_LIMIT_M;
use router::parts::{CityParts, Stop, StreetPart, TurnKind, TurnPart, TurnRule, WayPart};
use router::route::{Ask, Leg, LegCosts, NoRoute, Route, Router};
use router::search::{Door, Estimate};
use router::snap::{Snap, snap};

use crate::fixtures::{WAY, chessboard, parts, place, random_parts, random_parts_with_turns, square, street};
use crate::oracle::{self, Ways};

/// A route is what it claims: legs join, turns may be taken, parts are prorated and rounded up, sums are sums.
pub(crate) fn check_route(router: &Router<'_>, route: &Route) {
    let city = router.city();
    let stop = route.at;
    let mut line = Vec::new();
    let mut at: Option<Point> = None;
    for (index, leg) in route.legs.iter().enumerate() {
        let length_mm = city.segment(leg.segment).length_mm;
        let (start_mm, end_mm) = if leg.direction == Direction::Forward { (0, length_mm) } else { (length_mm, 0) };
        assert!(leg.length_mm() > 0 && leg.from_mm.max(leg.to_mm) <= length_mm);
        assert_eq!(leg.from_mm < leg.to_mm, leg.direction == Direction::Forward);
        let full = u64::from(city.way_costs(leg.segment, leg.direction).unwrap().cost(stop));
        let turn = u64::from(city.turn_cost(leg.turn, stop));
        assert_eq!(leg.cost, (full * u64::from(leg.length_mm())).div_ceil(u64::from(length_mm)) + turn);
        let LegCosts { effort, physical, crash, intersection } = leg.costs;
        assert_eq!(effort + physical + crash + intersection, leg.cost.cast_signed());
        assert!(physical >= -1 && intersection >= 0 && effort >= 0, "{leg:?}");
        assert!(route.first_leg.contains(&index) || leg.from_mm == start_mm, "only the first leg from a place begins inside a street");
        assert!(index + 1 == route.legs.len() || route.first_leg.contains(&(index + 1)) || leg.to_mm == end_mm);
        router.line(route, leg, &mut line);
        assert!(line.len() >= 2);
        assert!(at.is_none_or(|at| at == line[0]), "legs join");
        at = line.last().copied();
    }
    if let Some(end) = at {
        let snap = route.snaps.last().unwrap();
        // Random streets may be millimetres long and metres apart: a place that far along is at the junction.
        let at_junction = snap.offset_mm == 0 || snap.offset_mm == city.segment(snap.segment).length_mm;
        assert!(at_junction || end == snap.point, "the line ends at the destination: {end:?}, {snap:?}");
    }
    assert_eq!(route.total_cost, route.legs.iter().map(|leg| leg.cost).sum::<u64>());
    assert_eq!(route.total_length_mm, route.legs.iter().map(|leg| u64::from(leg.length_mm())).sum::<u64>());
}

pub(crate) fn ask(router: &mut Router<'_>, origin: Point, destination: Point) -> Result<Route, NoRoute> {
    router.route(&Ask { places: &[origin, destination], comfort: 0.5 })
}

fn ride(bytes: &[u8], origin: Point, destination: Point) -> Result<Vec<(u32, u32, u32)>, NoRoute> {
    let mut router = Router::new(City::open(bytes).unwrap());
    let route = ask(&mut router, origin, destination)?;
    check_route(&router, &route);
    Ok(route.legs.iter().map(|leg| (leg.segment, leg.from_mm, leg.to_mm)).collect())
}

fn one_street(forward: bool, backward: bool) -> (Vec<u8>, u32) {
    let nodes = vec![place(0, 0), place(100, 0), place(100, 50)];
    let streets = vec![street(&nodes, 0, 1, forward, backward), street(&nodes, 1, 2, true, true), street(&nodes, 2, 0, true, true)];
    let length_mm = streets[0].length_mm;
    (encode(&parts(nodes, streets)).unwrap(), length_mm)
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
    detour.forward = Some(WayPart { class: 1, ..WAY });
    let mut a_loop = street(&nodes, 1, 1, true, true);
    a_loop.line.insert(1, place(50, 30));
    let streets =
        vec![detour, street(&nodes, 0, 1, true, false), a_loop, street(&nodes, 1, 2, true, true), street(&nodes, 2, 0, true, true)];
    let bytes = encode(&parts(nodes, streets)).unwrap();
    let legs = ride(&bytes, place(0, 0), place(90, 0)).unwrap();
    assert_eq!(legs.iter().map(|leg| leg.0).collect::<Vec<_>>(), [1, 3]);
}

#[test]
fn off_every_street_and_unconnected() {
    let nodes = vec![place(0, 0), place(30, 0), place(0, 300), place(30, 300)];
    let streets = vec![street(&nodes, 0, 1, true, true), street(&nodes, 2, 3, true, true)];
    let bytes = encode(&parts(nodes, streets)).unwrap();
    assert_eq!(ride(&bytes, place(0, 0), place(30, 300)), Err(NoRoute::Unconnected { leg: 0 }));
    // 11 m a step: 26 steps are within 300 m, 28 are not.
    assert_eq!(ride(&bytes, place(0, -26), place(30, 0)).map(|legs| legs.len()), Ok(1));
    assert_eq!(ride(&bytes, place(0, -28), place(30, 0)), Err(NoRoute::OffStreet { place: 0 }));
    assert_eq!(ride(&bytes, place(0, 0), place(0, -28)), Err(NoRoute::OffStreet { place: 1 }));
}

#[test]
fn a_search_can_be_used_again_and_again() {
    let bytes = encode(&chessboard(6)).unwrap();
    let city = City::open(&bytes).unwrap();
    let mut reused = Router::new(city);
    for (from, to) in (0..36).flat_map(|from| (0..36).map(move |to| (from, to))) {
        let at = |i: i32| place(i % 6 * 20 + 3, i / 6 * 10);
        assert_eq!(ask(&mut reused, at(from), at(to)), ask(&mut Router::new(city), at(from), at(to)));
    }
}

#[test]
fn among_many_equal_routes_the_tie_breakers_decide() {
    let parts = chessboard(7);
    let bytes = encode(&parts).unwrap();
    let mut router = Router::new(City::open(&bytes).unwrap());
    let oracle = Ways::new(&parts, router.city().stop(5));
    for (from, to) in [(0, 48), (48, 0), (6, 42), (3, 45)] {
        let at = |i: i32| place(i % 7 * 20, i / 7 * 10);
        let route = ask(&mut router, at(from), at(to)).unwrap();
        assert_eq!(Some(route.total_cost), oracle.least_cost(&route.snaps[0], &route.snaps[1]));
        let back = ask(&mut router, at(to), at(from)).unwrap();
        let mut streets: Vec<u32> = back.legs.iter().map(|leg| leg.segment).collect();
        streets.reverse();
        assert_eq!(streets, route.legs.iter().map(|leg| leg.segment).collect::<Vec<_>>(), "ties are the same both ways");
    }
}

#[test]
fn over_a_place_in_between() {
    let bytes = encode(&chessboard(5)).unwrap();
    let mut router = Router::new(City::open(&bytes).unwrap());
    let places = [place(3, 0), place(70, 21), place(3, 0)];
    let route = router.route(&Ask { places: &places, comfort: 1.0 }).unwrap();
    check_route(&router, &route);
    assert_eq!((route.stop, route.snaps.len(), route.first_leg[0]), (10, 3, 0));
    let [there, back] = [0, 1].map(|leg| router.along(&route.snaps[leg..leg + 2], 10).unwrap());
    assert_eq!(route.total_cost, there.total_cost + back.total_cost);
    assert_eq!((route.first_leg[1], route.legs.len()), (there.legs.len(), there.legs.len() + back.legs.len()));
    assert_eq!(router.route(&Ask { places: &places[..1], comfort: 0.5 }), Err(NoRoute::Places { count: 1 }));
    let far = [places[0], place(0, -40), places[1]];
    assert_eq!(router.route(&Ask { places: &far, comfort: 0.5 }), Err(NoRoute::OffStreet { place: 1 }));
}

#[test]
fn calmer_stops_leave_the_busy_street() {
    // 0 - 1 straight and busy, or over 2, a third longer and calm.
    let nodes = vec![place(0, 0), place(80, 0), place(40, 18)];
    let mut busy = street(&nodes, 0, 1, true, true);
    (busy.forward, busy.backward) = (Some(WayPart { class: 1, ..WAY }), Some(WayPart { class: 1, ..WAY }));
    let bytes = encode(&parts(nodes.clone(), vec![busy, street(&nodes, 0, 2, true, true), street(&nodes, 2, 1, true, true)])).unwrap();
    let mut router = Router::new(City::open(&bytes).unwrap());
    let front = router.front(place(0, 0), place(80, 0)).unwrap();
    let legs: Vec<usize> = front.iter().map(|route| route.legs.len()).collect();
    assert_eq!((front.len(), legs[0], legs[10]), (11, 1, 2));
    assert!(legs.is_sorted());
    assert!(front.windows(2).all(|pair| pair[0].duration_ms <= pair[1].duration_ms), "calmer never is quicker");
}

#[test]
fn the_slider_between_two_stops() {
    let bytes = encode(&chessboard(3)).unwrap();
    let city = City::open(&bytes).unwrap();
    assert_eq!([-1.0, 0.0, 0.3, 1.0, 2.0].map(|comfort| city.comfort(comfort)), [0, 0, 3, 10, 10].map(Comfort::At));
    // A quarter of the way from 256 to 346.
    assert_eq!(city.comfort(0.525), Comfort::Between { low: 5, stop: Stop { comfort_pct: 53, stress_weight: 279 } });
    // A two-hundredth of 26 rounds to the stop's own.
    assert_eq!(city.comfort(0.0005), Comfort::At(0));
    let mut router = Router::new(city);
    let places = [place(3, 0), place(35, 13)];
    let [exact, snapped] = [router.route(&Ask { places: &places, comfort: 0.3 }), router.route(&Ask { places: &places, comfort: 0.3 })];
    assert_eq!(exact, snapped);
    let between = router.route(&Ask { places: &places, comfort: 0.52 }).unwrap();
    assert_eq!((between.stop, between.comfort, between.at.stress_weight), (5, 0.52, 274));
}

/// Two-way crossroads: 0 in the middle, 1 west, 2 east, 3 north, 4 south. Restrictions and costs from west.
fn crossroads(rules: &[(u32, Direction, TurnRule)]) -> Vec<u8> {
    let nodes = vec![place(0, 0), place(-40, 0), place(40, 0), place(0, 20), place(0, -20)];
    let streets = (1..5).map(|end| street(&nodes, 0, end, true, true)).collect();
    let turns = rules.iter().map(|(to, direction, rule)| TurnPart { from: (0, Direction::Backward), to: (*to, *direction), rule: *rule });
    let kind = |name: &str, delay_dm| TurnKind { name: name.into(), delay_dm, stress_dm: 0 };
    let turn_kinds = vec![kind("free", 0), kind("left", 500), kind("u_turn", 200)];
    encode(&CityParts { turns: turns.collect(), turn_kinds, ..parts(nodes, streets) }).unwrap()
}

#[test]
fn turns_cost_and_are_forbidden() {
    let free = crossroads(&[]);
    let left = crossroads(&[(2, Direction::Forward, TurnRule::Kind(1))]);
    let no_left = crossroads(&[(2, Direction::Forward, TurnRule::Forbidden)]);
    let costs = [&free, &left, &no_left].map(|bytes| {
        let mut router = Router::new(City::open(bytes).unwrap());
        let route = ask(&mut router, place(-30, 0), place(0, 15)).unwrap();
        check_route(&router, &route);
        (route.total_cost, route.legs.len(), route.legs.last().unwrap().costs.intersection)
    });
    assert_eq!(costs[1], (costs[0].0 + 50_000, 2, 50_000));
    // Straight over, back at the next junction, and right; or back before.
    assert!(costs[2].1 == 4 && costs[2].0 > costs[0].0, "{costs:?}");
    let city = City::open(&left).unwrap();
    assert_eq!((city.node_count(), city.has_turns(0), city.has_turns(1)), (5, true, false));
}

#[test]
fn a_street_that_can_only_be_left_by_a_forbidden_turn_is_not_cut_off() {
    // One-way in from west, all three ways on forbidden.
    let nodes = vec![place(0, 0), place(-40, 0), place(40, 0)];
    let streets = vec![street(&nodes, 1, 0, true, false), street(&nodes, 0, 2, true, true), street(&nodes, 2, 1, true, true)];
    let from = (0, Direction::Forward);
    let turns = vec![TurnPart { from, to: (1, Direction::Forward), rule: TurnRule::Forbidden }];
    let parts = CityParts { turns, ..parts(nodes, streets) };
    assert_eq!(router::expand::expand(&parts).lifted, [(0, 2)]);
    let bytes = encode(&parts).unwrap();
    let mut router = Router::new(City::open(&bytes).unwrap());
    assert_eq!(ask(&mut router, place(-20, 0), place(20, 0)).unwrap().legs.len(), 2);
}

fn compare(parts: &CityParts, stop: usize, from: (i32, i32), to: (i32, i32)) -> Result<(), TestCaseError> {
    let bytes = encode(parts).unwrap();
    let city = City::open(&bytes).unwrap();
    prop_assert_eq!(city.check(), Ok(()));
    let mut router = Router::new(city);
    let snaps: Option<Vec<Snap>> = [from, to].iter().map(|(x, y)| router.snap(place(*x, *y))).collect();
    let Some(snaps) = snaps else { return Ok(()) };
    let least = Ways::new(parts, city.stop(stop)).least_cost(&snaps[0], &snaps[1]);
    let found = router.along(&snaps, stop);
    if let Ok(route) = &found {
        check_route(&router, route);
    }
    prop_assert_eq!(found.map(|route| route.total_cost).ok(), least);
    prop_assert_eq!(router.cost(&snaps[0], &snaps[1], stop).unwrap().map(u64::from), least);
    let oracle = Ways::new(parts, city.stop(stop));
    let expected: Vec<Option<u64>> = snaps.iter().flat_map(|a| snaps.iter().map(|b| oracle.least_cost(a, b))).collect();
    let matrix = router.matrix(&snaps, &snaps, stop);
    prop_assert_eq!(matrix.into_iter().map(|cost| cost.map(u64::from)).collect::<Vec<_>>(), expected);
    let places = [from, to].map(|(x, y)| place(x, y));
    let by_astar = router.route_by_astar(&Ask { places: &places, comfort: city.stop(stop).comfort() });
    prop_assert_eq!(by_astar.map(|route| route.total_cost).ok(), least);
    Ok(())
}

fn compare_between(parts: &CityParts, comfort: f64, from: (i32, i32), to: (i32, i32)) -> Result<(), TestCaseError> {
    let bytes = encode(parts).unwrap();
    let city = City::open(&bytes).unwrap();
    let mut router = Router::new(city);
    let places = [from, to].map(|(x, y)| place(x, y));
    let Ok(snaps) = router.snaps(&places) else { return Ok(()) };
    let at = match city.comfort(comfort) {
        Comfort::At(stop) => city.stop(stop),
        Comfort::Between { stop, .. } => stop,
    };
    let found = router.route(&Ask { places: &places, comfort });
    if let Ok(route) = &found {
        check_route(&router, route);
        prop_assert_eq!(route.at.stress_weight, at.stress_weight);
    }
    prop_assert_eq!(found.map(|route| route.total_cost).ok(), Ways::new(parts, at).least_cost(&snaps[0], &snaps[1]));
    Ok(())
}

/// At most `most`, no two alike, each the cheapest at its stop; and no stop's cheapest is unlike all of them, unless there are as many as may be.
fn check_front(parts: &CityParts, most: usize, from: (i32, i32), to: (i32, i32)) -> Result<(), TestCaseError> {
    let bytes = encode(parts).unwrap();
    let mut router = Router::new(City::open(&bytes).unwrap());
    let places = [from, to].map(|(x, y)| place(x, y));
    let Ok(all) = router.front(places[0], places[1]) else { return Ok(()) };
    let front = router.front_of(&all[0].snaps, most, 85).unwrap();
    prop_assert!(front.len() <= most && front.is_sorted_by_key(|route| route.stop) && front[0] == all[0]);
    prop_assert!(front.iter().all(|route| *route == all[route.stop]));
    let shared_pct = |a: &Route, b: &Route| {
        let on_a = b.legs.iter().filter(|leg| a.legs.iter().any(|other| (other.segment, other.direction) == (leg.segment, leg.direction)));
        (100 * on_a.map(|leg| u64::from(leg.length_mm())).sum::<u64>()).checked_div(b.total_length_mm).unwrap_or(100)
    };
    for (a, b) in front.iter().flat_map(|a| front.iter().map(move |b| (a, b))).filter(|(a, b)| a.stop != b.stop) {
        prop_assert!(shared_pct(a, b) <= 85 || shared_pct(b, a) <= 85);
    }
    let cost_at = |route: &Route, at: Stop| {
        let of = |leg: &Leg| {
            let city = router.city();
            let whole = u64::from(city.way_costs(leg.segment, leg.direction).unwrap().cost(at));
            whole * u64::from(leg.length_mm()) / u64::from(city.segment(leg.segment).length_mm) + u64::from(city.turn_cost(leg.turn, at))
        };
        route.legs.iter().map(of).sum::<u64>()
    };
    for route in all.iter().filter(|_| front.len() < most) {
        // A millionth more counts as the cheapest.
        let is_cheapest = |kept: &Route| cost_at(kept, route.at) <= route.total_cost + route.total_cost / 1_000_000 + 5;
        prop_assert!(front.iter().any(|kept| is_cheapest(kept) || shared_pct(kept, route) > 85), "{} of {}", route.stop, front.len());
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn between_stops_too(parts in random_parts_with_turns(), comfort in 0.0..1.0, from in (0..60_i32, 0..40_i32), to in (0..60_i32, 0..40_i32)) {
        compare_between(&parts, comfort, from, to)?;
    }

    /// Every street with its ends, and every turn, under other numbers.
    #[test]
    fn numbers_by_place_change_nothing_else(parts in random_parts_with_turns(), from in (0..60_i32, 0..40_i32), to in (0..60_i32, 0..40_i32)) {
        let ordered = parts.clone().in_order_of_place();
        let told = |parts: &CityParts| {
            let street = |id: u32| {
                let street = &parts.streets[id as usize];
                format!("{:?} {:?} {:?}", [street.tail, street.head].map(|node| parts.nodes[node as usize]), street.line, street.forward)
            };
            let mut streets: Vec<String> = (0..).take(parts.streets.len()).map(street).collect();
            let turn = |turn: &TurnPart| format!("{} {:?} {} {:?}", street(turn.from.0), turn.from.1, street(turn.to.0), (turn.to.1, turn.rule));
            streets.extend(parts.turns.iter().map(turn));
            streets.sort_unstable();
            streets
        };
        prop_assert_eq!(told(&ordered), told(&parts));
        prop_assert_eq!(ordered.nodes.len(), parts.nodes.len());
        compare(&ordered, 5, from, to)?;
    }

    #[test]
    fn a_front_of_few(parts in random_parts_with_turns(), most in 1..5_usize, from in (0..60_i32, 0..40_i32), to in (0..60_i32, 0..40_i32)) {
        check_front(&parts, most, from, to)?;
    }

    #[test]
    fn routes_cost_what_the_oracle_says(parts in random_parts(), stop in 0..11_usize, from in (0..60_i32, 0..40_i32), to in (0..60_i32, 0..40_i32)) {
        compare(&parts, stop, from, to)?;
    }

    #[test]
    fn with_turns_too(parts in random_parts_with_turns(), stop in 0..11_usize, from in (0..60_i32, 0..40_i32), to in (0..60_i32, 0..40_i32)) {
        compare(&parts, stop, from, to)?;
    }

    /// From a place exactly at a junction to one, with turns.
    #[test]
    fn between_junctions_too(parts in random_parts_with_turns(), stop in 0..11_usize, ends: [prop::sample::Index; 2]) {
        let [from, to] = ends.map(|end| parts.nodes[end.index(parts.nodes.len())]);
        let at = |point: Point| ((point.lon_e7 - 249_000_000) / 1000, (point.lat_e7 - 601_700_000) / 1000);
        compare(&parts, stop, at(from), at(to))?;
    }

    #[test]
    fn the_nearest_street_is_found_within_the_limit_and_nothing_beyond(parts in random_parts(), x in -80..140_i32, y in -60..100_i32) {
        let bytes = encode(&parts).unwrap();
        let city = City::open(&bytes).unwrap();
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
    fn the_heuristic_is_a_lower_bound_and_consistent(parts in random_parts_with_turns(), target in (0..60_i32, 0..40_i32)) {
        let bytes = encode(&parts).unwrap();
        let city = City::open(&bytes).unwrap();
        let target = place(target.0, target.1);
        let door = Door { node: 0, cost: 500 };
        let estimate = Estimate::new(&city, &[door], target);
        let bound = |state| estimate.cost(city.point(city.state_node(state)));
        prop_assert!(bound(0) <= door.cost);
        for state in 0..city.header().states {
            for (arc, stop) in city.arcs(state).flat_map(|arc| city.stops().map(move |stop| (arc, stop))) {
                prop_assert!(bound(state) <= city.cost(arc, stop) + bound(city.head(arc)));
            }
        }
    }
}

#[test]
fn a_long_diagonal_is_found_along_its_whole_length() {
    let nodes = vec![place(0, 0), place(9000, 4000)];
    let far = Point { lon_e7: nodes[1].lon_e7, lat_e7: nodes[1].lat_e7 };
    let ferry = Some(WayPart { class: 2, ..WAY });
    let part = StreetPart { tail: 0, head: 1, line: nodes.clone(), length_mm: 67_000_000, name: None, forward: ferry, backward: ferry };
    let mut streets = vec![part];
    // Enough short streets for small cells.
    streets.extend((0..4000).map(|_| street(&nodes, 0, 0, true, true)));
    let bytes = encode(&parts(nodes, streets)).unwrap();
    let city = City::open(&bytes).unwrap();
    assert!(city.header().grid.columns > 20);
    for step in 1..400 {
        let at = place(step * 9000 / 400, step * 4000 / 400);
        let found = snap(&city, Point { lat_e7: at.lat_e7 + 2000, ..at }).expect("within the limit");
        assert_eq!(found.segment, 0);
    }
    assert!(snap(&city, far).is_some());
}
