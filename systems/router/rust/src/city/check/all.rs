//! Every checksum, and every invariant of [`crate::city`].

use xxhash_rust::xxh3::xxh3_64;

use super::{Checked, CityError, SectionKind};
use crate::city::format::{ALIGNMENT, CLOSED, EXPANDED, HEADER_BYTES, NONE, Segment};
use crate::city::routing::street_of;
use crate::city::{City, Direction};
use crate::geo::Point;
use crate::street::{Highway, Infra, Surface};

pub(in crate::city) fn all(city: &City<'_>) -> Checked<()> {
    check_sums(city)?;
    check_names(city)?;
    check_points(city)?;
    check_tables(city)?;
    check_segments(city)?;
    check_grid(city)?;
    check_states(city)?;
    check_arcs(city)?;
    check_index(city)
}

fn check_index(city: &City<'_>) -> Checked<()> {
    let weights = city.stops.iter().map(|stop| u32::from(stop.stress_weight));
    if !weights.eq(city.index.stops.iter().copied()) {
        return Err(fault(SectionKind::IndexStops, 0, "are not the city's"));
    }
    city.index.check(city.arc_way.len()).map_err(CityError::Index)
}

const fn fault(section: SectionKind, index: usize, problem: &'static str) -> CityError {
    CityError::Invariant { section, index, problem }
}

fn check_sums(city: &City<'_>) -> Checked<()> {
    let mut start = HEADER_BYTES;
    for (slot, kind) in city.header.slots.iter().zip(SectionKind::ALL) {
        // The table was found in order when the city was opened.
        let end = start + usize::try_from(slot.bytes).unwrap_or(usize::MAX).next_multiple_of(ALIGNMENT);
        if xxh3_64(city.bytes.get(start..end).unwrap_or_default()) != slot.checksum {
            return Err(CityError::Checksum { part: format!("section {kind:?}") });
        }
        start = end;
    }
    Ok(())
}

/// `first` starts at 0, never falls and ends at `end`.
fn check_offsets(section: SectionKind, first: &[u32], end: usize) -> Checked<()> {
    if first.first() != Some(&0) || first.last().map(|last| *last as usize) != Some(end) {
        return Err(fault(section, 0, "does not span its array"));
    }
    first.windows(2).position(|pair| pair[1] < pair[0]).map_or(Ok(()), |index| Err(fault(section, index, "falls")))
}

fn check_names(city: &City<'_>) -> Checked<()> {
    let utf8 = |bytes| std::str::from_utf8(bytes).map_err(|error: std::str::Utf8Error| error.valid_up_to());
    utf8(city.report).map_err(|at| fault(SectionKind::Report, at, "is not UTF-8"))?;
    let names = utf8(city.name_bytes).map_err(|at| fault(SectionKind::NameBytes, at, "is not UTF-8"))?;
    check_offsets(SectionKind::FirstNameByte, city.first_name_byte, names.len())?;
    if let Some(index) = city.first_name_byte.iter().position(|byte| !names.is_char_boundary(*byte as usize)) {
        return Err(fault(SectionKind::FirstNameByte, index, "splits a character"));
    }
    let count = city.first_name_byte.len() - 1;
    let good = |name: &u32| *name == NONE || (*name as usize) < count;
    if let Some(index) = city.segment_name.iter().position(|name| !good(name)) {
        return Err(fault(SectionKind::SegmentName, index, "is no name"));
    }
    let named = city.turn_kinds.iter().position(|turn| !good(&turn.name));
    named.map_or(Ok(()), |index| Err(fault(SectionKind::TurnKinds, index, "has no name")))
}

fn check_points(city: &City<'_>) -> Checked<()> {
    let off_earth = |point: &Point| !point.is_on_earth();
    if let Some(index) = city.node_point.iter().position(off_earth) {
        return Err(fault(SectionKind::NodePoint, index, "is not on Earth"));
    }
    let crash = city.crashes.iter().position(|crash| off_earth(&crash.point) || crash.severity > 4);
    crash.map_or(Ok(()), |index| Err(fault(SectionKind::Crashes, index, "is not on Earth, or of no known severity")))
}

fn check_tables(city: &City<'_>) -> Checked<()> {
    for (index, class) in city.classes.iter().enumerate() {
        let known = Highway::from_byte(class.highway).is_some() && Infra::from_byte(class.infra).is_some();
        let known = known && Surface::from_byte(class.surface).is_some() && (1..=4).contains(&class.lts) && class.effort_pct >= 100;
        let physical_pct = city.class(u16::try_from(index).unwrap_or(CLOSED)).physical.pct();
        if !known || physical_pct != class.physical_pct {
            return Err(fault(SectionKind::Classes, index, "is of no known kind, or its product is wrong"));
        }
    }
    let free = city.turn_kinds.first().is_some_and(|turn| turn.delay_dm == 0 && turn.stress_dm == 0);
    if !free || city.turn_kinds.len() > 255 {
        return Err(fault(SectionKind::TurnKinds, 0, "the first kind of turn is not free, or there are too many"));
    }
    let rising = city.stops.windows(2).all(|pair| pair[0].comfort_pct < pair[1].comfort_pct);
    if !rising || city.stops.last().is_none_or(|stop| stop.comfort_pct > 100) {
        return Err(fault(SectionKind::Stops, 0, "do not rise, or there are none"));
    }
    Ok(())
}

