//! Up to where everything is durable, though batches finish in any order.
//!
//! The file is a sequence of spans, one a batch. A span is settled when each of its items is in the table; the checkpoint is the end of the last span before which all are.

use std::collections::VecDeque;

use crate::message::Counts;

/// Number of a span, from 0 in the order of the file.
pub type SpanId = u64;

/// The spans that are not settled yet, and those behind one that is not.
#[derive(Debug)]
pub struct Durable {
    spans: VecDeque<Span>,
    /// Number of the first of [`Self::spans`].
    first: SpanId,
    offset: u64,
    counts: Counts,
    written: u64,
}

#[derive(Debug)]
struct Span {
    end: u64,
    items_left: usize,
    counts: Counts,
}

impl Durable {
    /// Everything before `offset` is durable, and was counted.
    pub fn new(offset: u64, counts: Counts) -> Self {
        Self { spans: VecDeque::new(), first: 0, offset, written: counts.written, counts }
    }

    /// The number that [`Self::open`] will give next.
    pub fn next_id(&self) -> SpanId {
        self.first + self.spans.len() as u64
    }

    /// The next span of the file: it ends at `end`, and `counts.written` of its rows are to be written.
    pub fn open(&mut self, end: u64, counts: Counts) -> SpanId {
        let id = self.next_id();
        let items_left = usize::try_from(counts.written).unwrap_or(usize::MAX);
        self.spans.push_back(Span { end, items_left, counts });
        self.advance();
        id
    }

    /// One item of a span is in the table.
    pub fn settle(&mut self, id: SpanId) {
        let index = id.checked_sub(self.first).and_then(|index| usize::try_from(index).ok());
        let span = index.and_then(|index| self.spans.get_mut(index)).filter(|span| span.items_left > 0);
        assert!(span.is_some(), "an item of span {id} was settled that is not open");
        if let Some(span) = span {
            span.items_left -= 1;
        }
        self.written += 1;
        self.advance();
    }

    /// Items in the table, also those behind the checkpoint.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Where a load may go on, and what was counted up to there.
    pub fn checkpoint(&self) -> (u64, Counts) {
        (self.offset, self.counts)
    }

    fn advance(&mut self) {
        while self.spans.front().is_some_and(|span| span.items_left == 0)
            && let Some(span) = self.spans.pop_front()
        {
            self.first += 1;
            self.offset = span.end;
            self.counts.records += span.counts.records;
            self.counts.written += span.counts.written;
            self.counts.rejected += span.counts.rejected;
            self.counts.duplicates += span.counts.duplicates;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// The oracle looks at every span each time.
        #[test]
        fn the_checkpoint_is_never_beyond_an_item_that_is_not_durable(
            sizes in prop::collection::vec(0..4usize, 1..20), order in any::<prop::sample::Index>(), seed in any::<u64>()
        ) {
            let mut durable = Durable::new(100, Counts::default());
            let mut open = Vec::new();
            for (index, &size) in sizes.iter().enumerate() {
                let counts = Counts { records: size as u64 + 1, written: size as u64, rejected: 1, duplicates: 0 };
                let id = durable.open(110 + 10 * index as u64, counts);
                prop_assert_eq!(id, index as u64);
                open.extend(std::iter::repeat_n(id, size));
            }
            let mut random = fastrand::Rng::with_seed(seed);
            random.shuffle(&mut open);
            let stop = order.index(open.len() + 1);
            for (done, &id) in open[..stop].iter().enumerate() {
                durable.settle(id);
                prop_assert_eq!(durable.written(), done as u64 + 1);
            }
            let left: Vec<usize> = (0..sizes.len()).filter(|&span| open[stop..].contains(&(span as u64))).collect();
            let whole = left.first().copied().unwrap_or(sizes.len());
            let (offset, counts) = durable.checkpoint();
            prop_assert_eq!(offset, 100 + 10 * whole as u64);
            prop_assert_eq!(counts.rejected, whole as u64);
            prop_assert_eq!(counts.written, sizes[..whole].iter().sum::<usize>() as u64);
            prop_assert_eq!(counts.records, counts.written + counts.rejected);
        }
    }
}
