//! From entries to input arcs.
//!
//! Whoever unpacks waits for memory: the entries of a long route lie all over the index. So all entries of a route are looked up in one pass, which lets the processor wait for many at once,
//! then all of which those consist, and so on. What is left after [`PASSES`], if anything, is unpacked depth first, so that the work is bounded by the length of the route.

use crate::cch::error::{CchError, damaged};
use crate::cch::graph::NONE;
use crate::cch::pack::{Index, RUN, SHORTCUT, Way};

/// After more, too little is left to wait for: of 0, 3, 6, 9, 12 and 24 passes, 9 were fastest over 100 miles not ridden before (0.7 of depth first alone), 6 over ones just ridden.
const PASSES: usize = 8;

/// A piece of the route: an entry not looked up yet, or, where `entry` is [`NONE`], an input arc or a run.
#[derive(Debug, Clone, Copy)]
struct Piece {
    entry: u32,
    way: Way,
}

/// Memory to use.
#[derive(Debug, Default)]
pub(super) struct Unpacker {
    pieces: Vec<Piece>,
    finer: Vec<Piece>,
    stack: Vec<u32>,
}

impl Unpacker {
    /// Appends the input arcs of `entries`, in riding order; at most about `limit`.
    pub(super) fn unpack(
        &mut self,
        index: Index<'_>,
        entries: impl Iterator<Item = u32>,
        limit: usize,
        arcs: &mut Vec<u32>,
    ) -> Result<(), CchError> {
        self.pieces.clear();
        self.pieces.extend(entries.map(|entry| Piece { entry, way: Way::default() }));
        for _ in 0..PASSES {
            if !self.refine(index, limit)? {
                break;
            }
        }
        let limit = limit.saturating_add(arcs.len());
        for piece in &self.pieces {
            if arcs.len() > limit {
                return Err(damaged("route", piece.way.via()));
            }
            if piece.entry != NONE {
                depth_first(index, piece.entry, &mut self.stack, limit, arcs)?;
            } else if piece.way.via() & RUN == RUN {
                arcs.extend_from_slice(index.run(piece.way).ok_or(damaged("run", piece.way.via()))?);
            } else {
                arcs.push(piece.way.via());
            }
        }
        Ok(())
    }

    /// One pass; `false` when there was nothing left to look up.
    fn refine(&mut self, index: Index<'_>, limit: usize) -> Result<bool, CchError> {
        let mut left = false;
        for piece in self.pieces.iter_mut().filter(|piece| piece.entry != NONE) {
            piece.way = index.first_way(piece.entry).ok_or(damaged("entry", piece.entry))?;
            left = true;
        }
        self.finer.clear();
        for piece in &self.pieces {
            if piece.entry == NONE {
                self.finer.push(*piece);
                continue;
            }
            let way = index.way_now(piece.way).ok_or(damaged("entry", piece.entry))?;
            if way.via() & RUN == SHORTCUT {
                self.finer.extend(parts(way, piece.entry)?.map(|entry| Piece { entry, way }));
            } else {
                self.finer.push(Piece { entry: NONE, way });
            }
        }
        // A shortest way passes no node twice.
        if self.finer.len() > limit {
            return Err(damaged(
                "entries of a route that passes nodes twice, of which there are",
                self.finer.len().try_into().unwrap_or(NONE),
            ));
        }
        std::mem::swap(&mut self.pieces, &mut self.finer);
        Ok(left)
    }
}

/// The entries of which a shortcut consists. They come before it, so unpacking ends.
fn parts(way: Way, entry: u32) -> Result<[u32; 2], CchError> {
    let parts = way.parts();
    if parts.iter().any(|part| *part >= entry) { Err(damaged("entry", entry)) } else { Ok(parts) }
}

/// Appends the input arcs of one entry, until there are about `limit` in all.
fn depth_first(index: Index<'_>, entry: u32, stack: &mut Vec<u32>, limit: usize, arcs: &mut Vec<u32>) -> Result<(), CchError> {
    stack.clear();
    stack.push(entry);
    while let Some(entry) = stack.pop() {
        let way = index.first_way(entry).and_then(|way| index.way_now(way)).ok_or(damaged("entry", entry))?;
        if arcs.len() >= limit {
            return Err(damaged("entry", entry));
        }
        match way.via() & RUN {
            SHORTCUT => {
                let [first, second] = parts(way, entry)?;
                stack.extend([second, first]);
            }
            RUN => arcs.extend_from_slice(index.run(way).ok_or(damaged("run", way.via()))?),
            _ => arcs.push(way.via()),
        }
    }
    Ok(())
}