fn check_segments(city: &City<'_>) -> Checked<()> {
    let mut line = Vec::new();
    for (index, segment) in (0_u32..).zip(city.segments) {
        if let Some(problem) = segment_problem(city, index, segment, &mut line) {
            return Err(fault(SectionKind::Segments, index as usize, problem));
        }
    }
    Ok(())
}

fn segment_problem(city: &City<'_>, index: u32, segment: &Segment, line: &mut Vec<Point>) -> Option<&'static str> {
    let nodes = city.node_point.len();
    if segment.tail as usize >= nodes || segment.head as usize >= nodes {
        return Some("leads to no node");
    }
    if segment.length_mm == 0 {
        return Some("has no length");
    }
    let classes = segment.ways.map(|way| way.class);
    if classes == [CLOSED; 2] || classes.iter().any(|class| *class != CLOSED && usize::from(*class) >= city.classes.len()) {
        return Some("cannot be ridden, or is of a class that is not there");
    }
    let end = city.segments.get(index as usize + 1).map_or(city.lines.len(), |next| next.line as usize);
    if segment.line as usize > end || end > city.lines.len() {
        return Some("has a line beyond all lines");
    }
    city.line(index, line);
    let used: usize = line.windows(2).map(|ends| crate::city::line::bytes(ends[0], ends[1])).sum();
    if used != end - segment.line as usize || !line.iter().all(|point| point.is_on_earth()) {
        return Some("has a line that leaves Earth, or bytes that are no point");
    }
    if line.last() != city.node_point.get(segment.head as usize) {
        return Some("has a line that ends elsewhere");
    }
    None
}

fn check_grid(city: &City<'_>) -> Checked<()> {
    check_offsets(SectionKind::GridFirst, city.grid.first, city.grid.segments.len())?;
    let beyond = city.grid.segments.iter().position(|segment| *segment as usize >= city.segments.len());
    beyond.map_or(Ok(()), |index| Err(fault(SectionKind::GridSegments, index, "is not a segment")))
}

fn check_states(city: &City<'_>) -> Checked<()> {
    let states = city.state_node.len();
    if let Some(index) = city.state_node.iter().position(|node| *node as usize >= city.node_point.len()) {
        return Err(fault(SectionKind::StateNode, index, "is at no node"));
    }
    for (index, arrival) in city.expanded.iter().enumerate() {
        let (segment, _) = street_of(arrival.way);
        if arrival.way != NONE && (segment as usize >= city.segments.len() || arrival.state as usize >= states) {
            return Err(fault(SectionKind::Expanded, index, "is of no way or state"));
        }
    }
    let mut of_node = Vec::new();
    for (index, packed) in (0_u32..).zip(city.node_state) {
        let wrong = |problem| Err(fault(SectionKind::NodeState, index as usize, problem));
        city.states_of(index, &mut of_node);
        if packed & EXPANDED != 0 && of_node.is_empty() {
            return wrong("has no states");
        }
        if of_node.iter().any(|state| city.state_node.get(*state as usize) != Some(&index)) {
            return wrong("has a state of another node, or none");
        }
    }
    for segment in (0_u32..).take(city.segments.len()) {
        let lost = |direction| city.way(segment, direction).is_some() && city.state_after(segment, direction).is_none();
        if Direction::BOTH.into_iter().any(lost) {
            return Err(fault(SectionKind::Segments, segment as usize, "leads to no state"));
        }
    }
    Ok(())
}

fn check_arcs(city: &City<'_>) -> Checked<()> {
    check_offsets(SectionKind::FirstOut, city.first_out, city.arc_way.len())?;
    for state in (0_u32..).take(city.state_node.len()) {
        for arc in city.arcs(state) {
            let (segment, direction) = city.street(arc);
            let rides = (segment as usize) < city.segments.len() && city.way(segment, direction).is_some();
            if !rides || city.segment(segment).from(direction) != city.state_node(state) {
                return Err(fault(SectionKind::ArcWay, arc as usize, "is of no way that begins there"));
            }
            if usize::from(city.turn(arc)) >= city.turn_kinds.len() {
                return Err(fault(SectionKind::ArcTurn, arc as usize, "is no kind of turn"));
            }
        }
    }
    Ok(())
}
