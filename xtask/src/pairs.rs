//! The questions of the router benchmarks: origin and destination, in bands of miles ridden. `router-bench pairs` draws them.

use anyhow::{Context as _, Result, ensure};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub(crate) const METRES_PER_MILE: f64 = 1609.344;
/// The bands in which the reach of a long route is judged begin here.
pub(crate) const LONG_MILES: f64 = 80.0;

/// What `router-bench pairs` prints.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
pub(crate) struct Pairs {
    pub(crate) city: String,
    pub(crate) seed: u64,
    pub(crate) bands: Vec<Band>,
}

/// Pairs whose route, by our default comfort, is `miles[0]` to `miles[1]` long.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
pub(crate) struct Band {
    pub(crate) miles: [f64; 2],
    pub(crate) pairs: Vec<Pair>,
}

/// Places are `[lat, lon]`.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize)]
pub(crate) struct Pair {
    pub(crate) origin: [f64; 2],
    pub(crate) destination: [f64; 2],
    pub(crate) length_m: f64,
}

impl Pairs {
    /// From what `router-bench pairs` printed.
    pub(crate) fn parse(text: &[u8]) -> Result<Self> {
        let pairs: Self = serde_json::from_slice(text).context("router-bench pairs did not print what was expected")?;
        ensure!(pairs.bands.iter().any(|band| !band.pairs.is_empty()), "no two places of {} are joined by a route", pairs.city);
        Ok(pairs)
    }

    /// Round by round: the first pair of each band, then the second of each; so that a budget that ends early has seen every band. With the band's index.
    pub(crate) fn in_rounds(&self, per_band: usize) -> Vec<(usize, Pair)> {
        let round = |at: usize| self.bands.iter().enumerate().filter_map(move |(band, of)| Some((band, *of.pairs.get(at)?)));
        (0..per_band).flat_map(round).collect()
    }

    /// A pair about 100 miles apart, or the longest there is: the cold start's question.
    pub(crate) fn hundred_miles(&self) -> Option<Pair> {
        let off = |pair: &Pair| (pair.miles() - 100.0).abs();
        self.bands.iter().flat_map(|band| &band.pairs).copied().min_by(|a, b| off(a).total_cmp(&off(b)))
    }
}

impl Band {
    /// `20-35`.
    pub(crate) fn name(&self) -> String {
        if self.miles[0] <= 0.0 { format!("under {}", self.miles[1]) } else { format!("{}-{}", self.miles[0], self.miles[1]) }
    }

    pub(crate) fn is_long(&self) -> bool {
        self.miles[0] >= LONG_MILES
    }
}

impl Pair {
    pub(crate) fn miles(&self) -> f64 {
        self.length_m / METRES_PER_MILE
    }

    /// The body of `POST /route`.
    pub(crate) fn body(&self) -> Value {
        json!({"origin": self.origin, "destination": self.destination})
    }

    /// `[lat, lon, lat, lon]`, as drivers take it.
    pub(crate) fn places(&self) -> [f64; 4] {
        [self.origin[0], self.origin[1], self.destination[0], self.destination[1]]
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Two bands, of three and two pairs; each pair's origin says which it is.
    pub(crate) fn sample() -> Pairs {
        let pair = |at: f64, miles: f64| Pair { origin: [at, 0.0], destination: [0.0, 0.0], length_m: miles * METRES_PER_MILE };
        Pairs {
            city: "toy".to_owned(),
            seed: 7,
            bands: vec![
                Band { miles: [0.0, 5.0], pairs: vec![pair(1.0, 1.0), pair(2.0, 2.0), pair(3.0, 4.0)] },
                Band { miles: [80.0, 130.0], pairs: vec![pair(11.0, 81.0), pair(12.0, 97.0)] },
            ],
        }
    }

    #[test]
    fn rounds_see_every_band_first() {
        let order: Vec<f64> = sample().in_rounds(3).iter().map(|(_, pair)| pair.origin[0]).collect();
        assert_eq!(order, [1.0, 11.0, 2.0, 12.0, 3.0]);
        assert_eq!(sample().in_rounds(1).len(), 2);
    }

    #[test]
    fn the_cold_question_is_the_one_nearest_to_100_miles() {
        assert_eq!(sample().hundred_miles().unwrap().origin[0], 12.0);
    }

    #[test]
    fn bands_are_named_and_pairs_are_parsed() {
        let text = serde_json::to_vec(&sample()).unwrap();
        let read = Pairs::parse(&text).unwrap();
        assert_eq!(read, sample());
        assert_eq!(read.bands[0].name(), "under 5");
        assert_eq!(read.bands[1].name(), "80-130");
        assert!(read.bands[1].is_long() && !read.bands[0].is_long());
        let empty = br#"{"city":"x","seed":1,"bands":[{"miles":[0,5],"pairs":[]}]}"#;
        assert!(Pairs::parse(empty).unwrap_err().to_string().contains("no two places of x"));
        assert!(Pairs::parse(b"{}").is_err());
    }
}
