//! The Lambda API's client.

use crate::fake::{Fake, echo};
use ferry_lab::{Target, TargetError};
use serde_json::json;

fn fake() -> Fake {
    Fake::new(&[json!(1)], echo(100.0, 10.0, 50), echo(2.0, 1.0, 5))
}

#[test]
fn invoke_reads_answer_report_and_client_time() {
    for json_logs in [false, true] {
        let fake = fake().with(|state| state.json_logs = json_logs);
        let target = fake.target();
        let cold = target.invoke("py", b"{\"a\":1}").unwrap();
        assert_eq!((cold.payload.as_slice(), cold.function_error), (&b"{\"a\":1}"[..], None));
        assert_eq!((cold.usage.init_ms, cold.usage.duration_ms, cold.usage.billed_ms), (Some(100.0), 10.0, 110.0));
        assert_eq!((cold.usage.max_memory_mib, cold.usage.cpu_ms, cold.client_ms), (50.0, None, 110.5));
        assert_eq!(target.invoke("py", b"1").unwrap().usage.init_ms, None);
    }
}

#[test]
fn a_ferry_host_tells_more() {
    let fake = fake().with(|state| state.enforcement = Some(json!({"cpu": {"status": "enforced"}, "cpu_period_us": 20_000})));
    let target = fake.target();
    let cold = target.invoke("py", b"1").unwrap().usage;
    assert_eq!((cold.cpu_ms, cold.init_cpu_ms, cold.throttled_ms, cold.host_start_ms), (Some(9.0), Some(100.0), Some(0.04), Some(1.3)));
    let facts = target.function("py").unwrap();
    assert_eq!((facts.zip_bytes, facts.unzipped_bytes, facts.runtime.as_deref()), (66_000_000, Some(198_000_000), Some("python3.11")));
    assert_eq!(facts.warnings.len(), 1);
    let said = target.enforcement().unwrap().unwrap();
    assert_eq!((said.cpu, said.memory, said.cpu_period_ms), (Some(true), None, Some(20.0)));
}

#[test]
fn any_other_target_does_without() {
    let fake = fake();
    let facts = fake.target().function("rs").unwrap();
    assert_eq!((facts.zip_bytes, facts.unzipped_bytes, facts.runtime.as_deref()), (1_000, None, Some("provided.al2023")));
    assert_eq!(fake.target().enforcement().unwrap(), None);
}

#[test]
fn all_requests_share_one_connection() {
    let fake = fake();
    let target = fake.target();
    for _ in 0..20 {
        target.invoke("rs", b"1").unwrap();
        target.function("rs").unwrap();
    }
    assert_eq!(fake.state.lock().unwrap().connections, 1);
}

#[test]
fn an_update_is_waited_for_but_not_for_ever() {
    let fake = fake().with(|state| state.updates_take = 5);
    let target = fake.target();
    target.update_configuration("py", 300, std::collections::BTreeMap::new()).unwrap();
    assert_eq!(fake.state.lock().unwrap().functions["py"].memory_mib, 300);
    fake.state.lock().unwrap().updates_take = 100_000;
    let error = target.update_configuration("py", 301, std::collections::BTreeMap::new()).unwrap_err();
    assert!(matches!(error, TargetError::UpdateFailed { waited_s: 60, .. }), "{error}");
}

#[test]
fn refusals_and_silence_are_named() {
    let fake = fake();
    let error = fake.target().invoke("gone", b"1").unwrap_err().to_string();
    assert_eq!(error, "Invoke gone was refused with 404 ResourceNotFoundException: Function not found");
    let error = Target::new("http://127.0.0.1:1").function("py").unwrap_err();
    assert!(matches!(error, TargetError::Transport { .. }) && error.to_string().contains("ferry up"), "{error}");
    let fake = fake.with(|state| state.without_report = true);
    assert!(matches!(fake.target().invoke("py", b"1").unwrap_err(), TargetError::NoReport { .. }));
}
