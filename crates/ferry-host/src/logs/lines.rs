//! Bytes from a pipe, cut into lines of bounded length.

use crate::limits::LOG_LINE_BYTES_MAX;

#[derive(Debug, Default)]
pub(crate) struct LineSplitter {
    /// The beginning of a line whose end has not come yet. Always shorter than the longest line.
    partial: Vec<u8>,
}

impl LineSplitter {
    /// Hands each line that `bytes` completes to `line`, without its newline. A line beyond the limit comes in parts.
    pub(crate) fn push(&mut self, mut bytes: &[u8], mut line: impl FnMut(&[u8])) {
        while !bytes.is_empty() {
            let room = LOG_LINE_BYTES_MAX - self.partial.len();
            let end = bytes.iter().take(room).position(|byte| *byte == b'\n');
            let (part, rest) = match end {
                Some(end) => (&bytes[..end], &bytes[end + 1..]),
                None => bytes.split_at(room.min(bytes.len())),
            };
            bytes = rest;
            if end.is_none() && part.len() < room {
                self.partial.extend_from_slice(part);
            } else if self.partial.is_empty() {
                line(part);
            } else {
                self.partial.extend_from_slice(part);
                line(&self.partial);
                self.partial.clear();
            }
        }
    }

    /// Hands over a last line that has no newline.
    pub(crate) fn finish(&mut self, mut line: impl FnMut(&[u8])) {
        if !self.partial.is_empty() {
            line(&self.partial);
            self.partial.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn split(chunks: &[&[u8]]) -> Vec<Vec<u8>> {
        let mut splitter = LineSplitter::default();
        let mut lines = Vec::new();
        for chunk in chunks {
            splitter.push(chunk, |line| lines.push(line.to_vec()));
        }
        splitter.finish(|line| lines.push(line.to_vec()));
        lines
    }

    proptest! {
        #[test]
        fn chunks_do_not_matter(text in "[ab\n]{0,200}", cut in 0usize..200) {
            let cut = cut.min(text.len());
            let whole: Vec<Vec<u8>> = text.lines().map(|line| line.as_bytes().to_vec()).collect();
            prop_assert_eq!(split(&[&text.as_bytes()[..cut], &text.as_bytes()[cut..]]), whole);
        }
    }

    #[test]
    fn an_endless_line_comes_in_parts_of_bounded_length() {
        let text = vec![b'x'; 3 * LOG_LINE_BYTES_MAX + 5];
        let lengths: Vec<usize> = split(&[&text[..7], &text[7..]]).iter().map(Vec::len).collect();
        assert_eq!(lengths, [LOG_LINE_BYTES_MAX, LOG_LINE_BYTES_MAX, LOG_LINE_BYTES_MAX, 5]);
    }
}
