//! A message as it was sent, its size, and the MD5 sums by which SDKs check that it arrived unharmed.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use s3s::crypto::{Checksum as _, Md5};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What never changes of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Message {
    #[serde(with = "id_text")]
    pub(super) id: Uuid,
    pub(super) body: String,
    pub(super) attributes: MessageAttributes,
    /// The access key that sent it, or else the account.
    pub(super) sender_id: String,
    pub(super) sent_ms: u64,
    pub(super) trace_header: Option<String>,
    pub(super) group_id: Option<String>,
    /// The queue that it failed in.
    pub(super) dead_letter_source: Option<String>,
}

/// By name, in the order in which the MD5 takes them.
pub(super) type MessageAttributes = BTreeMap<String, MessageAttribute>;

/// As the JSON protocol writes it; checked by [`super::checks`] to have one value of the kind that its type names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct MessageAttribute {
    pub(super) data_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) string_value: Option<String>,
    /// In base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) binary_value: Option<String>,
}

impl MessageAttribute {
    /// The value's bytes; none when it is no base64.
    pub(super) fn value(&self) -> Option<Vec<u8>> {
        match (&self.string_value, &self.binary_value) {
            (Some(text), _) => Some(text.clone().into_bytes()),
            (None, Some(base64)) => BASE64_STANDARD.decode(base64).ok(),
            (None, None) => None,
        }
    }
}

impl Message {
    /// What SQS's limits count: body, and of attributes names, types and values.
    pub(super) fn bytes(&self) -> usize {
        self.body.len() + attributes_bytes(&self.attributes)
    }
}

pub(super) fn attributes_bytes(attributes: &MessageAttributes) -> usize {
    let one = |(name, attribute): (&String, &MessageAttribute)| {
        name.len() + attribute.data_type.len() + attribute.value().map_or(0, |value| value.len())
    };
    attributes.iter().map(one).sum()
}

pub(super) fn md5_of_body(body: &str) -> String {
    let mut sum = Md5::new();
    sum.update(body.as_bytes());
    hex(sum)
}

/// SQS's sum over attributes: for each, in the order of the names, the lengths (4 bytes, big-endian) and bytes of name and type, a
/// byte for text (1) or bytes (2), and length and bytes of the value.
pub(super) fn md5_of_attributes<'a>(attributes: impl IntoIterator<Item = (&'a String, &'a MessageAttribute)>) -> Option<String> {
    let mut attributes = attributes.into_iter().peekable();
    attributes.peek()?;
    let mut sum = Md5::new();
    let field = |sum: &mut Md5, bytes: &[u8]| {
        sum.update(&u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
        sum.update(bytes);
    };
    for (name, attribute) in attributes {
        field(&mut sum, name.as_bytes());
        field(&mut sum, attribute.data_type.as_bytes());
        sum.update(&[if attribute.string_value.is_some() { 1 } else { 2 }]);
        field(&mut sum, &attribute.value().unwrap_or_default());
    }
    Some(hex(sum))
}

fn hex(sum: Md5) -> String {
    sum.finalize().iter().fold(String::with_capacity(32), |mut text, byte| {
        // A String takes every write.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A message's id in the store.
mod id_text {
    use serde::{Deserialize as _, Deserializer, Serializer};
    use uuid::Uuid;

    pub(super) fn serialize<S: Serializer>(id: &Uuid, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(id)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Uuid, D::Error> {
        let text = String::deserialize(deserializer)?;
        Uuid::parse_str(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bodys_sum_is_the_documentations_and_kinds_of_attributes_differ() {
        assert_eq!(md5_of_body("This is a test message"), "fafb00f5732ab283681e124bf8747ed1");
        assert_eq!(md5_of_attributes(&MessageAttributes::new()), None);
        let text = MessageAttribute { data_type: "String".into(), string_value: Some("value".into()), binary_value: None };
        let sums = |attribute: MessageAttribute| md5_of_attributes(&BTreeMap::from([("name".to_owned(), attribute)])).unwrap();
        let bytes = MessageAttribute { data_type: "Binary".into(), string_value: None, binary_value: Some("dmFsdWU=".into()) };
        assert_eq!(bytes.value().unwrap(), b"value");
        assert_ne!(sums(text), sums(bytes), "text and bytes differ though they look alike");
    }
}
