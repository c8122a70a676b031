//! The fields of a request, each checked on its own, so that a refusal names the one at fault.

use std::borrow::Cow;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Map, Value};

use super::refusal::Refusal;
use crate::geo::Point;
use crate::http::HttpEvent;
use crate::limits::BODY_BYTES_MAX;

/// As Python's decoder: the unused bits of the last character are not looked at.
const BASE64: GeneralPurpose = GeneralPurpose::new(&STANDARD, GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true));

/// A JSON object that was the body of a request.
#[derive(Debug)]
pub(super) struct Fields(Map<String, Value>);

impl Fields {
    pub(super) fn of(event: &HttpEvent) -> Result<Self, Refusal> {
        let body: Value = serde_json::from_slice(&body(event)?).map_err(|_| Refusal::field("body", "is not JSON"))?;
        match body {
            Value::Object(fields) => Ok(Self(fields)),
            _ => Err(Refusal::field("body", "is not a JSON object")),
        }
    }

    pub(super) fn has(&self, field: &str) -> bool {
        self.0.contains_key(field)
    }

    /// A place that must be there.
    pub(super) fn place(&self, field: &str) -> Result<Point, Refusal> {
        place(self.0.get(field).ok_or_else(|| Refusal::field(field, "is missing"))?, field)
    }

    /// `min ..= max` places; none where the field is not there and `min` is 0.
    pub(super) fn places(&self, field: &str, min: usize, max: usize) -> Result<Vec<Point>, Refusal> {
        let items = self.items(field, min, max)?;
        items.iter().enumerate().map(|(index, item)| place(item, &format!("{field}[{index}]"))).collect()
    }

    /// `min ..= max` whole numbers, each in `bounds`.
    pub(super) fn integers(&self, field: &str, min: usize, max: usize, bounds: (u64, u64)) -> Result<Vec<u64>, Refusal> {
        let items = self.items(field, min, max)?;
        let integer = |(index, item): (usize, &Value)| {
            let inside = item.as_u64().filter(|number| (bounds.0..=bounds.1).contains(number));
            inside.ok_or_else(|| {
                Refusal::field(format!("{field}[{index}]"), &format!("is not a whole number from {} to {}", bounds.0, bounds.1))
            })
        };
        items.iter().enumerate().map(integer).collect()
    }

    fn items(&self, field: &str, min: usize, max: usize) -> Result<&[Value], Refusal> {
        let Some(value) = self.0.get(field) else {
            return if min == 0 { Ok(&[]) } else { Err(Refusal::field(field, "is missing")) };
        };
        let items = value.as_array().filter(|items| (min..=max).contains(&items.len()));
        items.map(Vec::as_slice).ok_or_else(|| Refusal::field(field, &format!("is not an array of {min} to {max} items")))
    }

    /// `true`, `false`, or nothing, which is false.
    pub(super) fn flag(&self, field: &str) -> Result<bool, Refusal> {
        self.0.get(field).map_or(Ok(false), |value| value.as_bool().ok_or_else(|| Refusal::field(field, "is not true or false")))
    }

    /// A number in 0 ..= 1.
    pub(super) fn share(&self, field: &str) -> Result<Option<f64>, Refusal> {
        let Some(value) = self.0.get(field) else { return Ok(None) };
        let share = value.as_f64().filter(|share| (0.0..=1.0).contains(share));
        share.map(Some).ok_or_else(|| Refusal::field(field, "is not a number from 0 to 1"))
    }

    pub(super) fn text(&self, field: &str) -> Result<Option<&str>, Refusal> {
        self.0.get(field).map(|value| value.as_str().ok_or_else(|| Refusal::field(field, "is not a string"))).transpose()
    }
}

fn body(event: &HttpEvent) -> Result<Cow<'_, [u8]>, Refusal> {
    let text = event.body.as_deref().unwrap_or("");
    let bytes = if event.is_base64_encoded {
        Cow::Owned(BASE64.decode(text).map_err(|_| Refusal::field("body", "is not base64"))?)
    } else {
        Cow::Borrowed(text.as_bytes())
    };
    if bytes.len() > BODY_BYTES_MAX {
        let message = format!("the body is longer than {BODY_BYTES_MAX} bytes");
        return Err(Refusal { field: Some("body".to_owned()), ..Refusal::new(413, "body_too_large", message) });
    }
    if bytes.is_empty() { Err(Refusal::field("body", "is missing")) } else { Ok(bytes) }
}

fn place(value: &Value, field: &str) -> Result<Point, Refusal> {
    let pair = value.as_array().filter(|pair| pair.len() == 2);
    let numbers = pair.and_then(|pair| Some((pair[0].as_f64()?, pair[1].as_f64()?)));
    let (lat, lon) = numbers.ok_or_else(|| Refusal::field(field, "is not a pair of numbers [lat, lon]"))?;
    Point::from_degrees(lon, lat).ok_or_else(|| Refusal::field(field, "is outside -90..90 (lat) or -180..180 (lon)"))
}

/// A field of the query string; of several of one name the first.
pub(super) fn query<'e>(event: &'e HttpEvent, field: &str) -> Option<Cow<'e, str>> {
    form_urlencoded::parse(event.raw_query_string.as_bytes()).find(|(name, _)| name == field).map(|(_, value)| value)
}

/// A place as `lat` and `lon` in the query string.
pub(super) fn query_place(event: &HttpEvent) -> Result<Point, Refusal> {
    let degrees = |field: &str, bound: f64| {
        let text = query(event, field).ok_or_else(|| Refusal::field(field, "is missing"))?;
        let number =
            text.parse::<f64>().ok().filter(|number| number.is_finite()).ok_or_else(|| Refusal::field(field, "is not a number"))?;
        if number.abs() <= bound { Ok(number) } else { Err(Refusal::field(field, &format!("is outside -{bound}..{bound}"))) }
    };
    let (lat, lon) = (degrees("lat", 90.0)?, degrees("lon", 180.0)?);
    Point::from_degrees(lon, lat).ok_or_else(|| Refusal::field("lat", "is outside -90..90"))
}
