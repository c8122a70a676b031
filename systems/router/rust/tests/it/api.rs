//! All endpoints but `/route` as the original has it, on small cities.

use std::collections::HashMap;
use std::fs;

use proptest::prelude::*;
use router::api::{ApiKey, answer};
use router::city::City;
use router::city::encode::encode;
use router::geo::{Point, haversine_m};
use router::http::{HttpEvent, HttpResponse, handle};
use router::parts::CityParts;
use router::route::Router;
use router::source::atlas::SourceError;
use router::source::{Atlas, Source};
use serde_json::{Value, json};

use crate::fixtures::{WAY, chessboard, parts, place, square_parts, street};

fn event(method: &str, path: &str, query: &str, body: Option<&Value>) -> HttpEvent {
    let event = json!({"rawPath": path, "rawQueryString": query, "requestContext": {"http": {"method": method}}, "body": body.map(Value::to_string)});
    serde_json::from_value(event).unwrap()
}

fn post(path: &str, body: &Value) -> HttpEvent {
    event("POST", path, "", Some(body))
}

fn get(path: &str, query: &str) -> HttpEvent {
    event("GET", path, query, None)
}

fn body(response: &HttpResponse) -> Value {
    serde_json::from_str(&response.body).unwrap()
}

fn ask(parts: &CityParts, event: &HttpEvent) -> (u16, Value) {
    let bytes = encode(parts).unwrap();
    let response = handle(&mut Router::new(City::open(&bytes).unwrap()), event);
    (response.status_code, body(&response))
}

/// `[lat, lon]`
fn degrees(point: Point) -> Value {
    json!([f64::from(point.lat_e7) / 1e7, f64::from(point.lon_e7) / 1e7])
}

/// A busy street west to east, and round it, north, a calm one half as long again.
fn two_ways() -> CityParts {
    let nodes = vec![place(0, 0), place(400, 0), place(0, 50), place(400, 50)];
    let mut busy = street(&nodes, 0, 1, true, true);
    for way in [&mut busy.forward, &mut busy.backward] {
        *way = Some(router::parts::WayPart { class: 1, climb_dm: 20, descent_dm: 20, ..WAY });
    }
    busy.name = Some(0);
    let calm = [(0, 2), (2, 3), (3, 1)].map(|(from, to)| street(&nodes, from, to, true, true));
    CityParts { names: vec!["Busy Street".into()], ..parts(nodes, [vec![busy], calm.to_vec()].concat()) }
}

