//! Asking the kernel for pages before they are read, many at once.
//!
//! The first route of a cold process touches some nine hundred pages of a metro's file, here and there. Each read on its own is a wait of its own; with the kernel's
//! default readahead each brings megabytes along. So a mapped city is advised to be read without readahead, and the pages that a step will need are asked for together, in the
//! order of the file. Advice only: what is not there yet when it is read is waited for, and without a mapping nothing happens.

use memmap2::{Advice, Mmap};

use super::City;

const PAGE_BYTES: usize = 4096;
/// Pages asked for are joined into one range over gaps of fewer pages than this: asking is dearer than reading a little more.
const GAP_PAGES: usize = 4;

/// Pages to be asked for.
#[derive(Debug, Default)]
pub struct Prefetch {
    pages: Vec<usize>,
}

impl Prefetch {
    /// Adds the page of an element of one of the city's arrays, and `around` pages before and after it.
    pub fn element<T>(&mut self, city: &City<'_>, array: &[T], index: usize, around: usize) {
        let Some(element) = array.get(index) else { return };
        let at = std::ptr::from_ref(element).addr().wrapping_sub(city.bytes.as_ptr().addr());
        if at < city.bytes.len() {
            let page = at / PAGE_BYTES;
            self.pages.extend(page.saturating_sub(around)..=page + around);
        }
    }

    /// Asks for them.
    pub fn flush(&mut self, city: &City<'_>) {
        let Some(map) = city.map else { return };
        self.pages.sort_unstable();
        for run in self.pages.chunk_by(|a, b| b - a <= GAP_PAGES) {
            if let (Some(first), Some(last)) = (run.first(), run.last()) {
                let (start, end) = (first * PAGE_BYTES, ((last + 1) * PAGE_BYTES).min(map.len()));
                if start < end {
                    // Advice that the kernel does not take changes no answer.
                    let _ = map.advise_range(Advice::WillNeed, start, end - start);
                }
            }
        }
        self.pages.clear();
    }
}

/// Turns readahead off.
pub(super) fn read_here_and_there(map: &Mmap) {
    // As above.
    let _ = map.advise(Advice::Random);
}
