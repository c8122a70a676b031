//! The questions both routers are asked: origin-destination pairs spread over all distances the city offers, and a few that must be refused.
//!
//! Made by a fixed random generator from the city and a seed alone, so that the same city gives the same files on every machine.

use serde_json::{Value, json};

use crate::city::City;
use crate::geo::{Point, UNITS_PER_DEGREE, haversine_m, round_i32};
use crate::snap::snap;

/// Pairs tried for each wanted distance; the one that comes nearest to it is taken.
const TRIES: u32 = 400;
/// How far a place may lie from the street it was drawn on, in 1e-7 degree: some 40 m.
const ASIDE_E7: i32 = 3600;

/// One event: a file name without `.json`, and an HTTP API event (payload format 2.0).
#[derive(Debug, Clone, PartialEq)]
pub struct NamedEvent {
    pub name: String,
    pub event: Value,
}

/// `count` routes from shortest to longest, then what must be refused. Deterministic.
#[must_use]
pub fn events(city: &City<'_>, count: u32, seed: u64) -> Vec<NamedEvent> {
    let mut random = SplitMix(seed);
    let grid = city.header().grid;
    let [south_west, north_east] =
        [Point { lon_e7: grid.min_lon_e7, lat_e7: grid.min_lat_e7 }, Point { lon_e7: grid.max_lon_e7, lat_e7: grid.max_lat_e7 }];
    // Not the very longest: few pairs are that far apart.
    let farthest_m = haversine_m(south_west, north_east) * 0.85;
    let mut events = Vec::new();
    for index in 0..count {
        let wanted_m = farthest_m * (f64::from(index) + 0.5) / f64::from(count);
        let (origin, destination) = pair(city, &mut random, wanted_m);
        events.push(post(format!("route-{:02}", index + 1), &json!({"origin": origin, "destination": destination})));
    }
    events.extend(refused(city, &mut random));
    events
}

fn pair(city: &City<'_>, random: &mut SplitMix, wanted_m: f64) -> ([f64; 2], [f64; 2]) {
    let mut best = (f64::INFINITY, [0.0; 2], [0.0; 2]);
    for _ in 0..TRIES {
        let (origin, destination) = (place(city, random), place(city, random));
        let miss = (haversine_m(origin, destination) - wanted_m).abs();
        if miss < best.0 {
            best = (miss, lat_lon(origin), lat_lon(destination));
        }
    }
    (best.1, best.2)
}

/// A place near a street, a street being as likely as any other, that the router will find.
fn place(city: &City<'_>, random: &mut SplitMix) -> Point {
    let mut line = Vec::new();
    loop {
        let segment = random.below(city.header().segments);
        city.line(segment, &mut line);
        let piece = random.below(u32::try_from(line.len() - 1).unwrap_or(1)) as usize;
        let along = f64::from(random.below(1000)) / 1000.0;
        let between = |a: i32, b: i32| round_i32(f64::from(a) + (f64::from(b) - f64::from(a)) * along);
        let (a, b) = (line[piece], line[piece + 1]);
        let mut aside = || i32::try_from(random.below(2 * ASIDE_E7.unsigned_abs())).unwrap_or(0) - ASIDE_E7;
        let point = Point { lon_e7: tens(between(a.lon_e7, b.lon_e7) + aside()), lat_e7: tens(between(a.lat_e7, b.lat_e7) + aside()) };
        if point.is_on_earth() && snap(city, point).is_some() {
            return point;
        }
    }
}

/// To six decimals, as map pages send it.
fn tens(e7: i32) -> i32 {
    e7 / 10 * 10
}

fn lat_lon(point: Point) -> [f64; 2] {
    [point.lat_e7, point.lon_e7].map(|e7| f64::from(e7) / UNITS_PER_DEGREE)
}

fn refused(city: &City<'_>, random: &mut SplitMix) -> Vec<NamedEvent> {
    let here = lat_lon(place(city, random));
    let there = lat_lon(place(city, random));
    let grid = city.header().grid;
    let outside = lat_lon(Point { lon_e7: grid.min_lon_e7, lat_e7: tens((grid.min_lat_e7 - 500_000).max(-Point::MAX_LAT_E7)) });
    let mut events = vec![
        post("same-place".to_owned(), &json!({"origin": here, "destination": here})),
        post("bad-origin-missing".to_owned(), &json!({"destination": there})),
        post("bad-destination-not-a-pair".to_owned(), &json!({"origin": here, "destination": [there[0]]})),
        post("bad-origin-not-numbers".to_owned(), &json!({"origin": [true, "24.9"], "destination": there})),
        post("bad-destination-out-of-range".to_owned(), &json!({"origin": here, "destination": [91.0, there[1]]})),
        post("bad-body-not-an-object".to_owned(), &json!([here, there])),
        post("off-street-origin".to_owned(), &json!({"origin": outside, "destination": there})),
        post("off-street-destination".to_owned(), &json!({"origin": here, "destination": outside})),
        event("bad-body-missing".to_owned(), "POST", "/route", &json!({})),
        event("bad-body-not-json".to_owned(), "POST", "/route", &json!({"body": "{\"origin\": [60.17,"})),
        event("bad-body-not-base64".to_owned(), "POST", "/route", &json!({"body": "?", "isBase64Encoded": true})),
        event("wrong-method".to_owned(), "GET", "/route", &json!({})),
        event("wrong-path".to_owned(), "POST", "/routes", &json!({})),
    ];
    // The same question in base64, as binary media types arrive.
    let text = json!({"origin": here, "destination": there}).to_string();
    let encoded = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, text);
    events.push(event("route-base64".to_owned(), "POST", "/route", &json!({"body": encoded, "isBase64Encoded": true})));
    events
}

fn post(name: String, body: &Value) -> NamedEvent {
    event(name, "POST", "/route", &json!({"body": body.to_string()}))
}

fn event(name: String, method: &str, path: &str, rest: &Value) -> NamedEvent {
    let mut event = json!({
        "version": "2.0",
        "routeKey": "POST /route",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"content-type": "application/json", "host": "127.0.0.1"},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "router",
            "domainName": "127.0.0.1",
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "events"},
            "requestId": name,
            "routeKey": "POST /route",
            "stage": "$default",
            "time": "01/Jan/2026:00:00:00 +0000",
            "timeEpoch": 1_767_225_600_000_u64
        },
        "isBase64Encoded": false
    });
    if let (Some(event), Some(rest)) = (event.as_object_mut(), rest.as_object()) {
        event.extend(rest.clone());
    }
    NamedEvent { name, event }
}

/// Steele, Lea and Flood's generator: a few lines, and the same for ever.
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// 0 .. `bound`, near enough uniform; 0 when `bound` is 0.
    fn below(&mut self, bound: u32) -> u32 {
        u32::try_from(self.next() % u64::from(bound.max(1))).unwrap_or(0)
    }
}
