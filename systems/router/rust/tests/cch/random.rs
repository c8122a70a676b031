//! Random graphs of every kind, all pairs.

use proptest::prelude::*;
use router::cch::{Door, INF, Index, Pack, Query, Topology};

use crate::graphs::{Net, town};

/// Every pair of `net` at each stress weight against Dijkstra: the distance, and a path of that cost.
fn all_pairs(net: &Net, stress_weights: &[u32]) {
    let net = net.numbered();
    let topology = Topology::new(&net.graph()).unwrap();
    let pack = Pack::new(&topology, stress_weights, |stop, arc| net.cost_at(arc, stress_weights[stop]), 2).unwrap();
    pack.view().check(net.head.len()).unwrap();
    for (stop, stress_weight) in stress_weights.iter().enumerate() {
        let index = pack.view().index(stop).unwrap();
        pairs_at_stop(&net.at(*stress_weight), index);
    }
}

pub(crate) fn pairs_at_stop(net: &Net, index: Index<'_>) {
    let mut query = Query::new();
    let mut arcs = Vec::new();
    for from in 0..u32::try_from(net.len()).unwrap() {
        let distances = net.distances(&[Door { node: from, cost: 0 }]);
        for to in 0..u32::try_from(net.len()).unwrap() {
            let best = query.run(index, &[Door { node: from, cost: 0 }], &[Door { node: to, cost: 0 }], INF).unwrap();
            let expected = distances[to as usize];
            assert_eq!(best.map(|best| u64::from(best.cost)), (expected < u64::from(INF)).then_some(expected), "{from} -> {to}");
            arcs.clear();
            query.unpack(index, &mut arcs).unwrap();
            if best.is_some() {
                assert_eq!(ride(net, from, &arcs), (to, expected), "{from} -> {to} over {arcs:?}");
            } else {
                assert!(arcs.is_empty());
            }
        }
    }
}

/// Where the arcs lead, and what they cost; each must begin where the last ended.
pub(crate) fn ride(net: &Net, from: u32, arcs: &[u32]) -> (u32, u64) {
    arcs.iter().fold((from, 0), |(at, cost), arc| {
        assert_eq!(net.tail[*arc as usize], at, "{arcs:?} is no path");
        (net.head[*arc as usize], cost + u64::from(net.cost[*arc as usize].max(1)))
    })
}

/// Loops, parallel arcs, one-way traps, lonely nodes, equal costs, closed arcs and places all at one point.
pub(crate) fn any_net() -> impl Strategy<Value = Net> {
    (1_u32..40).prop_flat_map(|nodes| {
        let cost = prop_oneof![6 => 1_u32..6, 2 => 1_u32..100_000, 1 => Just(0), 1 => Just(INF), 1 => INF - 3..=u32::MAX];
        let arcs = prop::collection::vec((0..nodes, 0..nodes, cost, prop_oneof![2 => Just(0), 1 => 0_u32..9]), 0..100);
        let places = prop::collection::vec([-50..50_i32, -50..50_i32], nodes as usize);
        (places, arcs).prop_map(|(place, arcs)| Net::new(place, arcs))
    })
}

/// One alone, or several, ascending or not.
fn stress_weights() -> impl Strategy<Value = Vec<u32>> {
    prop_oneof![Just(vec![0]), Just(vec![0, 3, 8, 20, 70]), prop::collection::vec(0_u32..100, 1..=5)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn any_graph_answers_as_dijkstra_does(net in any_net(), stress_weights in stress_weights()) {
        all_pairs(&net, &stress_weights);
    }
}

#[test]
fn towns_answer_as_dijkstra_does() {
    for seed in 0..6 {
        all_pairs(&town(12, 9, seed), &[0, 5, 17, 40, 100]);
    }
}
