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

#[cfg(test)]
mod tests {
    //! Requests are signed by AWS's own signer, the oracle.

    use std::time::Duration as StdDuration;

    use aws_credential_types::Credentials;
    use aws_sigv4::http_request::{
        PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation, SigningSettings,
        UriPathNormalizationMode, sign,
    };
    use aws_sigv4::sign::v4::SigningParams;
    use http::Request;
    use proptest::prelude::*;

    use super::*;

    /// A request to be signed.
    #[derive(Debug, Clone)]
    struct Case {
        service: &'static str,
        path_and_query: String,
        metadata: String,
        body: Vec<u8>,
        presigned_s: Option<u64>,
    }

    const SIGNED_AT: i64 = 1_769_860_800;

    fn at(seconds: i64) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(SIGNED_AT + seconds).unwrap()
    }

    fn secret() -> Secret {
        Secret { access_key: "AKID".to_owned(), secret_key: "a/secret".to_owned() }
    }

    fn signed(case: &Case, secret: &Secret) -> Parts {
        let mut request = Request::builder()
            .method("PUT")
            .uri(format!("http://127.0.0.1:4566{}", case.path_and_query))
            .header("host", "127.0.0.1:4566")
            .header("x-amz-meta-word", &case.metadata)
            .body(())
            .unwrap();
        let identity = Credentials::new(&secret.access_key, &secret.secret_key, None, None, "test").into();
        let mut settings = SigningSettings::default();
        if case.service == "s3" {
            settings.percent_encoding_mode = PercentEncodingMode::Single;
            settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
            settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        }
        if let Some(expires_s) = case.presigned_s {
            settings.signature_location = SignatureLocation::QueryParams;
            settings.expires_in = Some(StdDuration::from_secs(expires_s));
        }
        let params = SigningParams::builder()
            .identity(&identity)
            .region("eu-central-1")
            .name(case.service)
            .time(SystemTime::from(at(0)))
            .settings(settings)
            .build()
            .unwrap();
        let unsigned = case.service == "s3" && case.presigned_s.is_some();
        let body = if unsigned { SignableBody::UnsignedPayload } else { SignableBody::Bytes(&case.body) };
        let headers = request.headers().iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap()));
        let signable = SignableRequest::new("PUT", request.uri().to_string(), headers, body).unwrap();
        let (instructions, _) = sign(signable, &params.into()).unwrap().into_parts();
        instructions.apply_to_request_http1x(&mut request);
        let mut head = request.into_parts().0;
        // As it comes over the wire.
        head.uri = head.uri.path_and_query().unwrap().as_str().parse().unwrap();
        head
    }

    fn check(head: &Parts, case: &Case, now: OffsetDateTime) -> Result<(), FrontErrorKind> {
        let body = Bytes::from(case.body.clone());
        verify(head, (case.service != "s3").then_some(&body), &secret(), now).map(drop)
    }

    fn case(service: &'static str, presigned_s: Option<u64>) -> Case {
        Case { service, path_and_query: "/".to_owned(), metadata: "x".to_owned(), body: b"{}".to_vec(), presigned_s }
    }

    #[test]
    fn times_outside_what_was_signed_are_refused() {
        for service in ["s3", "dynamodb"] {
            let case_ = case(service, None);
            let head = signed(&case_, &secret());
            for seconds in [-15 * 60, 0, 15 * 60] {
                check(&head, &case_, at(seconds)).unwrap();
            }
            for seconds in [-15 * 60 - 1, 15 * 60 + 1] {
                assert!(matches!(check(&head, &case_, at(seconds)), Err(FrontErrorKind::TimeTooSkewed { .. })));
            }
            let case_ = case(service, Some(3_600));
            let head = signed(&case_, &secret());
            check(&head, &case_, at(3_600)).unwrap();
            assert!(matches!(check(&head, &case_, at(3_601)), Err(FrontErrorKind::Expired)));
            assert!(matches!(check(&head, &case_, at(-15 * 60 - 1)), Err(FrontErrorKind::NotYetValid)));
        }
    }

    #[test]
    fn other_keys_and_uncovered_headers_are_refused() {
        let case_ = case("s3", None);
        let other = Secret { access_key: "AKID2".to_owned(), ..secret() };
        assert!(matches!(check(&signed(&case_, &other), &case_, at(0)), Err(FrontErrorKind::AccessKeyUnknown(key)) if key == "AKID2"));
        let other = Secret { secret_key: "another".to_owned(), ..secret() };
        assert!(matches!(check(&signed(&case_, &other), &case_, at(0)), Err(FrontErrorKind::SignatureMismatch)));
        let mut head = signed(&case_, &secret());
        head.headers.insert("x-amz-acl", "public-read".parse().unwrap());
        assert!(matches!(check(&head, &case_, at(0)), Err(FrontErrorKind::HeadersUnsigned(name)) if name == "x-amz-acl"));
        head.headers.remove("x-amz-acl");
        head.headers.remove("x-amz-meta-word");
        assert!(matches!(check(&head, &case_, at(0)), Err(FrontErrorKind::SignatureMismatch)));
        let unsigned = Request::builder().uri("/").body(()).unwrap().into_parts().0;
        assert!(matches!(check(&unsigned, &case_, at(0)), Err(FrontErrorKind::AuthenticationMissing)));
    }

    fn cases() -> impl Strategy<Value = Case> {
        let path = "/(([a-z0-9._~-]|%20|%2F|%C3%A9|%2B|[!$&'()*,:;=@]){0,12}/?){0,3}";
        let query = prop::collection::vec("[a-z-]{1,6}=([a-z0-9._~-]|%20|%2F|%2B|%C3%A9){0,6}", 0..3);
        let words = "[a-z]{1,4}( {1,3}[a-z]{1,4}){0,2}";
        (any::<bool>(), path, query, words, prop::collection::vec(any::<u8>(), 0..40), prop::option::of(1_u64..604_800)).prop_map(
            |(is_s3, path, query, metadata, body, presigned_s)| {
                let query = query.join("&");
                let path = if is_s3 { path } else { "/".to_owned() };
                let path_and_query = if query.is_empty() { path } else { format!("{path}?{query}") };
                Case { service: if is_s3 { "s3" } else { "dynamodb" }, path_and_query, metadata, body, presigned_s }
            },
        )
    }

    proptest! {
        #[test]
        fn what_awss_own_signer_signs_is_accepted_and_nothing_else(case in cases(), other_word in "[a-z]{5}", method in "GET|POST|DELETE") {
            let head = signed(&case, &secret());
            prop_assert!(check(&head, &case, at(1)).is_ok(), "{:?}: {:?}", head, check(&head, &case, at(1)).err());
            let changed = |change: &dyn Fn(&mut Parts)| {
                let mut changed = Request::from_parts(head.clone(), ()).into_parts().0;
                change(&mut changed);
                check(&changed, &case, at(1)).is_err()
            };
            prop_assert!(changed(&|head| head.method = method.parse().unwrap()));
            prop_assert!(changed(&|head| drop(head.headers.insert("x-amz-meta-word", other_word.parse().unwrap()))));
            prop_assert!(changed(&|head| drop(head.headers.insert("host", "localhost".parse().unwrap()))));
            let separator = if head.uri.query().is_some() { '&' } else { '?' };
            let longer = format!("{}{separator}zz=1", head.uri);
            prop_assert!(changed(&|head| head.uri = longer.parse().unwrap()));
        }
    }
}
