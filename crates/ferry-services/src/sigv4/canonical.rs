//! The canonical form of a request, which is what is signed.

use http::request::Parts;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};

const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
const PATH: &AsciiSet = &UNRESERVED.remove(b'/');

/// The canonical request with this path and payload hash. `None` where a header is listed as signed that is not there.
pub(super) fn request(head: &Parts, path: &str, signed_headers: &[String], payload_hash: &str) -> Option<String> {
    let query = canonical_query(head.uri.query().unwrap_or_default());
    let headers = canonical_headers(head, signed_headers)?;
    Some(format!("{}\n{path}\n{query}\n{headers}\n{}\n{payload_hash}", head.method, signed_headers.join(";")))
}

/// The forms that a path may have been signed in: S3 encodes it once, the others once more than it is sent; and what S3's clients
/// left bare in the URL they may have signed bare.
pub(super) fn paths(path: &str, service: &str) -> Vec<String> {
    if service != "s3" {
        return vec![percent_encode(path.as_bytes(), PATH).to_string()];
    }
    let decoded: Vec<u8> = percent_decode_str(path).collect();
    let mut paths = vec![percent_encode(&decoded, PATH).to_string()];
    if paths[0] != path {
        paths.push(path.to_owned());
    }
    paths
}

/// Pairs decoded, encoded in the one right way and sorted; the signature itself is left out.
fn canonical_query(query: &str) -> String {
    let encode = |text: &str| {
        let decoded: Vec<u8> = percent_decode_str(&text.replace('+', " ")).collect();
        percent_encode(&decoded, UNRESERVED).to_string()
    };
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (encode(name), encode(value))
    };
    let mut pairs: Vec<(String, String)> = query.split('&').filter(|pair| !pair.is_empty()).map(pair).collect();
    pairs.retain(|(name, _)| name != "X-Amz-Signature");
    pairs.sort_unstable();
    let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join("&")
}

/// `name:value` lines; runs of spaces count as one, values of one name are joined with commas.
fn canonical_headers(head: &Parts, signed_headers: &[String]) -> Option<String> {
    let mut lines = String::new();
    for name in signed_headers {
        let mut values = Vec::new();
        for value in head.headers.get_all(name) {
            let value = std::str::from_utf8(value.as_bytes()).ok()?;
            values.push(value.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" "));
        }
        if values.is_empty() {
            return None;
        }
        lines.push_str(name);
        lines.push(':');
        lines.push_str(&values.join(","));
        lines.push('\n');
    }
    Some(lines)
}
