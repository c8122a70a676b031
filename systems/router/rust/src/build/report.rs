//! What the builder counted: nothing is dropped without a number.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::access::Dropped;
use crate::geo::{Point, UNITS_PER_DEGREE};
use crate::parts::{StreetClass, StreetPart};

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
    /// The largest that are not in the city file.
    pub components_dropped: Vec<DroppedPart>,
    /// Distinct street classes.
    pub classes: u64,
    pub junctions: JunctionCounts,
    /// Turn restrictions, by what became of them.
    pub restrictions: BTreeMap<&'static str, u64>,
    pub elevation: Option<ElevationCounts>,
    pub crashes: Option<CrashCounts>,
    /// Of map data and whatever else went in, for those who show the map.
    pub attribution: Vec<String>,
    /// The profile's TOML, whole.
    pub profile: String,
}

/// A part of the network that nobody can ride to and back from.
#[derive(Debug, Clone, Default, Serialize)]
pub struct DroppedPart {
    pub nodes: u32,
    /// A place in it: latitude, longitude.
    pub at: [f64; 2],
}

impl DroppedPart {
    pub(super) fn new(nodes: u32, at: Point) -> Self {
        Self { nodes, at: [at.lat_e7, at.lon_e7].map(|e7| f64::from(e7) / UNITS_PER_DEGREE) }
    }
}

#[derive(Debug, Clone, Default, Serialize)]
pub struct JunctionCounts {
    pub with_signals: u64,
    /// Where some turn costs or is forbidden.
    pub with_turns: u64,
    pub turns_costing: u64,
    pub turns_forbidden: u64,
    /// States that turns add to the routing graph at most: ways in, beyond one, of the junctions with turns.
    pub states_added: u64,
    /// Ways whose level of traffic stress is that of the crossing at their end.
    pub ways_raised_by_crossing: u64,
}

#[derive(Debug, Clone, Default, Serialize)]
pub struct ElevationCounts {
    pub tiles: u64,
    /// Streets with a height at every sample.
    pub streets_covered: u64,
    /// Samples that fell into a void or outside the model; bridged by their neighbours.
    pub samples_void: u64,
    pub samples: u64,
    /// On bridges and in tunnels: straight between their ends.
    pub streets_off_ground: u64,
    pub climb_km: f64,
    pub steepest_pct: u32,
}

#[derive(Debug, Clone, Default, Serialize)]
pub struct CrashCounts {
    pub rows: u64,
    pub used: u64,
    /// By reason: the rest.
    pub rows_left_out: BTreeMap<&'static str, u64>,
    pub by_severity: BTreeMap<&'static str, u64>,
    /// At a junction; the others lie on one street, or on several equally near.
    pub at_junctions: u64,
    pub years: Option<[u16; 2]>,
    /// Weight by severity and recency, before and after it was given to streets.
    pub weight: f64,
    pub weight_assigned: f64,
    /// Of the negative binomial, as estimated.
    pub dispersion: f64,
    /// Street length by factor, in km: below 100 %, 100 to 120, to 160, above.
    pub length_km_by_factor: [f64; 4],
}

/// How much street there is.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Size {
    pub nodes: u64,
    pub segments: u64,
    pub arcs: u64,
    pub points: u64,
    pub length_km: f64,
    /// Length in km by what it offers, by class, and by level of traffic stress; the mean of the two directions.
    pub length_km_by_infra: BTreeMap<&'static str, f64>,
    pub length_km_by_class: BTreeMap<&'static str, f64>,
    pub length_km_by_lts: BTreeMap<u8, f64>,
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
    pub(super) fn measure(&mut self, nodes: usize, streets: &[StreetPart], classes: &[StreetClass]) {
        *self = Self { nodes: nodes as u64, segments: streets.len() as u64, ..Self::default() };
        let mut total_mm = 0_u64;
        let (mut by_infra, mut by_class, mut by_lts) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for street in streets {
            self.arcs += [street.forward, street.backward].iter().flatten().count() as u64;
            self.points += street.line.len() as u64;
            total_mm += u64::from(street.length_mm);
            for way in [street.forward.or(street.backward), street.backward.or(street.forward)].into_iter().flatten() {
                let class = &classes[usize::from(way.class)];
                *by_infra.entry(class.infra).or_insert(0) += u64::from(street.length_mm);
                *by_class.entry(class.highway).or_insert(0) += u64::from(street.length_mm);
                *by_lts.entry(class.lts).or_insert(0) += u64::from(street.length_mm);
            }
        }
        let km = |mm: u64| (mm as f64 / 1e3).round() / 1e3;
        self.length_km = km(total_mm);
        self.length_km_by_infra = by_infra.into_iter().map(|(infra, mm)| (infra.name(), km(mm / 2))).collect();
        self.length_km_by_class = by_class.into_iter().map(|(class, mm)| (class.name(), km(mm / 2))).collect();
        self.length_km_by_lts = by_lts.into_iter().map(|(lts, mm)| (lts, km(mm / 2))).collect();
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
        writeln!(f, "offers, km  {}", offers.join(", "))?;
        let levels: Vec<String> = self.connected.length_km_by_lts.iter().map(|(lts, km)| format!("{lts}: {km:.1}")).collect();
        writeln!(
            f,
            "LTS, km     {}; {} ways raised by the crossing at their end",
            levels.join(", "),
            self.junctions.ways_raised_by_crossing
        )?;
        for part in &self.components_dropped {
            writeln!(f, "            dropped: a part of {} nodes at {:.5}, {:.5}", part.nodes, part.at[0], part.at[1])?;
        }
        let JunctionCounts { with_signals, with_turns, turns_costing, turns_forbidden, states_added, ways_raised_by_crossing: _ } =
            self.junctions;
        write!(
            f,
            "turns       {turns_costing} cost, {turns_forbidden} forbidden, at {with_turns} junctions (+ {states_added} states); {with_signals} have signals"
        )?;
        for (what, count) in &self.restrictions {
            write!(f, "\n            {count} restrictions {what}")?;
        }
        self.elevation.as_ref().map_or(Ok(()), |counts| write!(f, "\n{counts}"))?;
        self.crashes.as_ref().map_or(Ok(()), |counts| write!(f, "\n{counts}"))
    }
}

impl fmt::Display for ElevationCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tiles, streets_covered, samples_void, samples, streets_off_ground, climb_km, steepest_pct } = self;
        writeln!(f, "elevation   {tiles} tiles, {streets_covered} streets covered; {samples_void} of {samples} samples void")?;
        write!(f, "            {streets_off_ground} streets off the ground; {climb_km:.1} km of climbs, steepest street {steepest_pct} %")
    }
}

impl fmt::Display for CrashCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "crashes     {} rows, {} used, {} at junctions", self.rows, self.used, self.at_junctions)?;
        for (reason, count) in &self.rows_left_out {
            write!(f, "\n            {count} left out: {reason}")?;
        }
        let by: Vec<String> = self.by_severity.iter().map(|(severity, count)| format!("{severity} {count}")).collect();
        write!(
            f,
            "\n            {}; weight {:.2}, of which {:.2} assigned; dispersion {:.2}",
            by.join(", "),
            self.weight,
            self.weight_assigned,
            self.dispersion
        )?;
        let [fewer, usual, more, most] = self.length_km_by_factor;
        write!(f, "\n            km by factor: {fewer:.1} below 100 %, {usual:.1} to 120 %, {more:.1} to 160 %, {most:.1} above")
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { nodes, segments, arcs, points, length_km, .. } = self;
        write!(f, "{nodes} nodes, {segments} segments, {arcs} directed edges, {points} points, {length_km:.1} km")
    }
}
