//! Figures of the host itself, printed and not asserted: this machine is shared.
//! `cargo test --release -p ferry-host --test it figures -- --nocapture --test-threads=1`

use std::sync::Arc;
use std::time::{Duration, Instant};

use ferry_host::invoke::{ConfigurationChange, Invoke, InvokeRequest};

use crate::aws::Services;
use crate::fixture::{host, request};

fn percentiles(mut samples: Vec<Duration>) -> String {
    samples.sort();
    let at = |percent: usize| samples[(samples.len() - 1) * percent / 100];
    format!("n={} p50 {:?} p95 {:?} p99 {:?}", samples.len(), at(50), at(95), at(99))
}

/// As a front door calls: from a task on the same runtime.
#[test]
fn warm_invocations_in_process() {
    for workers in [1, 2] {
        eprintln!("workers of the runtime: {workers}");
        tokio::runtime::Builder::new_multi_thread().worker_threads(workers).enable_all().build().unwrap().block_on(warm());
    }
}

async fn warm() {
    let host = std::sync::Arc::new(host(|function, _| function.memory_mib = 1769));
    for tail in [false, true] {
        let host = std::sync::Arc::clone(&host);
        let client = tokio::spawn(async move {
            let mut samples = Vec::new();
            let cpu = host_cpu();
            for number in 0..5_500 {
                let request = InvokeRequest { tail, ..request("{\"do\":\"echo\"}") };
                let start = Instant::now();
                host.lambda.invoke(request).await.unwrap();
                if number >= 500 {
                    samples.push(start.elapsed());
                }
            }
            format!("{}, host CPU {:?} each", percentiles(samples), (host_cpu() - cpu) / 5_500)
        });
        eprintln!("warm invoke, tail {tail}: {}", client.await.unwrap());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cold_starts() {
    for services in [None, Some(Arc::new(Services::default()))] {
        eprintln!("with a door to local AWS services: {}", services.is_some());
        cold(services).await;
    }
}

async fn cold(services: Option<Arc<Services>>) {
    let host = host(|_, settings| settings.aws = services.map(|services| services.doors()).unwrap_or_default());
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

/// CPU time of this process, in steps of 10 ms.
fn host_cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split_ascii_whitespace();
    Duration::from_millis(10 * fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum::<u64>())
}
