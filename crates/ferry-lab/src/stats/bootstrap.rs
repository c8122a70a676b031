//! How many times the candidate's figure fits into the baseline's, with a 95 % interval.
//!
//! The measurement is interleaved: round i asks both sides the same event, one right after the other. So rounds are
//! resampled, not single samples: 2,000 times, n rounds are drawn with replacement (fixed seed), each draw gives the
//! ratio of the two sides' statistics, and the interval runs from the 2.5th to the 97.5th percentile of those ratios.

use serde::{Deserialize, Serialize};

use super::mean;
use crate::limits::{BOOTSTRAP_RESAMPLES, INTERVAL_SAMPLES_MIN};

/// Baseline over candidate: above 1 the candidate needs less.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Ratio {
    /// Ratio of the two statistics (medians, for all but cost, memory and size).
    pub median: f64,
    /// 95 % bootstrap interval; absent below 6 rounds, and for figures that are no statistic of rounds.
    pub low: Option<f64>,
    pub high: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Statistic {
    Median,
    Mean,
}

impl Ratio {
    /// A ratio of two single figures. `None` when it would not be a number.
    pub fn exact(baseline: f64, candidate: f64) -> Option<Self> {
        let median = baseline / candidate;
        median.is_finite().then_some(Self { median, low: None, high: None })
    }
}

/// The ratio over rounds of (baseline, candidate). `None` without rounds, or when the candidate's figure is 0.
pub fn ratio(rounds: &[(f64, f64)], statistic: Statistic, seed: u64) -> Option<Ratio> {
    let (mut left, mut right): (Vec<f64>, Vec<f64>) = rounds.iter().copied().unzip();
    let mut ratio = Ratio::exact(statistic.of(&mut left)?, statistic.of(&mut right)?)?;
    if rounds.len() < INTERVAL_SAMPLES_MIN {
        return Some(ratio);
    }
    let mut random = fastrand::Rng::with_seed(seed);
    let mut resampled = Vec::with_capacity(BOOTSTRAP_RESAMPLES);
    for _ in 0..BOOTSTRAP_RESAMPLES {
        for at in 0..rounds.len() {
            (left[at], right[at]) = rounds[random.usize(..rounds.len())];
        }
        resampled.push(statistic.of(&mut left)? / statistic.of(&mut right)?);
    }
    resampled.sort_unstable_by(f64::total_cmp);
    let bound = |per_mille: usize| resampled[(resampled.len() * per_mille).div_ceil(1_000) - 1];
    let (low, high) = (bound(25), bound(975));
    // A resample whose denominator was 0 has no ratio; where such ones reach the bounds there is no interval to print.
    if low.is_finite() && high.is_finite() {
        (ratio.low, ratio.high) = (Some(low), Some(high));
    }
    Some(ratio)
}

impl Statistic {
    /// Reorders the values.
    fn of(self, values: &mut [f64]) -> Option<f64> {
        match self {
            Self::Mean => mean(values),
            Self::Median => {
                let at = values.len().div_ceil(2).checked_sub(1)?;
                let (_, median, _) = values.select_nth_unstable_by(at, f64::total_cmp);
                Some(*median)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::nearest_rank;
    use proptest::prelude::*;

    /// A slow machine's times: log-normal about `median`, from two uniform draws (Box and Muller).
    fn log_normal(random: &mut fastrand::Rng, median: f64, sigma: f64) -> f64 {
        let (u, v) = (1.0 - random.f64(), random.f64());
        let normal = (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos();
        median * (sigma * normal).exp()
    }

    /// Share of 400 experiments whose interval holds the true ratio of 20.
    fn coverage(rounds: usize, statistic: Statistic) -> f64 {
        let experiments: u32 = 400;
        let held = (0..experiments).filter(|&experiment| {
            let mut random = fastrand::Rng::with_seed(u64::from(experiment));
            let draw = |_| (log_normal(&mut random, 200.0, 0.3), log_normal(&mut random, 10.0, 0.3));
            let rounds: Vec<_> = (0..rounds).map(draw).collect();
            let ratio = ratio(&rounds, statistic, u64::from(experiment)).unwrap();
            (ratio.low.unwrap()..=ratio.high.unwrap()).contains(&20.0)
        });
        held.count() as f64 / f64::from(experiments)
    }

    #[test]
    fn the_interval_holds_the_truth_about_as_often_as_it_says() {
        for (rounds, statistic, least) in [
            (6, Statistic::Median, 0.90),
            (10, Statistic::Median, 0.90),
            (20, Statistic::Median, 0.91),
            (100, Statistic::Median, 0.92),
            (20, Statistic::Mean, 0.88),
            (100, Statistic::Mean, 0.91),
        ] {
            let coverage = coverage(rounds, statistic);
            println!("{statistic:?} of {rounds} rounds: the interval held the truth in {:.1} % of 400 experiments", 100.0 * coverage);
            assert!((least..0.995).contains(&coverage), "{statistic:?} of {rounds}: {coverage}");
        }
    }

    #[test]
    fn equal_sides_give_one_and_paired_noise_cancels() {
        let rounds: Vec<_> = (1..=50).map(|n| (f64::from(n) * 3.0, f64::from(n))).collect();
        let ratio = ratio(&rounds, Statistic::Median, 1).unwrap();
        assert_eq!((ratio.median, ratio.low, ratio.high), (3.0, Some(3.0), Some(3.0)));
    }

    #[test]
    fn too_few_rounds_have_no_interval_and_zero_no_ratio() {
        assert_eq!(ratio(&[], Statistic::Median, 1), None);
        assert_eq!(ratio(&[(1.0, 0.0)], Statistic::Median, 1), None);
        let five = ratio(&[(4.0, 2.0); 5], Statistic::Median, 1).unwrap();
        assert_eq!((five.median, five.low, five.high), (2.0, None, None));
        let mostly_zero: Vec<_> = (0..10).map(|n| (1.0, if n < 4 { 0.0 } else { 1.0 })).collect();
        assert_eq!(ratio(&mostly_zero, Statistic::Median, 1).unwrap().high, None);
    }

    proptest! {
        #[test]
        fn the_interval_is_ordered_and_the_seed_decides(rounds in proptest::collection::vec((0.1f64..100.0, 0.1f64..100.0), 6..40), seed: u64) {
            let first = ratio(&rounds, Statistic::Median, seed).unwrap();
            prop_assert_eq!(Some(first), ratio(&rounds, Statistic::Median, seed));
            prop_assert!(first.low <= first.high);
            let (mut left, mut right): (Vec<f64>, Vec<f64>) = rounds.into_iter().unzip();
            left.sort_by(f64::total_cmp);
            right.sort_by(f64::total_cmp);
            prop_assert_eq!(first.median, nearest_rank(&left, 50).unwrap() / nearest_rank(&right, 50).unwrap());
        }
    }
}
