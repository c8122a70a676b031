//! The routing graph in elimination order, and its index for every stop.

use super::EncodeError;
use crate::cch::{Graph, Pack, Topology, nested_dissection, numbering};
use crate::expand::Expanded;
use crate::geo::{Projection, round_i32};
use crate::parts::{CityParts, Linear, Stop, WayCosts, tie, turn};

/// As many as small build machines have.
const THREADS: usize = 2;

pub(super) fn build(parts: &CityParts, graph: &Expanded, stops: &[Stop]) -> Result<(Expanded, Pack), EncodeError> {
    let rank = {
        let input = Graph::new(&graph.first_out, &graph.arc_head)?;
        numbering(&input, &nested_dissection(&input, &places(parts, graph), THREADS))?
    };
    let graph = graph.renumbered(&rank);
    let topology = Topology::new(&Graph::new(&graph.first_out, &graph.arc_head)?)?;
    let costs = costs(parts, &graph);
    let weights: Vec<u32> = stops.iter().map(|stop| u32::from(stop.stress_weight)).collect();
    let pack = Pack::new(&topology, &weights, |stop, arc| sum(costs[arc as usize], stops[stop]), THREADS)?;
    Ok((graph, pack))
}

/// Where each state is, on a flat map.
fn places(parts: &CityParts, graph: &Expanded) -> Vec<[i32; 2]> {
    let map = Projection::at(super::middle_latitude(&parts.nodes));
    let place = |node: &u32| {
        let point = parts.nodes[*node as usize];
        [round_i32(f64::from(point.lon_e7) * map.lon_scale), point.lat_e7]
    };
    graph.state_node.iter().map(place).collect()
}

/// Of each arc, the costs of its way and of its turn.
fn costs(parts: &CityParts, graph: &Expanded) -> Vec<[Linear; 2]> {
    let turns: Vec<Linear> = parts.turn_kinds.iter().map(|kind| turn(kind.delay_dm, kind.stress_dm)).collect();
    let way = |way: u32| {
        let street = &parts.streets[(way >> 1) as usize];
        let part = if way & 1 == 0 { street.forward } else { street.backward };
        let costs = part.map(|part| WayCosts::new(&parts.classes[usize::from(part.class)], &part, street.length_mm, tie(way >> 1)));
        costs.map(|costs| costs.linear()).unwrap_or_default()
    };
    let turn = |kind: u8| turns.get(usize::from(kind)).copied().unwrap_or_default();
    graph.arc_way.iter().zip(&graph.arc_turn).map(|(street, kind)| [way(*street), turn(*kind)]).collect()
}

fn sum([way, turn]: [Linear; 2], stop: Stop) -> u32 {
    way.at(stop).max(1) + turn.at(stop)
}
