//! From an OpenStreetMap extract to a street graph.
//!
//! ```text
//! pbf::read        ways that a bicycle may use, as `classify` sees them; their nodes; barriers
//! junctions::split ways -> segments between junctions
//! component        the largest strongly connected part, nodes renumbered along a Hilbert curve
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
//! | node with `barrier`: wall, stile, turnstile, …, or access denied | cuts the way there, unless `bicycle` says yes |
//!
//! Conditional and time-dependent tags are not read.

pub mod access;
pub mod barrier;
pub mod classify;
pub mod component;
pub mod direction;
pub mod infra;
pub mod junctions;
pub mod pbf;
pub mod report;
pub mod surface;
pub mod tags;

use std::io::{self, Read};

use crate::parts::CityParts;
pub use direction::DrivingSide;
pub use pbf::{PbfError, Progress};
pub use report::Report;

#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    #[error("cannot read the extract")]
    Pbf(#[source] PbfError),
    #[error(
        "the extract has no street network a bicycle could use ({ways_read} ways read, {ways_used} of them usable): is it the right file?"
    )]
    NoNetwork { ways_read: u64, ways_used: u64 },
}

/// Reads an extract and makes the street graph of its largest strongly connected part.
///
/// `open` is called twice, since a way's nodes stand before it in the file.
///
/// # Errors
/// When the extract cannot be read, or holds no network.
pub fn build<R: Read + Send>(
    open: impl Fn() -> io::Result<R>,
    side: DrivingSide,
    progress: &mut dyn FnMut(Progress),
) -> Result<(CityParts, Report), BuildError> {
    let mut report = Report::default();
    let extract = pbf::read(open, side, &mut report, progress).map_err(BuildError::Pbf)?;
    let network = junctions::split(&extract, &mut report);
    let (nodes, streets, classes) = component::largest(network, &mut report);
    if streets.is_empty() {
        return Err(BuildError::NoNetwork { ways_read: report.ways_read, ways_used: report.ways_used });
    }
    let parts = CityParts { nodes, streets, classes, names: extract.names, report: report.to_json(), ..CityParts::default() };
    Ok((parts, report))
}
