//! Signature Version 4, by AWS's own crate.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings, UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4::SigningParams;
use bytes::Bytes;

use super::error::ClientError;
use super::settings::Settings;

/// Signs requests with one pair of keys. Lambda replaces the sandbox, not the variables, when keys expire.
pub(super) struct Signer {
    credentials: Credentials,
    region: String,
}

impl Signer {
    pub(super) fn new(settings: &Settings) -> Self {
        let credentials = Credentials::new(
            settings.access_key_id.clone(),
            settings.secret_access_key.clone(),
            settings.session_token.clone(),
            None,
            "environment",
        );
        Self { credentials, region: settings.region.clone() }
    }

    /// Adds the headers of a signature to `request`.
    pub(super) fn sign(&self, service: &'static str, request: &mut http::Request<Bytes>) -> Result<(), ClientError> {
        let failed = |source: Box<dyn std::error::Error + Send + Sync>| ClientError::Signing { service, source };
        let identity = self.credentials.clone().into();
        let params = SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(service)
            .time(now())
            .settings(settings(service))
            .build()
            .map_err(|error| failed(error.into()))?
            .into();
        let uri = request.uri().to_string();
        // Values that are not text are not ours to sign: none of our headers is such.
        let headers = request.headers().iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
        let body = SignableBody::Bytes(request.body());
        let signable = SignableRequest::new(request.method().as_str(), uri, headers, body).map_err(|error| failed(error.into()))?;
        let (instructions, _) = sign(signable, &params).map_err(|error| failed(error.into()))?.into_parts();
        instructions.apply_to_request_http1x(request);
        Ok(())
    }
}

/// S3 takes paths as they are and wants the payload's hash as a header; every other service takes the path encoded twice.
fn settings(service: &str) -> SigningSettings {
    let mut settings = SigningSettings::default();
    if service == "s3" {
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    }
    settings
}

#[expect(clippy::disallowed_methods, reason = "a signature carries the wall clock's time: AWS compares it with its own")]
fn now() -> SystemTime {
    SystemTime::now()
}
