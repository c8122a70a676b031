//! From entries to input arcs.

use super::climb::Direction;
use crate::cch::error::{CchError, damaged};
use crate::cch::pack::{Index, SHORTCUT};

/// Appends the input arcs of an entry, in the order in which they are ridden. `stack` is memory to use.
///
/// An entry on the stack is its number × 2, + 1 when it is ridden down.
pub(super) fn entry(
    index: Index<'_>,
    (entry, direction): (u32, Direction),
    stack: &mut Vec<u32>,
    limit: usize,
    arcs: &mut Vec<u32>,
) -> Result<(), CchError> {
    stack.clear();
    stack.push(entry << 1 | u32::from(direction == Direction::Down));
    while let Some(next) = stack.pop() {
        let entry = next >> 1;
        let way = index.way(entry).ok_or(damaged("entry", entry))?;
        let via = way.via();
        if via & SHORTCUT != 0 {
            let low = via & !SHORTCUT;
            let high = low.wrapping_add_signed(way.beside.into());
            // Children come before their shortcut, so this ends.
            if low >= entry || high >= entry {
                return Err(damaged("entry", entry));
            }
            // Up: down to the lower node and up from there. Down: the same, the other way round.
            let (first, second) = if next & 1 == 0 { (low, high) } else { (high, low) };
            stack.push(second << 1);
            stack.push(first << 1 | 1);
            continue;
        }
        // A shortest way passes no node twice.
        if arcs.len() >= limit {
            return Err(damaged("entry", entry));
        }
        arcs.push(via);
    }
    Ok(())
}
