//! Junctions: the stress of arriving, the turns that cost, and those that are forbidden. What they cost is [`crate::stress::junction`].

use std::collections::{BTreeMap, HashMap};

use super::BuildError;
use super::classes::Classes;
use super::control::Marks;
use super::direction::DrivingSide;
use super::junctions::Network;
use super::legs::{Leg, Legs, Side};
use super::pbf::Extract;
use super::report::Report;
use super::restriction::Restriction;
use crate::city::Direction;
use crate::parts::{TurnKind, TurnPart, TurnRule, WayPart};
use crate::profile::Profile;
use crate::stress::junction::{Crossing, Help, Turn, TurnKinds};
use crate::stress::lts;

type Riding = (u32, Direction);

/// Turns by what they leave and what they enter.
type Turns = BTreeMap<(u32, u8, u32, u8), TurnRule>;

/// Sets every approach of the network, and lists the turns that are not free.
pub(super) fn junctions(
    network: &mut Network,
    extract: &mut Extract,
    classes: &mut Classes<'_>,
    profile: &Profile,
    side: DrivingSide,
    report: &mut Report,
) -> Result<(Vec<TurnPart>, Vec<TurnKind>), BuildError> {
    let legs = Legs::of(network, extract);
    let mut kinds = TurnKinds::new(profile);
    let mut turns = Turns::new();
    for node in 0..network.nodes.len() {
        let marks = extract.node_marks[network.node_origins[node] as usize];
        let junction = Junction { legs: legs.at(node), marks, profile, keeps_left: side == DrivingSide::Left };
        report.junctions.with_signals += u64::from(junction.legs.iter().any(|leg| junction.has_signals(leg)) && junction.legs.len() > 2);
        junction.turns(&mut kinds, &mut turns);
        for leg in junction.legs.iter().filter(|leg| leg.enters) {
            let (stress_dm, level) = junction.approach(leg);
            if let Some(way) = way_of(network, (leg.street, leg.inward)) {
                way.junction_dm = u16::try_from(stress_dm).unwrap_or(u16::MAX);
                let raised = classes.raised(way.class, level)?;
                report.junctions.ways_raised_by_crossing += u64::from(raised != way.class);
                way.class = raised;
            }
        }
    }
    let restrictions = std::mem::take(&mut extract.restrictions);
    report.restrictions = restrictions.counts;
    let nodes: HashMap<u32, usize> = network.node_origins.iter().zip(0..).map(|(origin, node)| (*origin, node)).collect();
    for restriction in &restrictions.list {
        let node = extract.node(restriction.via).and_then(|origin| nodes.get(&u32::try_from(origin).ok()?));
        let outcome = node.map_or("not in the network", |node| forbid(restriction, legs.at(*node), network, extract, &mut turns));
        *report.restrictions.entry(outcome).or_default() += 1;
    }
    count(&turns, network, &legs, report);
    Ok((turns.into_iter().map(|(key, rule)| part(key, rule)).collect(), kinds.into_list()))
}

fn way_of(network: &mut Network, (street, direction): Riding) -> Option<&mut WayPart> {
    let street = &mut network.streets[street as usize];
    if direction == Direction::Forward { street.forward.as_mut() } else { street.backward.as_mut() }
}

fn key(from: &Leg, to: &Leg) -> (u32, u8, u32, u8) {
    (from.street, from.inward as u8, to.street, to.outward() as u8)
}

fn part((from, arriving, to, leaving): (u32, u8, u32, u8), rule: TurnRule) -> TurnPart {
    let direction = |byte| if byte == Direction::Forward as u8 { Direction::Forward } else { Direction::Backward };
    TurnPart { from: (from, direction(arriving)), to: (to, direction(leaving)), rule }
}

struct Junction<'a> {
    legs: &'a [Leg],
    marks: Marks,
    profile: &'a Profile,
    keeps_left: bool,
}

