//! What junctions, turns, crashes and hills cost: drawn extracts through the whole builder.

use router::build::{DrivingSide, Plan, Report, build_with};
use router::city::Direction;
use router::crash::{Crash, Crashes};
use router::elevation::{Heights, Tile};
use router::parts::{CityParts, TurnRule};
use router::stress::junction::Help;

use crate::fixtures::place;
use crate::pbf::Map;

fn built(map: &Map, plan: &Plan) -> (CityParts, Report) {
    build_with(|| Ok(std::io::Cursor::new(map.pbf())), plan, &mut |_| ()).expect("a network")
}

fn kept_to(side: DrivingSide) -> Plan {
    Plan { side, ..Plan::default() }
}

/// ```text
///             4 (north)
///             |
/// 1 (west) -- 9 -- 2 (east)
///             |
///             3 (south)
/// ```
/// `main` on the ways to the north and south, `side` on those to the west and east; `signs` at 9. Arms are 100 m and more.
fn cross(main: &str, side: &str, signs: &str) -> Map {
    let map = Map::default().node(1, -20, 0, "").node(2, 20, 0, "").node(3, 0, -10, "").node(4, 0, 10, "").node(9, 0, 0, signs);
    // Ways 1 to 4: south, north, west, east, all drawn from 9.
    map.way(&[9, 3], main).way(&[9, 4], main).way(&[9, 1], side).way(&[9, 2], side)
}

/// The street between two drawn nodes and the direction of riding from the first.
fn riding(parts: &CityParts, from: (i32, i32), to: (i32, i32)) -> (u32, Direction) {
    let at = |street: usize| (parts.nodes[parts.streets[street].tail as usize], parts.nodes[parts.streets[street].head as usize]);
    let (from, to) = (place(from.0, from.1), place(to.0, to.1));
    let found = (0..parts.streets.len()).find_map(|street| match at(street) {
        ends if ends == (from, to) => Some((street as u32, Direction::Forward)),
        ends if ends == (to, from) => Some((street as u32, Direction::Backward)),
        _ => None,
    });
    found.expect("a street between the two")
}

const WEST: (i32, i32) = (-20, 0);
const EAST: (i32, i32) = (20, 0);
const SOUTH: (i32, i32) = (0, -10);
const NORTH: (i32, i32) = (0, 10);
const MIDDLE: (i32, i32) = (0, 0);

fn rule(parts: &CityParts, from: (i32, i32), to: (i32, i32)) -> Option<TurnRule> {
    let (from, to) = (riding(parts, from, MIDDLE), riding(parts, MIDDLE, to));
    parts.turns.iter().find(|turn| turn.from == from && turn.to == to).map(|turn| turn.rule)
}

/// Stress in dm of arriving and turning.
fn stress_dm(parts: &CityParts, from: (i32, i32), to: (i32, i32)) -> u32 {
    let (street, direction) = riding(parts, from, MIDDLE);
    let street = &parts.streets[street as usize];
    let way = if direction == Direction::Forward { street.forward } else { street.backward };
    let turn = match rule(parts, from, to) {
        None => 0,
        Some(TurnRule::Kind(kind)) => parts.turn_kinds[usize::from(kind)].stress_dm,
        Some(TurnRule::Forbidden) => panic!("forbidden"),
    };
    u32::from(way.unwrap().junction_dm) + u32::from(turn)
}

#[test]
fn north_then_west_costs_more_than_north_then_east_where_traffic_keeps_right() {
    for (main, side) in [("highway=secondary", "highway=residential"), ("highway=residential", "highway=secondary")] {
        let map = cross(main, side, "");
        let (right, _) = built(&map, &kept_to(DrivingSide::Right));
        let (left, _) = built(&map, &kept_to(DrivingSide::Left));
        assert!(stress_dm(&right, SOUTH, WEST) > stress_dm(&right, SOUTH, EAST), "{main}: keeping right, a left turn is the hard one");
        assert!(stress_dm(&left, SOUTH, EAST) > stress_dm(&left, SOUTH, WEST), "{main}: keeping left, a right turn is the hard one");
        assert_eq!(stress_dm(&right, SOUTH, WEST), stress_dm(&left, SOUTH, EAST));
    }
}

#[test]
fn the_country_sets_the_side() {
    let side = |country: &str| router::profile::Profile::default().driving_side(country);
    assert_eq!(
        (side("gb"), side("jp"), side("us"), side("pt")),
        (DrivingSide::Left, DrivingSide::Left, DrivingSide::Right, DrivingSide::Right)
    );
}

#[test]
fn a_crossing_costs_by_what_helps() {
    let over = |signs: &str| stress_dm(&built(&cross("highway=residential", "highway=primary", signs), &Plan::default()).0, SOUTH, NORTH);
    let costs = [
        "",
        "highway=crossing crossing=zebra",
        "highway=crossing crossing=zebra crossing:island=yes",
        "highway=stop stop=all",
        "highway=traffic_signals",
    ];
    let costs = costs.map(over);
    assert!(costs.is_sorted_by(|a, b| a > b), "{costs:?}");
    assert!(Help::Signals > Help::None);
    let along = stress_dm(&built(&cross("highway=primary", "highway=residential", ""), &Plan::default()).0, SOUTH, NORTH);
    assert!(along < costs[4], "straight on, on the main street: {along}");
    let quiet = built(&cross("highway=residential", "highway=residential", ""), &Plan::default());
    assert!(quiet.0.turns.is_empty() && stress_dm(&quiet.0, SOUTH, WEST) <= 20, "turns between quiet streets are free");
}

