//! Real streets: central Helsinki, when `make city` has fetched it. Without it these tests say that they were skipped.

use std::path::{Path, PathBuf};

use router::build::{DrivingSide, build};
use router::city::City;
use router::city::encode::encode;
use router::events::events;
use router::geo::Point;
use router::http::{HttpEvent, handle};
use router::parts::{CityParts, TurnKind, TurnPart, TurnRule};
use router::route::Router;
use router::search::{Door, Estimate};
use router::snap::snap;
use serde_json::Value;

use crate::fixtures::turns;
use crate::oracle::Ways;
use crate::routes::{ask, check_route};

fn system() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn helsinki() -> Option<(CityParts, Vec<u8>)> {
    let path = system().join("city/helsinki.osm.pbf");
    if !path.is_file() {
        eprintln!("SKIPPED: {} is not there; `python3 systems/router/helsinki.py` fetches it", path.display());
        return None;
    }
    let (parts, _) = build(|| std::fs::File::open(&path), DrivingSide::Right, &mut |_| ()).unwrap();
    let bytes = encode(&parts).unwrap();
    assert_eq!(City::open(&bytes).unwrap().check(), Ok(()));
    Some((parts, bytes))
}

fn committed() -> Vec<(String, Value)> {
    let files = std::fs::read_dir(system().join("events")).unwrap().map(|entry| entry.unwrap().path());
    let read = |path: PathBuf| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        (name, serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap())
    };
    let mut events: Vec<_> = files.map(read).collect();
    events.sort_by(|a, b| a.0.cmp(&b.0));
    events
}

#[test]
fn every_event_has_its_answer() {
    let Some((parts, bytes)) = helsinki() else { return };
    let mut router = Router::new(City::open(&bytes).unwrap());
    let oracle = Ways::new(&parts, router.city().stop(5));
    let mut routes = 0;
    for (name, event) in committed() {
        let asked: HttpEvent = serde_json::from_value(event).unwrap();
        let response = handle(&mut router, &asked);
        let answer: Value = serde_json::from_str(&response.body).unwrap();
        let expected = match name.split('-').next().unwrap() {
            "route" | "same" => 200,
            "bad" => 400,
            "off" => 422,
            _ if name == "wrong-path" => 404,
            _ if name == "wrong-method" => 405,
            other => panic!("an event of unknown kind: {other}"),
        };
        assert_eq!(response.status_code, expected, "{name}: {answer}");
        if name.starts_with("route-") && !asked.is_base64_encoded {
            let body: Value = serde_json::from_str(asked.body.as_deref().unwrap()).unwrap();
            let place = |field: &str| Point::from_degrees(body[field][1].as_f64().unwrap(), body[field][0].as_f64().unwrap()).unwrap();
            let route = ask(&mut router, place("origin"), place("destination")).unwrap();
            check_route(&router, &route);
            assert_eq!(Some(route.total_cost), oracle.least_cost(&route.snaps[0], &route.snaps[1]), "{name}");
            assert_eq!(answer["total_cost"], route.total_cost, "{name}");
            assert_eq!(answer["segments"].as_array().unwrap().len(), route.legs.len(), "{name}");
            routes += 1;
        }
    }
    assert!(routes >= 50, "{routes} routes");
}

#[test]
fn the_committed_events_are_the_generators() {
    let Some((_, bytes)) = helsinki() else { return };
    let mut generated: Vec<_> = events(&City::open(&bytes).unwrap(), 50, 7).into_iter().map(|named| (named.name, named.event)).collect();
    generated.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(generated, committed(), "run `router-build events city.graph -o systems/router/events`");
}

/// A repeatable generator of numbers in a range.
fn random(seed: &mut u64, low: i32, high: i32) -> i32 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    low + ((*seed >> 33) % u64::from(high.abs_diff(low))) as i32
}

/// Compares `origins` × 100 random pairs with the oracle.
fn compare(parts: &CityParts, bytes: &[u8], origins: usize) {
    let city = City::open(bytes).unwrap();
    let mut router = Router::new(city);
    let [low, high] = city.bounds();
    let mut seed = 1_u64;
    let mut place = || Point { lon_e7: random(&mut seed, low.lon_e7, high.lon_e7), lat_e7: random(&mut seed, low.lat_e7, high.lat_e7) };
    let mut found = 0;
    for round in 0..origins {
        let stop = round % city.stop_count();
        let oracle = Ways::new(parts, city.stop(stop));
        let Some(origin) = snap(&city, place()) else { continue };
        let ridden = oracle.from(&origin);
        for destination in (0..100).filter_map(|_| snap(&city, place())) {
            let route = router.along(&[origin, destination], stop).expect("all of the city is connected");
            check_route(&router, &route);
            assert_eq!(Some(route.total_cost), oracle.least_to(&ridden, &origin, &destination));
            found += 1;
        }
    }
    assert!(found > origins * 70, "{found} pairs");
}

#[test]
fn tens_of_thousands_of_random_pairs_cost_what_the_oracle_says() {
    let Some((parts, bytes)) = helsinki() else { return };
    compare(&parts, &bytes, 150);
}

/// A tenth of all turns cost something, and a fiftieth is forbidden.
#[test]
fn and_so_they_do_with_turns() {
    let Some((mut parts, _)) = helsinki() else { return };
    let kind = |name: &str, delay_dm, stress_dm| TurnKind { name: name.into(), delay_dm, stress_dm };
    parts.turn_kinds = vec![kind("free", 0, 0), kind("u_turn", 300, 100), kind("left", 50, 200), kind("cross", 0, 700)];
    let mut seed = 3_u64;
    parts.turns.clear();
    for (from, to) in turns(&parts) {
        let rule = match random(&mut seed, 0, 100) {
            0..2 => TurnRule::Forbidden,
            2..7 => TurnRule::Kind(2),
            7..12 => TurnRule::Kind(3),
            _ => continue,
        };
        parts.turns.push(TurnPart { from, to, rule });
    }
    let bytes = encode(&parts).unwrap();
    let city = City::open(&bytes).unwrap();
    assert_eq!(city.check(), Ok(()));
    assert!(city.state_count() > city.node_count() * 3 / 2);
    compare(&parts, &bytes, 150);
}

#[test]
fn the_heuristic_never_exceeds_the_cost_of_any_arc() {
    let Some((_, bytes)) = helsinki() else { return };
    let city = City::open(&bytes).unwrap();
    for goal in (0..city.header().states).step_by(97) {
        let estimate = Estimate::new(&city, &[Door { node: goal, cost: 0 }], city.point(city.state_node(goal)));
        let bound = |state| estimate.cost(city.point(city.state_node(state)));
        for state in 0..city.header().states {
            for (arc, stop) in city.arcs(state).flat_map(|arc| city.stops().map(move |stop| (arc, stop))) {
                assert!(bound(state) <= city.cost(arc, stop) + bound(city.head(arc)));
            }
        }
    }
}
