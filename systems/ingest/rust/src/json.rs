//! A JSON array of objects, one element at a time.
//!
//! The array is cut into elements by counting brackets outside of strings, each byte looked at once; every element is then parsed on its own by `serde_json`, borrowing. An element that is not a
//! registration is a bad row and the next one is read, so one bad element does not cost the rest. One that outgrows [`ROW_BYTES_MAX`] is passed over without being kept.

use std::borrow::Cow;

use memchr::memchr2;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::limits::{ROW_BYTES_MAX, ROW_EXCERPT_BYTES};
use crate::record::{BadRow, Record};
use crate::rows::{Row, SourceError, Step, Window};

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

#[derive(Debug)]
pub struct JsonParser {
    window: Window,
    place: Place,
    element: Element,
    excerpt: Vec<u8>,
}

/// Between which tokens of the array we are.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    Start,
    /// Behind `[`.
    FirstOrEnd,
    /// Behind a comma.
    Next,
    Inside,
    /// Behind an element.
    CommaOrEnd,
    Done,
}

/// How far into an element we have looked.
#[derive(Clone, Copy, Debug, Default)]
struct Element {
    /// Bytes looked at that the window still has.
    seen: usize,
    /// Where it begins in the file.
    offset: u64,
    depth: usize,
    in_string: bool,
    /// Too large to keep.
    dropped: bool,
}

impl Default for JsonParser {
    fn default() -> Self {
        Self::new()
    }
}

impl JsonParser {
    /// At the beginning of a file.
    pub fn new() -> Self {
        Self { window: Window::default(), place: Place::Start, element: Element::default(), excerpt: Vec::new() }
    }

    /// Behind an element, or at the beginning.
    pub fn resume(offset: u64) -> Self {
        let place = if offset == 0 { Place::Start } else { Place::CommaOrEnd };
        Self { window: Window::at(offset), place, ..Self::new() }
    }

    pub fn push(&mut self, bytes: &[u8]) {
        self.window.push(bytes);
    }

    pub fn end(&mut self) {
        self.window.end();
    }

    /// # Errors
    /// [`SourceError`] where the text is no array of elements any more, or is cut short.
    pub fn step(&mut self) -> Result<Step<'_>, SourceError> {
        if self.place == Place::Start && self.window.offset() == 0 {
            if self.window.rest().len() < BYTE_ORDER_MARK.len() && !self.window.ended() {
                return Ok(Step::More);
            }
            if self.window.rest().starts_with(BYTE_ORDER_MARK) {
                self.window.take(BYTE_ORDER_MARK.len());
            }
        }
        while self.place != Place::Inside {
            let blank = self.window.rest().iter().take_while(|byte| matches!(byte, b' ' | b'\n' | b'\r' | b'\t')).count();
            self.window.take(blank);
            let Some(&byte) = self.window.rest().first() else {
                return match (self.window.ended(), self.place) {
                    (false, _) => Ok(Step::More),
                    (true, Place::Done) => Ok(Step::End),
                    (true, _) => Err(SourceError::CutShort { offset: self.window.offset() }),
                };
            };
            self.token(byte)?;
        }
        self.element_on()
    }

    /// What stands between elements.
    fn token(&mut self, byte: u8) -> Result<(), SourceError> {
        let offset = self.window.offset();
        let unexpected = |expected| Err(SourceError::Json { offset, expected });
        self.place = match (self.place, byte) {
            (Place::Start, b'[') => Place::FirstOrEnd,
            (Place::Start, _) => return unexpected("the beginning"),
            (Place::FirstOrEnd | Place::CommaOrEnd, b']') => Place::Done,
            (Place::CommaOrEnd, b',') => Place::Next,
            (Place::CommaOrEnd, _) => return unexpected("a comma or the end"),
            (Place::FirstOrEnd | Place::Next, b',' | b']' | b'}' | b':') => return unexpected("an element"),
            (Place::FirstOrEnd | Place::Next | Place::Inside, _) => {
                self.element = Element { offset, ..Element::default() };
                self.place = Place::Inside;
                return Ok(());
            }
            (Place::Done, _) => return unexpected("nothing behind the end"),
        };
        self.window.take(1);
        Ok(())
    }

    /// Goes on in an element, to its end if that is here.
    fn element_on(&mut self) -> Result<Step<'_>, SourceError> {
        let over = self.element.look(self.window.rest());
        let seen = self.element.seen;
        if !over {
            if self.window.ended() {
                return Err(SourceError::CutShort { offset: self.element.offset });
            }
            if seen > ROW_BYTES_MAX || self.element.dropped {
                let passed = self.window.take(seen);
                if !self.element.dropped {
                    self.excerpt.clear();
                    self.excerpt.extend_from_slice(&passed[..ROW_EXCERPT_BYTES]);
                }
                self.element = Element { seen: 0, dropped: true, ..self.element };
            }
            return Ok(Step::More);
        }
        self.place = Place::CommaOrEnd;
        let Element { offset, dropped, .. } = self.element;
        let end = self.window.offset() + seen as u64;
        let raw = self.window.take(seen);
        if dropped {
            return Ok(Step::Row(Row { offset, end, raw: &self.excerpt, record: Err(BadRow::TooLarge) }));
        }
        Ok(Step::Row(Row { offset, end, raw, record: record(raw) }))
    }
}

