//! Damaged indexes: whatever a byte of the file has become, a query ends, with an answer or an error.

use proptest::prelude::*;
use router::cch::{Between, CchError, Door, Ends, INF, Pack, Query, Ride, Topology};
use zerocopy::IntoBytes;

use crate::graphs::{Net, town};

const STRESS_WEIGHTS: [u32; 3] = [0, 5, 30];

fn packed(net: &Net) -> Pack {
    let topology = Topology::new(&net.graph()).unwrap();
    Pack::new(&topology, &STRESS_WEIGHTS, |stop, arc| net.cost_at(arc, STRESS_WEIGHTS[stop]), 1).unwrap()
}

fn sections(pack: &mut Pack) -> [&mut [u8]; 8] {
    [
        pack.nodes.as_mut_bytes(),
        pack.head_depth.as_mut_bytes(),
        pack.ways.as_mut_bytes(),
        pack.lines.as_mut_bytes(),
        pack.weights.as_mut_bytes(),
        pack.alternatives.as_mut_bytes(),
        pack.runs.as_mut_bytes(),
        pack.stops.as_mut_bytes(),
    ]
}

/// Asks everything; any answer will do.
fn ask(net: &Net, pack: &Pack, from: u32, to: u32) -> Result<(), CchError> {
    let (from, to) = ([Door { node: from, cost: 0 }], [Door { node: to, cost: 3 }]);
    let (mut query, mut arcs) = (Query::new(), Vec::new());
    for stop in 0..STRESS_WEIGHTS.len() {
        let index = pack.view().index(stop)?;
        if let Some(best) = query.run(index, &from, &to, INF)? {
            assert_eq!((best.origin_door, best.destination_door), (0, 0));
        }
        query.unpack(index, &mut arcs)?;
        query.matrix(index, &[from.to_vec()], &[to.to_vec()])?;
    }
    let ends = Ends { origin: &from, destination: &to, destination_low: &to, destination_high: &to };
    let rides = |node: u32, rides: &mut Vec<Ride>| {
        let arcs = net.first_out[node as usize]..net.first_out[node as usize + 1];
        rides.extend(arcs.map(|arc| Ride { arc, head: net.head[arc as usize], cost: net.cost[arc as usize] }));
    };
    Between::new().run((pack.view().index(0)?, pack.view().index(1)?), 2, ends, rides, &mut arcs)?;
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn no_damage_makes_a_query_panic(seed in 0_u64..4, damage in prop::collection::vec((0_usize..8, any::<prop::sample::Index>(), any::<u8>()), 1..30), pairs in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 20)) {
        let net = town(9, 8, seed).numbered();
        let mut pack = packed(&net);
        for (section, at, byte) in damage {
            let section = &mut sections(&mut pack)[section];
            if !section.is_empty() {
                section[at.index(section.len())] = byte;
            }
        }
        let _ = pack.view().check(net.head.len());
        for (from, to) in pairs {
            let [from, to] = [from, to].map(|node| u32::try_from(node.index(net.len())).unwrap());
            let _ = ask(&net, &pack, from, to);
        }
    }

    #[test]
    fn no_shortened_section_makes_a_query_panic(section in 0_usize..8, share in 0_usize..100) {
        let net = town(9, 8, 1).numbered();
        let mut pack = packed(&net);
        let shorten = |length: usize| length * share / 100;
        match section {
            0 => pack.nodes.truncate(shorten(pack.nodes.len())),
            1 => pack.head_depth.truncate(shorten(pack.head_depth.len())),
            2 => pack.ways.truncate(shorten(pack.ways.len())),
            3 => pack.lines.truncate(shorten(pack.lines.len())),
            4 => pack.weights.truncate(shorten(pack.weights.len())),
            5 => pack.alternatives.truncate(shorten(pack.alternatives.len())),
            6 => pack.runs.truncate(shorten(pack.runs.len())),
            _ => pack.stops.truncate(shorten(pack.stops.len())),
        }
        prop_assert!(pack.view().check(net.head.len()).is_err());
        for from in 0..u32::try_from(net.len()).unwrap() {
            let _ = ask(&net, &pack, from, 5);
        }
    }
}

#[test]
fn doors_and_stops_that_are_none_are_refused() {
    let net = town(5, 5, 1).numbered();
    let pack = packed(&net);
    assert!(matches!(pack.view().index(3), Err(CchError::NoStop { stop: 3, stops: 3 })));
    let node = u32::try_from(net.len()).unwrap();
    assert_eq!(Query::new().run(pack.view().index(0).unwrap(), &[Door { node, cost: 0 }], &[], INF), Err(CchError::NoNode { node }));
    let (low, high) = (pack.view().index(0).unwrap(), pack.view().index(1).unwrap());
    let ends = Ends { origin: &[], destination: &[], destination_low: &[], destination_high: &[] };
    let outside = Between::new().run((low, high), 6, ends, |_, _| {}, &mut Vec::new());
    assert_eq!(outside, Err(CchError::Outside { stress_weight: 6, low: 0, high: 5 }));
}
