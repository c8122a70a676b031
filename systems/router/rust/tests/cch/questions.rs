//! The other questions: matrices, what is within reach, and stress weights between two stops.

use proptest::prelude::*;
use router::cch::{Between, Door, Ends, INF, Index, Pack, Query, Reach, Ride, Topology};

use crate::graphs::{Net, town};
use crate::random::{any_net, ride};

const STRESS_WEIGHTS: [u32; 4] = [0, 3, 8, 40];

fn rides(net: &Net) -> impl Fn(u32, &mut Vec<Ride>) {
    |node, rides| {
        let arcs = net.first_out[node as usize]..net.first_out[node as usize + 1];
        rides.extend(arcs.map(|arc| Ride { arc, head: net.head[arc as usize], cost: net.cost[arc as usize] }));
    }
}

/// A few nodes, some of them twice, at some cost.
fn doors(net: &Net, seed: u32) -> Vec<Door> {
    let nodes = u32::try_from(net.len()).unwrap();
    (0..=seed % 3)
        .map(|door| Door { node: (seed.wrapping_mul(7_919) >> 3).wrapping_add(door * (seed % 11)) % nodes, cost: seed * door % 50 })
        .collect()
}

/// From the doors of `origin` to those of `destination` (Dijkstra).
fn distance(net: &Net, origin: &[Door], destination: &[Door]) -> Option<u32> {
    let distances = net.distances(origin);
    let all = destination.iter().map(|door| distances[door.node as usize].saturating_add(door.cost.into()));
    all.min().and_then(|cost| u32::try_from(cost).ok()).filter(|cost| *cost < INF)
}

fn packed(net: &Net) -> Pack {
    let topology = Topology::new(&net.graph()).unwrap();
    Pack::new(&topology, &STRESS_WEIGHTS, |stop, arc| net.cost_at(arc, STRESS_WEIGHTS[stop]), 2).unwrap()
}

fn matrix_matches(net: &Net, index: Index<'_>) {
    let origins: Vec<_> = (1..8).map(|seed| doors(net, seed)).chain([vec![]]).collect();
    let destinations: Vec<_> = (4..15).map(|seed| doors(net, seed * 31)).collect();
    let costs = Query::new().matrix(index, &origins, &destinations).unwrap();
    let expected: Vec<_> =
        origins.iter().flat_map(|origin| destinations.iter().map(|destination| distance(net, origin, destination))).collect();
    assert_eq!(costs, expected);
}

fn reach_matches(net: &Net, bound: u32) {
    let origin = doors(net, bound);
    let mut reached = Vec::new();
    let mut reach = Reach::new();
    let count = reach.run(net.len(), &origin, bound, rides(net), |node, cost| reached.push((u64::from(cost), node)));
    assert!(reached.is_sorted_by_key(|(cost, _)| *cost) && count == reached.len());
    let within = |cost: &u64| *cost <= u64::from(bound) && *cost < u64::from(INF);
    let mut expected: Vec<_> = net.distances(&origin).into_iter().zip(0_u32..).filter(|(cost, _)| within(cost)).collect();
    for (cost, node) in &reached {
        let mut arcs = Vec::new();
        let door = origin[reach.trace(*node, &mut arcs).unwrap()];
        assert_eq!(ride(net, door.node, &arcs), (*node, cost - u64::from(door.cost)));
    }
    reached.sort_unstable();
    expected.sort_unstable();
    assert_eq!(reached, expected);
}

/// All stress weights from the first stop to the last, between one stop and the next.
fn between_matches(net: &Net, pack: &Pack) {
    let mut between = Between::new();
    for stop in 0..STRESS_WEIGHTS.len() - 1 {
        let (low, high) = (pack.view().index(stop).unwrap(), pack.view().index(stop + 1).unwrap());
        for stress_weight in STRESS_WEIGHTS[stop]..=STRESS_WEIGHTS[stop + 1] {
            let net = net.at(stress_weight);
            let (origin, destination) = (doors(&net, stress_weight), doors(&net, stress_weight * 17 + 5));
            let ends = Ends { origin: &origin, destination: &destination, destination_low: &destination, destination_high: &destination };
            let mut arcs = Vec::new();
            let best = between.run((low, high), stress_weight, ends, rides(&net), &mut arcs).unwrap();
            assert_eq!(best.map(|best| best.cost), distance(&net, &origin, &destination), "at {stress_weight}");
            if let Some(best) = best {
                let (from, to) = (origin[best.origin_door], destination[best.destination_door]);
                assert_eq!(ride(&net, from.node, &arcs), (to.node, u64::from(best.cost - from.cost - to.cost)));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn any_graph_answers_every_question_as_dijkstra_does(net in any_net(), bound in 0_u32..400) {
        let net = net.numbered();
        let pack = packed(&net);
        for (stop, stress_weight) in STRESS_WEIGHTS.iter().enumerate() {
            matrix_matches(&net.at(*stress_weight), pack.view().index(stop).unwrap());
            reach_matches(&net.at(*stress_weight), bound);
        }
        between_matches(&net, &pack);
    }
}

#[test]
fn towns_answer_every_question_as_dijkstra_does() {
    for seed in 0..4 {
        let net = town(14, 12, seed).numbered();
        let pack = packed(&net);
        matrix_matches(&net.at(8), pack.view().index(2).unwrap());
        reach_matches(&net, 900);
        between_matches(&net, &pack);
    }
}

#[test]
fn a_search_between_two_stops_looks_at_little_more_than_its_way() {
    let net = town(60, 60, 3).numbered();
    let pack = packed(&net);
    let (low, high) = (pack.view().index(1).unwrap(), pack.view().index(2).unwrap());
    let at = net.at(5);
    let (mut settled, mut ridden, mut arcs, mut between) = (0, 0, Vec::new(), Between::new());
    for seed in 1..40_u32 {
        let ends = [seed * 97, seed * 61 + 1_000].map(|node| [Door { node, cost: 0 }]);
        let ends = Ends { origin: &ends[0], destination: &ends[1], destination_low: &ends[1], destination_high: &ends[1] };
        arcs.clear();
        between.run((low, high), 5, ends, rides(&at), &mut arcs).unwrap();
        settled += between.settled();
        ridden += arcs.len();
    }
    assert!(ridden > 1_000 && settled < 3 * ridden, "{settled} nodes settled for {ridden} arcs");
}
