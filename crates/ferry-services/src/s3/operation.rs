//! The name of the operation that a request asks for, by its method, path and query: what physics and counters go by.

use std::borrow::Cow;

use http::Method;
use http::request::Parts;

/// How far a request's path reaches.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Depth {
    Root,
    Bucket,
    Object,
}

/// "GetObject", "ListObjectsV2", …; "Unknown" for a request that is none of S3's.
pub(crate) fn operation(head: &Parts) -> Cow<'static, str> {
    let path = super::door::path(head);
    let depth = match path.trim_start_matches('/').split_once('/') {
        Some((bucket, key)) if !bucket.is_empty() && !key.is_empty() => Depth::Object,
        _ if path.trim_matches('/').is_empty() => Depth::Root,
        _ => Depth::Bucket,
    };
    let query: Vec<(&str, &str)> =
        head.uri.query().unwrap_or("").split('&').map(|pair| pair.split_once('=').unwrap_or((pair, ""))).collect();
    let has = |name: &str| query.iter().any(|(candidate, _)| *candidate == name);
    let copies = head.headers.contains_key("x-amz-copy-source");
    let name = match depth {
        Depth::Root => (head.method == Method::GET).then_some("ListBuckets"),
        Depth::Bucket => of_subresource(&head.method, BUCKET, has).or_else(|| of_bucket(&head.method, has, &query)),
        Depth::Object => of_subresource(&head.method, OBJECT, has).or_else(|| of_object(&head.method, has, copies)),
    };
    Cow::Borrowed(name.unwrap_or("Unknown"))
}

fn of_bucket(method: &Method, has: impl Fn(&str) -> bool, query: &[(&str, &str)]) -> Option<&'static str> {
    Some(match *method {
        Method::HEAD => "HeadBucket",
        Method::GET if has("location") => "GetBucketLocation",
        Method::GET if has("uploads") => "ListMultipartUploads",
        Method::GET if has("versions") => "ListObjectVersions",
        Method::GET if query.contains(&("list-type", "2")) => "ListObjectsV2",
        Method::GET => "ListObjects",
        Method::PUT => "CreateBucket",
        Method::POST if has("delete") => "DeleteObjects",
        Method::DELETE => "DeleteBucket",
        _ => return None,
    })
}

fn of_object(method: &Method, has: impl Fn(&str) -> bool, copies: bool) -> Option<&'static str> {
    Some(match *method {
        Method::HEAD => "HeadObject",
        Method::GET if has("attributes") => "GetObjectAttributes",
        Method::GET if has("uploadId") => "ListParts",
        Method::GET => "GetObject",
        Method::PUT if has("uploadId") && copies => "UploadPartCopy",
        Method::PUT if has("uploadId") => "UploadPart",
        Method::PUT if copies => "CopyObject",
        Method::PUT => "PutObject",
        Method::POST if has("uploads") => "CreateMultipartUpload",
        Method::POST if has("uploadId") => "CompleteMultipartUpload",
        Method::POST if has("restore") => "RestoreObject",
        Method::POST if has("select") => "SelectObjectContent",
        Method::DELETE if has("uploadId") => "AbortMultipartUpload",
        Method::DELETE => "DeleteObject",
        _ => return None,
    })
}

/// Query name, then the operations of GET, PUT and DELETE ("" for none).
type Subresource = (&'static str, [&'static str; 3]);

fn of_subresource(method: &Method, table: &[Subresource], has: impl Fn(&str) -> bool) -> Option<&'static str> {
    let column = match *method {
        Method::GET => 0,
        Method::PUT => 1,
        Method::DELETE => 2,
        _ => return None,
    };
    let (_, names) = table.iter().find(|(name, _)| has(name))?;
    Some(names[column]).filter(|name| !name.is_empty())
}

const OBJECT: &[Subresource] = &[
    ("acl", ["GetObjectAcl", "PutObjectAcl", ""]),
    ("legal-hold", ["GetObjectLegalHold", "PutObjectLegalHold", ""]),
    ("retention", ["GetObjectRetention", "PutObjectRetention", ""]),
    ("tagging", ["GetObjectTagging", "PutObjectTagging", "DeleteObjectTagging"]),
    ("torrent", ["GetObjectTorrent", "", ""]),
];

