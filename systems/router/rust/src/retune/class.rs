//! One class of street under another profile: the facts that explain it, and what they make now.

use crate::parts::{Physical, StreetClass};
use crate::profile::{Profile, WidthStep};
use crate::street::Infra;
use crate::stress::{self, Facts};

const FACTORS: usize = 6;
/// Widths beyond this decide nothing.
const WIDTH_CM_MAX: u16 = 2000;

/// What a class that `built` made becomes under `profile`, and whether that had to be guessed; `None` when `built` does not make such a class.
#[must_use]
pub fn retuned(class: &StreetClass, built: &Profile, profile: &Profile) -> Option<(StreetClass, bool)> {
    let plain = plain(class, built);
    let was = stress::class(&plain, built);
    if (was.effort_pct, was.boarding_dm) != (class.effort_pct, class.boarding_dm) {
        return None;
    }
    let (mut factors, mut guessed) = ([0; FACTORS], false);
    for (index, stored) in class.physical.factors().into_iter().enumerate() {
        let of = |facts: &Facts, profile: &Profile| stress::class(facts, profile).physical.factors()[index];
        let explaining = explanations(index, &plain, built).into_iter().filter(|facts| of(facts, built) == stored);
        let mut new = explaining.map(|facts| of(&facts, profile));
        factors[index] = new.next()?;
        guessed |= new.any(|other| other != factors[index]);
    }
    let new = StreetClass { lts: class.lts, physical: Physical::of_factors(factors), ..stress::class(&plain, profile) };
    Some((new, guessed))
}

/// Facts that differ in what makes the factor `index` of [`Physical::factors`], the likeliest first.
fn explanations(index: usize, plain: &Facts, built: &Profile) -> Vec<Facts> {
    let plain = *plain;
    match index {
        0 => [false, true].map(|destination_only| Facts { destination_only, ..plain }).to_vec(),
        1 => widths(built, plain).map(|width_cm| Facts { width_cm, ..plain }).collect(),
        3 => [true, false].map(|lit| Facts { lit, ..plain }).to_vec(),
        4 => [false, true].map(|tunnel| Facts { tunnel, ..plain }).to_vec(),
        5 => {
            let speeds = built.traffic.speed.iter().map(|step| step.from_kmh);
            let each =
                speeds.flat_map(|speed_kmh| built.traffic.lanes.iter().map(move |step| Facts { speed_kmh, lanes: step.from, ..plain }));
            std::iter::once(plain).chain(each).collect()
        }
        // The surface is known by name.
        _ => vec![plain],
    }
}

/// No width tagged, then one within each step of each table.
fn widths(built: &Profile, plain: Facts) -> impl Iterator<Item = Option<u16>> {
    let within = |step: &WidthStep| {
        let of_width = |width_cm: &u16| f64::from(*width_cm) / 100.0 < step.below_m;
        (0..WIDTH_CM_MAX).rev().find(of_width)
    };
    let tables = match plain.infra {
        Infra::Lane => &built.width.lane,
        Infra::Path | Infra::Track => &built.width.path,
        _ => &built.width.street,
    };
    std::iter::once(None).chain(tables.iter().map(within)).collect::<Vec<_>>().into_iter()
}

/// What an untagged street of that class is taken for, with what the class says by name.
fn plain(class: &StreetClass, built: &Profile) -> Facts {
    let usual = built.untagged.get(class.highway);
    Facts {
        highway: class.highway,
        infra: class.infra,
        surface: class.surface,
        speed_kmh: usual.map_or(0, |usual| usual.speed_kmh),
        // The profile has both directions.
        lanes: usual.map_or(1, |usual| usual.lanes.div_ceil(2)),
        laned: true,
        oneway: false,
        vehicles: 0,
        parking: false,
        width_cm: None,
        lit: true,
        tunnel: false,
        destination_only: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::street::{Highway, Surface};

    fn every_kind() -> impl Iterator<Item = Facts> {
        let streets = Highway::ALL.into_iter().flat_map(|highway| Infra::ALL.map(|infra| (highway, infra)));
        let plain = |(highway, infra)| stress::facts(highway, infra);
        streets.map(plain).flat_map(|plain| {
            [
                plain,
                Facts { surface: Surface::Cobbles, lit: false, ..plain },
                Facts { speed_kmh: 80, lanes: 3, width_cm: Some(110), ..plain },
                Facts { tunnel: true, destination_only: true, speed_kmh: 20, ..plain },
            ]
        })
    }

    #[test]
    fn the_same_profile_makes_the_same_class() {
        let profile = Profile::default();
        for facts in every_kind() {
            let class = stress::class(&facts, &profile);
            assert_eq!(retuned(&class, &profile, &profile), Some((class, false)), "{facts:?}");
        }
    }

    #[test]
    fn a_class_becomes_what_the_builder_would_make_of_it() {
        let built = Profile::default();
        let text = "[surface]\ncobbles = { effort = 190, stress = 333 }\n[lighting]\nunlit_street = 140\n[tunnel]\nstreet = 199\n[pace]\nwalk = 310\ndestination_only = 222\n\
                    [base]\nprimary = { none = 500 }\n[width]\nlane = [{ below_m = 1.2, pct = 144 }, { below_m = 1.5, pct = 120 }]";
        let wanted = Profile::parse(text).unwrap();
        for facts in every_kind() {
            let (new, guessed) = retuned(&stress::class(&facts, &built), &built, &wanted).unwrap();
            let expected = stress::class(&facts, &wanted);
            assert_eq!(StreetClass { lts: new.lts, ..expected }, new, "{facts:?}");
            assert!(!guessed);
        }
    }

    #[test]
    fn what_the_profile_cannot_have_made_is_refused() {
        let profile = Profile::default();
        let class = stress::class(&stress::facts(Highway::Primary, Infra::None), &profile);
        let odd = StreetClass { physical: Physical { base: 999, ..class.physical }, ..class };
        assert_eq!(retuned(&odd, &profile, &profile), None);
        assert_eq!(retuned(&StreetClass { effort_pct: 101, ..class }, &profile, &profile), None);
    }

    #[test]
    fn traffic_that_several_facts_explain_is_guessed_and_said() {
        let built = Profile::parse("[traffic]\nlanes = [{ from = 1, pct = 100 }, { from = 2, pct = 114 }]").unwrap();
        let wanted = Profile::parse("[traffic]\nlanes = [{ from = 1, pct = 100 }, { from = 2, pct = 150 }]").unwrap();
        // 114 %: 40 km/h on one lane, or 20 km/h on two.
        let facts = Facts { speed_kmh: 40, ..stress::facts(Highway::Residential, Infra::None) };
        let (new, guessed) = retuned(&stress::class(&facts, &built), &built, &wanted).unwrap();
        assert!(guessed && [114, 150].contains(&new.physical.traffic));
    }
}