#[test]
fn a_wide_fast_crossing_raises_the_level_of_the_way_to_it() {
    let lts = |signs: &str| {
        let (parts, report) = built(&cross("highway=residential", "highway=primary lanes=6 maxspeed=60", signs), &Plan::default());
        let (street, direction) = riding(&parts, SOUTH, MIDDLE);
        let street = &parts.streets[street as usize];
        let (to, back) =
            if direction == Direction::Forward { (street.forward, street.backward) } else { (street.backward, street.forward) };
        ([to, back].map(|way| parts.classes[usize::from(way.unwrap().class)].lts), report.junctions.ways_raised_by_crossing)
    };
    assert_eq!(lts(""), ([4, 1], 2));
    assert_eq!(lts("highway=traffic_signals"), ([1, 1], 0));
}

#[test]
fn restrictions_bind_riders_unless_bicycles_are_excepted() {
    // Ways: 1 south, 2 north, 3 west, 4 east.
    let with = |tags: &str| {
        let map = cross("highway=tertiary", "highway=tertiary", "").restriction([1, 9, 3], tags);
        let (parts, report) = built(&map, &Plan::default());
        let forbidden = [WEST, NORTH, EAST, SOUTH].map(|to| rule(&parts, SOUTH, to) == Some(TurnRule::Forbidden));
        (forbidden, report.restrictions.into_iter().next().map(|found| found.0))
    };
    assert_eq!(with("restriction=no_left_turn"), ([true, false, false, false], Some("held to")));
    assert_eq!(with("restriction=only_left_turn"), ([false, true, true, false], Some("held to")));
    assert_eq!(with("restriction=no_left_turn except=bicycle"), ([false; 4], Some("not for bicycles: except=bicycle")));
    assert_eq!(with("restriction:bicycle=no_left_turn"), ([true, false, false, false], Some("held to")));
    let map = cross("highway=tertiary", "highway=tertiary", "").restriction([1, 77, 3], "restriction=no_left_turn");
    assert_eq!(built(&map, &Plan::default()).1.restrictions.get("not in the network"), Some(&1));
    let map = cross("highway=footway", "highway=tertiary", "").restriction([1, 9, 3], "restriction=no_left_turn");
    assert!(built(&map, &Plan::default()).0.turns.is_empty(), "who pushes is on foot");
}

#[test]
fn a_stop_sign_before_the_junction_belongs_to_it() {
    // The crossed street's traffic must stop: ways drawn towards 9, signs 11 m before it.
    let arms = |tags: &str| {
        let map = Map::default().node(1, -20, 0, "").node(2, 20, 0, "").node(3, 0, -10, "").node(4, 0, 10, "").node(9, 0, 0, "");
        let map = map.node(5, -2, 0, tags).node(6, 2, 0, tags);
        let map = map.way(&[3, 9], "highway=residential").way(&[4, 9], "highway=residential");
        built(&map.way(&[1, 5, 9], "highway=tertiary").way(&[2, 6, 9], "highway=tertiary"), &Plan::default()).0
    };
    let costs = ["name=x", "highway=stop", "highway=stop direction=backward", "highway=traffic_signals"]
        .map(|tags| stress_dm(&arms(tags), SOUTH, NORTH));
    assert!(costs[0] == costs[2] && costs[1] < costs[0] && costs[3] < costs[1], "{costs:?}");
}

#[test]
fn crashes_and_hills_reach_the_parts() {
    let map = cross("highway=secondary", "highway=residential bridge=yes", "");
    let crash = |x: i32, y: i32| Crash { point: place(x, y), severity: 3, year: 2020, when_years: 2020.0 };
    let list = vec![crash(0, 5), crash(0, 5), crash(0, 6), crash(900, 900)];
    let crashes = Crashes { rows: 4, list, ..Crashes::default() };
    // Rising to the north: 1 m in 10,000 units of latitude, 11 m on each arm.
    let heights = (0..200).flat_map(|row| std::iter::repeat_n((200 - row) as f32 * 10.0, 200)).collect();
    let tile = Tile { west: 24.85, north: 60.22, step_lon: 0.0005, step_lat: 0.0005, columns: 200, rows: 200, heights };
    let plan = Plan { crashes: Some(crashes), heights: Some(Heights::of(vec![tile])), stops: 3, ..Plan::default() };
    let (parts, report) = built(&map, &plan);
    let (street, direction) = riding(&parts, MIDDLE, NORTH);
    let north = &parts.streets[street as usize];
    let (up, down) = if direction == Direction::Forward { (north.forward, north.backward) } else { (north.backward, north.forward) };
    let (up, down) = (up.unwrap(), down.unwrap());
    assert_eq!((up.climb_dm, up.descent_dm, down.climb_dm, down.descent_dm), (200, 0, 0, 200));
    assert!(up.crash_pct > 100 && up.crash_pct == down.crash_pct);
    assert_eq!((parts.crashes.len(), parts.stops.len()), (3, 3));
    let counts = report.crashes.unwrap();
    assert_eq!((counts.used, counts.rows_left_out.get("outside the city")), (3, Some(&1)));
    assert!((counts.weight - counts.weight_assigned).abs() < 1e-9);
    assert_eq!(report.elevation.unwrap().streets_off_ground, 2);
}
