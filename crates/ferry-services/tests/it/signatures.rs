//! Signatures with a secret set: what AWS's SDK signs is accepted, all else refused in the service's words.

use aws_sdk_sts::error::ProvideErrorMetadata as _;
use ferry_services::{Secret, Services, ServicesSettings};

use crate::support::{identity, request, sdk_config, settings};

fn guarded() -> Services {
    let secret = Secret { access_key: "AKID".to_owned(), secret_key: "secret".to_owned() };
    Services::start(ServicesSettings { secret: Some(secret), ..settings() }).unwrap()
}

#[tokio::test]
async fn the_right_secret_is_accepted_and_others_refused() {
    let services = guarded();
    for (access_key, secret_key, code) in
        [("AKID", "secret", None), ("AKID", "other", Some("SignatureDoesNotMatch")), ("OTHER", "secret", Some("InvalidClientTokenId"))]
    {
        let client = aws_sdk_sts::Client::from_conf(sdk_config!(aws_sdk_sts, services, access_key, secret_key).build());
        let answer = client.get_caller_identity().send().await;
        assert_eq!(answer.err().and_then(|error| error.code().map(str::to_owned)).as_deref(), code, "{access_key}:{secret_key}");
    }
}

#[test]
fn unsigned_and_malformed_requests_are_refused() {
    let services = guarded();
    let unsigned = identity(&services);
    assert!(unsigned.status == 403 && unsigned.body.contains("<Code>MissingAuthenticationToken</Code>"), "{unsigned:?}");
    let scope = "A/20200131/us-east-1/sts/aws4_request";
    let malformed = request(&services, "POST", "/", &format!("authorization: AWS4-HMAC-SHA256 Credential={scope}\r\n"), "");
    assert!(malformed.status == 400 && malformed.body.contains("<Code>IncompleteSignature</Code>"), "{malformed:?}");
    let expired = format!(
        "/?Action=GetCallerIdentity&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKID{}&X-Amz-Date=20200131T000000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=00",
        scope.trim_start_matches('A').replace('/', "%2F")
    );
    let expired = request(&services, "GET", &expired, "", "");
    assert!(expired.status == 403 && expired.body.contains("<Message>Request has expired</Message>"), "{expired:?}");
}

#[tokio::test]
async fn without_a_secret_any_signature_will_do() {
    let services = crate::support::start();
    let client = aws_sdk_sts::Client::from_conf(sdk_config!(aws_sdk_sts, services, "any", "thing").build());
    client.get_caller_identity().send().await.unwrap();
}
