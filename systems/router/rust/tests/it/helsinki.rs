//! Real streets: central Helsinki, when `make city` has fetched it. Without it these tests say that they were skipped.

use std::path::{Path, PathBuf};

use router::build::{DrivingSide, build};
use router::city::City;
use router::city::encode::encode;
use router::events::events;
use router::geo::Point;
use router::http::{HttpEvent, handle};
use router::route::Router;
use router::search::{Door, Estimate, cost_of};
use router::snap::snap;
use serde_json::Value;

use crate::oracle;
use crate::routes::{check_route, weight_of};

fn system() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn helsinki() -> Option<Vec<u8>> {
    let path = system().join("city/helsinki.osm.pbf");
    if !path.is_file() {
        eprintln!("SKIPPED: {} is not there; `python3 systems/router/helsinki.py` fetches it", path.display());
        return None;
    }
    let (parts, _) = build(|| std::fs::File::open(&path), DrivingSide::Right, &mut |_| ()).unwrap();
    Some(encode(&parts).unwrap())
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
    let Some(bytes) = helsinki() else { return };
    let mut router = Router::new(City::parse(&bytes).unwrap());
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
            let route = router.route(place("origin"), place("destination")).unwrap();
            check_route(&router, &route);
            let least = oracle::least_weight(router.city(), &route.origin, &route.destination);
            assert_eq!(Some(weight_of(&route)), least, "{name}");
            assert_eq!(answer["total_cost"], route.total_cost, "{name}");
            assert_eq!(answer["segments"].as_array().unwrap().len(), route.legs.len(), "{name}");
            routes += 1;
        }
    }
    assert!(routes >= 50, "{routes} routes");
}

#[test]
fn the_committed_events_are_the_generators() {
    let Some(bytes) = helsinki() else { return };
    let mut generated: Vec<_> = events(&City::parse(&bytes).unwrap(), 50, 7).into_iter().map(|named| (named.name, named.event)).collect();
    generated.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(generated, committed(), "run `router-build events city.graph -o systems/router/events`");
}

#[test]
fn thousands_of_random_pairs_weigh_what_the_oracle_says() {
    let Some(bytes) = helsinki() else { return };
    let city = City::parse(&bytes).unwrap();
    let mut router = Router::new(city);
    let grid = city.header().grid;
    let mut seed = 1_u64;
    let mut random = |low: i32, high: i32| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        low + ((seed >> 33) % u64::from(high.abs_diff(low))) as i32
    };
    let mut found = 0;
    for _ in 0..3000 {
        let mut place = || Point { lon_e7: random(grid.min_lon_e7, grid.max_lon_e7), lat_e7: random(grid.min_lat_e7, grid.max_lat_e7) };
        let (Some(origin), Some(destination)) = (snap(&city, place()), snap(&city, place())) else { continue };
        let route = router.between(origin, destination).expect("all of the city is connected");
        check_route(&router, &route);
        assert_eq!(Some(weight_of(&route)), oracle::least_weight(&city, &origin, &destination));
        found += 1;
    }
    assert!(found > 2000, "{found} pairs");
}

#[test]
fn the_heuristic_never_exceeds_the_cost_of_any_arc() {
    let Some(bytes) = helsinki() else { return };
    let city = City::parse(&bytes).unwrap();
    for goal in (0..city.header().nodes).step_by(97) {
        let estimate = Estimate::new(&city, &[Door { node: goal, weight: 0 }], city.point(goal));
        for node in 0..city.header().nodes {
            for arc in city.arcs(node) {
                let after = u64::from(city.cost(arc)) + cost_of(estimate.weight(city.point(city.head(arc))));
                assert!(cost_of(estimate.weight(city.point(node))) <= after);
            }
        }
    }
}
