//! Vertex-disjoint paths between two sides of a part, and the smallest set of nodes that separates them.
//!
//! Two sets of nodes, the *source* and the *target side*, are to be separated by taking away as few other nodes as possible. By Menger's theorem that is
//! as many as there are paths from one to the other that share no node. Each node between the sides lets one path through; the search for one more path
//! may undo a piece of another. What the search from a side can still reach when no path is left is that side's *region*, and the nodes at which it was
//! stopped are a smallest separator.
//!
//! A side may grow at any time, and the flow found so far stays valid: the piercing of [`super::separator`] rests on that.
//!
//! A node is entered ([`ENTERED`]) from a neighbour on the way away from the side, and left ([`LEFT`]) towards further ones. One that no path runs through
//! is left when entered. At one that a path runs through, the search can only follow that path back: it leaves the node before, and having done so may
//! also go back through that one.

use super::part::Part;
use crate::cch::graph::NONE;

/// Which side a search starts from.
pub(super) const SOURCE: usize = 0;
pub(super) const TARGET: usize = 1;

const MEMBER: u8 = 1;
const ENTERED: u8 = 2;
const LEFT: u8 = 4;

/// One side and what its last search saw.
#[derive(Debug)]
struct Side {
    mark: Vec<u8>,
    /// From where a node was entered; itself when from its own leaving.
    entered_from: Vec<u32>,
    /// From which node's entering it was left; itself when from its own.
    left_from: Vec<u32>,
    /// Nodes marked entered or left since the last reset.
    seen: Vec<u32>,
    /// Members with a neighbour that is none.
    border: Vec<u32>,
    members: usize,
    /// How many of `seen` were left: with the members, the region.
    left: usize,
    /// No search needed: the marks are of the present flow and side.
    is_current: bool,
    stack: Vec<u32>,
}

#[derive(Debug)]
pub(super) struct Flow<'a> {
    part: &'a Part,
    sides: [Side; 2],
    /// On the path through a node: the neighbour nearer to the side.
    toward: [Vec<u32>; 2],
    paths: usize,
}

impl<'a> Flow<'a> {
    /// Nodes of both or that neighbour the source side are dropped from the target side: sides must not touch.
    pub(super) fn new(part: &'a Part, source: &[u32], target: &[u32]) -> Self {
        let side = || Side {
            mark: vec![0; part.len()],
            entered_from: vec![NONE; part.len()],
            left_from: vec![NONE; part.len()],
            seen: Vec::new(),
            border: Vec::new(),
            members: 0,
            left: 0,
            is_current: false,
            stack: Vec::new(),
        };
        let mut flow = Self { part, sides: [side(), side()], toward: [vec![NONE; part.len()], vec![NONE; part.len()]], paths: 0 };
        for (index, nodes) in [(SOURCE, source), (TARGET, target)] {
            for &node in nodes {
                if flow.may_join(index, node) {
                    flow.sides[index].mark[node as usize] = MEMBER;
                    flow.sides[index].members += 1;
                }
            }
            let border = nodes.iter().copied().filter(|node| flow.is_member(index, *node) && flow.is_border(index, *node));
            flow.sides[index].border = border.collect();
        }
        flow
    }

    fn is_member(&self, side: usize, node: u32) -> bool {
        self.sides[side].mark[node as usize] & MEMBER != 0
    }

    fn is_border(&self, side: usize, node: u32) -> bool {
        self.part.neighbors(node).iter().any(|neighbor| !self.is_member(side, *neighbor))
    }

    /// Whether a node may become a member: not one of the other side, nor a neighbour of it.
    pub(super) fn may_join(&self, side: usize, node: u32) -> bool {
        !self.is_member(1 - side, node) && !self.part.neighbors(node).iter().any(|neighbor| self.is_member(1 - side, *neighbor))
    }

    pub(super) fn members(&self, side: usize) -> usize {
        self.sides[side].members
    }

    /// Paths found: after [`Flow::maximize`], the size of a smallest separator.
    pub(super) fn paths(&self) -> usize {
        self.paths
    }

    /// Nodes that a side can reach: after [`Flow::maximize`].
    pub(super) fn region(&self, side: usize) -> usize {
        self.sides[side].members + self.sides[side].left
    }

    /// Whether a search from the side came to the node.
    pub(super) fn is_seen(&self, side: usize, node: u32) -> bool {
        self.sides[side].mark[node as usize] != 0
    }

    /// The smallest separator nearest to a side: where its search was stopped. After [`Flow::maximize`].
    pub(super) fn separator(&self, side: usize) -> impl Iterator<Item = u32> {
        let side = &self.sides[side];
        side.seen.iter().copied().filter(|node| side.mark[*node as usize] == ENTERED)
    }

    /// Finds paths until there are no more, or more than `limit`: then `false`. Leaves both sides' marks current.
    pub(super) fn maximize(&mut self, limit: usize) -> bool {
        while !self.sides[SOURCE].is_current {
            let found = self.search(SOURCE);
            if found > 0 {
                self.paths += found;
                self.reset(SOURCE);
                self.reset(TARGET);
            } else {
                self.sides[SOURCE].is_current = true;
            }
            if self.paths > limit {
                return false;
            }
        }
        if !self.sides[TARGET].is_current {
            let found = self.search(TARGET);
            debug_assert_eq!(found, 0, "the flow is at its most");
            self.sides[TARGET].is_current = true;
        }
        true
    }