impl Junction<'_> {
    fn has_signals(&self, leg: &Leg) -> bool {
        self.marks.has_signals() || leg.before.has_signals()
    }

    /// Whether turns are told apart here.
    fn is_told_apart(&self) -> bool {
        let busy = |leg: &Leg| leg.motor && leg.highway <= self.profile.turns.busy;
        self.legs.len() > 2 && self.legs.iter().any(busy) && !self.legs.iter().any(|leg| leg.roundabout)
    }

    /// Where the street ridden goes on.
    fn continuation(&self, from: &Leg) -> Option<&Leg> {
        let others = self.legs.iter().filter(|leg| leg.street != from.street && leg.highway == from.highway && from.is_straight(leg));
        others.min_by(|a, b| from.turn_deg(a).abs().total_cmp(&from.turn_deg(b).abs()))
    }

    /// The busiest street that meets the one ridden, unless that has the right of way.
    fn crossed(&self, from: &Leg) -> Option<(&Leg, Crossing)> {
        if from.roundabout || self.legs.len() < 3 {
            return None;
        }
        let on = self.continuation(from).map(|leg| leg.street);
        let others = self.legs.iter().filter(|leg| leg.motor && leg.street != from.street && Some(leg.street) != on);
        let busiest = others.min_by_key(|leg| leg.highway).filter(|leg| self.profile.crossing.get(leg.highway).is_some())?;
        if from.motor && busiest.highway > from.highway {
            return None;
        }
        let equal = from.motor && busiest.highway == from.highway;
        // A side street ends at one's own.
        if equal && on.is_some() && self.legs.len() == 3 {
            return None;
        }
        Some((busiest, Crossing { highway: busiest.highway, help: self.help(from, busiest), equal }))
    }

    fn help(&self, from: &Leg, busiest: &Leg) -> Help {
        let crossed = || self.legs.iter().filter(|leg| leg.motor && leg.highway == busiest.highway && leg.street != from.street);
        let yields = |leg: &Leg| leg.before.has(Marks::YIELD_FORWARD) || leg.before.has(Marks::YIELD_BACKWARD);
        if self.has_signals(from) || crossed().any(|leg| leg.before.has_signals()) {
            Help::Signals
        } else if self.marks.has(Marks::ALL_WAY_STOP) || from.before.has(Marks::ALL_WAY_STOP) {
            Help::AllWayStop
        } else if busiest.roundabout {
            Help::Roundabout
        } else if self.marks.has(Marks::ISLAND) {
            Help::Island
        } else if self.marks.has(Marks::MARKED) || (!yields(from) && crossed().filter(|leg| leg.motor_enters).all(yields)) {
            Help::Marked
        } else {
            Help::None
        }
    }

    /// Whether going from one leg to another passes over a street with legs on both sides.
    fn goes_over(&self, from: &Leg, to: &Leg, highway: crate::street::Highway) -> bool {
        let bound = from.turn_deg(to);
        let mut sides = [false; 2];
        for leg in
            self.legs.iter().filter(|leg| leg.motor && leg.highway == highway && leg.street != from.street && leg.street != to.street)
        {
            sides[usize::from(from.turn_deg(leg) > bound)] = true;
        }
        sides == [true; 2]
    }

    /// Stress of arriving in dm, and the level of the crossing ahead.
    fn approach(&self, from: &Leg) -> (u32, u8) {
        let legs = u32::try_from(self.legs.len()).unwrap_or(u32::MAX);
        let Some((busiest, crossing)) = self.crossed(from) else {
            let signals = if legs > 2 && self.has_signals(from) { self.profile.approach.signals_m } else { 0 };
            return (10 * (u32::from(self.profile.approach.minor_m) * legs.saturating_sub(2) + u32::from(signals)), 1);
        };
        let whole = crossing.stress_dm(self.profile);
        let stress = if self.is_told_apart() { whole * u32::from(self.profile.turns.near_pct) / 100 } else { whole };
        let unsignalised = matches!(crossing.help, Help::None | Help::Marked | Help::Island) && !crossing.equal && !from.on_foot;
        let goes_over = || {
            let ahead = self.legs.iter().filter(|to| to.street != from.street && to.leaves && !(to.motor && to.highway == busiest.highway));
            ahead.into_iter().any(|to| self.goes_over(from, to, busiest.highway))
        };
        let level =
            if unsignalised && goes_over() { lts::of_crossing(busiest.speed_kmh, busiest.lanes, crossing.help == Help::Island) } else { 1 };
        (stress, level)
    }

    fn turns(&self, kinds: &mut TurnKinds<'_>, turns: &mut Turns) {
        if !self.is_told_apart() {
            return;
        }
        for from in self.legs.iter().filter(|leg| leg.enters) {
            for to in self.legs.iter().filter(|leg| leg.leaves) {
                let kind = self.turn(from, to).and_then(|turn| kinds.id(turn));
                if let Some(kind) = kind {
                    turns.insert(key(from, to), TurnRule::Kind(kind));
                }
            }
        }
    }

    fn turn(&self, from: &Leg, to: &Leg) -> Option<Turn> {
        if from.street == to.street && from.inward == to.inward {
            let another = self.legs.iter().any(|leg| leg.leaves && (leg.street != from.street || leg.inward != from.inward));
            return another.then_some(Turn::UTurn);
        }
        let side = from.side(to, self.keeps_left);
        if let Some((_, crossing)) = self.crossed(from) {
            if to.motor && to.highway == crossing.highway && self.continuation(from).is_none_or(|on| on.street != to.street) {
                return (side == Side::Far).then_some(Turn::ToFarSide(crossing));
            }
            return self.goes_over(from, to, crossing.highway).then_some(Turn::Over(crossing));
        }
        let oncoming = |leg: &Leg| leg.motor_enters && leg.street != to.street && leg.highway == from.highway && from.is_straight(leg);
        let leaves = from.motor && side == Side::Far && self.legs.iter().any(oncoming);
        (leaves && self.profile.turns.leave_m.get(from.highway).is_some()).then(|| Turn::Leave {
            highway: from.highway,
            signals: self.has_signals(from),
            track: from.on_track,
        })
    }
}

