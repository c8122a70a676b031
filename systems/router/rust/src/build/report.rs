//! What the builder counted: nothing is dropped without a number.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::access::Dropped;
use crate::geo::Point;
use crate::parts::{StreetClass, StreetPart};
use crate::street::Infra;

#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// Ways with a street class or a ferry route.
    pub ways_read: u64,
    pub ways_used: u64,
    /// By reason: the rest.
    pub ways_dropped: BTreeMap<&'static str, u64>,
    /// Nodes that ways refer to and the extract does not hold; ways are cut there.
    pub nodes_missing: u64,
    /// Nodes that stop bicycles.
    pub barriers: u64,
    /// All usable ways.
    pub network: Size,
    /// The largest strongly connected part: what the city file holds.
    pub connected: Size,
    /// Strongly connected parts, singles included.
    pub components: u64,
}

/// How much street there is.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Size {
    pub nodes: u64,
    pub segments: u64,
    pub arcs: u64,
    pub points: u64,
    pub length_km: f64,
    /// Length by what it offers, in km; the mean of the two directions.
    pub length_km_by_infra: BTreeMap<&'static str, f64>,
}

impl Report {
    pub(super) fn drop(&mut self, why: Dropped) {
        *self.ways_dropped.entry(why.reason()).or_default() += 1;
    }

    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl Size {
    #[expect(clippy::cast_precision_loss, reason = "millimetres of street: exact below 9 million km")]
    pub(super) fn measure(&mut self, nodes: &[Point], streets: &[StreetPart], classes: &[StreetClass]) {
        self.nodes = nodes.len() as u64;
        self.segments = streets.len() as u64;
        let (mut total_mm, mut half_mm) = (0_u64, BTreeMap::<Infra, u64>::new());
        for street in streets {
            let open = [street.forward, street.backward];
            self.arcs += open.iter().flatten().count() as u64;
            self.points += street.line.len() as u64;
            total_mm += u64::from(street.length_mm);
            for way in [street.forward.or(street.backward), street.backward.or(street.forward)].into_iter().flatten() {
                *half_mm.entry(classes[usize::from(way.class)].infra).or_default() += u64::from(street.length_mm);
            }
        }
        let km = |mm: u64| (mm as f64 / 1e3).round() / 1e3;
        self.length_km = km(total_mm);
        self.length_km_by_infra = half_mm.into_iter().map(|(infra, mm)| (infra.name(), km(mm / 2))).collect();
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "ways        {} read, {} used", self.ways_read, self.ways_used)?;
        for (reason, count) in &self.ways_dropped {
            writeln!(f, "            {count} dropped: {reason}")?;
        }
        writeln!(f, "nodes       {} missing from the extract, {} barriers that stop bicycles", self.nodes_missing, self.barriers)?;
        writeln!(f, "network     {}", self.network)?;
        writeln!(f, "connected   {}", self.connected)?;
        #[expect(clippy::cast_precision_loss, reason = "counts for a percentage")]
        let share = 100.0 * self.connected.nodes as f64 / self.network.nodes.max(1) as f64;
        let length_share = 100.0 * self.connected.length_km / self.network.length_km.max(0.001);
        writeln!(f, "            {share:.1} % of nodes, {length_share:.1} % of length; {} parts in all", self.components)?;
        let offers: Vec<String> = self.connected.length_km_by_infra.iter().map(|(infra, km)| format!("{infra} {km:.1}")).collect();
        write!(f, "offers, km  {}", offers.join(", "))
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { nodes, segments, arcs, points, length_km, length_km_by_infra: _ } = self;
        write!(f, "{nodes} nodes, {segments} segments, {arcs} directed edges, {points} points, {length_km:.1} km")
    }
}
