//! Percentiles and means of raw samples.
//!
//! The p-th percentile of n samples is the nearest rank: the sample at position ceil(p/100 * n) when sorted, counted
//! from 1. Every figure is thus one that was really measured. A p95 or p99 whose rank is n would only be another name for
//! the maximum, so it is left out: p95 needs 20 samples, p99 needs 100.

mod bootstrap;

use serde::{Deserialize, Serialize};

pub use bootstrap::{Ratio, Statistic, ratio};

/// One measure over n invocations. `None` where n is too small for the figure.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Distribution {
    pub n: usize,
    pub mean: Option<f64>,
    pub p50: Option<f64>,
    pub p95: Option<f64>,
    pub p99: Option<f64>,
}

impl Distribution {
    pub fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut sorted: Vec<f64> = values.into_iter().collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let n = sorted.len();
        let below_maximum = |percent| if rank(n, percent) < n { nearest_rank(&sorted, percent) } else { None };
        Self { n, mean: mean(&sorted), p50: nearest_rank(&sorted, 50), p95: below_maximum(95), p99: below_maximum(99) }
    }
}

pub(crate) fn mean(values: &[f64]) -> Option<f64> {
    if values.is_empty() { None } else { Some(values.iter().sum::<f64>() / values.len() as f64) }
}

/// The percentile of sorted values; `None` when there are none.
pub fn nearest_rank(sorted: &[f64], percent: usize) -> Option<f64> {
    sorted.get(rank(sorted.len(), percent).checked_sub(1)?).copied()
}

/// Position of the percentile among n sorted samples, from 1 (0 when n is 0).
const fn rank(n: usize, percent: usize) -> usize {
    (n * percent).div_ceil(100)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn percentiles_of_known_samples() {
        let hundred = Distribution::of((1..=100).rev().map(f64::from));
        assert_eq!((hundred.n, hundred.mean), (100, Some(50.5)));
        assert_eq!((hundred.p50, hundred.p95, hundred.p99), (Some(50.0), Some(95.0), Some(99.0)));
        let three = Distribution::of([3.0, 1.0, 2.0]);
        assert_eq!((three.p50, three.p95, three.p99), (Some(2.0), None, None));
        assert_eq!(Distribution::of([7.0]).p50, Some(7.0));
        assert_eq!(Distribution::of([]), Distribution::default());
    }

    #[test]
    fn p95_needs_20_samples_and_p99_100() {
        let of = |n: u32| Distribution::of((0..n).map(f64::from));
        assert_eq!((of(19).p95, of(20).p95), (None, Some(18.0)));
        assert_eq!((of(99).p99, of(100).p99), (None, Some(98.0)));
    }

    proptest! {
        /// The definition, word by word: the smallest sample with at least p % of all samples at or below it.
        #[test]
        fn nearest_rank_is_its_definition(mut values in proptest::collection::vec(-50i32..50, 1..60), percent in 1usize..=100) {
            values.sort_unstable();
            let sorted: Vec<f64> = values.iter().map(|&value| f64::from(value)).collect();
            let covers = |x: f64| 100 * sorted.iter().filter(|&&value| value <= x).count() >= percent * sorted.len();
            prop_assert_eq!(nearest_rank(&sorted, percent), sorted.iter().copied().find(|&x| covers(x)));
        }
    }
}
