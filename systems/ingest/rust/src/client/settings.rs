//! Where AWS is and who calls: Lambda's environment, read once.

use std::collections::BTreeMap;
use std::fmt;

use http::Uri;

use super::error::SettingsError;

/// Environment variable of an endpoint by the service's name in SigV4's scope.
const ENDPOINT_VARIABLES: [(&str, &str); 5] = [
    ("s3", "AWS_ENDPOINT_URL_S3"),
    ("dynamodb", "AWS_ENDPOINT_URL_DYNAMODB"),
    ("lambda", "AWS_ENDPOINT_URL_LAMBDA"),
    ("execute-api", "AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI"),
    ("sqs", "AWS_ENDPOINT_URL_SQS"),
];

/// Credentials, region and endpoints.
#[derive(Clone)]
pub struct Settings {
    pub access_key_id: String,
    pub secret_access_key: String,
    pub session_token: Option<String>,
    pub region: String,
    /// Address of every service that [`Self::endpoints`] does not name. Not of `execute-api`, whose address the WebSocket API itself tells.
    pub endpoint: Option<String>,
    /// Address by service.
    pub endpoints: BTreeMap<&'static str, String>,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Never the secrets.
        let mut shown = f.debug_struct("Settings");
        shown.field("access_key_id", &self.access_key_id).field("region", &self.region);
        shown.field("endpoint", &self.endpoint).field("endpoints", &self.endpoints).finish_non_exhaustive()
    }
}

impl Settings {
    /// # Errors
    /// [`SettingsError`] names the variable that is missing or not an address.
    pub fn from_env() -> Result<Self, SettingsError> {
        Self::from_variables(|name| std::env::var_os(name)?.into_string().ok())
    }

    /// `variable` gives the value of an environment variable; empty is as if it was not set.
    ///
    /// # Errors
    /// [`SettingsError`] names the variable that is missing or not an address.
    pub fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let need = |name: &'static str| set(name).ok_or(SettingsError::Missing { name });
        let address = |name: &str| match set(name) {
            Some(value) if !is_address(&value) => Err(SettingsError::Endpoint { name: name.to_owned(), value }),
            value => Ok(value),
        };
        let mut endpoints = BTreeMap::new();
        for (service, name) in ENDPOINT_VARIABLES {
            if let Some(value) = address(name)? {
                endpoints.insert(service, value);
            }
        }
        Ok(Self {
            access_key_id: need("AWS_ACCESS_KEY_ID")?,
            secret_access_key: need("AWS_SECRET_ACCESS_KEY")?,
            session_token: set("AWS_SESSION_TOKEN"),
            region: set("AWS_REGION").or_else(|| set("AWS_DEFAULT_REGION")).ok_or(SettingsError::Missing { name: "AWS_REGION" })?,
            endpoint: address("AWS_ENDPOINT_URL")?,
            endpoints,
        })
    }

    /// The environment's address of a service, else `given`, else AWS's own.
    pub(super) fn endpoint(&self, service: &str, given: Option<&str>) -> String {
        if let Some(named) = self.endpoints.get(service) {
            return named.clone();
        }
        match (given, &self.endpoint) {
            (Some(given), _) => given.to_owned(),
            (None, Some(general)) => general.clone(),
            (None, None) => format!("https://{service}.{}.amazonaws.com", self.region),
        }
    }
}

fn is_address(text: &str) -> bool {
    text.parse::<Uri>().is_ok_and(|uri| matches!(uri.scheme_str(), Some("http" | "https")) && uri.authority().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(more: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        let mut variables =
            BTreeMap::from([("AWS_ACCESS_KEY_ID", "AKIA"), ("AWS_SECRET_ACCESS_KEY", "secret"), ("AWS_REGION", "eu-west-1")]);
        variables.extend(more.iter().copied());
        Settings::from_variables(|name| variables.get(name).map(|value| (*value).to_owned()))
    }

    #[test]
    fn a_services_own_endpoint_wins_over_the_general_and_that_over_awss() {
        let aws = settings(&[]).unwrap();
        assert_eq!(aws.endpoint("s3", None), "https://s3.eu-west-1.amazonaws.com");
        assert_eq!(aws.endpoint("execute-api", Some("https://x.example/live")), "https://x.example/live");
        let local =
            settings(&[("AWS_ENDPOINT_URL", "http://127.0.0.1:4566"), ("AWS_ENDPOINT_URL_LAMBDA", "http://127.0.0.1:9000")]).unwrap();
        assert_eq!(local.endpoint("s3", None), "http://127.0.0.1:4566");
        assert_eq!(local.endpoint("lambda", None), "http://127.0.0.1:9000");
        let door = settings(&[("AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI", "http://127.0.0.1:4566")]).unwrap();
        assert_eq!(door.endpoint("execute-api", Some("https://x.example/live")), "http://127.0.0.1:4566");
    }

    #[test]
    fn what_is_missing_or_no_address_is_named() {
        let missing = settings(&[("AWS_REGION", "")]).unwrap_err();
        assert!(missing.to_string().starts_with("AWS_REGION is not set"), "{missing}");
        let wrong = settings(&[("AWS_ENDPOINT_URL_S3", "localhost:4566")]).unwrap_err();
        assert!(wrong.to_string().contains("AWS_ENDPOINT_URL_S3"), "{wrong}");
    }

    #[test]
    fn secrets_are_not_shown() {
        assert!(!format!("{:?}", settings(&[("AWS_SESSION_TOKEN", "token")]).unwrap()).contains("secret"));
    }
}
