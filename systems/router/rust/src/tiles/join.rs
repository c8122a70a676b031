//! Streets that say the same, joined end to end into long lines: fewer features, fewer bytes, and bends that can be thinned across junctions.

use std::collections::{HashMap, HashSet};

use crate::city::{City, Direction};

/// The segments in chains: each follows the one before, and a chain ends where not exactly two of the segments meet.
pub(super) fn joined(city: &City<'_>, segments: &[u32]) -> Vec<Vec<(u32, Direction)>> {
    let mut ends: HashMap<u32, Vec<u32>> = HashMap::with_capacity(segments.len());
    for &segment in segments {
        let street = city.segment(segment);
        for node in [street.tail, street.head] {
            ends.entry(node).or_default().push(segment);
        }
    }
    let mut used = HashSet::with_capacity(segments.len());
    let mut chains = Vec::new();
    // From real ends first; what is left then are rings, which may begin anywhere.
    for from_ends in [true, false] {
        for &segment in segments {
            for direction in Direction::BOTH {
                let start = city.segment(segment).from(direction);
                let is_end = ends.get(&start).is_none_or(|meeting| meeting.len() != 2);
                if is_end == from_ends && !used.contains(&segment) {
                    chains.push(follow(city, (segment, direction), &ends, &mut used));
                }
            }
        }
    }
    chains
}

fn follow(city: &City<'_>, first: (u32, Direction), ends: &HashMap<u32, Vec<u32>>, used: &mut HashSet<u32>) -> Vec<(u32, Direction)> {
    let mut chain = vec![first];
    used.insert(first.0);
    let (mut segment, mut direction) = first;
    loop {
        let node = city.segment(segment).to(direction);
        let Some(&[a, b]) = ends.get(&node).map(Vec::as_slice) else { return chain };
        let next = if a == segment { b } else { a };
        if !used.insert(next) {
            return chain;
        }
        direction = if city.segment(next).tail == node { Direction::Forward } else { Direction::Backward };
        segment = next;
        chain.push((segment, direction));
    }
}
