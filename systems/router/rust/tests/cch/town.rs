//! A town of some twenty thousand nodes, tens of thousands of pairs.

use router::cch::{Door, INF, Pack, Query, Topology};

use crate::graphs::{Dice, town};
use crate::random::ride;

#[test]
fn a_large_town_answers_as_dijkstra_does() {
    const STRESS_WEIGHTS: [u32; 5] = [0, 4, 10, 25, 60];
    let net = town(120, 110, 7).numbered();
    assert!(net.len() > 18_000);
    let topology = Topology::new(&net.graph()).unwrap();
    let pack = Pack::new(&topology, &STRESS_WEIGHTS, |stop, arc| net.cost_at(arc, STRESS_WEIGHTS[stop]), 2).unwrap();
    pack.view().check(net.head.len()).unwrap();
    assert!(pack.lines.len() > pack.weights.len() / STRESS_WEIGHTS.len(), "most entries are lines");
    let nodes = u32::try_from(net.len()).unwrap();
    let (mut dice, mut query, mut arcs) = (Dice(5), Query::new(), Vec::new());
    for (stop, stress_weight) in STRESS_WEIGHTS.iter().enumerate() {
        let (net, index) = (net.at(*stress_weight), pack.view().index(stop).unwrap());
        for _ in 0..8 {
            let from = dice.below(nodes);
            let distances = net.distances(&[Door { node: from, cost: 0 }]);
            for _ in 0..1_000 {
                let to = dice.below(nodes);
                let expected = distances[to as usize];
                let best = query.run(index, &[Door { node: from, cost: 0 }], &[Door { node: to, cost: 0 }], INF).unwrap();
                assert_eq!(best.map(|best| u64::from(best.cost)), (expected < u64::from(INF)).then_some(expected), "{from} -> {to}");
                arcs.clear();
                query.unpack(index, &mut arcs).unwrap();
                if best.is_some() {
                    assert_eq!(ride(&net, from, &arcs), (to, expected));
                }
            }
        }
    }
}

/// Neither the order nor the index depends on how many threads made them.
#[test]
fn threads_change_nothing() {
    let net = town(50, 40, 2);
    let order = |threads| router::cch::nested_dissection(&net.graph(), &net.place, threads);
    assert_eq!(order(1), order(3));
    let net = net.numbered();
    let topology = Topology::new(&net.graph()).unwrap();
    for stress_weights in [&[7][..], &[0, 5, 50]] {
        let cost = |stop: usize, arc| net.cost_at(arc, stress_weights[stop]);
        let pack = |threads| Pack::new(&topology, stress_weights, cost, threads).unwrap();
        let alone = pack(1);
        assert!(!alone.runs.is_empty() && (stress_weights.len() == 1 || !alone.alternatives.is_empty()));
        for threads in [2, 3, 7, 40] {
            assert!(pack(threads) == alone, "{threads} threads");
        }
    }
}

/// Any numbering gives the same answers; only that of `numbering` gives them fast.
#[test]
fn nodes_in_no_order_answer_as_dijkstra_does() {
    let net = town(12, 12, 9);
    let topology = Topology::new(&net.graph()).unwrap();
    let pack = Pack::new(&topology, &[0], |_, arc| net.cost[arc as usize], 2).unwrap();
    pack.view().check(net.head.len()).unwrap();
    crate::random::pairs_at_stop(&net, pack.view().index(0).unwrap());
}
