//! One small signed HTTP client for all of AWS that ingest calls: no SDK, so that a cold start takes milliseconds and the process few megabytes.
//!
//! A call is one try with one timeout; who may try again, and when, is [`crate::retry`]'s. Credentials, region and endpoints are those that Lambda (and Ferry) put into the environment; requests are
//! signed with Signature Version 4. TLS is prepared only when an endpoint is `https`.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use http::{Method, StatusCode, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use crate::limits::{ANSWER_BYTES_MAX, CALL_TIMEOUT, CONNECT_TIMEOUT, IDLE_CONNECTION_AGE_MAX, IDLE_CONNECTIONS_MAX};

mod error;
mod settings;
mod sign;

pub use error::{ClientError, SettingsError};
pub use settings::Settings;
use sign::Signer;

/// AWS as this function's credentials reach it. Cloning is cheap and shares the connections.
#[derive(Clone)]
pub struct Aws {
    shared: Arc<Shared>,
}

struct Shared {
    settings: Settings,
    signer: Signer,
    plain: Client<HttpConnector, Full<Bytes>>,
    tls: OnceLock<Client<HttpsConnector<HttpConnector>, Full<Bytes>>>,
}

impl fmt::Debug for Aws {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Aws").field("settings", &self.shared.settings).finish_non_exhaustive()
    }
}

/// One call: what [`Aws::send`] is asked.
#[derive(Clone, Debug)]
pub struct Request {
    service: &'static str,
    method: Method,
    path_and_query: String,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Bytes,
    timeout: Duration,
    endpoint: Option<String>,
}

impl Request {
    /// `service` is the name in SigV4's credential scope (`s3`, `dynamodb`, `lambda`, `execute-api`); `path_and_query` is percent-encoded already.
    pub fn new(service: &'static str, method: Method, path_and_query: impl Into<String>) -> Self {
        Self {
            service,
            method,
            path_and_query: path_and_query.into(),
            headers: Vec::new(),
            body: Bytes::new(),
            timeout: CALL_TIMEOUT,
            endpoint: None,
        }
    }

    /// A call of an AWS JSON protocol: `target` is the value of `X-Amz-Target`, such as `DynamoDB_20120810.Scan`.
    pub fn json(service: &'static str, target: &'static str, body: impl Into<Bytes>) -> Self {
        Self::new(service, Method::POST, "/")
            .header(CONTENT_TYPE, HeaderValue::from_static("application/x-amz-json-1.0"))
            .header(HeaderName::from_static("x-amz-target"), HeaderValue::from_static(target))
            .body(body)
    }

    /// A message to a WebSocket connection: `POST @connections/{id}`. `endpoint` is `https://{domainName}/{stage}`; the environment's
    /// `AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI`, where set, takes its place.
    pub fn to_connection(id: &str, endpoint: &str, body: impl Into<Bytes>) -> Self {
        // Connection ids are base64 and end in `=`: SigV4 and API Gateway both want it escaped.
        Self::new("execute-api", Method::POST, format!("/@connections/{}", percent_encoded(id, false))).endpoint(endpoint).body(body)
    }

    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    #[must_use]
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// The whole call, from connecting to the answer's last byte.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The service's address where the environment names none: AWS's own is the default.
    #[must_use]
    pub fn endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoint = Some(endpoint.into());
        self
    }
}

/// What came back, whatever the status.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    /// The service's own code of an error, such as `ThrottlingException` (JSON) or `NoSuchKey` (XML); `None` for a success or a body without one.
    pub fn error_code(&self) -> Option<String> {
        if self.status.is_success() {
            return None;
        }
        error::code(&self.headers, &self.body)
    }

    /// `Ok` for a 2xx, else an error that quotes the service: for calls whose every other answer is a failure.
    ///
    /// # Errors
    /// [`ClientError::Refused`] for any other status.
    pub fn expect_success(self, what: impl Into<String>) -> Result<Self, ClientError> {
        if self.status.is_success() {
            return Ok(self);
        }
        let code = self.error_code().unwrap_or_else(|| self.status.canonical_reason().unwrap_or("error").to_owned());
        Err(ClientError::Refused { what: what.into(), status: self.status, code, message: error::message(&self.body) })
    }
}

impl Aws {
    /// From Lambda's environment: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, `AWS_REGION`, `AWS_ENDPOINT_URL[_SERVICE]`.
    ///
    /// # Errors
    /// [`SettingsError`] names the variable that is missing or not an address.
    pub fn from_env() -> Result<Self, SettingsError> {
        Ok(Self::new(Settings::from_env()?))
    }

    pub fn new(settings: Settings) -> Self {
        let plain = client().build(connector());
        let signer = Signer::new(&settings);
        Self { shared: Arc::new(Shared { settings, signer, plain, tls: OnceLock::new() }) }
    }

