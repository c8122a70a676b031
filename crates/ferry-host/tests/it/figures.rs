//! Figures of the host itself, printed and not asserted: this machine is shared.
//! `cargo test --release -p ferry-host --test it figures -- --nocapture --test-threads=1`

use std::time::{Duration, Instant};

use ferry_host::invoke::{ConfigurationChange, Invoke};

use crate::fixture::{host, plain_host};

fn percentiles(mut samples: Vec<Duration>) -> String {
    samples.sort();
    let at = |part: f64| samples[((samples.len() - 1) as f64 * part) as usize];
    format!("n={} p50 {:?} p95 {:?} p99 {:?}", samples.len(), at(0.5), at(0.95), at(0.99))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn warm_invocations_in_process() {
    let host = host(|function, _| function.memory_mib = 1769);
    for tail in [false, true] {
        let mut samples = Vec::new();
        for number in 0..5_500 {
            let request = ferry_host::invoke::InvokeRequest { tail, ..crate::fixture::request("{\"do\":\"echo\"}") };
            let start = Instant::now();
            host.lambda.invoke(request).await.unwrap();
            if number >= 500 {
                samples.push(start.elapsed());
            }
        }
        eprintln!("warm invoke, tail {tail}: {}", percentiles(samples));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cold_starts() {
    let host = plain_host();
    let (mut whole, mut own, mut init) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..200 {
        host.lambda.update_configuration("guest", ConfigurationChange::default()).unwrap();
        let start = Instant::now();
        let metrics = host.told("{}").await.metrics;
        whole.push(start.elapsed());
        own.push(Duration::from_micros(metrics.host_start_us.unwrap()));
        init.push(Duration::from_micros(metrics.init_us.unwrap()));
    }
    eprintln!("cold invoke: {}", percentiles(whole));
    eprintln!("of it the host's start of the process: {}", percentiles(own));
    eprintln!("of it INIT: {}", percentiles(init));
}