#[test]
fn comfort_chooses_between_fast_and_calm() {
    let question = |comfort: f64| json!({"origin": degrees(place(0, 0)), "destination": degrees(place(400, 0)), "comfort": comfort, "steps": true, "profile": true});
    let (status, fast) = ask(&two_ways(), &post("/route", &question(0.0)));
    let (_, calm) = ask(&two_ways(), &post("/route", &question(1.0)));
    assert_eq!((status, &fast["city"]), (200, &json!("city")));
    assert_eq!((fast["segments"].as_array().unwrap().len(), calm["segments"].as_array().unwrap().len()), (1, 3));
    assert_eq!((&fast["segments"][0]["lts"], &calm["segments"][0]["lts"]), (&json!(4), &json!(1)));
    assert!(fast["duration_s"].as_f64() < calm["duration_s"].as_f64());
    assert_eq!((&fast["stress"]["mean"], &calm["stress"]["mean"]), (&json!(200), &json!(100)));
    assert_eq!((&fast["climb_m"], &fast["descent_m"]), (&json!(2.0), &json!(2.0)));
    assert_eq!((&fast["profile"]["elevation_m"], &calm["profile"]["elevation_m"]), (&json!([0.0, 0.0]), &Value::Null));
    assert_eq!((&fast["profile"]["stress"], &fast["profile"]["lts"]), (&json!([200, 200]), &json!([4, 4])));
    let told = |route: &Value| {
        route["steps"].as_array().unwrap().iter().map(|step| step["instruction"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(told(&fast), ["Ride east on Busy Street", "You have arrived"]);
    assert_eq!(
        told(&calm),
        ["Ride north on the road", "Turn right to stay on the road", "Turn right to stay on the road", "You have arrived"]
    );
}

#[test]
fn alternatives_are_those_a_rider_can_tell_apart() {
    let question =
        json!({"origin": degrees(place(0, 0)), "destination": degrees(place(400, 0)), "alternatives": true, "format": "polyline6"});
    let (status, answer) = ask(&two_ways(), &post("/route", &question));
    assert_eq!(status, 200);
    let others = answer["alternatives"].as_array().unwrap();
    let labels: Vec<&str> = others.iter().map(|other| other["label"].as_str().unwrap()).collect();
    assert_eq!(labels, ["direct", "safest"]);
    assert!(others[0]["duration_s"].as_f64() < others[1]["duration_s"].as_f64());
    assert!(others[0]["stress"]["mean"].as_f64() > others[1]["stress"]["mean"].as_f64());
    assert!(others.iter().all(|other| other["polyline6"].is_string() && other.get("segments").is_none()));
    // With a place in between there is no choice left.
    let mut question = question;
    question["via"] = json!([degrees(place(200, 50))]);
    assert_eq!(ask(&two_ways(), &post("/route", &question)).1["alternatives"].as_array().unwrap().len(), 1);
}

/// At the shares given along the way from one stop to the next, the cost of a street is that share of the way between its costs, rounded to whole stress weights.
#[test]
fn between_two_stops_comfort_is_as_asked() {
    let route = |comfort: f64| {
        let question = json!({"origin": degrees(place(0, 0)), "destination": degrees(place(100, 0)), "comfort": comfort, "steps": true, "profile": true});
        let (status, answer) = ask(&two_ways(), &post("/route", &question));
        assert_eq!((status, &answer["comfort"]), (200, &json!(comfort)));
        assert_eq!(answer["segments"][0]["name"], "Busy Street");
        let segments = answer["segments"].as_array().unwrap();
        for segment in segments {
            let parts = segment["cost_components"].as_object().unwrap().values();
            assert_eq!(parts.map(|part| part.as_i64().unwrap()).sum::<i64>(), segment["stress_cost"].as_i64().unwrap());
        }
        assert_eq!(
            segments.iter().map(|segment| segment["stress_cost"].as_u64().unwrap()).sum::<u64>(),
            answer["total_cost"].as_u64().unwrap()
        );
        answer
    };
    let [low, third, half, high] = [0.4, 0.4333, 0.45, 0.5].map(route);
    let cost = |answer: &Value| answer["total_cost"].as_f64().unwrap();
    for (answer, share) in [(&third, 1.0 / 3.0), (&half, 0.5)] {
        let wanted = cost(&low) + share * (cost(&high) - cost(&low));
        // One stress weight of the 77 from stop to stop.
        assert!((cost(answer) - wanted).abs() <= (cost(&high) - cost(&low)) / 77.0, "{} {wanted}", cost(answer));
        // What is the street's own does not depend on comfort.
        for field in ["stress", "steps", "profile", "duration_s", "climb_m"] {
            assert_eq!(answer[field], low[field]);
        }
    }
}

#[test]
fn an_isochrone_holds_what_is_reached_and_times_nest() {
    let (status, areas) =
        ask(&chessboard(8), &post("/isochrone", &json!({"origin": degrees(place(0, 0)), "minutes": [1, 2], "comfort": 0.5})));
    assert_eq!((status, &areas["type"]), (200, &json!("FeatureCollection")));
    let features = areas["features"].as_array().unwrap();
    assert_eq!([0, 1].map(|index| features[index]["properties"]["minutes"].as_u64().unwrap()), [2, 1]);
    // 60 s at 5 m/s are two and a half streets of 120 m, which are drawn some 111 m long.
    let holds = |feature: &Value, x: i32, y: i32| {
        let ring = feature["geometry"]["coordinates"][0].as_array().unwrap();
        let at = |point: &Value| (point[0].as_f64().unwrap(), point[1].as_f64().unwrap());
        let (px, py) = (f64::from(place(x, y).lon_e7) / 1e7, f64::from(place(x, y).lat_e7) / 1e7);
        let crosses = |ends: &[Value]| {
            let ((ax, ay), (bx, by)) = (at(&ends[0]), at(&ends[1]));
            (ay > py) != (by > py) && px < (bx - ax) * (py - ay) / (by - ay) + ax
        };
        ring.windows(2).filter(|ends| crosses(ends)).count() % 2 == 1
    };
    assert!(holds(&features[1], 40, 0) && holds(&features[1], 0, 24) && !holds(&features[1], 80, 0));
    assert!(holds(&features[0], 80, 0) && !holds(&features[0], 140, 70));
}

#[test]
fn the_key_is_asked_for_and_compared() {
    let bytes = encode(&square_parts()).unwrap();
    let mut router = Router::new(City::open(&bytes).unwrap());
    let key = ApiKey::new("s3cret".to_owned());
    let mut status = |path: &str, given: Option<&str>| {
        let mut event = get(path, "");
        event.headers = given.map(|given| ("x-api-key".to_owned(), given.to_owned())).into_iter().collect::<HashMap<_, _>>();
        answer(&mut router, Some(&key), &event).status_code
    };
    assert_eq!([None, Some("s3creT"), Some("s3cre"), Some("s3cret")].map(|given| status("/cities", given)), [401, 403, 403, 200]);
    assert_eq!([status("/ping", None), status("/nowhere", None)], [200, 404]);
    assert_eq!(format!("{key:?}"), "ApiKey(..)");
}

/// The square moved east, with a name.
fn moved(name: &str, east_e7: i32) -> CityParts {
    let mut parts = square_parts();
    name.clone_into(&mut parts.name);
    let points = parts.nodes.iter_mut().chain(parts.streets.iter_mut().flat_map(|street| &mut street.line));
    points.for_each(|point| point.lon_e7 += east_e7);
    parts
}

fn east(point: Point, east_e7: i32) -> Point {
    Point { lon_e7: point.lon_e7 + east_e7, ..point }
}

#[test]
fn of_several_cities_the_places_choose() {
    let folder = tempfile::tempdir().unwrap();
    for (name, east_e7) in [("east", 10_000_000), ("west", 0)] {
        fs::write(folder.path().join(name).with_extension("city"), encode(&moved(name, east_e7)).unwrap()).unwrap();
    }
    fs::write(folder.path().join("notes.txt"), "not a city").unwrap();
    let mut atlas = Atlas::open(Source::Folder(folder.path().to_path_buf())).unwrap();
    let mut ask = |event: &HttpEvent| {
        let response = answer(&mut atlas, None, event);
        (response.status_code, body(&response))
    };
    let (here, there) = (place(0, 0), place(40, 20));
    let mut city = |from: Point, to: Point| {
        let (status, answer) = ask(&post("/route", &json!({"origin": degrees(from), "destination": degrees(to), "comfort": 0})));
        (status, answer["city"].as_str().or(answer["error"].as_str()).unwrap_or_default().to_owned(), answer["field"].clone())
    };
    assert_eq!(city(here, there), (200, "west".to_owned(), Value::Null));
    assert_eq!(city(east(here, 10_000_000), east(there, 10_000_000)), (200, "east".to_owned(), Value::Null));
    assert_eq!(city(here, east(there, 10_000_000)), (422, "no_route".to_owned(), Value::Null));
    assert_eq!(city(here, east(there, 50_000_000)), (422, "no_street_nearby".to_owned(), json!("destination")));
    let named = json!({"origin": degrees(here), "destination": degrees(there), "city": "east"});
    assert_eq!(ask(&post("/route", &named)).1["error"], "no_street_nearby");
    let (_, cities) = ask(&get("/cities", ""));
    assert_eq!([0, 1].map(|index| cities["cities"][index]["name"].as_str().unwrap().to_owned()), ["east", "west"]);
    // The same name twice cannot be told apart.
    fs::write(folder.path().join("again.graph"), encode(&moved("west", 0)).unwrap()).unwrap();
    assert!(matches!(Atlas::open(Source::Folder(folder.path().to_path_buf())), Err(SourceError::Twice { .. })));
    let empty = tempfile::tempdir().unwrap();
    assert!(matches!(Atlas::open(Source::Folder(empty.path().to_path_buf())), Err(SourceError::Empty { .. })));
}

#[test]
fn the_nearest_street_is_described() {
    let (status, answer) = ask(&square_parts(), &get("/nearest", "lat=60.17001&lon=24.902"));
    assert_eq!((status, &answer["segment"]["name"], &answer["segment"]["lts"]), (200, &json!("Long \"Street\""), &json!(1)));
    let point = Point::from_degrees(answer["point"][0].as_f64().unwrap(), answer["point"][1].as_f64().unwrap()).unwrap();
    let distance_m = haversine_m(point, Point::from_degrees(24.902, 60.17001).unwrap());
    assert!((distance_m - answer["distance_m"].as_f64().unwrap()).abs() < 0.01);
}

/// What an endpoint may answer.
const DOCUMENTED: [u16; 7] = [200, 204, 400, 404, 405, 413, 422];

fn json_value() -> impl Strategy<Value = Value> {
    let number =
        prop_oneof![(-200.0..200.0_f64).prop_map(|x| json!(x)), (-3..70_i64).prop_map(|x| json!(x)), any::<f64>().prop_map(|x| json!(x))];
    let near = (0..60_i32, 0..40_i32).prop_map(|(x, y)| degrees(place(x, y)));
    let word = prop_oneof![Just("segments"), Just("geojson"), Just("polyline6"), Just("city"), Just("")].prop_map(|word| json!(word));
    let leaf = prop_oneof![near, number, word, any::<bool>().prop_map(|x| json!(x)), Just(Value::Null), ".{0,8}".prop_map(|x| json!(x))];
    leaf.prop_recursive(3, 24, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(|items| json!(items)),
            proptest::collection::hash_map("[a-z]{1,6}", inner, 0..4).prop_map(|items| json!(items)),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    /// Good requests with any fields replaced by anything.
    #[test]
    fn no_body_panics(
        path in prop_oneof![Just("/route"), Just("/matrix"), Just("/isochrone")],
        mutations in proptest::collection::vec((0..12_usize, json_value()), 0..4),
        cut in proptest::option::of(0..200_usize),
    ) {
        let (here, there) = (degrees(place(0, 0)), degrees(place(40, 20)));
        let mut asked = json!({"origin": here, "destination": there, "origins": [here, there], "destinations": [there], "minutes": [1], "alternatives": true, "steps": true});
        let fields = ["origin", "destination", "origins", "destinations", "minutes", "comfort", "via", "format", "city", "steps", "profile", "alternatives"];
        for (field, value) in mutations {
            asked[fields[field]] = value;
        }
        let mut request = post(path, &asked);
        if let (Some(text), Some(cut)) = (&mut request.body, cut) {
            *text = text.chars().take(cut).collect();
        }
        let (status, answer) = ask(&square_parts(), &request);
        prop_assert!([200, 400, 422].contains(&status), "{} {}", status, answer);
        prop_assert_eq!(status == 400, answer["error"] == "bad_request");
        prop_assert!(status != 400 || answer["field"].is_string());
    }

    #[test]
    fn no_path_or_query_panics(method in "(GET|POST|PUT|)", path in "(/[a-z]{0,6}|/tiles/city/[0-9]{1,2}/[0-9]{1,6}/[0-9]{1,6}.mvt|/nearest|/.{0,30})", query in "(lat=[0-9.e-]{0,8}&lon=[0-9.e-]{0,8}|.{0,40})") {
        let bytes = encode(&square_parts()).unwrap();
        let response = handle(&mut Router::new(City::open(&bytes).unwrap()), &event(&method, &path, &query, None));
        prop_assert!(DOCUMENTED.contains(&response.status_code), "{:?}", response);
    }

    #[test]
    fn tiles_of_anywhere(z in 8..17_u8, x in 0.0..1.0_f64, y in 0.0..1.0_f64) {
        // Near the square, where there is something to see, as often as anywhere.
        let at = |share: f64, low: f64, high: f64| ((low + (high - low) * share) * f64::from(1_u32 << z)) as u32;
        for (x, y) in [(at(x, 0.0, 1.0), at(y, 0.0, 1.0)), (at(x, 0.5691, 0.5693), at(y, 0.2893, 0.2896))] {
            let bytes = encode(&square_parts()).unwrap();
            let response = handle(&mut Router::new(City::open(&bytes).unwrap()), &get(&format!("/tiles/city/{z}/{x}/{y}.mvt"), ""));
            prop_assert!([200, 204].contains(&response.status_code));
            prop_assert_eq!(response.status_code == 204, response.body.is_empty());
        }
    }
}
