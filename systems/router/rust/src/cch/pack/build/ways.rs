//! What entries consist of.

use std::ops::Range;

use super::Customized;
use crate::cch::customize::{DOWN, UP};
use crate::cch::graph::{NONE, id};
use crate::cch::pack::{Alternative, Pack, RUN, RUN_MIN, SEVERAL, SHORTCUT, Way};
use crate::cch::threads::{each, take};

/// Writes the ways of a run of entries, all that they consist of being among them.
struct Writer<'a> {
    customized: &'a Customized<'a>,
    /// By arc and direction: its entry.
    place: &'a [[u32; 2]],
    /// Number of the first entry.
    offset: usize,
    ways: &'a mut [Way],
    /// How many input arcs an entry has, the same at every stop, up to [`RUN_MIN`]; 0 when they are not the same.
    fixed: &'a mut [u8],
    alternatives: Vec<Alternative>,
    runs: Vec<u32>,
    /// Of the way at hand.
    among: Vec<Alternative>,
    stack: Vec<u32>,
    /// See [`Writer::beside`].
    last_beside: ((usize, usize), usize),
}

/// Writes ways, alternatives and runs of `pack`. The nodes are those of `pieces`, which are independent, but for the last: that is the top.
pub(super) fn run(customized: &Customized<'_>, pieces: &[Range<usize>], place: &[[u32; 2]], pack: &mut Pack) {
    let Some((top, blocks)) = pieces.split_last() else { return };
    let entries = pack.head_depth.len();
    pack.ways = vec![Way::default(); entries];
    let mut fixed = vec![0_u8; entries];
    let writer = |offset: usize| Writer {
        customized,
        place,
        offset,
        ways: &mut [],
        fixed: &mut [],
        alternatives: Vec::new(),
        runs: Vec::new(),
        among: Vec::new(),
        stack: Vec::new(),
        last_beside: ((0, 0), 0),
    };
    let (mut ways, mut counts) = (&mut *pack.ways, &mut *fixed);
    let writers: Vec<_> = blocks
        .iter()
        .map(|nodes| {
            let [first, end] = [nodes.start, nodes.end].map(|node| pack.nodes[node].first as usize);
            let writer = Writer { ways: take(&mut ways, end - first), fixed: take(&mut counts, end - first), ..writer(first) };
            (nodes.clone(), writer)
        })
        .collect();
    let written = each(writers, |(nodes, mut writer)| {
        writer.write(nodes);
        writer
    });
    let (mut alternatives, mut runs) = (Vec::new(), Vec::new());
    for mut piece in written {
        let base = (id(alternatives.len()), id(runs.len()));
        if base != (0, 0) {
            let ways = piece.ways.iter_mut().chain(piece.alternatives.iter_mut().map(|alternative| &mut alternative.way));
            ways.for_each(|way| *way = moved(*way, base));
        }
        alternatives.append(&mut piece.alternatives);
        runs.append(&mut piece.runs);
    }
    let mut last = Writer { ways: &mut pack.ways, fixed: &mut fixed, alternatives, runs, ..writer(0) };
    last.write(top.clone());
    (pack.alternatives, pack.runs) = (last.alternatives, last.runs);
}

/// A way whose alternatives or run now come after so many others.
fn moved(way: Way, (alternatives, runs): (u32, u32)) -> Way {
    match way.via() & RUN {
        SEVERAL => Way::new(way.via() + alternatives, way.beside),
        RUN => Way::new(way.via() + runs, way.beside),
        _ => way,
    }
}

impl Writer<'_> {
    fn write(&mut self, nodes: Range<usize>) {
        let Customized { topology, kept, .. } = self.customized;
        for arc in topology.up_of_all(nodes) {
            for direction in [UP, DOWN] {
                if kept[arc][direction] != 0 {
                    self.write_entry(arc, direction);
                }
            }
        }
    }

    fn write_entry(&mut self, arc: usize, direction: usize) {
        let (entry, kept) = (self.place[arc][direction] as usize - self.offset, self.customized.kept[arc][direction]);
        self.among.clear();
        for (stop, weights) in self.customized.stops.iter().enumerate().filter(|(stop, _)| kept & 1 << stop != 0) {
            let way = self.way(arc, direction, weights.via[arc][direction]);
            match self.among.iter_mut().find(|known| known.way == way) {
                Some(known) => known.stops |= 1 << stop,
                None => self.among.push(Alternative { way, stops: 1 << stop }),
            }
        }
        let mut arcs = 0;
        for index in 0..self.among.len() {
            (self.among[index].way, arcs) = self.ready_made(self.among[index].way);
        }
        self.ways[entry] = if let [only] = self.among[..] {
            self.fixed[entry] = arcs;
            only.way
        } else {
            let first = id(self.alternatives.len());
            self.alternatives.extend(&self.among);
            Way::new(SEVERAL | first, i16::try_from(self.among.len()).unwrap_or(0))
        };
    }

    fn way(&mut self, arc: usize, direction: usize, via: u32) -> Way {
        if via & SHORTCUT == 0 {
            return Way::new(via, 0);
        }
        // The arcs of the triangle: from the lower node to this arc's lower end, and to its higher.
        let low = (via & !SHORTCUT) as usize;
        let high = self.beside(low, arc);
        let (low, high) = (self.place[low][1 - direction], self.place[high][direction]);
        debug_assert!(low != NONE && high != NONE, "a part of a shortest way is a shortest way");
        let (first, second) = if direction == UP { (low, high) } else { (high, low) };
        let beside = second.wrapping_sub(first).cast_signed();
        Way::new(SHORTCUT | first, i16::try_from(beside).unwrap_or(0))
    }

    /// Of the arcs beside `low` the one that leads where `arc` does. Asked for both directions and all stops of an arc in turn, it is mostly the same.
    fn beside(&mut self, low: usize, arc: usize) -> usize {
        let (known, high) = self.last_beside;
        if known == (low, arc) {
            return high;
        }
        let depths = &self.customized.topology.head_depth;
        let high = low + 1 + depths[low + 1..].iter().position(|depth| *depth == depths[arc]).unwrap_or(0);
        self.last_beside = ((low, arc), high);
        high
    }

    /// The way, as a run if it is one that should be, and how many arcs it has as `fixed` counts them.
    fn ready_made(&mut self, way: Way) -> (Way, u8) {
        if way.via() & SHORTCUT == 0 {
            return (way, 1);
        }
        let [first, second] = way.parts();
        let (before, after) = (self.fixed[first as usize - self.offset], self.fixed[second as usize - self.offset]);
        if before == 0 || after == 0 {
            return (way, 0);
        }
        let arcs = (before + after).min(RUN_MIN);
        if arcs < RUN_MIN || before == RUN_MIN || after == RUN_MIN {
            return (way, arcs);
        }
        let start = self.runs.len();
        self.stack.extend([second, first]);
        while let Some(entry) = self.stack.pop() {
            let way = self.ways[entry as usize - self.offset];
            if way.via() & SHORTCUT == 0 {
                self.runs.push(way.via());
            } else {
                let [first, second] = way.parts();
                self.stack.extend([second, first]);
            }
        }
        let count = self.runs.len() - start;
        (Way::new(RUN | id(start), i16::try_from(count).unwrap_or(0)), RUN_MIN)
    }
}
