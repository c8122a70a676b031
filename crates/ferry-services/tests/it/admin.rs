//! `/_ferry/`: the physics in force and the counters.

use serde_json::json;

use crate::support::{identity, request, start, start_with_physics};

#[test]
fn physics_are_read_changed_and_taken_away() {
    let services = start_with_physics(&json!({"faults": [{"service": "sts", "kind": "500", "nth": 1}]}));
    let shown = request(&services, "GET", "/_ferry/physics", "", "");
    assert_eq!((shown.status, shown.json()["faults"][0]["nth"].as_u64()), (200, Some(1)));
    assert_eq!(identity(&services).status, 500);
    assert_eq!(request(&services, "DELETE", "/_ferry/physics", "", "").json()["faults"], json!([]));
    assert_eq!(identity(&services).status, 200);
    let put = request(&services, "PUT", "/_ferry/physics", "", r#"{"tables": {"T": {"write_per_s": 5}}}"#);
    assert_eq!((put.status, &put.json()["tables"]["T"]["mode"]), (200, &json!("provisioned")));
    assert_eq!(services.physics().tables()["T"].write_per_s, Some(5.0));
}

#[test]
fn a_bad_document_is_refused_with_its_pointer_and_changes_nothing() {
    let services = start_with_physics(&json!({"seed": 9}));
    let bad = request(&services, "PUT", "/_ferry/physics", "", r#"{"faults": [{"service": "s3", "kind": "501", "nth": 1}]}"#);
    assert_eq!((bad.status, &bad.json()["pointer"]), (400, &json!("/faults/0/kind")));
    assert!(bad.json()["error"].as_str().unwrap().contains("\"truncate\""), "{bad:?}");
    assert_eq!(request(&services, "PUT", "/_ferry/physics", "", "{").status, 400);
    let large = format!("\"{}\"", "x".repeat(1024 * 1024));
    assert_eq!(request(&services, "PUT", "/_ferry/physics", "", &large).status, 413);
    assert_eq!(services.physics().current().seed, 9);
}

#[test]
fn calls_are_counted_until_the_counters_are_reset() {
    let services = start();
    identity(&services);
    identity(&services);
    let report = request(&services, "GET", "/_ferry/services", "", "").json();
    let row = &report["operations"][0];
    assert_eq!((&row["service"], &row["operation"], &row["calls"]), (&json!("sts"), &json!("GetCallerIdentity"), &json!(2)));
    assert_eq!((&row["errors"], &row["bytes_in"]), (&json!(0), &json!(48)));
    assert!(row["bytes_out"].as_u64().unwrap() > 100, "{row}");
    if cfg!(target_os = "linux") {
        assert!(report["cpu_us"].as_u64().unwrap() > 0, "{report}");
    }
    assert_eq!(request(&services, "POST", "/_ferry/reset-counters", "", "").status, 200);
    assert!(services.report().operations.is_empty());
}

#[test]
fn pages_of_elsewhere_are_refused() {
    let services = start();
    let rebound = crate::support::ask(&services, "GET /_ferry/services HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n");
    assert!(rebound.starts_with("HTTP/1.1 403 "), "{rebound}");
    assert_eq!(request(&services, "DELETE", "/_ferry/physics", "origin: https://evil.example\r\n", "").status, 403);
    assert_eq!(request(&services, "DELETE", "/_ferry/physics", "origin: http://localhost:9000\r\n", "").status, 200);
    let wrong = request(&services, "POST", "/_ferry/physics", "", "");
    assert!(wrong.status == 405 && wrong.head.contains("allow: GET, PUT, DELETE"), "{wrong:?}");
    assert_eq!(request(&services, "GET", "/_ferry/other", "", "").status, 404);
}
