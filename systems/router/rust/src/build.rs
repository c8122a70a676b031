//! From an OpenStreetMap extract to a street graph.
//!
//! ```text
//! pbf::read        ways that a bicycle may use, as `classify` sees them; their nodes, barriers, signals; turn restrictions
//! junctions::split ways -> streets between junctions, each direction with its class ([`crate::stress`])
//! component        the largest strongly connected part, nodes renumbered along a Hilbert curve
//! turns            stress of approaches, turns that cost or are forbidden
//! elevation        climb and descent                           (with a height model: [`crate::elevation`])
//! crash            what crashes make of each street's stress   (with crash files: [`crate::crash`])
//! ```
//!
//! **Which ways, which directions** (each row is a test in [`access`], [`direction`], [`barrier`] or `tests/it`):
//!
//! | tags | rule |
//! |---|---|
//! | `highway` motorway, `motorroad=yes`, busway | no, unless `bicycle` says yes |
//! | trunk … service, road, living_street, track, cycleway, path | ride |
//! | footway, pedestrian, bridleway; path with `foot` or `horse=designated` | push, unless `bicycle` says yes |
//! | steps | carry; with a ramp (`ramp:bicycle=yes` or `bicycle=yes`) somewhat easier |
//! | construction, proposed, abandoned, … ; raceway, corridor, platform, … | no |
//! | `area=yes` | no: its rim is not a street |
//! | `route=ferry` | ride, unless forbidden |
//! | `sac_scale` beyond hiking | no |
//! | most specific of `bicycle`, `vehicle`, `access` decides | |
//! | `bicycle=yes, designated, permissive, official, optional_sidepath` | ride |
//! | `bicycle=dismount` | push |
//! | `bicycle=no, private, use_sidepath` | no |
//! | `vehicle=no` or private, without `bicycle` | push, unless `foot=no` |
//! | `access=no` or private, without `bicycle` or `vehicle` | no; push where `foot` says yes |
//! | `destination, customers, delivery` | allowed, dearer |
//! | `oneway=yes`, `-1`; `junction=roundabout, circular`; motorway | one way |
//! | `oneway=reversible` | no: nobody knows which way now |
//! | `oneway:bicycle` | overrides `oneway` |
//! | `cycleway[:left, :right, :both]=opposite*` | opens the reverse |
//! | `cycleway:SIDE:oneway=no` or against the street | opens the reverse |
//! | a lane or track on one or both sides of a oneway | does **not** open the reverse |
//! | `bicycle:forward`, `bicycle:backward` `=no, use_sidepath` | closes that direction |
//! | pushing | both directions, always: who pushes is on foot |
//! | `restriction=no_*`, `only_*` over a node, `restriction:bicycle`; not with `except=bicycle` | forbids turns, not to those on foot; turning back stays possible |
//! | node with `barrier`: wall, stile, turnstile, …, or access denied | cuts the way there, unless `bicycle` says yes |
//!
//! Conditional and time-dependent tags are not read, nor turn restrictions over ways (counted).

pub mod access;
pub mod barrier;
pub mod classes;
pub mod classify;
pub mod component;
pub mod control;
pub mod direction;
pub mod infra;
pub mod junctions;
mod legs;
pub mod mirror;
pub mod pbf;
pub mod plan;
pub mod recipe;
pub mod report;
pub mod restriction;
mod setting;
mod speed;
pub mod surface;
pub mod tags;
mod turns;
mod write;

use std::io::{self, Read};

use crate::crash;
use crate::elevation;
use crate::parts::CityParts;
pub use direction::DrivingSide;
pub use pbf::{PbfError, Progress};
pub use plan::Plan;
pub use report::Report;

#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    #[error("cannot read the extract")]
    Pbf(#[source] PbfError),
    #[error(
        "the extract has no street network a bicycle could use ({ways_read} ways read, {ways_used} of them usable): is it the right file?"
    )]
    NoNetwork { ways_read: u64, ways_used: u64 },
    #[error("the streets are of more than 65,535 distinct classes: give the profile fewer steps of width, speed or lanes")]
    TooManyClasses,
}

/// Reads an extract with the default profile, without crashes and heights: [`build_with`] in short.
///
/// # Errors
/// When the extract cannot be read, or holds no network.
pub fn build<R: Read + Send>(
    open: impl Fn() -> io::Result<R>,
    side: DrivingSide,
    progress: &mut dyn FnMut(Progress),
) -> Result<(CityParts, Report), BuildError> {
    build_with(open, &Plan { side, ..Plan::default() }, progress)
}

/// Reads an extract and makes the street graph of its largest strongly connected part.
///
/// `open` is called twice, since a way's nodes stand before it in the file. Heights are read from the plan's model as they are needed.
///
/// # Errors
/// When the extract cannot be read, or holds no network.
pub fn build_with<R: Read + Send>(
    open: impl Fn() -> io::Result<R>,
    plan: &Plan,
    progress: &mut dyn FnMut(Progress),
) -> Result<(CityParts, Report), BuildError> {
    let mut report = Report { attribution: plan.attribution.clone(), profile: plan.profile_text.clone(), ..Report::default() };
    let profile = &plan.profile;
    let mut extract = pbf::read(open, plan.side, profile, &mut report, progress).map_err(BuildError::Pbf)?;
    let mut classes = classes::Classes::new(profile);
    let network = junctions::split(&extract, &mut classes, &mut report)?;
    let mut network = component::largest(network, classes.list(), &mut report);
    if network.streets.is_empty() {
        return Err(BuildError::NoNetwork { ways_read: report.ways_read, ways_used: report.ways_used });
    }
    let (turns, turn_kinds) = turns::junctions(&mut network, &mut extract, &mut classes, profile, plan.side, &mut report)?;
    report.connected.measure(network.nodes.len(), &network.streets, classes.list());
    report.classes = classes.list().len() as u64;
    let junctions::Network { nodes, mut streets, origins, .. } = network;
    if let Some(model) = &plan.heights {
        let off_ground = |street: usize| extract.ways[origins[street].way as usize].usable.off_ground;
        report.elevation = Some(elevation::climb::climbs(model, &mut streets, off_ground, &profile.elevation));
    }
    let mut crashes = Vec::new();
    if let Some(read) = &plan.crashes {
        let (parts, counts) = crash::apply(read, &nodes, &mut streets, classes.list(), &profile.crash);
        (crashes, report.crashes) = (parts, Some(counts));
    }
    let parts = CityParts {
        name: plan.name.clone(),
        nodes,
        streets,
        classes: classes.into_list(),
        names: extract.names,
        turns,
        turn_kinds,
        crashes,
        stops: profile.some_stops(plan.stops),
        report: report.to_json(),
    };
    Ok((parts, report))
}
