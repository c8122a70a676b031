//! `application/vnd.amazon.eventstream`: the binary framing of `InvokeWithResponseStream`.
//!
//! A message, big-endian: total length u32 | headers length u32 | CRC-32 of those eight bytes | headers | payload | CRC-32 of all before it.
//! A header: name length u8 | name | type u8 (7: string) | value length u16 | value.

use bytes::{BufMut as _, Bytes, BytesMut};
use serde::Serialize;

const STRING: u8 = 7;
const PRELUDE_BYTES: usize = 8;
const CRC_BYTES: usize = 4;
/// What the format allows of a message's payload. Larger chunks are split.
const PAYLOAD_BYTES_MAX: usize = 16 * 1024 * 1024 - 64 * 1024;

/// The last event of a stream.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct InvokeComplete {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error_details: Option<String>,
    /// Base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) log_result: Option<String>,
}

/// A part of the function's answer. Nothing for an empty chunk.
pub(super) fn payload_chunk(chunk: &[u8]) -> Bytes {
    let mut messages = BytesMut::with_capacity(chunk.len() + 128);
    for part in chunk.chunks(PAYLOAD_BYTES_MAX) {
        put(&mut messages, "PayloadChunk", "application/octet-stream", part);
    }
    messages.freeze()
}

pub(super) fn invoke_complete(complete: &InvokeComplete) -> Bytes {
    // Three optional strings always serialize.
    let payload = serde_json::to_vec(complete).unwrap_or_default();
    let mut message = BytesMut::with_capacity(payload.len() + 128);
    put(&mut message, "InvokeComplete", "application/json", &payload);
    message.freeze()
}

fn put(to: &mut BytesMut, event_type: &str, content_type: &str, payload: &[u8]) {
    let headers = [(":message-type", "event"), (":event-type", event_type), (":content-type", content_type)];
    let headers_bytes: usize = headers.iter().map(|(name, value)| 1 + name.len() + 1 + 2 + value.len()).sum();
    let total = PRELUDE_BYTES + CRC_BYTES + headers_bytes + payload.len() + CRC_BYTES;
    let start = to.len();
    to.put_u32(length(total));
    to.put_u32(length(headers_bytes));
    to.put_u32(crc32fast::hash(&to[start..]));
    for (name, value) in headers {
        put_header(to, name, value);
    }
    to.put_slice(payload);
    to.put_u32(crc32fast::hash(&to[start..]));
}

fn put_header(to: &mut BytesMut, name: &str, value: &str) {
    to.put_u8(u8::try_from(name.len()).expect("names are constants of this file"));
    to.put_slice(name.as_bytes());
    to.put_u8(STRING);
    to.put_u16(u16::try_from(value.len()).expect("values are constants of this file"));
    to.put_slice(value.as_bytes());
}

fn length(bytes: usize) -> u32 {
    u32::try_from(bytes).expect("payloads are split below 16 MiB")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Headers = Vec<(String, String)>;

    /// Reads messages by the format's description alone: headers and payload of each.
    fn decode(mut bytes: &[u8]) -> Vec<(Headers, Vec<u8>)> {
        let u32_at = |bytes: &[u8], at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
        let mut messages = Vec::new();
        while !bytes.is_empty() {
            let total = u32_at(bytes, 0) as usize;
            let headers_end = 12 + u32_at(bytes, 4) as usize;
            let message = &bytes[..total];
            assert_eq!(u32_at(message, 8), crc32_bitwise(&message[..8]), "prelude CRC");
            assert_eq!(u32_at(message, total - 4), crc32_bitwise(&message[..total - 4]), "message CRC");
            let (mut at, mut headers) = (12, Vec::new());
            while at < headers_end {
                let name_end = at + 1 + usize::from(message[at]);
                assert_eq!(message[name_end], 7, "a string");
                let value_start = name_end + 3;
                let value_end = value_start + usize::from(u16::from_be_bytes([message[name_end + 1], message[name_end + 2]]));
                let text = |from: usize, to: usize| String::from_utf8(message[from..to].to_vec()).unwrap();
                headers.push((text(at + 1, name_end), text(value_start, value_end)));
                at = value_end;
            }
            messages.push((headers, message[headers_end..total - 4].to_vec()));
            bytes = &bytes[total..];
        }
        messages
    }

    /// The textbook CRC-32, bit by bit.
    fn crc32_bitwise(bytes: &[u8]) -> u32 {
        !bytes
            .iter()
            .fold(!0_u32, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 }))
    }

    proptest! {
        #[test]
        fn chunks_round_trip(chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..2_000), 0..5)) {
            let bytes: Vec<u8> = chunks.iter().flat_map(|chunk| payload_chunk(chunk)).collect();
            let read: Vec<Vec<u8>> = decode(&bytes).into_iter().map(|(_, payload)| payload).collect();
            let sent: Vec<Vec<u8>> = chunks.into_iter().filter(|chunk| !chunk.is_empty()).collect();
            prop_assert_eq!(read, sent);
        }

        #[test]
        fn completion_round_trips(code in any::<Option<String>>(), details in any::<Option<String>>(), log in any::<Option<String>>()) {
            let bytes = invoke_complete(&InvokeComplete { error_code: code.clone(), error_details: details.clone(), log_result: log.clone() });
            let (headers, payload) = decode(&bytes).remove(0);
            prop_assert_eq!(&headers[1], &(":event-type".to_owned(), "InvokeComplete".to_owned()));
            let json: serde_json::Value = serde_json::from_slice(&payload).unwrap();
            prop_assert_eq!(json.get("ErrorCode").and_then(|v| v.as_str()), code.as_deref());
            prop_assert_eq!(json.get("ErrorDetails").and_then(|v| v.as_str()), details.as_deref());
            prop_assert_eq!(json.get("LogResult").and_then(|v| v.as_str()), log.as_deref());
        }
    }

    #[test]
    fn chunks_over_the_format_s_limit_are_split() {
        let chunk = vec![7; PAYLOAD_BYTES_MAX + 1];
        let messages = decode(&payload_chunk(&chunk));
        assert_eq!(messages.iter().map(|(_, payload)| payload.len()).collect::<Vec<_>>(), [PAYLOAD_BYTES_MAX, 1]);
    }
}
