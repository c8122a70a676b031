//! Between the front and s3s: a request as s3s understands it, an answer as S3 gives it.
//!
//! s3s reads `aws-chunked` bodies only together with its own signature check, knows no headers in a presigned URL's query, refuses names
//! without a message and a `Range` it cannot parse where S3 answers the whole object, and answers 304 with a body. The rest of the
//! protocol is its work.

use std::borrow::Cow;

use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HOST, RANGE};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, Uri};
use percent_encoding::percent_decode_str;
use s3s::dto::Range;
use s3s::path::ParseS3PathError;
use s3s::{S3Error, S3ErrorCode};

use super::checksum::Algorithm;
use super::chunked::{Chunked, Trailers};
use super::error::s3_error;
use crate::{Body, Call, RequestBody, ResponseBody};

const CONTENT_SHA256: &str = "x-amz-content-sha256";
const DECODED_LENGTH: HeaderName = HeaderName::from_static("x-amz-decoded-content-length");
const AWS_CHUNKED: &str = "aws-chunked";

/// What an operation learns besides its input, through the request's extensions.
#[derive(Debug, Clone, Default)]
pub(crate) struct Arrival {
    /// Of the signature.
    pub(crate) region: Option<String>,
    /// The SHA-256 that the body must have, in hexadecimal.
    pub(crate) sha256: Option<String>,
    /// The checksum that follows the body.
    pub(crate) trailer: Option<(Algorithm, Trailers)>,
}

/// The path as path-style requests have it: `/bucket/key`, also when the bucket stands in the host name (`bucket.localhost`).
pub(crate) fn path(head: &Parts) -> Cow<'_, str> {
    match host_bucket(&head.headers) {
        Some(bucket) => Cow::Owned(format!("/{bucket}{}", head.uri.path())),
        None => Cow::Borrowed(head.uri.path()),
    }
}

fn host_bucket(headers: &HeaderMap) -> Option<&str> {
    let host = headers.get(HOST)?.to_str().ok()?;
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    host.strip_suffix(".localhost").filter(|bucket| !bucket.is_empty())
}

/// The request for s3s.
pub(crate) fn request(request: Request<RequestBody>, call: &Call) -> Result<s3s::HttpRequest, S3Error> {
    let (mut head, body) = request.into_parts();
    if let Cow::Owned(path) = path(&head) {
        let query = head.uri.query().map_or(String::new(), |query| format!("?{query}"));
        head.uri = format!("{path}{query}").parse::<Uri>().map_err(|_| S3Error::new(S3ErrorCode::InvalidURI))?;
        head.headers.insert(HOST, HeaderValue::from_static("localhost"));
    }
    check_path(head.uri.path())?;
    if let Some(query) = head.uri.query() {
        add_headers_of_query(query, &mut head.headers)?;
    }
    if head.headers.get(RANGE).is_some_and(|range| range.to_str().map_or(true, |range| Range::parse(range).is_err())) {
        head.headers.remove(RANGE);
    }
    let mut arrival = Arrival { region: call.region.clone(), ..Arrival::default() };
    let content = head.headers.get(CONTENT_SHA256).and_then(|value| value.to_str().ok()).unwrap_or("");
    let mut body = s3s::Body::http_body_unsync(body);
    if content.starts_with("STREAMING-") || is_chunked(&head.headers) {
        let length = decoded_length(&head.headers)?;
        let trailers = Trailers::default();
        arrival.trailer = trailer(&head.headers).map(|algorithm| (algorithm, trailers.clone()));
        let stream: s3s::stream::DynByteStream = Box::pin(Chunked::new(body, length, trailers));
        body = s3s::Body::from(stream);
        unframe(&mut head.headers, length);
    } else if content.len() == 64 {
        arrival.sha256 = Some(content.to_owned());
    }
    head.extensions.insert(arrival);
    Ok(Request::from_parts(head, body))
}

fn check_path(path: &str) -> Result<(), S3Error> {
    match s3s::path::parse_path_style(&percent_decode_str(path).decode_utf8_lossy()) {
        Err(ParseS3PathError::InvalidBucketName) => Err(s3_error(S3ErrorCode::InvalidBucketName, "The specified bucket is not valid.")),
        Err(ParseS3PathError::KeyTooLong) => Err(s3_error(S3ErrorCode::KeyTooLongError, "Your key is too long")),
        _ => Ok(()),
    }
}

