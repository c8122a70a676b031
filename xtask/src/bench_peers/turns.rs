//! The measurement itself: engines take turns over the same pairs.

use anyhow::{Result, ensure};
use ferry_lab::Distribution;

use super::batches;
use crate::driver::{Driver, Timed};
use crate::pairs::Pair;

pub(super) struct Entrant {
    pub(super) driver: Driver,
    /// What it is asked to do, where it can do several things.
    pub(super) ask: &'static str,
    /// Measured rounds over all pairs.
    pub(super) rounds: usize,
}

/// What one engine answered to the pairs of a band: by pair, then by round.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Answers(Vec<Vec<Timed>>);

/// In the order of the engines.
pub(super) fn measure(engines: &mut [Entrant], pairs: &[Pair]) -> Result<Vec<Answers>> {
    let rounds = engines.iter().map(|engine| engine.rounds).max().unwrap_or(0);
    let mut answers = vec![Answers(vec![Vec::new(); pairs.len()]); engines.len()];
    // Round 0 is not measured: it leaves every engine warm.
    for round in 0..=rounds {
        for (number, (first, batch)) in batches(pairs).enumerate() {
            for turn in 0..engines.len() {
                let at = (turn + round + number) % engines.len();
                let engine = &mut engines[at];
                if round > engine.rounds {
                    continue;
                }
                let timed = engine.driver.ask(engine.ask, batch)?;
                if round > 0 {
                    answers[at].keep(first, timed);
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
    fn keep(&mut self, first: usize, timed: Vec<Option<Timed>>) {
        for (at, answer) in timed.into_iter().enumerate() {
            self.0[first + at].extend(answer);
        }
    }

    pub(super) fn pairs(&self) -> usize {
        self.0.len()
    }

    pub(super) fn all(&self) -> impl Iterator<Item = f64> {
        self.0.iter().flatten().map(|timed| timed.ms)
    }

    /// Of each pair; `None` where there was no route.
    pub(super) fn medians(&self) -> impl Iterator<Item = Option<f64>> {
        self.0.iter().map(|rounds| Distribution::of(rounds.iter().map(|timed| timed.ms)).p50)
    }

    pub(super) fn unanswered(&self) -> usize {
        self.0.iter().filter(|rounds| rounds.is_empty()).count()
    }

    /// How long this engine's routes are beside another's, on pairs that both answered: a check that both were asked the same.
    pub(super) fn length_over(&self, other: &Self) -> Option<f64> {
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
        assert_eq!(some.all().sum::<f64>(), 14.0);
        // Only the third pair was answered by both: 800 m beside 400 m.
        assert_eq!(some.length_over(&answers(&[&[], &[1.0], &[4.0]])), Some(2.0));
        assert_eq!(some.length_over(&answers(&[&[], &[], &[]])), None);
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
        assert_eq!(answers[0].all().count(), 2 * 3);
        assert_eq!(answers[1].all().count(), 2);
        let asked = std::fs::read_to_string(&log).unwrap();
        std::fs::remove_file(&log).unwrap();
        assert_eq!(asked.split_whitespace().collect::<Vec<_>>(), ["a", "b", "b", "a", "a", "a"]);
    }
}
