//! What an invocation costs on AWS: billed time x memory size x price, plus the price of the request.

use serde::{Deserialize, Serialize};

/// List prices of one date and region: `prices.json` is the only place that holds them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Prices {
    /// When the file was written, as YYYY-MM-DD.
    pub date: String,
    pub source: String,
    pub usd_per_gb_second: ByArchitecture,
    pub usd_per_million_requests: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ByArchitecture {
    pub x86_64: f64,
    pub arm64: f64,
}

impl Prices {
    /// The prices this build carries.
    pub fn embedded() -> Self {
        serde_json::from_str(include_str!("prices.json")).expect("a test reads prices.json")
    }

    /// US dollars per million invocations of `billed_ms` each, on x86 and on arm.
    pub fn usd_per_million(&self, billed_ms: f64, memory_mib: u32) -> ByArchitecture {
        // A million invocations of one ms are a thousand seconds. AWS's GB is 1024 of its MB.
        let gb_seconds = billed_ms * 1_000.0 * f64::from(memory_mib) / 1_024.0;
        let usd = |per_gb_second: f64| gb_seconds * per_gb_second + self.usd_per_million_requests;
        ByArchitecture { x86_64: usd(self.usd_per_gb_second.x86_64), arm64: usd(self.usd_per_gb_second.arm64) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_million_seconds_at_one_gb() {
        let usd = Prices::embedded().usd_per_million(1_000.0, 1_024);
        assert!((usd.x86_64 - 16.8667).abs() < 1e-9 && (usd.arm64 - 13.5334).abs() < 1e-9, "{usd:?}");
    }

    #[test]
    fn memory_and_time_scale_but_the_request_does_not() {
        let prices = Prices::embedded();
        assert_eq!(prices.usd_per_million(0.0, 128).x86_64, 0.20);
        let (once, twice) = (prices.usd_per_million(10.0, 512).x86_64 - 0.20, prices.usd_per_million(20.0, 512).x86_64 - 0.20);
        assert!((twice - 2.0 * once).abs() < 1e-12);
        assert_eq!(prices.date.len(), 10);
    }
}
