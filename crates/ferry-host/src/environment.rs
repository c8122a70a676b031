//! The environment of a function: exactly Lambda's, and nothing of the host's own.

use std::collections::BTreeMap;

use ferry_template::{Function, LogFormat};

use crate::settings::AwsCredentials;

/// What of a function's environment does not come from the function.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) region: &'a str,
    pub(crate) log_stream: &'a str,
    /// What the runtime adds. The function's own variables go before these.
    pub(crate) runtime: &'a [(String, String)],
    /// Where the sandbox finds the local AWS services, if there are any.
    pub(crate) aws_url: Option<&'a str>,
    /// Instead of [`CREDENTIALS`], where somebody checks signatures.
    pub(crate) credentials: Option<&'a AwsCredentials>,
}

/// What the SDKs of AWS read: every service's endpoint, and that of `@connections`, whose own is part of each API's address.
const AWS_ENDPOINTS: [&str; 2] = ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI"];

/// Credentials that local stand-ins for AWS services accept. They open nothing on AWS.
const CREDENTIALS: [(&str, &str); 3] = [
    ("AWS_ACCESS_KEY_ID", "AKIAFERRYLOCAL000000"),
    ("AWS_SECRET_ACCESS_KEY", "ferry-local-secret"),
    ("AWS_SESSION_TOKEN", "ferry-local-session"),
];

/// Where Lambda's X-Ray daemon listens. Nothing does here: in a private network the packets go nowhere.
const XRAY_DAEMON: (&str, &str) = ("169.254.79.129", "2000");

/// All variables but `AWS_LAMBDA_RUNTIME_API`, which is known when the socket is. Later writers win; the function's
/// own variables cannot replace those that AWS reserves.
pub(crate) fn environment(function: &Function, place: &Place<'_>) -> Vec<(String, String)> {
    let mut env: BTreeMap<String, String> = BTreeMap::new();
    let mut set = |name: &str, value: &str| {
        env.insert(name.to_owned(), value.to_owned());
    };
    set("PATH", "/usr/local/bin:/usr/bin/:/bin:/opt/bin");
    set("LD_LIBRARY_PATH", "/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib");
    set("LANG", "en_US.UTF-8");
    set("TZ", ":UTC");
    set("AWS_XRAY_CONTEXT_MISSING", "LOG_ERROR");
    set("AWS_XRAY_DAEMON_ADDRESS", &format!("{}:{}", XRAY_DAEMON.0, XRAY_DAEMON.1));
    set("_AWS_XRAY_DAEMON_ADDRESS", XRAY_DAEMON.0);
    set("_AWS_XRAY_DAEMON_PORT", XRAY_DAEMON.1);
    for (name, value) in place.runtime {
        set(name, value);
    }
    for name in AWS_ENDPOINTS {
        if let Some(url) = place.aws_url {
            set(name, url);
        }
    }
    for (name, value) in &function.environment {
        set(name, value);
    }
    if let Some((name, value)) = place.runtime.iter().find(|(name, _)| name == "AWS_EXECUTION_ENV") {
        set(name, value);
    }
    for (name, value) in CREDENTIALS {
        set(name, value);
    }
    if let Some(credentials) = place.credentials {
        set("AWS_ACCESS_KEY_ID", &credentials.access_key);
        set("AWS_SECRET_ACCESS_KEY", &credentials.secret_key);
    }
    set("_HANDLER", &function.handler);
    set("AWS_REGION", place.region);
    set("AWS_DEFAULT_REGION", place.region);
    set("AWS_LAMBDA_FUNCTION_NAME", &function.name);
    set("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST");
    set("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", &function.memory_mib.to_string());
    set("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand");
    set("AWS_LAMBDA_LOG_GROUP_NAME", &format!("/aws/lambda/{}", function.name));
    set("AWS_LAMBDA_LOG_STREAM_NAME", place.log_stream);
    set("AWS_LAMBDA_LOG_FORMAT", if function.log_format == LogFormat::Json { "JSON" } else { "Text" });
    set("LAMBDA_TASK_ROOT", "/var/task");
    set("LAMBDA_RUNTIME_DIR", "/var/runtime");
    env.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::function;

    #[test]
    fn the_function_overrides_the_runtime_but_not_what_aws_reserves() {
        let mut function = function("hello");
        for (name, value) in [("PATH", "/mine"), ("AWS_REGION", "mars"), ("AWS_EXECUTION_ENV", "x"), ("_HANDLER", "x"), ("MY", "1")] {
            function.environment.insert(name.into(), value.into());
        }
        let runtime = [("PATH".to_owned(), "/runtime".to_owned()), ("AWS_EXECUTION_ENV".to_owned(), "AWS_Lambda_python3.13".to_owned())];
        let env = environment(
            &function,
            &Place { region: "eu-west-1", log_stream: "stream", runtime: &runtime, aws_url: None, credentials: None },
        );
        let get = |name: &str| env.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        assert_eq!(get("PATH"), Some("/mine"));
        assert_eq!(get("AWS_REGION"), Some("eu-west-1"));
        assert_eq!(get("AWS_EXECUTION_ENV"), Some("AWS_Lambda_python3.13"));
        assert_eq!(get("_HANDLER"), Some("bootstrap"));
        assert_eq!(get("MY"), Some("1"));
        assert_eq!(get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"), Some("128"));
        assert_eq!(get("AWS_LAMBDA_LOG_GROUP_NAME"), Some("/aws/lambda/hello"));
        assert_eq!(get("HOME"), None);
        assert!(env.iter().all(|(name, _)| !name.starts_with("AWS_ENDPOINT_URL")), "{env:?}");
    }

    #[test]
    fn local_services_are_told_and_the_function_may_have_others() {
        let mut function = function("hello");
        function.environment.insert("AWS_ENDPOINT_URL".into(), "http://127.0.0.1:5000".into());
        let credentials = AwsCredentials { access_key: "AKIA1".into(), secret_key: "hush".into() };
        let place = Place {
            region: "eu-west-1",
            log_stream: "stream",
            runtime: &[],
            aws_url: Some("http://127.0.0.1:4566"),
            credentials: Some(&credentials),
        };
        let env = environment(&function, &place);
        assert!(env.contains(&("AWS_SECRET_ACCESS_KEY".to_owned(), "hush".to_owned())), "{env:?}");
        let endpoints: Vec<_> = env.into_iter().filter(|(name, _)| name.contains("ENDPOINT")).collect();
        let told = |name: &str, url: &str| (name.to_owned(), url.to_owned());
        assert_eq!(
            endpoints,
            [told("AWS_ENDPOINT_URL", "http://127.0.0.1:5000"), told("AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI", "http://127.0.0.1:4566")]
        );
    }
}
