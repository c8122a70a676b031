//! Engines take turns over the same pairs, in small batches, so that a noisy neighbour or a falling clock meets all of them.

use anyhow::{Result, ensure};
use ferry_lab::{Distribution, Statistic, ratio};
use serde_json::{Value, json};

use crate::driver::{Driver, Timed};
use crate::pairs::Pair;

/// Pairs that one engine answers before the next has its turn.
const BATCH: usize = 10;
const BOOTSTRAP_SEED: u64 = 7;

pub(crate) struct Entrant {
    pub(crate) driver: Driver,
    /// What it is asked to do, where it can do several things.
    pub(crate) ask: &'static str,
    /// Measured rounds over all pairs.
    pub(crate) rounds: usize,
}

/// What one engine answered to the pairs of a band: by pair, then by round.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answers(Vec<Vec<Timed>>);

/// In the order of the engines.
pub(crate) fn measure(engines: &mut [Entrant], pairs: &[Pair]) -> Result<Vec<Answers>> {
    let rounds = engines.iter().map(|engine| engine.rounds).max().unwrap_or(0);
    let mut answers = vec![Answers(vec![Vec::new(); pairs.len()]); engines.len()];
    // Round 0 is not measured: it leaves every engine warm.
    for round in 0..=rounds {
        for (number, batch) in pairs.chunks(BATCH).enumerate() {
            // Who goes first changes from batch to batch and from round to round.
            for turn in 0..engines.len() {
                let at = (turn + round + number) % engines.len();
                let engine = &mut engines[at];
                if round > engine.rounds {
                    continue;
                }
                let timed = engine.driver.ask(engine.ask, batch)?;
                if round > 0 {
                    answers[at].keep(number * BATCH, timed);
                }
            }
        }
    }
    for (engine, answers) in engines.iter().zip(&answers) {
        ensure!(
            pairs.is_empty() || answers.unanswered() < pairs.len(),
            "{} finds no route at all: is its index whole?",
            engine.driver.name()
        );
    }
    Ok(answers)
}

impl Answers {
    /// By pair, then by round.
    #[cfg(test)]
    pub(crate) fn new(by_pair: Vec<Vec<Timed>>) -> Self {
        Self(by_pair)
    }

    fn keep(&mut self, first: usize, timed: Vec<Option<Timed>>) {
        for (at, answer) in timed.into_iter().enumerate() {
            self.0[first + at].extend(answer);
        }
    }

    /// Milliseconds over all answers.
    pub(crate) fn times(&self) -> Distribution {
        Distribution::of(self.0.iter().flatten().map(|timed| timed.ms))
    }

    /// How many times this engine's time is another's: the ratio of medians over pairs, each pair by its own median over rounds. Pairs are drawn whole for
    /// the interval: rounds of one pair are no new evidence of other pairs.
    pub(crate) fn over(&self, other: &Self) -> Value {
        let pairs: Vec<(f64, f64)> = self.medians().zip(other.medians()).filter_map(|(one, other)| Some((one?, other?))).collect();
        ratio(&pairs, Statistic::Median, BOOTSTRAP_SEED)
            .map_or(Value::Null, |ratio| json!({"median": ratio.median, "low": ratio.low, "high": ratio.high, "n": pairs.len()}))
    }

    pub(crate) fn pairs(&self) -> usize {
        self.0.len()
    }

    /// Of each pair; `None` where there was no route.
    pub(crate) fn medians(&self) -> impl Iterator<Item = Option<f64>> {
        self.0.iter().map(|rounds| Distribution::of(rounds.iter().map(|timed| timed.ms)).p50)
    }

    pub(crate) fn unanswered(&self) -> usize {
        self.0.iter().filter(|rounds| rounds.is_empty()).count()
    }

    /// How long this engine's routes are beside another's, on pairs that both answered: a check that both were asked the same.
    pub(crate) fn length_over(&self, other: &Self) -> Option<f64> {
        let both = self.0.iter().zip(&other.0).filter_map(|(ours, theirs)| Some((ours.first()?.length_m, theirs.first()?.length_m)));
        let (ours, theirs) = both.fold((0.0, 0.0), |sum, lengths| (sum.0 + lengths.0, sum.1 + lengths.1));
        (theirs > 0.0).then(|| ours / theirs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(by_pair: &[&[f64]]) -> Answers {
        let timed = |ms: &f64| Timed { ms: *ms, length_m: 100.0 * ms, shape_bytes: 1 };
        Answers(by_pair.iter().map(|rounds| rounds.iter().map(timed).collect()).collect())
    }

    #[test]
    fn a_pair_without_a_route_counts_nowhere() {
        let some = answers(&[&[3.0, 1.0, 2.0], &[], &[8.0]]);
        assert_eq!(some.medians().collect::<Vec<_>>(), [Some(2.0), None, Some(8.0)]);
        assert_eq!((some.pairs(), some.unanswered()), (3, 1));
        assert_eq!((some.times().n, some.times().mean), (4, Some(3.5)));
        // Only the third pair was answered by both: 800 m beside 400 m.
        assert_eq!(some.length_over(&answers(&[&[], &[1.0], &[4.0]])), Some(2.0));
        assert_eq!(some.length_over(&answers(&[&[], &[], &[]])), None);
        // By pair: 2 beside 1 and 8 beside 4, of which nearest rank takes the lower.
        let over = some.over(&answers(&[&[1.0, 1.0, 9.0], &[7.0], &[4.0]]));
        assert_eq!((&over["median"], &over["n"], &over["low"]), (&json!(2.0), &json!(2), &Value::Null));
        assert_eq!(some.over(&answers(&[&[], &[], &[]])), Value::Null);
    }

    #[test]
    fn batches_keep_their_place() {
        let mut kept = answers(&[&[], &[], &[]]);
        kept.keep(1, vec![None, Some(Timed { ms: 5.0, length_m: 1.0, shape_bytes: 1 })]);
        assert_eq!(kept.medians().collect::<Vec<_>>(), [None, None, Some(5.0)]);
    }

    /// A driver written in shell: it answers any request about two pairs, and writes down that it was asked.
    fn entrant(name: &'static str, log: &std::path::Path, rounds: usize) -> Entrant {
        let script = format!(
            r#"echo '{{"open_ns":1}}'; while read line; do echo {name} >> {log}; echo '{{"ns":[1000000,2000000],"length_m":[1,1],"shape_bytes":[1,1]}}'; done"#,
            log = log.display()
        );
        Entrant { driver: Driver::start(name, std::process::Command::new("sh").args(["-c", &script])).unwrap(), ask: "route", rounds }
    }

    #[test]
    fn engines_alternate_and_the_first_round_is_not_measured() {
        let log = std::env::temp_dir().join(format!("xtask-turns-{}", std::process::id()));
        let mut engines = [entrant("a", &log, 3), entrant("b", &log, 1)];
        let pairs = crate::pairs::tests::sample().bands[1].pairs.clone();
        let answers = measure(&mut engines, &pairs).unwrap();
        assert_eq!(answers[0].times().n, 2 * 3);
        assert_eq!(answers[1].times().n, 2);
        let asked = std::fs::read_to_string(&log).unwrap();
        std::fs::remove_file(&log).unwrap();
        assert_eq!(asked.split_whitespace().collect::<Vec<_>>(), ["a", "b", "b", "a", "a", "a"]);
    }
}
