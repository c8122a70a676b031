//! The last 4 KB of one invocation's log.

use bytes::Bytes;

use crate::limits::LOG_TAIL_BYTES;

#[derive(Debug, Default)]
pub(crate) struct Tail {
    /// At most twice the limit; cut back when it would grow beyond.
    text: Vec<u8>,
}

impl Tail {
    pub(crate) fn push_line(&mut self, line: &[u8]) {
        let line = &line[line.len().saturating_sub(LOG_TAIL_BYTES)..];
        if self.text.len() + line.len() >= 2 * LOG_TAIL_BYTES {
            let surplus = self.text.len().saturating_sub(LOG_TAIL_BYTES);
            self.text.drain(..surplus);
        }
        self.text.extend_from_slice(line);
        self.text.push(b'\n');
    }

    /// The end of what was written, cut in the middle of a line if need be, but never in the middle of a character.
    pub(crate) fn into_bytes(mut self) -> Bytes {
        let mut from = self.text.len().saturating_sub(LOG_TAIL_BYTES);
        while from > 0 && self.text.get(from).is_some_and(|byte| byte & 0b1100_0000 == 0b1000_0000) {
            from += 1;
        }
        self.text.drain(..from);
        self.text.into()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn is_the_end_of_everything_written(lines in prop::collection::vec("[ -~]{0,3000}", 0..12)) {
            let mut tail = Tail::default();
            let mut all = String::new();
            for line in &lines {
                tail.push_line(line.as_bytes());
                all.push_str(line);
                all.push('\n');
            }
            let end = &all.as_bytes()[all.len().saturating_sub(LOG_TAIL_BYTES)..];
            prop_assert_eq!(tail.into_bytes(), end);
        }
    }

    #[test]
    fn a_character_is_not_cut_in_two() {
        let mut tail = Tail::default();
        tail.push_line("é".repeat(LOG_TAIL_BYTES).as_bytes());
        let bytes = tail.into_bytes();
        assert!(std::str::from_utf8(&bytes).is_ok());
        assert_eq!(bytes.len(), LOG_TAIL_BYTES - 1);
    }
}
