//! Which service an unsigned request is for: the marks that services' requests have. Signed ones say it themselves.

use http::Method;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::request::Parts;

/// Name of the service; S3 when nothing speaks for another one, as only S3's requests can look like anything.
pub(super) fn unsigned(head: &Parts) -> &'static str {
    let header = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let target = header("x-amz-target");
    if target.starts_with("DynamoDB_20120810.") || target.starts_with("DynamoDBStreams_20120810.") {
        return "dynamodb";
    }
    if target.starts_with("AmazonSQS.") {
        return "sqs";
    }
    // S3 has no form to post at the root; STS has nothing else.
    let form = head.method == Method::POST && header(CONTENT_TYPE.as_str()).starts_with("application/x-www-form-urlencoded");
    let action = head.uri.query().is_some_and(|query| query.split('&').any(|pair| pair.starts_with("Action=")));
    let root = head.uri.path() == "/" && !head.headers.contains_key(AUTHORIZATION);
    if root && (action || form) { "sts" } else { "s3" }
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    #[test]
    fn requests_without_a_signature_go_by_their_marks() {
        let cases = [
            ("POST", "/", "x-amz-target", "DynamoDB_20120810.PutItem", "dynamodb"),
            ("POST", "/", "x-amz-target", "DynamoDBStreams_20120810.ListStreams", "dynamodb"),
            ("POST", "/", "x-amz-target", "AmazonSQS.SendMessage", "sqs"),
            ("POST", "/", "content-type", "application/x-www-form-urlencoded; charset=utf-8", "sts"),
            ("GET", "/?Version=2011-06-15&Action=GetCallerIdentity", "x", "y", "sts"),
            ("POST", "/bucket", "content-type", "application/x-www-form-urlencoded", "s3"),
            ("GET", "/", "x", "y", "s3"),
            ("PUT", "/bucket/key?Action=x", "x", "y", "s3"),
        ];
        for (method, uri, name, value, service) in cases {
            let request = Request::builder().method(method).uri(uri).header(name, value).body(()).unwrap();
            assert_eq!(unsigned(&request.into_parts().0), service, "{method} {uri} {name}: {value}");
        }
    }
}
