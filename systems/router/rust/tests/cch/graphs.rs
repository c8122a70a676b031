//! Graphs to try, and slow, obvious twins of the fast parts.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use router::cch::{Door, Graph, INF, nested_dissection, numbering};

/// A directed graph with costs and places, in CSR form.
#[derive(Debug, Clone, Default)]
pub(crate) struct Net {
    pub(crate) first_out: Vec<u32>,
    pub(crate) tail: Vec<u32>,
    pub(crate) head: Vec<u32>,
    pub(crate) cost: Vec<u32>,
    /// What an arc costs more for each unit of stress weight.
    pub(crate) slope: Vec<u32>,
    pub(crate) place: Vec<[i32; 2]>,
}

impl Net {
    /// From (tail, head, cost, slope), in any order.
    pub(crate) fn new(place: Vec<[i32; 2]>, mut arcs: Vec<(u32, u32, u32, u32)>) -> Self {
        arcs.sort_by_key(|arc| arc.0);
        let first_out = (0..=place.len()).map(|node| arcs.partition_point(|arc| (arc.0 as usize) < node).try_into().unwrap()).collect();
        let (tail, head) = (arcs.iter().map(|arc| arc.0).collect(), arcs.iter().map(|arc| arc.1).collect());
        let (cost, slope) = (arcs.iter().map(|arc| arc.2).collect(), arcs.iter().map(|arc| arc.3).collect());
        Self { first_out, tail, head, cost, slope, place }
    }

    pub(crate) fn graph(&self) -> Graph<'_> {
        Graph::new(&self.first_out, &self.head).unwrap()
    }

    /// The same with its nodes in the order of elimination.
    pub(crate) fn numbered(&self) -> Self {
        let number = numbering(&self.graph(), &nested_dissection(&self.graph(), &self.place, 1)).unwrap();
        let mut place = vec![[0; 2]; self.len()];
        for (node, new) in number.iter().enumerate() {
            place[*new as usize] = self.place[node];
        }
        let new = |node: u32| number[node as usize];
        let arcs = 0..self.head.len();
        Self::new(place, arcs.map(|arc| (new(self.tail[arc]), new(self.head[arc]), self.cost[arc], self.slope[arc])).collect())
    }

    /// What an arc costs at a stress weight; closed arcs are closed at any.
    pub(crate) fn cost_at(&self, arc: u32, stress_weight: u32) -> u32 {
        let cost = self.cost[arc as usize];
        if cost < INF { cost + self.slope[arc as usize] * stress_weight } else { cost }
    }

    /// The same with the costs of a stress weight.
    pub(crate) fn at(&self, stress_weight: u32) -> Self {
        let cost = (0..self.head.len()).map(|arc| self.cost_at(u32::try_from(arc).unwrap(), stress_weight)).collect();
        Self { cost, ..self.clone() }
    }

    pub(crate) fn len(&self) -> usize {
        self.place.len()
    }

    /// Distances from a set of doors to every node (Dijkstra); [`INF`] and beyond count as unreachable.
    pub(crate) fn distances(&self, doors: &[Door]) -> Vec<u64> {
        let mut best = vec![u64::MAX; self.len()];
        let mut queue: BinaryHeap<_> =
            doors.iter().filter(|door| door.cost < INF).map(|door| Reverse((u64::from(door.cost), door.node))).collect();
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
            // A third of the streets are calm.
            let mut slope = || dice.below(3) * dice.below(4);
            let (slope, other_slope) = (slope(), slope());
            let mut ends = [node, other];
            if chance > 50 {
                // A junction within the street.
                let middle = u32::try_from(place.len()).unwrap();
                place.push([place[node as usize][0] + 30, place[node as usize][1] + 30]);
                arcs.extend([(ends[0], middle, cost / 2, slope), (middle, ends[0], cost / 2, slope)]);
                ends[0] = middle;
            }
            arcs.push((ends[0], ends[1], cost, slope));
            if chance < 80 || chance > 95 {
                arcs.push((ends[1], ends[0], if chance > 95 { cost + 7 } else { cost }, if chance > 70 { other_slope } else { slope }));
            }
        }
    }
    Net::new(place, arcs)
}
