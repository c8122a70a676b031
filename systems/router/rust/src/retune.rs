//! Other costs for a city that is built: a changed profile without the extract.
//!
//! A city file has no tags, but each class of street still shows what the builder knew: its highway, infrastructure and surface by name, and every factor of its stress as the
//! profile of that time made it. So [`Explained::by`] looks for [`Facts`] that the old profile turns into exactly that class, one factor at a time, and
//! [`stress::class`](crate::stress::class) makes the new class of them. The profile a city was built with is in its report; a class that this cannot explain is refused, not guessed at.
//!
//! Sometimes several facts explain a factor (40 km/h on two lanes, 50 km/h on one). They matter only where the new profile tells them apart: then the
//! default of the class is taken if it is among them, else the least of them, and the class is counted in [`Costs::ambiguous`].
//!
//! Junctions, turns and crashes are stored as results, so what they come from (`crossing`, `approach`, `turns`, `crash`, `elevation`, and the levels of
//! traffic stress) stays as built: a profile that changes those tables is refused.

use crate::city::City;
use crate::city::format::{ClassRecord, StopRecord};
use crate::parts::{Physical, Stop, StreetClass};
use crate::profile::{Profile, ProfileError, WidthStep};
use crate::stress::{self, Facts};
use crate::street::Infra;

const FACTORS: usize = 6;
/// Widths beyond this decide nothing.
const WIDTH_CM_MAX: u16 = 2000;

/// What of a city a profile decides, in memory of its own: [`City::with_costs`] reads it in place of the file's.
#[derive(Debug, Clone)]
pub struct Costs {
    pub(crate) classes: Vec<ClassRecord>,
    pub(crate) stops: Vec<StopRecord>,
    /// Classes of which more than one new one could be made.
    pub ambiguous: usize,
}

#[derive(Debug, thiserror::Error)]
pub enum RetuneError {
    #[error("the profile that the city was built with cannot be read: build the city again with this router's `router-build`")]
    Built(#[source] ProfileError),
    #[error("`{table}` of the profile is built into the city: leave it as it was, or build the city again with `router-build`")]
    Fixed { table: &'static str },
    #[error("the profile has no stop of comfort {comfort_pct}, which the city has: give `stops` a row for it")]
    Stop { comfort_pct: u8 },
    #[error("class {class} of the city ({highway}, {infra}) does not come from the profile in its report: build the city again")]
    Unexplained { class: u16, highway: &'static str, infra: &'static str },
}

impl Costs {
    /// What `profile` makes of `city`.
    ///
    /// # Errors
    /// [`RetuneError`] when the profile changes what is fixed in the file, or the file is not what its profile makes.
    pub fn new(city: &City<'_>, profile: &Profile) -> Result<Self, RetuneError> {
        let built = built_with(city)?;
        if let Some(table) = fixed(&built, profile) {
            return Err(RetuneError::Fixed { table });
        }
        let mut classes = Vec::with_capacity(city.class_count());
        let mut ambiguous = 0;
        for number in 0..u16::try_from(city.class_count()).unwrap_or(u16::MAX) {
            let class = city.class(number);
            let unexplained = || RetuneError::Unexplained { class: number, highway: class.highway.name(), infra: class.infra.name() };
            let (new, guessed) = retuned(&class, &built, profile).ok_or_else(unexplained)?;
            classes.push(ClassRecord::from(&new));
            ambiguous += usize::from(guessed);
        }
        let weights = profile.stops();
        let weight = |stop: Stop| {
            let row = weights.iter().find(|row| row.comfort_pct == stop.comfort_pct);
            row.map(StopRecord::from).ok_or(RetuneError::Stop { comfort_pct: stop.comfort_pct })
        };
        Ok(Self { classes, stops: city.stops().map(weight).collect::<Result<_, _>>()?, ambiguous })
    }
}

/// The profile that the builder wrote into the report; the default one where it wrote none.
fn built_with(city: &City<'_>) -> Result<Profile, RetuneError> {
    let report: serde_json::Value = serde_json::from_str(city.report()).unwrap_or_default();
    let text = report.get("profile").and_then(serde_json::Value::as_str).unwrap_or_default();
    Profile::parse(text).map_err(RetuneError::Built)
}

/// A table that differs and is in the file as its results only.
fn fixed(built: &Profile, profile: &Profile) -> Option<&'static str> {
    let changed = [
        ("untagged", built.untagged != profile.untagged),
        ("crossing", built.crossing != profile.crossing),
        ("approach", built.approach != profile.approach),
        ("turns", built.turns != profile.turns),
        ("crash", built.crash != profile.crash),
        ("elevation", built.elevation != profile.elevation),
    ];
    changed.into_iter().find(|(_, changed)| *changed).map(|(table, _)| table)
}

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
            let each = speeds.flat_map(|speed_kmh| built.traffic.lanes.iter().map(move |step| Facts { speed_kmh, lanes: step.from, ..plain }));
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
