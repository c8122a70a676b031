//! A request's signature with all that belongs to it, from the `Authorization` header or from a presigned query.

use http::header::AUTHORIZATION;
use http::request::Parts;
use percent_encoding::percent_decode_str;

use super::credential::{ALGORITHM, Credential};
use crate::front::error::FrontErrorKind;

/// A signature as it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    pub credential: Credential,
    /// In lower case, as listed.
    pub signed_headers: Vec<String>,
    /// Hexadecimal.
    pub signature: String,
    /// `20260131T120000Z`
    pub date: String,
    /// Of a presigned URL.
    pub presigned: Option<Presigned>,
}

/// What only presigned URLs have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presigned {
    /// For how long from `date`, in seconds.
    pub expires_s: u64,
}

/// A presigned URL is good for a week at most.
const EXPIRES_S_MAX: u64 = 7 * 24 * 3_600;

impl Signature {
    /// `Ok(None)` for a request without any signature.
    pub fn of(head: &Parts) -> Result<Option<Self>, FrontErrorKind> {
        let query = head.uri.query().unwrap_or_default();
        match head.headers.get(AUTHORIZATION) {
            Some(authorization) => {
                let text = authorization.to_str().map_err(|_| malformed("the Authorization header is not ASCII"))?;
                let date = head.headers.get("x-amz-date").and_then(|date| date.to_str().ok());
                Self::of_header(text, date).map(Some)
            }
            None if query.contains("X-Amz-Algorithm=") || query.contains("X-Amz-Credential=") => Self::of_query(query).map(Some),
            None if query.contains("AWSAccessKeyId=") => Err(version_2()),
            None => Ok(None),
        }
    }

    fn of_header(text: &str, date: Option<&str>) -> Result<Self, FrontErrorKind> {
        let Some(parameters) = text.strip_prefix(ALGORITHM).filter(|rest| rest.starts_with(' ')) else { return Err(version_2()) };
        let [mut credential, mut signed_headers, mut signature] = [None; 3];
        for parameter in parameters.split(',') {
            let (name, value) = parameter.trim().split_once('=').unwrap_or_default();
            let place = match name {
                "Credential" => &mut credential,
                "SignedHeaders" => &mut signed_headers,
                "Signature" => &mut signature,
                _ => return Err(malformed("it has parameters other than Credential, SignedHeaders and Signature")),
            };
            if place.replace(value).is_some() {
                return Err(malformed(&format!("{name} stands twice")));
            }
        }
        let missing = |name: &str| malformed(&format!("{name} is missing"));
        Ok(Self {
            credential: read_credential(credential.ok_or_else(|| missing("Credential"))?)?,
            signed_headers: split_headers(signed_headers.ok_or_else(|| missing("SignedHeaders"))?),
            signature: signature.ok_or_else(|| missing("Signature"))?.to_owned(),
            date: date.ok_or_else(|| missing("the header X-Amz-Date"))?.to_owned(),
            presigned: None,
        })
    }

    fn of_query(query: &str) -> Result<Self, FrontErrorKind> {
        let value = |name: &str| {
            let mut values = query.split('&').filter_map(|pair| pair.split_once('=')).filter(|(key, _)| *key == name);
            let value = values.next().ok_or_else(|| malformed(&format!("the query parameter {name} is missing")))?.1;
            if values.next().is_some() {
                return Err(malformed(&format!("the query parameter {name} stands twice")));
            }
            let value = percent_decode_str(value).decode_utf8().map_err(|_| malformed(&format!("{name} is not UTF-8")))?;
            Ok(value.into_owned())
        };
        if value("X-Amz-Algorithm")? != ALGORITHM {
            return Err(malformed(&format!("X-Amz-Algorithm only supports {ALGORITHM}")));
        }
        let expires = value("X-Amz-Expires")?.parse().ok().filter(|expires| (1..=EXPIRES_S_MAX).contains(expires));
        let expires_s = expires.ok_or_else(|| malformed(&format!("X-Amz-Expires must be from 1 to {EXPIRES_S_MAX} seconds")))?;
        Ok(Self {
            credential: read_credential(&value("X-Amz-Credential")?)?,
            signed_headers: split_headers(&value("X-Amz-SignedHeaders")?),
            signature: value("X-Amz-Signature")?,
            date: value("X-Amz-Date")?,
            presigned: Some(Presigned { expires_s }),
        })
    }
}

