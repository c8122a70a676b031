//! The credential of a signature: who signed, and for which day, region and service.

use http::header::AUTHORIZATION;
use http::request::Parts;
use percent_encoding::percent_decode_str;

/// The one way of signing there is here.
pub(super) const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// `ACCESS_KEY/20260131/eu-central-1/s3/aws4_request`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    pub access_key: String,
    /// `20260131`
    pub date: String,
    pub region: String,
    pub service: String,
}

impl Credential {
    /// Of the `Authorization` header, or else of the query. `None` where there is none that can be read.
    pub fn of(head: &Parts) -> Option<Self> {
        if let Some(authorization) = head.headers.get(AUTHORIZATION) {
            let parameters = authorization.to_str().ok()?.strip_prefix(ALGORITHM)?;
            let credential = parameters.split(',').find_map(|parameter| parameter.trim().strip_prefix("Credential="))?;
            return Self::parse(credential);
        }
        let value = head.uri.query()?.split('&').find_map(|pair| pair.strip_prefix("X-Amz-Credential="))?;
        Self::parse(&percent_decode_str(value).decode_utf8().ok()?)
    }

    /// Access keys may hold slashes: the scope is read from the end.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.trim().rsplitn(5, '/');
        let end = parts.next()?;
        let (service, region, date, access_key) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let whole = end == "aws4_request" && ![service, region, date, access_key].contains(&"");
        whole.then(|| Self {
            access_key: access_key.to_owned(),
            date: date.to_owned(),
            region: region.to_owned(),
            service: service.to_owned(),
        })
    }

    /// `20260131/eu-central-1/s3/aws4_request`
    pub(super) fn scope(&self) -> String {
        format!("{}/{}/{}/aws4_request", self.date, self.region, self.service)
    }
}
