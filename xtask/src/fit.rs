//! Time against length as a power law, `t = a x^b`: the seed's own measure of how a router grows.

use ferry_lab::Distribution;
use serde_json::{Value, json};

/// `t = a x^b`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct PowerLaw {
    pub(crate) a: f64,
    pub(crate) b: f64,
}

impl PowerLaw {
    /// Least squares on the logarithms, as `np.polyfit(np.log(x), np.log(t), 1)` does it. `None` unless there are two different lengths, and where
    /// anything is not above 0.
    pub(crate) fn fit(points: &[(f64, f64)]) -> Option<Self> {
        if points.iter().any(|&(x, t)| x <= 0.0 || t <= 0.0) {
            return None;
        }
        let logs: Vec<(f64, f64)> = points.iter().map(|&(x, t)| (x.ln(), t.ln())).collect();
        let mean_x = Distribution::of(logs.iter().map(|log| log.0)).mean?;
        let mean_t = Distribution::of(logs.iter().map(|log| log.1)).mean?;
        let covariance: f64 = logs.iter().map(|&(x, t)| (x - mean_x) * (t - mean_t)).sum();
        let variance: f64 = logs.iter().map(|&(x, _)| (x - mean_x).powi(2)).sum();
        if variance <= 0.0 {
            return None;
        }
        let b = covariance / variance;
        Some(Self { a: (mean_t - b * mean_x).exp(), b })
    }

    pub(crate) fn at(&self, x: f64) -> f64 {
        self.a * x.powf(self.b)
    }

    pub(crate) fn to_json(self) -> Value {
        json!({"a": self.a, "b": self.b})
    }

    pub(crate) fn from_json(value: &Value) -> Option<Self> {
        Some(Self { a: value["a"].as_f64()?, b: value["b"].as_f64()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(measured: f64, wanted: f64) {
        assert!((measured - wanted).abs() < 1e-9 * wanted.abs().max(1.0), "{measured} is not {wanted}");
    }

    #[test]
    fn an_exact_power_law_is_found_again() {
        let seed = PowerLaw { a: 0.046, b: 1.49 };
        let fit = PowerLaw::fit(&[0.7, 3.0, 12.0, 48.0].map(|x| (x, seed.at(x)))).unwrap();
        near(fit.a, 0.046);
        near(fit.b, 1.49);
        // The seed's own arithmetic: 49.0 s at 107.6 miles.
        assert!((seed.at(107.6) - 49.0).abs() < 0.05);
    }

    #[test]
    fn worked_by_hand() {
        // On logarithms: (0, 0), (1, 1), (2, 1). Means 1 and 2/3; covariance 1, variance 2; slope 1/2, intercept 2/3 - 1/2 = 1/6.
        let e = std::f64::consts::E;
        let fit = PowerLaw::fit(&[(1.0, 1.0), (e, e), (e * e, e)]).unwrap();
        near(fit.b, 0.5);
        near(fit.a, (1.0_f64 / 6.0).exp());
    }

    #[test]
    fn what_has_no_slope_has_no_fit() {
        assert_eq!(PowerLaw::fit(&[]), None);
        assert_eq!(PowerLaw::fit(&[(3.0, 1.0)]), None);
        assert_eq!(PowerLaw::fit(&[(3.0, 1.0), (3.0, 2.0)]), None);
        assert_eq!(PowerLaw::fit(&[(0.0, 1.0), (3.0, 2.0)]), None);
        assert_eq!(PowerLaw::fit(&[(1.0, 0.0), (3.0, 2.0)]), None);
    }

    #[test]
    fn survives_the_result_file() {
        let fit = PowerLaw { a: 0.5, b: 0.94 };
        assert_eq!(PowerLaw::from_json(&fit.to_json()), Some(fit));
        assert_eq!(PowerLaw::from_json(&Value::Null), None);
    }
}