impl Element {
    /// Looks at what is new of `rest`; whether the element ends in it, at [`Self::seen`].
    fn look(&mut self, rest: &[u8]) -> bool {
        let mut at = self.seen;
        while let Some(&byte) = rest.get(at) {
            if self.in_string {
                let Some(found) = memchr2(b'"', b'\\', &rest[at..]) else {
                    at = rest.len();
                    break;
                };
                at += found;
                if rest[at] == b'\\' {
                    if at + 1 == rest.len() {
                        break;
                    }
                    at += 2;
                    continue;
                }
                at += 1;
                self.in_string = false;
                if self.depth == 0 {
                    self.seen = at;
                    return true;
                }
                continue;
            }
            match byte {
                b'"' => self.in_string = true,
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' if self.depth > 0 => {
                    self.depth -= 1;
                    if self.depth == 0 {
                        self.seen = at + 1;
                        return true;
                    }
                }
                // A number, true, false, null or nonsense ends where the array goes on.
                b',' | b']' | b'}' | b' ' | b'\n' | b'\r' | b'\t' if self.depth == 0 => {
                    self.seen = at;
                    return true;
                }
                _ => {}
            }
            at += 1;
        }
        self.seen = at;
        false
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Registration<'a> {
    #[serde(borrow)]
    registration_id: Cow<'a, str>,
    #[serde(borrow)]
    event_id: Cow<'a, str>,
    #[serde(borrow)]
    event_name: Cow<'a, str>,
    #[serde(borrow)]
    event_date: Cow<'a, str>,
    #[serde(borrow)]
    venue: Cow<'a, str>,
    #[serde(borrow)]
    attendee_name: Cow<'a, str>,
    #[serde(borrow)]
    attendee_email: Cow<'a, str>,
    #[serde(borrow)]
    ticket_type: Cow<'a, str>,
    #[serde(borrow)]
    amount_paid: &'a RawValue,
    #[serde(borrow)]
    payment_method: Cow<'a, str>,
    #[serde(borrow)]
    seat_section: Cow<'a, str>,
}

fn record(raw: &[u8]) -> Result<Record<'_>, BadRow> {
    let text = std::str::from_utf8(raw).map_err(|_| BadRow::NotUtf8)?;
    if !text.starts_with('{') {
        return Err(BadRow::Json("not an object".to_owned()));
    }
    let row: Registration<'_> = serde_json::from_str(text).map_err(|error| BadRow::Json(error.to_string()))?;
    let amount = row.amount_paid.get();
    // The number's own text; a string of digits is as good.
    let amount = amount.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(amount);
    let values = [
        row.registration_id,
        row.event_id,
        row.event_name,
        row.event_date,
        row.venue,
        row.attendee_name,
        row.attendee_email,
        row.ticket_type,
        Cow::Borrowed(amount),
        row.payment_method,
        row.seat_section,
    ];
    Ok(Record { values })
}