    /// One phase: searches from every border node in turn, each until it comes to the other side. Marks stay through the phase, so that it takes linear
    /// time; a path missed for that is found by the next one. Returns how many paths were added.
    fn search(&mut self, side: usize) -> usize {
        let mut found = 0;
        let border = std::mem::take(&mut self.sides[side].border);
        for &node in &border {
            self.sides[side].stack.clear();
            self.sides[side].stack.push(node);
            while let Some(last) = self.explore(side) {
                self.augment(side, last.0, last.1);
                found += 1;
                // A member may begin several paths.
                self.sides[side].stack.clear();
                self.sides[side].stack.push(node);
            }
        }
        self.sides[side].border = border;
        found
    }

    /// Depth-first until the other side is met: then the last node and the member it met.
    fn explore(&mut self, index: usize) -> Option<(u32, u32)> {
        let [source, target] = &mut self.sides;
        let (side, other) = if index == SOURCE { (source, target) } else { (target, source) };
        let before = &self.toward[index];
        while let Some(node) = side.stack.pop() {
            for &next in self.part.neighbors(node) {
                if other.mark[next as usize] & MEMBER != 0 {
                    return Some((node, next));
                }
                if side.mark[next as usize] & (MEMBER | ENTERED) == 0 {
                    side.enter(next, node, before);
                }
            }
        }
        None
    }

    /// Adds the path that was found from `last`, which neighbours the member `met` of the other side.
    fn augment(&mut self, index: usize, last: u32, met: u32) {
        let side = &self.sides[index];
        let [source, target] = &mut self.toward;
        let (before, after) = if index == SOURCE { (source, target) } else { (target, source) };
        let (mut node, mut next) = (last, met);
        while side.mark[node as usize] & MEMBER == 0 {
            after[node as usize] = next;
            let mut entered = side.left_from[node as usize];
            // Entered at a node whose path came through `node`: that path now goes from `node` to `next`, and the new one on from `entered`.
            while side.entered_from[entered as usize] == entered {
                // It was entered from its own leaving: no path runs through it any more.
                let back = side.left_from[entered as usize];
                (before[entered as usize], after[entered as usize]) = (NONE, NONE);
                entered = back;
            }
            let from = side.entered_from[entered as usize];
            before[entered as usize] = from;
            (node, next) = (from, entered);
        }
    }

    fn reset(&mut self, index: usize) {
        let side = &mut self.sides[index];
        for node in side.seen.drain(..) {
            side.mark[node as usize] &= MEMBER;
        }
        side.left = 0;
        side.is_current = false;
    }

    /// Makes the whole region a side's members. After [`Flow::maximize`].
    pub(super) fn assimilate(&mut self, index: usize) {
        let side = &mut self.sides[index];
        side.members += side.left;
        side.left = 0;
        let mut stopped = Vec::new();
        for node in side.seen.drain(..) {
            let mark = &mut side.mark[node as usize];
            if *mark & LEFT == 0 {
                stopped.push(node);
            } else {
                *mark = MEMBER;
            }
        }
        side.border.clear();
        for node in &stopped {
            side.border.extend(self.part.neighbors(*node).iter().filter(|neighbor| side.mark[**neighbor as usize] & MEMBER != 0));
        }
        side.border.sort_unstable();
        side.border.dedup();
        side.seen = stopped;
    }

    /// Makes one node of the separator a member. It must be one that [`Flow::may_join`], and the region must have been assimilated.
    pub(super) fn pierce(&mut self, index: usize, node: u32) {
        let side = &mut self.sides[index];
        side.mark[node as usize] = MEMBER;
        side.seen.retain(|seen| *seen != node);
        side.members += 1;
        side.border.push(node);
        side.is_current = false;
        if self.is_seen(1 - index, node) {
            // The two searches meet here: there is one more path.
            self.reset(1 - index);
        }
    }
}

impl Side {
    fn enter(&mut self, node: u32, from: u32, before: &[u32]) {
        let (mut node, mut from) = (node, from);
        loop {
            if self.mark[node as usize] & ENTERED != 0 {
                return;
            }
            if self.mark[node as usize] == 0 {
                self.seen.push(node);
            }
            self.mark[node as usize] |= ENTERED;
            self.entered_from[node as usize] = from;
            // Where the search leaves: here, or where the path through here came from.
            let back = before[node as usize];
            let leaves = if back == NONE { node } else { back };
            if self.mark[leaves as usize] & (MEMBER | LEFT) != 0 {
                return;
            }
            if self.mark[leaves as usize] == 0 {
                self.seen.push(leaves);
            }
            self.mark[leaves as usize] |= LEFT;
            self.left_from[leaves as usize] = node;
            self.left += 1;
            self.stack.push(leaves);
            if leaves == node {
                return;
            }
            (node, from) = (leaves, leaves);
        }
    }
}
