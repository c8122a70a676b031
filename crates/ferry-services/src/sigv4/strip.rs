//! Taking a signature off a request.

use http::Uri;
use http::header::AUTHORIZATION;
use http::request::Parts;
use http::uri::PathAndQuery;

/// Of presigned queries, in version 4 and (boto3's default for S3) version 2.
const V4: [&str; 7] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-SignedHeaders",
    "X-Amz-Signature",
    "X-Amz-Security-Token",
];
const V2: [&str; 4] = ["AWSAccessKeyId", "Signature", "Expires", "x-amz-security-token"];

/// Takes away the `Authorization` header and a presigned query's parameters.
pub(crate) fn strip(head: &mut Parts) {
    head.headers.remove(AUTHORIZATION);
    let Some(query) = head.uri.query() else { return };
    let has = |name: &str| query.split('&').any(|pair| pair.split('=').next() == Some(name));
    let names: &[&str] = if has("X-Amz-Credential") || has("X-Amz-Signature") {
        &V4
    } else if has("AWSAccessKeyId") {
        &V2
    } else {
        return;
    };
    let kept: Vec<&str> = query.split('&').filter(|pair| !names.contains(&pair.split('=').next().unwrap_or_default())).collect();
    let path = head.uri.path();
    let text = if kept.is_empty() { path.to_owned() } else { format!("{path}?{}", kept.join("&")) };
    let mut parts = head.uri.clone().into_parts();
    // Both are parts of what has been a URI before.
    if let Ok(path_and_query) = text.parse::<PathAndQuery>() {
        parts.path_and_query = Some(path_and_query);
        head.uri = Uri::from_parts(parts).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn stripped(uri: &str) -> String {
        let mut head = Request::builder().uri(uri).header("authorization", "x").body(()).unwrap().into_parts().0;
        strip(&mut head);
        assert!(!head.headers.contains_key("authorization"));
        head.uri.to_string()
    }

    #[test]
    fn only_the_signature_goes() {
        assert_eq!(stripped("/b/k"), "/b/k");
        assert_eq!(stripped("/b/k?Expires=1&list-type=2"), "/b/k?Expires=1&list-type=2");
        assert_eq!(stripped("/b/k%20k?AWSAccessKeyId=a&Signature=b%3D&Expires=1"), "/b/k%20k");
        let v4 = "X-Amz-Algorithm=A&X-Amz-Credential=a%2Fb&X-Amz-Date=d&X-Amz-Expires=9&X-Amz-SignedHeaders=host&X-Amz-Signature=f";
        assert_eq!(stripped(&format!("/b/k?partNumber=1&{v4}&uploadId=u")), "/b/k?partNumber=1&uploadId=u");
        assert_eq!(stripped("http://x:1/b/k?X-Amz-Signature=f"), "http://x:1/b/k");
    }
}