const BUCKET: &[Subresource] = &[
    ("accelerate", ["GetBucketAccelerateConfiguration", "PutBucketAccelerateConfiguration", ""]),
    ("acl", ["GetBucketAcl", "PutBucketAcl", ""]),
    ("analytics", ["GetBucketAnalyticsConfiguration", "PutBucketAnalyticsConfiguration", "DeleteBucketAnalyticsConfiguration"]),
    ("cors", ["GetBucketCors", "PutBucketCors", "DeleteBucketCors"]),
    ("encryption", ["GetBucketEncryption", "PutBucketEncryption", "DeleteBucketEncryption"]),
    ("inventory", ["GetBucketInventoryConfiguration", "PutBucketInventoryConfiguration", "DeleteBucketInventoryConfiguration"]),
    ("lifecycle", ["GetBucketLifecycleConfiguration", "PutBucketLifecycleConfiguration", "DeleteBucketLifecycle"]),
    ("logging", ["GetBucketLogging", "PutBucketLogging", ""]),
    ("metrics", ["GetBucketMetricsConfiguration", "PutBucketMetricsConfiguration", "DeleteBucketMetricsConfiguration"]),
    ("notification", ["GetBucketNotificationConfiguration", "PutBucketNotificationConfiguration", ""]),
    ("object-lock", ["GetObjectLockConfiguration", "PutObjectLockConfiguration", ""]),
    ("ownershipControls", ["GetBucketOwnershipControls", "PutBucketOwnershipControls", "DeleteBucketOwnershipControls"]),
    ("policy", ["GetBucketPolicy", "PutBucketPolicy", "DeleteBucketPolicy"]),
    ("policyStatus", ["GetBucketPolicyStatus", "", ""]),
    ("publicAccessBlock", ["GetPublicAccessBlock", "PutPublicAccessBlock", "DeletePublicAccessBlock"]),
    ("replication", ["GetBucketReplication", "PutBucketReplication", "DeleteBucketReplication"]),
    ("requestPayment", ["GetBucketRequestPayment", "PutBucketRequestPayment", ""]),
    ("tagging", ["GetBucketTagging", "PutBucketTagging", "DeleteBucketTagging"]),
    ("versioning", ["GetBucketVersioning", "PutBucketVersioning", ""]),
    ("website", ["GetBucketWebsite", "PutBucketWebsite", "DeleteBucketWebsite"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn name(method: &str, uri: &str) -> String {
        let (head, ()) = http::Request::builder().method(method).uri(uri).body(()).unwrap().into_parts();
        operation(&head).into_owned()
    }

    #[test]
    fn names() {
        for (method, uri, expected) in [
            ("GET", "/", "ListBuckets"),
            ("GET", "/?x-id=ListBuckets", "ListBuckets"),
            ("PUT", "/bucket", "CreateBucket"),
            ("PUT", "/bucket/", "CreateBucket"),
            ("HEAD", "/bucket", "HeadBucket"),
            ("GET", "/bucket?list-type=2&prefix=a", "ListObjectsV2"),
            ("GET", "/bucket/?prefix=a", "ListObjects"),
            ("GET", "/bucket?location", "GetBucketLocation"),
            ("GET", "/bucket?policy", "GetBucketPolicy"),
            ("POST", "/bucket?delete=", "DeleteObjects"),
            ("PUT", "/bucket/a/b?x-id=PutObject", "PutObject"),
            ("GET", "/bucket/a/", "GetObject"),
            ("HEAD", "/bucket/a", "HeadObject"),
            ("POST", "/bucket/a?uploads", "CreateMultipartUpload"),
            ("PUT", "/bucket/a?partNumber=1&uploadId=x", "UploadPart"),
            ("POST", "/bucket/a?uploadId=x", "CompleteMultipartUpload"),
            ("DELETE", "/bucket/a?uploadId=x", "AbortMultipartUpload"),
            ("DELETE", "/bucket/a", "DeleteObject"),
            ("GET", "/bucket/a?tagging", "GetObjectTagging"),
            ("PATCH", "/bucket/a", "Unknown"),
            ("POST", "/", "Unknown"),
        ] {
            assert_eq!(name(method, uri), expected, "{method} {uri}");
        }
    }

    #[test]
    fn a_copy_and_a_bucket_in_the_host_name() {
        let request = |uri: &str, header: &str, value: &str| {
            let request = http::Request::builder().method("PUT").uri(uri).header(header, value).body(()).unwrap();
            operation(&request.into_parts().0).into_owned()
        };
        assert_eq!(request("/bucket/a", "x-amz-copy-source", "b/c"), "CopyObject");
        assert_eq!(request("/a", "host", "bucket.localhost:4566"), "PutObject");
        assert_eq!(request("/", "host", "bucket.localhost:4566"), "CreateBucket");
        assert_eq!(request("/bucket", "host", "localhost:4566"), "CreateBucket");
    }
}
