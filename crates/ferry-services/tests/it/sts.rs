//! STS through the Rust SDK and through plain forms.

use crate::support::{ask, sdk_config, start};

#[tokio::test]
async fn get_caller_identity_names_the_account() {
    let services = start();
    let client = aws_sdk_sts::Client::from_conf(sdk_config!(aws_sdk_sts, services).build());
    let identity = client.get_caller_identity().send().await.unwrap();
    assert_eq!(identity.account(), Some("123456789012"));
    assert_eq!(identity.arn(), Some("arn:aws:iam::123456789012:root"));
    assert_eq!(identity.user_id(), Some("123456789012"));
}

#[test]
fn an_unsigned_form_is_for_sts_too() {
    let services = start();
    let head = "POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/x-www-form-urlencoded\r\n";
    let known = ask(&services, &format!("{head}content-length: 24\r\n\r\nAction=GetCallerIdentity"));
    assert!(known.starts_with("HTTP/1.1 200 OK\r\n") && known.contains("<Account>123456789012</Account>"), "{known}");
    assert!(known.contains("x-amzn-requestid: "), "{known}");
    let unknown = ask(&services, &format!("{head}content-length: 17\r\n\r\nAction=AssumeRole"));
    assert!(unknown.starts_with("HTTP/1.1 400 ") && unknown.contains("<Code>InvalidAction</Code>"), "{unknown}");
}
