//! What a message must be before it is taken, its characters and attributes; and what names may be.

use super::error::{Code, SqsError};
use super::limits::{ATTRIBUTE_NAME_CHARS_MAX, ATTRIBUTE_TYPE_CHARS_MAX, ATTRIBUTES_MAX, NAME_CHARS_MAX};
use super::message::{MessageAttribute, MessageAttributes};

const INVALID_CHARACTERS: &str =
    "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF";

/// Whether a queue or an entry of a batch may be called so.
pub(super) fn is_name(text: &str) -> bool {
    let letters = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    letters && (1..=NAME_CHARS_MAX).contains(&text.len())
}

pub(super) fn check_text(text: &str) -> Result<(), SqsError> {
    let valid = |character: char| !matches!(character, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
    if text.chars().all(valid) { Ok(()) } else { Err(SqsError::new(Code::InvalidMessageContents, INVALID_CHARACTERS)) }
}

pub(super) fn check_attributes(attributes: &MessageAttributes) -> Result<(), SqsError> {
    if attributes.len() > ATTRIBUTES_MAX {
        let told = format!("Number of message attributes [{}] exceeds the allowed maximum [{ATTRIBUTES_MAX}].", attributes.len());
        return Err(SqsError::new(Code::InvalidParameterValue, told));
    }
    for (name, attribute) in attributes {
        check_attribute_name(name)?;
        check_attribute(name, attribute)?;
    }
    Ok(())
}

fn check_attribute_name(name: &str) -> Result<(), SqsError> {
    let refused = |told: String| Err(SqsError::new(Code::InvalidParameterValue, told));
    if name.is_empty() || name.len() > ATTRIBUTE_NAME_CHARS_MAX {
        return refused(format!("Length of message attribute name must be 1 to {ATTRIBUTE_NAME_CHARS_MAX} bytes."));
    }
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte)) {
        return refused("Invalid non-alphanumeric character was found in the message attribute name. Can only include alphanumeric characters, hyphens, underscores, or periods.".to_owned());
    }
    let lower = name.to_ascii_lowercase();
    if name.starts_with('.') || name.ends_with('.') || name.contains("..") {
        return refused(format!("Invalid message attribute name '{name}': it can not start or end with a period, or have two in a row."));
    }
    if lower.starts_with("aws.") || lower.starts_with("amazon.") {
        return refused(format!(
            "Invalid message attribute name '{name}': you can not use message attribute names beginning with 'aws.' or 'amazon.'."
        ));
    }
    Ok(())
}

fn check_attribute(name: &str, attribute: &MessageAttribute) -> Result<(), SqsError> {
    let refused = |told: String| Err(SqsError::new(Code::InvalidParameterValue, told));
    let kind = attribute.data_type.as_str();
    let (base, label) = kind.split_once('.').unwrap_or((kind, "label"));
    if kind.is_empty() {
        return refused(format!("The message attribute '{name}' must contain a non-empty message attribute type."));
    }
    if !["String", "Number", "Binary"].contains(&base) || label.is_empty() || kind.len() > ATTRIBUTE_TYPE_CHARS_MAX {
        return refused(format!(
            "The message attribute '{name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String."
        ));
    }
    let given = match (base, &attribute.string_value, &attribute.binary_value) {
        ("Binary", None, Some(base64)) => base64,
        ("String" | "Number", Some(text), None) => text,
        _ => {
            let field = if base == "Binary" { "binary" } else { "string" };
            return refused(format!("The message attribute '{name}' with type '{kind}' must use field '{field}'."));
        }
    };
    if given.is_empty() {
        return refused(format!("The message attribute '{name}' must contain a non-empty value for message attribute type '{kind}'."));
    }
    if attribute.value().is_none() {
        return refused(format!("The message attribute '{name}' is not base64."));
    }
    if base == "Number" && !is_number(given) {
        return refused(format!("Can't cast the value of message (user) attribute '{name}' to a number."));
    }
    if base == "Binary" { Ok(()) } else { check_text(given) }
}

/// A decimal number, with or without an exponent.
fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte)) && text.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_xml_has_not_are_refused() {
        for valid in ["a\tb\r\nc", "ü", "\u{10ffff}", "\u{fffd}"] {
            assert_eq!(check_text(valid), Ok(()));
        }
        for invalid in ["\0", "a\u{1f}", "\u{b}", "\u{ffff}", "\u{fffe}"] {
            assert_eq!(check_text(invalid).unwrap_err().code, Code::InvalidMessageContents);
        }
    }

    #[test]
    fn attributes_are_of_known_types_and_harmless_names() {
        let text =
            |kind: &str, value: &str| MessageAttribute { data_type: kind.into(), string_value: Some(value.into()), binary_value: None };
        let told = |name: &str, attribute: MessageAttribute| check_attributes(&MessageAttributes::from([(name.to_owned(), attribute)]));
        for valid in [text("String", "x"), text("Number.int", "-1.5e3"), text("String.a.b", "x")] {
            assert_eq!(told("a.b-c_1", valid), Ok(()));
        }
        for name in ["", ".a", "a.", "a..b", "AWS.x", "amazon.y", "a b", &"a".repeat(257)] {
            assert!(told(name, text("String", "x")).is_err(), "{name}");
        }
        let both = MessageAttribute { binary_value: Some("eA==".into()), ..text("String", "x") };
        let rubbish = MessageAttribute { data_type: "Binary".into(), string_value: None, binary_value: Some("?".into()) };
        for wrong in [
            text("", "x"),
            text("Text", "x"),
            text("String", ""),
            text("Number", "inf"),
            text("String.", "x"),
            text("Binary", "x"),
            both,
            rubbish,
        ] {
            assert!(told("a", wrong.clone()).is_err(), "{wrong:?}");
        }
    }
}
