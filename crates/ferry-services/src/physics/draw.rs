//! Chance that can be repeated: a number is a function of the seed, the rule and the call, not of what was drawn before.

use std::time::Duration;

use super::parse::LATENCY_MS_MAX;

/// The 99th percentile of the standard normal distribution.
const Z_99: f64 = 2.326_347_874_040_841;

/// What is drawn, so that a latency and a fault of the same call are independent.
#[derive(Debug, Clone, Copy)]
pub(super) enum Purpose {
    Latency = 1,
    Fault = 2,
}

/// The numbers of one rule.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stream {
    pub(super) seed: u64,
    pub(super) purpose: Purpose,
    pub(super) rule: usize,
}

impl Stream {
    /// In [0, 1), with 53 bits.
    pub(super) fn uniform(self, call: u64, which: u64) -> f64 {
        let mut state = mix(self.seed);
        for word in [self.purpose as u64, self.rule as u64, call, which] {
            state = mix(state ^ word);
        }
        #[expect(clippy::cast_precision_loss, reason = "53 bits are exact in an f64")]
        let fraction = (state >> 11) as f64 / (1_u64 << 53) as f64;
        fraction
    }
}

/// The finalizer of SplitMix64 after its increment: a bijection whose output bits each depend on all input bits.
fn mix(word: u64) -> u64 {
    let mut z = word.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Of the log-normal distribution with these percentiles, no more than the longest latency there is.
pub(super) fn log_normal(p50_ms: f64, p99_ms: f64, stream: Stream, call: u64) -> f64 {
    let sigma = (p99_ms / p50_ms).ln() / Z_99;
    // Box-Muller; the logarithm needs a number above 0.
    let radius = (-2.0 * (1.0 - stream.uniform(call, 0)).ln()).sqrt();
    let normal = radius * (std::f64::consts::TAU * stream.uniform(call, 1)).cos();
    (p50_ms.ln() + sigma * normal).exp().min(LATENCY_MS_MAX)
}

/// Milliseconds within the bounds that the document's validation sets.
pub(super) fn duration_ms(ms: f64) -> Duration {
    Duration::try_from_secs_f64(ms / 1e3).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(seed: u64, rule: usize) -> Stream {
        Stream { seed, purpose: Purpose::Latency, rule }
    }

    #[test]
    fn draws_are_uniform_and_repeatable() {
        let draws: Vec<f64> = (1..=20_000).map(|call| stream(7, 0).uniform(call, 0)).collect();
        let again: Vec<f64> = (1..=20_000).map(|call| stream(7, 0).uniform(call, 0)).collect();
        assert_eq!(draws, again);
        assert_ne!(draws[..10], (1..=10).map(|call| stream(8, 0).uniform(call, 0)).collect::<Vec<_>>());
        assert_ne!(draws[..10], (1..=10).map(|call| stream(7, 1).uniform(call, 0)).collect::<Vec<_>>());
        for tenth in 0..10 {
            let low = f64::from(tenth) / 10.0;
            let share = draws.iter().filter(|draw| (low..low + 0.1).contains(*draw)).count();
            assert!((1_800..2_200).contains(&share), "{share} of 20,000 in [{low}, +0.1)");
        }
    }

    #[test]
    fn a_log_normal_goes_through_its_percentiles() {
        let mut draws: Vec<f64> = (1..=20_000).map(|call| log_normal(12.0, 80.0, stream(1, 3), call)).collect();
        draws.sort_by(f64::total_cmp);
        assert!((draws[10_000] - 12.0).abs() < 0.5, "p50 {}", draws[10_000]);
        assert!((draws[19_800] - 80.0).abs() < 8.0, "p99 {}", draws[19_800]);
        assert!((log_normal(5.0, 5.0, stream(1, 0), 1) - 5.0).abs() < 1e-9);
    }
}