    /// `POST /` of an AWS JSON protocol. One try.
    ///
    /// # Errors
    /// [`ClientError`] when no answer came; an answer with an error status is `Ok`.
    pub async fn json(&self, service: &'static str, target: &'static str, body: impl Into<Bytes>) -> Result<Answer, ClientError> {
        self.send(Request::json(service, target, body)).await
    }

    /// A REST call (S3, Lambda, `@connections`). One try.
    ///
    /// # Errors
    /// [`ClientError`] when no answer came; an answer with an error status is `Ok`.
    pub async fn rest(
        &self,
        service: &'static str,
        method: Method,
        path_and_query: &str,
        headers: &[(HeaderName, HeaderValue)],
        body: impl Into<Bytes>,
    ) -> Result<Answer, ClientError> {
        let mut request = Request::new(service, method, path_and_query).body(body);
        request.headers = headers.to_vec();
        self.send(request).await
    }

    /// One try of one call: signed, sent, and its answer read to the end.
    ///
    /// # Errors
    /// [`ClientError`] when no whole answer came within the request's timeout; an answer with an error status is `Ok`.
    pub async fn send(&self, request: Request) -> Result<Answer, ClientError> {
        let (service, timeout) = (request.service, request.timeout);
        let call = self.prepare(request)?;
        let tried = tokio::time::timeout(timeout, self.exchange(service, call)).await;
        tried.unwrap_or_else(|_| Err(ClientError::TimedOut { service, timeout }))
    }

    fn prepare(&self, request: Request) -> Result<http::Request<Full<Bytes>>, ClientError> {
        let base = self.shared.settings.endpoint(request.service, request.endpoint.as_deref());
        let text = format!("{}{}", base.trim_end_matches('/'), request.path_and_query);
        let uri: Uri = text.parse().map_err(|source| ClientError::Address { text, source })?;
        let mut call = http::Request::new(request.body);
        *call.method_mut() = request.method;
        *call.uri_mut() = uri;
        call.headers_mut().extend(request.headers);
        self.shared.signer.sign(request.service, &mut call)?;
        Ok(call.map(Full::new))
    }

    async fn exchange(&self, service: &'static str, call: http::Request<Full<Bytes>>) -> Result<Answer, ClientError> {
        let secure = call.uri().scheme_str() == Some("https");
        let sent = if secure { self.tls().request(call).await } else { self.shared.plain.request(call).await };
        let (head, body) = sent.map_err(|source| ClientError::Sending { service, source })?.into_parts();
        let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await;
        let body = body.map_err(|source| ClientError::Reading { service, source })?.to_bytes();
        Ok(Answer { status: head.status, headers: head.headers, body })
    }

    fn tls(&self) -> &Client<HttpsConnector<HttpConnector>, Full<Bytes>> {
        self.shared.tls.get_or_init(|| {
            let mut http = connector();
            http.enforce_http(false);
            client().build(HttpsConnectorBuilder::new().with_webpki_roots().https_only().enable_http1().wrap_connector(http))
        })
    }
}

fn client() -> hyper_util::client::legacy::Builder {
    let mut client = Client::builder(TokioExecutor::new());
    client.pool_timer(TokioTimer::new()).pool_idle_timeout(IDLE_CONNECTION_AGE_MAX).pool_max_idle_per_host(IDLE_CONNECTIONS_MAX);
    client
}

fn connector() -> HttpConnector {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    connector.set_connect_timeout(Some(CONNECT_TIMEOUT));
    connector
}

/// The path of an object, in path style: `/{bucket}/{key}`.
pub fn object_path(bucket: &str, key: &str) -> String {
    format!("/{}/{}", percent_encoded(bucket, false), percent_encoded(key, true))
}

/// As SigV4 encodes: everything but `A-Z a-z 0-9 - . _ ~`, and `/` where it separates.
pub fn percent_encoded(text: &str, keep_slash: bool) -> String {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') || (keep_slash && byte == b'/') {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.push(char::from(HEX[usize::from(byte >> 4)]));
            encoded.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tls_needs_nothing_installed() {
        let variable = |name: &str| Some(if name.starts_with("AWS_ENDPOINT") { String::new() } else { "x".to_owned() });
        let aws = Aws::new(Settings::from_variables(variable).unwrap());
        // Would panic without exactly one provider of cryptography.
        aws.tls();
    }

    #[test]
    fn paths_are_encoded_as_signatures_are_computed() {
        assert_eq!(object_path("b", "a b/\u{e9}+.csv"), "/b/a%20b/%C3%A9%2B.csv");
        assert_eq!(percent_encoded("L0SM9c=/", false), "L0SM9c%3D%2F");
    }
}
