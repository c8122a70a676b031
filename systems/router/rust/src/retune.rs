//! Other costs for a city that is built: a changed profile without the extract.
//!
//! A city file has no tags, but each class of street still shows what the builder knew: its highway, infrastructure and surface by name, and every factor of its stress as the
//! profile of that time made it. So [`retuned`] looks for [`Facts`](crate::stress::Facts) that the old profile turns into exactly that class, one factor at a time, and
//! [`stress::class`](crate::stress::class) makes the new class of them. The profile a city was built with is in its report; a class that this cannot explain is refused, not guessed at.
//!
//! Sometimes several facts explain a factor (40 km/h on two lanes, 50 km/h on one). They matter only where the new profile tells them apart: then the
//! default of the class is taken if it is among them, else the least of them, and the class is counted in [`Costs::ambiguous`].
//!
//! Junctions, turns and crashes are stored as results, so what they come from (`crossing`, `approach`, `turns`, `crash`, `elevation`, and the levels of
//! traffic stress) stays as built: a profile that changes those tables is refused.

mod class;

pub use class::retuned;

use crate::cch::{CchError, Graph, Pack, Topology};
use crate::city::City;
use crate::city::format::{ClassRecord, StopRecord};
use crate::limits::ARC_COST_MAX;
use crate::parts::{Linear, Stop, turn};
use crate::profile::{Profile, ProfileError};

/// What of a city a profile decides, in memory of its own, with the index customized for it.
#[derive(Debug, Clone)]
pub struct Costs {
    classes: Vec<ClassRecord>,
    stops: Vec<StopRecord>,
    index: Pack,
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
    #[error("the city's index cannot be customized")]
    Index(#[source] CchError),
}

impl Costs {
    /// What `profile` makes of `city`, at those of its stops that are asked for (indices, ascending). `topology` is [`topology`] of the same city.
    ///
    /// # Errors
    /// [`RetuneError`] when the profile changes what is fixed in the file, or the file is not what its profile makes.
    pub fn new(city: &City<'_>, profile: &Profile, stops: &[usize], topology: &Topology, threads: usize) -> Result<Self, RetuneError> {
        let built = built_with(city)?;
        if let Some(table) = fixed(&built, profile) {
            return Err(RetuneError::Fixed { table });
        }
        let (classes, ambiguous) = classes(city, &built, profile)?;
        let rows = profile.stops();
        let weighed = |stop: &usize| {
            let comfort_pct = city.stop(*stop).comfort_pct;
            rows.iter().find(|row| row.comfort_pct == comfort_pct).copied().ok_or(RetuneError::Stop { comfort_pct })
        };
        let stops = stops.iter().map(weighed).collect::<Result<Vec<Stop>, _>>()?;
        let records: Vec<StopRecord> = stops.iter().map(StopRecord::from).collect();
        let tuned = city.retuned(&classes, city.turn_records(), &records, city.index());
        let weights: Vec<u32> = stops.iter().map(|stop| u32::from(stop.stress_weight)).collect();
        let index = if let [stop] = stops[..] {
            // Asked once for each arc, and by all threads.
            Pack::new(topology, &weights, |_, arc| tuned.cost(arc, stop), threads)
        } else {
            let arcs = arc_costs(&tuned);
            let cost = |stop: usize, arc: u32| arcs[arc as usize].iter().map(|part| part.at(stops[stop])).sum::<u32>();
            Pack::new(topology, &weights, cost, threads)
        };
        let index = index.map_err(RetuneError::Index)?;
        Ok(Self { classes, stops: records, index, ambiguous })
    }

    /// `city`, the one that this was made for, at these costs.
    #[must_use]
    pub fn of<'a>(&'a self, city: &City<'a>) -> City<'a> {
        city.retuned(&self.classes, city.turn_records(), &self.stops, self.index.view())
    }
}

/// The hierarchy of a city's routing graph, which is the same whatever the costs: to be made once for any number of [`Costs`].
///
/// # Errors
/// When the file is damaged.
pub fn topology(city: &City<'_>) -> Result<Topology, RetuneError> {
    let (first_out, head) = city.graph();
    Graph::new(first_out, &head).and_then(|graph| Topology::new(&graph)).map_err(RetuneError::Index)
}

/// The classes of `city` under another profile, and how many had to be guessed.
fn classes(city: &City<'_>, built: &Profile, profile: &Profile) -> Result<(Vec<ClassRecord>, usize), RetuneError> {
    let (mut classes, mut ambiguous) = (Vec::with_capacity(city.class_count()), 0);
    for number in 0..u16::try_from(city.class_count()).unwrap_or(u16::MAX) {
        let class = city.class(number);
        let unexplained = || RetuneError::Unexplained { class: number, highway: class.highway.name(), infra: class.infra.name() };
        let (new, guessed) = retuned(&class, built, profile).ok_or_else(unexplained)?;
        classes.push(ClassRecord::from(&new));
        ambiguous += usize::from(guessed);
    }
    Ok((classes, ambiguous))
}

/// Of each arc, the costs of its way and of its turn.
fn arc_costs(city: &City<'_>) -> Vec<[Linear; 2]> {
    let closed = Linear { base: ARC_COST_MAX, slope: 0 };
    let of = |arc: u32| {
        let (segment, direction) = city.street(arc);
        let (delay_dm, stress_dm) = city.turn_parts(city.turn(arc));
        [city.way_costs(segment, direction).map_or(closed, |costs| costs.linear()), turn(delay_dm, stress_dm)]
    };
    (0_u32..).take(city.arc_count()).map(of).collect()
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
