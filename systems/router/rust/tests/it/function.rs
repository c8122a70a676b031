//! The function: requests in, responses out.

use proptest::prelude::*;
use router::city::City;
use router::http::{HttpEvent, HttpResponse, handle};
use router::route::Router;
use serde_json::{Value, json};

use crate::fixtures::square;

/// `POST /route` with a body.
pub(crate) fn event(body: &str) -> HttpEvent {
    let event = json!({"rawPath": "/route", "requestContext": {"http": {"method": "POST"}}, "body": body});
    serde_json::from_value(event).unwrap()
}

fn ask(event: &HttpEvent) -> HttpResponse {
    let bytes = square();
    handle(&mut Router::new(City::open(&bytes).unwrap()), event)
}

fn body(response: &HttpResponse) -> Value {
    serde_json::from_str(&response.body).unwrap()
}

#[test]
fn a_route_in_full() {
    let response = ask(&event(r#"{"origin":[60.17,24.901],"destination":[60.1712,24.904],"more":{"is":"ignored"}}"#));
    assert_eq!((response.status_code, response.headers.content_type), (200, "application/json"));
    let body = body(&response);
    let segments = body["segments"].as_array().unwrap();
    assert_eq!(segments.len(), 2);
    assert_eq!(segments[0]["name"], "Long \"Street\"");
    assert_eq!(
        (&segments[1]["name"], &segments[1]["highway"], &segments[1]["infra_type"]),
        (&Value::Null, &json!("residential"), &json!("none"))
    );
    let sum = |key: &str| segments.iter().map(|segment| segment[key].as_f64().unwrap()).sum::<f64>();
    for segment in segments {
        let sum: i64 = segment["cost_components"].as_object().unwrap().values().map(|part| part.as_i64().unwrap()).sum();
        assert_eq!(segment["stress_cost"], sum);
    }
    assert_eq!(body["total_cost"].as_f64().unwrap(), sum("stress_cost"));
    assert!((body["total_length_m"].as_f64().unwrap() - sum("length_m")).abs() < 1e-9);
    assert_eq!(segments[0]["coordinates"][2], json!([24.904, 60.17]));
    assert_eq!(segments[1]["coordinates"], json!([[24.904, 60.17], [24.904, 60.1712]]));
}

#[test]
fn bad_requests_name_the_field() {
    let good = "[60.17,24.9]";
    let deep = "[".repeat(100_000);
    for (text, field, problem) in [
        ("", "body", "is missing"),
        ("{", "body", "is not JSON"),
        (deep.get(..60_000).unwrap(), "body", "is not JSON"),
        ("[1,2]", "body", "is not a JSON object"),
        ("null", "body", "is not a JSON object"),
        (r#"{"destination":[60.17,24.9]}"#, "origin", "is missing"),
        (r#"{"origin":[60.17,24.9]}"#, "destination", "is missing"),
        (r#"{"origin":null,"destination":0}"#, "origin", "is not a pair"),
        (r#"{"origin":[60.17],"destination":0}"#, "origin", "is not a pair"),
        (r#"{"origin":[60.17,24.9,0],"destination":0}"#, "origin", "is not a pair"),
        (r#"{"origin":["60.17",24.9],"destination":0}"#, "origin", "is not a pair"),
        (r#"{"origin":[true,24.9],"destination":0}"#, "origin", "is not a pair"),
        (r#"{"origin":{"lat":1,"lon":2},"destination":0}"#, "origin", "is not a pair"),
        (r#"{"origin":[90.1,24.9],"destination":0}"#, "origin", "is outside"),
        (r#"{"origin":[60.17,-180.5],"destination":0}"#, "origin", "is outside"),
        (r#"{"origin":[1e300,0],"destination":0}"#, "origin", "is outside"),
        (r#"{"origin":[123456789012345678901234567890,0]}"#, "origin", "is outside"),
        (r#"{"origin":[1e999,0]}"#, "body", "is not JSON"),
        (r#"{"origin":[NaN,0]}"#, "body", "is not JSON"),
    ] {
        let response = ask(&event(text));
        let body = body(&response);
        assert_eq!((response.status_code, &body["error"], &body["field"]), (400, &json!("bad_request"), &json!(field)), "{text:.80}");
        assert!(body["message"].as_str().unwrap().contains(problem), "{text:.80}: {body}");
    }
    let origin_first = format!(r#"{{"origin":{good},"destination":[0]}}"#);
    assert_eq!(body(&ask(&event(&origin_first)))["field"], "destination");
}

#[test]
fn outside_the_city_is_unprocessable() {
    let response = ask(&event(r#"{"origin":[60.17,24.9],"destination":[0,0]}"#));
    assert_eq!(response.status_code, 422);
    assert_eq!(
        body(&response),
        json!({"error": "no_street_nearby", "field": "destination", "message": "destination is farther than 300 m from every street of this city"})
    );
}

#[test]
fn other_paths_methods_and_sizes() {
    let mut other = event("{}");
    other.raw_path = "/routes".into();
    assert_eq!(ask(&other).status_code, 404);
    let mut get = event("{}");
    get.request_context.http.method = "GET".into();
    let response = ask(&get);
    assert_eq!((response.status_code, response.headers.allow), (405, Some("POST")));
    assert_eq!(serde_json::to_value(&response).unwrap()["headers"], json!({"content-type": "application/json", "allow": "POST"}));
    assert_eq!(ask(&event(&" ".repeat(65_537))).status_code, 413);
    assert_eq!(ask(&event(&" ".repeat(65_536))).status_code, 400);
}

#[test]
fn base64_bodies() {
    let mut encoded = event("eyJvcmlnaW4iOls2MC4xNywyNC45XSwiZGVzdGluYXRpb24iOls2MC4xNywyNC45XX0=");
    encoded.is_base64_encoded = true;
    let response = ask(&encoded);
    assert_eq!((response.status_code, response.body.as_str()), (200, r#"{"total_cost":0,"total_length_m":0.0,"segments":[]}"#));
    encoded.body = Some("not base64!".into());
    assert_eq!(body(&ask(&encoded))["message"], "body is not base64");
    encoded.body = None;
    assert_eq!(body(&ask(&encoded))["message"], "body is missing");
}

proptest! {
    #[test]
    fn no_body_panics(text in ".{0,200}", base64: bool) {
        let mut asked = event(&text);
        asked.is_base64_encoded = base64;
        prop_assert_eq!(ask(&asked).status_code, 400);
    }

    #[test]
    fn no_json_panics(origin in "(-?[0-9]{1,3}(\\.[0-9]{0,9})?|null|\"x\"|1e[0-9]{1,3})(,-?[0-9]{1,3}(\\.[0-9]{0,9})?){0,2}", lat in -200.0..200.0_f64, lon in -400.0..400.0_f64) {
        let status = ask(&event(&format!(r#"{{"origin":[{origin}],"destination":[{lat},{lon}]}}"#))).status_code;
        prop_assert!([200, 400, 422].contains(&status));
    }
}
