//! A piece of the graph under dissection, with its own node numbers.

use crate::cch::graph::{NONE, id};

/// An undirected graph in CSR form with a place for each node.
#[derive(Debug, Default)]
pub(super) struct Part {
    /// What each node is called outside.
    pub(super) name: Vec<u32>,
    pub(super) place: Vec<[i32; 2]>,
    pub(super) first: Vec<u32>,
    pub(super) neighbor: Vec<u32>,
}

impl Part {
    pub(super) fn len(&self) -> usize {
        self.name.len()
    }

    pub(super) fn neighbors(&self, node: u32) -> &[u32] {
        &self.neighbor[self.first[node as usize] as usize..self.first[node as usize + 1] as usize]
    }

    /// The parts that remain when `separator` is taken away, largest first.
    pub(super) fn without(&self, separator: &[u32]) -> Vec<Self> {
        // Each node's number in its component; `NONE` before it is found, and for the separator.
        let mut number = vec![NONE; self.len()];
        let mut taken = vec![false; self.len()];
        for node in separator {
            taken[*node as usize] = true;
        }
        let mut parts = Vec::new();
        for root in 0..id(self.len()) {
            if taken[root as usize] {
                continue;
            }
            let members = self.component(root, &mut taken);
            parts.push(self.only(&members, &mut number));
        }
        parts.sort_by_key(|part: &Self| std::cmp::Reverse(part.len()));
        parts
    }

    fn component(&self, root: u32, taken: &mut [bool]) -> Vec<u32> {
        let mut members = vec![root];
        taken[root as usize] = true;
        let mut next = 0;
        while let Some(&node) = members.get(next) {
            next += 1;
            for &neighbor in self.neighbors(node) {
                if !taken[neighbor as usize] {
                    taken[neighbor as usize] = true;
                    members.push(neighbor);
                }
            }
        }
        // In the parent's order: what was near in memory stays near.
        members.sort_unstable();
        members
    }

    /// `number` is written for `members` only; for nodes outside, it must say [`NONE`] if they neighbour a member.
    fn only(&self, members: &[u32], number: &mut [u32]) -> Self {
        for (new, old) in (0_u32..).zip(members) {
            number[*old as usize] = new;
        }
        let mut part = Self { first: vec![0], ..Self::default() };
        for &old in members {
            part.name.push(self.name[old as usize]);
            part.place.push(self.place[old as usize]);
            let kept = self.neighbors(old).iter().map(|neighbor| number[*neighbor as usize]).filter(|number| *number != NONE);
            part.neighbor.extend(kept);
            part.first.push(id(part.neighbor.len()));
        }
        part
    }
}