fn read_credential(text: &str) -> Result<Credential, FrontErrorKind> {
    Credential::parse(text)
        .ok_or_else(|| malformed("the credential is not of the form \"<access key>/YYYYMMDD/<region>/<service>/aws4_request\""))
}

fn split_headers(list: &str) -> Vec<String> {
    list.split(';').map(|name| name.trim().to_ascii_lowercase()).collect()
}

fn malformed(reason: &str) -> FrontErrorKind {
    FrontErrorKind::AuthorizationMalformed(reason.to_owned())
}

/// What S3 answers in regions opened since 2014.
fn version_2() -> FrontErrorKind {
    FrontErrorKind::InvalidRequest(format!("The authorization mechanism you have provided is not supported. Please use {ALGORITHM}."))
}

#[cfg(test)]
mod tests {
    use http::Request;
    use proptest::prelude::*;

    use super::*;

    fn head(authorization: &str) -> Parts {
        let request = Request::builder().uri("/").header("x-amz-date", "20260131T120000Z").header("authorization", authorization);
        request.body(()).unwrap().into_parts().0
    }

    #[test]
    fn reads_the_header() {
        let text = "AWS4-HMAC-SHA256 Credential=AK/ID/20260131/eu-central-1/s3/aws4_request, SignedHeaders=host;X-Amz-Date,Signature=abc";
        let signature = Signature::of(&head(text)).unwrap().unwrap();
        assert_eq!(signature.credential.access_key, "AK/ID");
        assert_eq!(signature.credential.scope(), "20260131/eu-central-1/s3/aws4_request");
        assert_eq!(signature.signed_headers, ["host", "x-amz-date"]);
        assert_eq!((signature.signature.as_str(), signature.presigned), ("abc", None));
        assert_eq!(Credential::of(&head(text)).unwrap(), signature.credential);
    }

    #[test]
    fn refuses_what_is_incomplete_or_ambiguous() {
        let whole = "AWS4-HMAC-SHA256 Credential=A/20260131/r/s3/aws4_request, SignedHeaders=host, Signature=abc";
        assert!(Signature::of(&head(whole)).is_ok());
        for (from, to) in [
            ("Credential=", "Cred="),
            ("SignedHeaders=host, ", ""),
            ("A/20", "20"),
            (", Signature", ", Signature=x, Signature"),
            ("aws4", "aws5"),
        ] {
            let text = whole.replacen(from, to, 1);
            assert!(matches!(Signature::of(&head(&text)), Err(FrontErrorKind::AuthorizationMalformed(_))), "{text}");
        }
        assert!(matches!(Signature::of(&head("AWS AKID:abc=")), Err(FrontErrorKind::InvalidRequest(_))));
    }

    proptest! {
        /// Whatever a client sends is read or refused, and both readers see the same credential.
        #[test]
        fn any_header_is_read_or_refused(text in "(AWS4-HMAC-SHA256 )?([A-Za-z/=,; 0-9]|Credential=|SignedHeaders=|Signature=|/aws4_request){0,40}") {
            let head = head(&text);
            if let Ok(Some(signature)) = Signature::of(&head) {
                prop_assert_eq!(Credential::of(&head), Some(signature.credential));
            }
        }

        #[test]
        fn any_query_is_read_or_refused(query in "([A-Za-z=&%0-9+]|X-Amz-Algorithm=AWS4-HMAC-SHA256&|X-Amz-Credential=|%2Faws4_request|X-Amz-Expires=|&){0,40}") {
            if let Ok(request) = Request::builder().uri(format!("/?{query}")).body(()) {
                let _ = Signature::of(&request.into_parts().0);
            }
        }
    }
}
