//! Graphs to try, and slow, obvious twins of the fast parts.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use router::cch::{Door, Graph, INF};

/// A directed graph with costs and places, in CSR form.
#[derive(Debug, Clone, Default)]
pub(crate) struct Net {
    pub(crate) first_out: Vec<u32>,
    pub(crate) tail: Vec<u32>,
    pub(crate) head: Vec<u32>,
    pub(crate) cost: Vec<u32>,
    pub(crate) place: Vec<[i32; 2]>,
}

impl Net {
    /// From (tail, head, cost), in any order.
    pub(crate) fn new(place: Vec<[i32; 2]>, mut arcs: Vec<(u32, u32, u32)>) -> Self {
        arcs.sort_by_key(|arc| arc.0);
        let first_out = (0..=place.len()).map(|node| arcs.partition_point(|arc| (arc.0 as usize) < node).try_into().unwrap()).collect();
        let (tail, head) = (arcs.iter().map(|arc| arc.0).collect(), arcs.iter().map(|arc| arc.1).collect());
        Self { first_out, tail, head, cost: arcs.iter().map(|arc| arc.2).collect(), place }
    }

    pub(crate) fn graph(&self) -> Graph<'_> {
        Graph::new(&self.first_out, &self.head).unwrap()
    }

    pub(crate) fn len(&self) -> usize {
        self.place.len()
    }

    /// Distances from a set of doors to every node (Dijkstra); [`INF`] and beyond count as unreachable.
    pub(crate) fn distances(&self, doors: &[Door]) -> Vec<u64> {
        let mut best = vec![u64::MAX; self.len()];
        let mut queue: BinaryHeap<_> = doors.iter().filter(|door| door.cost < INF).map(|door| Reverse((u64::from(door.cost), door.node))).collect();
        while let Some(Reverse((cost, node))) = queue.pop() {
            if cost >= best[node as usize] {
                continue;
            }
            best[node as usize] = cost;
            for arc in self.first_out[node as usize]..self.first_out[node as usize + 1] {
                let (head, more) = (self.head[arc as usize], self.cost[arc as usize]);
                if more < INF {
                    queue.push(Reverse((cost + u64::from(more.max(1)), head)));
                }
            }
        }
        best
    }
}

/// Small and fast: xorshift64*.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, bound: u32) -> u32 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        u32::try_from((self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32) * u64::from(bound) >> 32).unwrap()
    }
}

/// A town: a grid of streets with places missing, blocks open, one-way streets, dead ends, streets cut by junctions, costs mostly alike both ways.
pub(crate) fn town(width: u32, height: u32, seed: u64) -> Net {
    let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let mut place = Vec::new();
    for node in 0..width * height {
        let jitter = [dice.below(60), dice.below(60)];
        place.push([(node % width * 100 + jitter[0]).try_into().unwrap(), (node / width * 100 + jitter[1]).try_into().unwrap()]);
    }
    let mut arcs = Vec::new();
    for node in 0..width * height {
        let (right, above) = ((node % width + 1 < width).then_some(node + 1), (node / width + 1 < height).then_some(node + width));
        for other in [right, above].into_iter().flatten() {
            let chance = dice.below(100);
            if chance < 18 {
                continue;
            }
            let cost = 80 + dice.below(80);
            let mut ends = [node, other];
            if chance > 50 {
                // A junction within the street.
                let middle = u32::try_from(place.len()).unwrap();
                place.push([place[node as usize][0] + 30, place[node as usize][1] + 30]);
                arcs.extend([(ends[0], middle, cost / 2), (middle, ends[0], cost / 2)]);
                ends[0] = middle;
            }
            arcs.push((ends[0], ends[1], cost));
            if chance < 80 || chance > 95 {
                arcs.push((ends[1], ends[0], if chance > 95 { cost + 7 } else { cost }));
            }
        }
    }
    Net::new(place, arcs)
}