/// Who presigns a URL may put headers into its query, metadata above all: whoever uses the URL then need not send them. S3 does not
/// heed checksums there: SDKs that presign without a body name the empty one's.
fn add_headers_of_query(query: &str, headers: &mut HeaderMap) -> Result<(), S3Error> {
    for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
        let name = name.to_ascii_lowercase();
        let heeded = name.starts_with("x-amz-") && !name.contains("-checksum-") && name != CONTENT_SHA256;
        if !heeded || headers.contains_key(&name) {
            continue;
        }
        let value: Vec<u8> = percent_decode_str(value).collect();
        let (Ok(header), Ok(value)) = (HeaderName::try_from(&name), HeaderValue::try_from(value)) else {
            return Err(s3_error(S3ErrorCode::InvalidArgument, format!("The query parameter {name} cannot be a header")));
        };
        headers.insert(header, value);
    }
    Ok(())
}

fn is_chunked(headers: &HeaderMap) -> bool {
    encodings(headers).any(|encoding| encoding.eq_ignore_ascii_case(AWS_CHUNKED))
}

fn encodings(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    headers.get_all(CONTENT_ENCODING).iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).map(str::trim)
}

fn decoded_length(headers: &HeaderMap) -> Result<u64, S3Error> {
    let value = headers
        .get(DECODED_LENGTH)
        .ok_or_else(|| s3_error(S3ErrorCode::MissingContentLength, "An aws-chunked body needs the header x-amz-decoded-content-length"))?;
    let length = value.to_str().ok().and_then(|length| length.parse().ok());
    length.ok_or_else(|| s3_error(S3ErrorCode::InvalidRequest, "The header x-amz-decoded-content-length is not a number of bytes"))
}

fn trailer(headers: &HeaderMap) -> Option<Algorithm> {
    headers.get_all("x-amz-trailer").iter().filter_map(|value| value.to_str().ok()).find_map(|name| Algorithm::of_header(name.trim()))
}

/// The headers of the body within the framing.
fn unframe(headers: &mut HeaderMap, length: u64) {
    let rest: Vec<&str> =
        encodings(headers).filter(|encoding| !encoding.eq_ignore_ascii_case(AWS_CHUNKED) && !encoding.is_empty()).collect();
    let rest = HeaderValue::try_from(rest.join(",")).ok().filter(|rest| !rest.is_empty());
    headers.remove(CONTENT_ENCODING);
    if let Some(rest) = rest {
        headers.insert(CONTENT_ENCODING, rest);
    }
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
}

/// The answer of s3s.
pub(crate) fn response(response: s3s::HttpResponse) -> Response<ResponseBody> {
    let mut response = response.map(Body::new);
    if response.status() == StatusCode::NOT_MODIFIED {
        *response.body_mut() = Body::empty();
        response.headers_mut().remove(CONTENT_TYPE);
        response.headers_mut().remove(CONTENT_LENGTH);
    }
    response
}

/// An error that came up before or around s3s.
pub(crate) fn error(error: S3Error) -> Response<ResponseBody> {
    error.to_http_response().map_or_else(
        |_| {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            response
        },
        response,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_carries_headers_but_no_checksums() {
        let mut headers = HeaderMap::new();
        headers.insert("x-amz-meta-sent", HeaderValue::from_static("header"));
        let query = "x-id=PutObject&x-amz-meta-from=a%20b&x-amz-meta-sent=query&X-Amz-Tagging=k%3Dv&x-amz-checksum-crc32=AAAAAA%3D%3D\
                     &x-amz-sdk-checksum-algorithm=CRC32&X-Amz-Content-Sha256=UNSIGNED-PAYLOAD";
        add_headers_of_query(query, &mut headers).unwrap();
        let mut found: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
        found.sort_unstable();
        assert_eq!(found, [("x-amz-meta-from", "a b"), ("x-amz-meta-sent", "header"), ("x-amz-tagging", "k=v")]);
        assert!(add_headers_of_query("x-amz-meta-line=a%0Ab", &mut headers).is_err());
    }

    #[test]
    fn names_are_refused_in_s3s_words() {
        let message = |path: &str| check_path(path).unwrap_err().message().unwrap_or_default().to_owned();
        assert_eq!(message("/Capitals/key"), "The specified bucket is not valid.");
        assert_eq!(message(&format!("/bucket/{}", "k".repeat(1_025))), "Your key is too long");
        for path in ["/", "/bucket", "/bucket/", "/bucket/a%20b", "/bucket/../x"] {
            assert!(check_path(path).is_ok(), "{path}");
        }
    }
}
