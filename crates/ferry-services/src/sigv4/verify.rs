//! Whether a signature is true, of now, and covers what it has to.

use std::time::SystemTime;

use aws_sigv4::sign::v4::{calculate_signature, generate_signing_key};
use bytes::Bytes;
use http::request::Parts;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use time::{Duration, OffsetDateTime};

use super::credential::ALGORITHM;
use super::signature::Signature;
use super::{canonical, date};
use crate::front::error::FrontErrorKind;
use crate::limits::CLOCK_SKEW_MINUTES;
use crate::settings::Secret;

const CONTENT_SHA256: &str = "x-amz-content-sha256";
const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";

/// A signature found true: the key with which a stream's chunks are signed in turn, and the signature they start from.
#[derive(Clone)]
pub(crate) struct Verified {
    pub(super) signature: Signature,
    pub(super) signing_key: Vec<u8>,
}

/// Checks a request against the endpoint's secret. `body` is the whole body, needed of all services but S3, whose signature covers
/// only the announced hash of its payload.
pub(crate) fn verify(head: &Parts, body: Option<&Bytes>, secret: &Secret, now: OffsetDateTime) -> Result<Verified, FrontErrorKind> {
    let signature = Signature::of(head)?.ok_or(FrontErrorKind::AuthenticationMissing)?;
    if signature.credential.access_key != secret.access_key {
        return Err(FrontErrorKind::AccessKeyUnknown(signature.credential.access_key));
    }
    let time = check_time(&signature, now)?;
    check_covered(head, &signature)?;
    let payload_hash = payload_hash(head, body, &signature)?;
    let credential = &signature.credential;
    let key = generate_signing_key(&secret.secret_key, SystemTime::from(time), &credential.region, &credential.service);
    for path in canonical::paths(head.uri.path(), &credential.service) {
        let Some(request) = canonical::request(head, &path, &signature.signed_headers, &payload_hash) else { break };
        let hash = hex(&Sha256::digest(request));
        let to_sign = format!("{ALGORITHM}\n{}\n{}\n{hash}", signature.date, credential.scope());
        let expected = calculate_signature(&key, to_sign.as_bytes());
        if bool::from(expected.as_bytes().ct_eq(signature.signature.as_bytes())) {
            let signing_key = key.as_ref().to_vec();
            return Ok(Verified { signature, signing_key });
        }
    }
    Err(FrontErrorKind::SignatureMismatch)
}

/// The time of the signature, where that is near enough.
fn check_time(signature: &Signature, now: OffsetDateTime) -> Result<OffsetDateTime, FrontErrorKind> {
    let malformed = |reason: &str| FrontErrorKind::AuthorizationMalformed(reason.to_owned());
    let time = date::parse(&signature.date).ok_or_else(|| malformed("X-Amz-Date is not of the form YYYYMMDDTHHMMSSZ"))?;
    if signature.date.get(..8) != Some(signature.credential.date.as_str()) {
        return Err(malformed("the date of the credential is not that of X-Amz-Date"));
    }
    let skew = Duration::minutes(i64::try_from(CLOCK_SKEW_MINUTES).unwrap_or(i64::MAX));
    match &signature.presigned {
        Some(_) if time - now > skew => Err(FrontErrorKind::NotYetValid),
        Some(presigned) => {
            let expires = Duration::seconds(i64::try_from(presigned.expires_s).unwrap_or(i64::MAX));
            if now - time > expires { Err(FrontErrorKind::Expired) } else { Ok(time) }
        }
        None if (now - time).abs() > skew => {
            Err(FrontErrorKind::TimeTooSkewed { request_time: signature.date.clone(), server_time: date::format(now) })
        }
        None => Ok(time),
    }
}

/// The host must be signed, and every `x-amz-` header with it: or they could be exchanged on the way.
fn check_covered(head: &Parts, signature: &Signature) -> Result<(), FrontErrorKind> {
    let signed = |name: &str| signature.signed_headers.iter().any(|signed| signed == name);
    if !signed("host") {
        return Err(FrontErrorKind::AuthorizationMalformed("host is not among SignedHeaders".to_owned()));
    }
    let must = |name: &&str| name.starts_with("x-amz-") && !signed(name) && *name != CONTENT_SHA256;
    match head.headers.keys().map(http::HeaderName::as_str).find(must) {
        Some(name) if signature.credential.service == "s3" => Err(FrontErrorKind::HeadersUnsigned(name.to_owned())),
        _ => Ok(()),
    }
}

/// The last line of the canonical request. Where the body is at hand it is held against the announced hash.
fn payload_hash(head: &Parts, body: Option<&Bytes>, signature: &Signature) -> Result<String, FrontErrorKind> {
    let announced = head.headers.get(CONTENT_SHA256).and_then(|hash| hash.to_str().ok());
    let signed = signature.signed_headers.iter().any(|name| name == CONTENT_SHA256);
    match (announced, body) {
        // Who makes a URL does not know what will be sent to it.
        (_, None) if signature.presigned.is_some() && !signed => Ok(UNSIGNED_PAYLOAD.to_owned()),
        // S3 compares the hash itself, when the body has passed.
        (Some(announced), None) => Ok(announced.to_owned()),
        (None, None) => Err(FrontErrorKind::InvalidRequest(format!("Missing required header for this request: {CONTENT_SHA256}"))),
        (Some(UNSIGNED_PAYLOAD), Some(_)) => Ok(UNSIGNED_PAYLOAD.to_owned()),
        (announced, Some(body)) => {
            let hash = hex(&Sha256::digest(body));
            if announced.is_some_and(|announced| announced != hash) { Err(FrontErrorKind::PayloadHashMismatch) } else { Ok(hash) }
        }
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