/// Forbids what a restriction forbids, and says what became of it. Turning back stays possible unless just that is forbidden, so that no street becomes a trap.
fn forbid(restriction: &Restriction, legs: &[Leg], network: &Network, extract: &Extract, turns: &mut Turns) -> &'static str {
    let way_id = |leg: &Leg| extract.ways[network.origins[leg.street as usize].way as usize].id;
    let of = |ids: &[i64], leg: &Leg| ids.contains(&way_id(leg)) && !leg.on_foot;
    let from: Vec<&Leg> = legs.iter().filter(|leg| leg.enters && of(&restriction.from, leg)).collect();
    let to: Vec<&Leg> = legs.iter().filter(|leg| leg.leaves && of(&restriction.to, leg)).collect();
    if from.is_empty() || to.is_empty() {
        return "not in the network";
    }
    if from.len() > restriction.from.len() {
        return "not read: its way passes the junction";
    }
    let turns_back = |a: &Leg, b: &Leg| a.street == b.street && a.inward == b.inward;
    for a in from {
        for b in legs.iter().filter(|leg| leg.leaves && !leg.on_foot) {
            let named = to.iter().any(|leg| leg.street == b.street && leg.inward == b.inward);
            let forbidden = if restriction.only { !named && !turns_back(a, b) } else { named };
            if forbidden {
                turns.insert(key(a, b), TurnRule::Forbidden);
            }
        }
    }
    "held to"
}

fn count(turns: &Turns, network: &Network, legs: &Legs, report: &mut Report) {
    let counts = &mut report.junctions;
    counts.turns_forbidden = turns.values().filter(|rule| **rule == TurnRule::Forbidden).count() as u64;
    counts.turns_costing = turns.len() as u64 - counts.turns_forbidden;
    let mut nodes: Vec<u32> = turns
        .keys()
        .map(|(street, arriving, ..)| {
            let street = &network.streets[*street as usize];
            if *arriving == Direction::Forward as u8 { street.head } else { street.tail }
        })
        .collect();
    nodes.sort_unstable();
    nodes.dedup();
    counts.with_turns = nodes.len() as u64;
    let ways_in = |node: &u32| legs.at(*node as usize).iter().filter(|leg| leg.enters).count() as u64;
    counts.states_added = nodes.iter().map(|node| ways_in(node).saturating_sub(1)).sum();
}
