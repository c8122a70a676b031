//! The cheapest way at a stress weight between those of two stops: A* with both stops' distances.
//!
//! What a route costs is a line over the stress weight, so the cost of the cheapest route is the least of many lines: concave. Between two stops it is therefore nowhere less than
//! the straight line between the costs at the stops, and that line is a lower bound, never too high, of what is left to ride from any node. The bound is close (stops are near each other), so the search
//! looks at little more than the route itself. Costs at the wanted stress weight must be as linear as the stops': then, and only then, is the way the cheapest.

use std::cmp::Reverse;

use super::error::CchError;
use super::graph::{INF, NONE};
use super::pack::Index;
use super::query::{Best, Door, potential::Potential};
use super::reach::{Reach, Ride};

/// From where to where: doors at the wanted stress weight, and those of the destination with their costs at the two stops.
#[derive(Debug, Clone, Copy)]
pub struct Ends<'a> {
    pub origin: &'a [Door],
    pub destination: &'a [Door],
    pub destination_low: &'a [Door],
    pub destination_high: &'a [Door],
}

/// Memory of a search, reusable.
#[derive(Debug, Default)]
pub struct Between {
    potentials: [Potential; 2],
    reach: Reach,
    settled: usize,
}

impl Between {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Nodes at which the last search looked.
    #[must_use]
    pub fn settled(&self) -> usize {
        self.settled
    }

    /// The cheapest way at `stress_weight`, which lies between those of `low` and `high`; appends its arcs to `arcs`, in order. `rides` appends the arcs that leave a
    /// node with their costs at `stress_weight`.
    ///
    /// # Errors
    /// When a door's node is none of the graph's, `stress_weight` is not between the stops, or the index is damaged.
    pub fn run(
        &mut self,
        (low, high): (Index<'_>, Index<'_>),
        stress_weight: u32,
        ends: Ends<'_>,
        mut rides: impl FnMut(u32, &mut Vec<Ride>),
        arcs: &mut Vec<u32>,
    ) -> Result<Option<Best>, CchError> {
        let share = Share::new(low, high, stress_weight)?;
        self.settled = 0;
        self.potentials[0].open(low, ends.destination_low)?;
        self.potentials[1].open(high, ends.destination_high)?;
        self.reach.clear(low.node_count());
        for (number, door) in (0_u32..).zip(ends.origin) {
            self.see(&share, door.node, door.cost, (NONE, number))?;
        }
        let mut best: Option<(u32, u32, usize)> = None;
        while let Some(Reverse((estimate, node))) = self.reach.queue.pop() {
            if best.is_some_and(|(total, ..)| total <= estimate) {
                break;
            }
            let Some(cost) = self.reach.cost(node) else { continue };
            if self.estimate(&share, node, cost)? != Some(estimate) {
                continue;
            }
            self.settled += 1;
            for (number, door) in ends.destination.iter().enumerate().filter(|(_, door)| door.node == node) {
                let total = cost.saturating_add(door.cost);
                if total < best.map_or(INF, |best| best.0) {
                    best = Some((total, node, number));
                }
            }
            let mut offered = std::mem::take(&mut self.reach.rides);
            offered.clear();
            rides(node, &mut offered);
            for ride in &offered {
                self.see(&share, ride.head, cost.saturating_add(ride.cost.max(1)), (node, ride.arc))?;
            }
            self.reach.rides = offered;
        }
        let Some((cost, node, destination_door)) = best else { return Ok(None) };
        Ok(self.reach.trace(node, arcs).map(|origin_door| Best { cost, origin_door, destination_door }))
    }

    /// Queues a node if it was not reached as cheaply before.
    fn see(&mut self, share: &Share<'_>, node: u32, cost: u32, (from, arc): (u32, u32)) -> Result<(), CchError> {
        if self.reach.improve(node, cost, from, arc)
            && let Some(estimate) = self.estimate(share, node, cost)?
        {
            self.reach.queue.push(Reverse((estimate, node)));
        }
        Ok(())
    }

    /// What the whole way over a node costs at least; `None` when none leads to the destination.
    fn estimate(&mut self, share: &Share<'_>, node: u32, cost: u32) -> Result<Option<u32>, CchError> {
        let [low, high] = &mut self.potentials;
        let (low, high) = (low.of(share.low, node)?, high.of(share.high, node)?);
        Ok(share.bound(low, high).and_then(|bound| bound.checked_add(cost)).filter(|estimate| *estimate < INF))
    }
}

/// Where between two stops a stress weight lies.
struct Share<'a> {
    low: Index<'a>,
    high: Index<'a>,
    of_low: u64,
    of_high: u64,
}

impl<'a> Share<'a> {
    fn new(low: Index<'a>, high: Index<'a>, stress_weight: u32) -> Result<Self, CchError> {
        let outside = CchError::Outside { stress_weight, low: low.stress_weight, high: high.stress_weight };
        let (Some(of_high), Some(of_low)) = (stress_weight.checked_sub(low.stress_weight), high.stress_weight.checked_sub(stress_weight))
        else {
            return Err(outside);
        };
        if of_low == 0 && of_high == 0 {
            return Ok(Self { low, high, of_low: 1, of_high: 0 });
        }
        Ok(Self { low, high, of_low: of_low.into(), of_high: of_high.into() })
    }

    /// The point on the line between two distances, rounded down, which keeps it a lower bound as costs are whole numbers.
    fn bound(&self, low: u32, high: u32) -> Option<u32> {
        if low >= INF || high >= INF {
            return None;
        }
        let sum = u64::from(low) * self.of_low + u64::from(high) * self.of_high;
        u32::try_from(sum / (self.of_low + self.of_high)).ok()
    }
}
