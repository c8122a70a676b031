//! Function names as the Lambda API takes them: name, partial ARN or ARN, each with or without a qualifier.

use super::error::ApiError;

/// The only version there is.
pub(super) const LATEST: &str = "$LATEST";

/// `hello`, `hello:$LATEST`, `123456789012:function:hello`, `arn:aws:lambda:eu-west-1:123456789012:function:hello`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct FunctionRef<'a> {
    pub(super) name: &'a str,
    pub(super) qualifier: Option<&'a str>,
    pub(super) region: Option<&'a str>,
    pub(super) account: Option<&'a str>,
}

impl<'a> FunctionRef<'a> {
    /// Any text is some reference; whether it names a function is another question.
    pub(super) fn parse(text: &'a str) -> Self {
        let (region, rest) = match text.strip_prefix("arn:").and_then(|arn| arn.split_once(":lambda:")) {
            Some((_partition, rest)) => rest.split_once(':').map_or((None, rest), |(region, rest)| (Some(region), rest)),
            None => (None, text),
        };
        let (account, rest) = match rest.split_once(":function:") {
            Some((account, rest)) => (Some(account), rest),
            None => (None, rest.strip_prefix("function:").unwrap_or(rest)),
        };
        let (name, qualifier) = rest.split_once(':').map_or((rest, None), |(name, qualifier)| (name, Some(qualifier)));
        Self { name, qualifier, region, account }
    }

    /// The version to run, which can only be `$LATEST`; `arn` is the function's.
    pub(super) fn check_qualifier(&self, parameter: Option<&str>, arn: &str) -> Result<(), ApiError> {
        if let (Some(derived), Some(given)) = (self.qualifier, parameter)
            && derived != given
        {
            let message = "The derived qualifier from the function name does not match the specified qualifier.";
            return Err(ApiError::InvalidParameterValue(message.to_owned()));
        }
        match self.qualifier.or(parameter) {
            None | Some(LATEST) => Ok(()),
            Some(version) if version.bytes().all(|byte| byte.is_ascii_digit()) => {
                Err(ApiError::ResourceNotFound(format!("Function not found: {arn}:{version}")))
            }
            Some(alias) => Err(ApiError::ResourceNotFound(format!("Cannot find alias arn: {arn}:{alias}"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> (&str, Option<&str>, Option<&str>, Option<&str>) {
        let FunctionRef { name, qualifier, region, account } = FunctionRef::parse(text);
        (name, qualifier, region, account)
    }

    #[test]
    fn every_documented_form_is_read() {
        let (region, account) = (Some("eu-west-1"), Some("123456789012"));
        assert_eq!(parts("hello"), ("hello", None, None, None));
        assert_eq!(parts("hello:v1"), ("hello", Some("v1"), None, None));
        assert_eq!(parts("123456789012:function:hello"), ("hello", None, None, account));
        assert_eq!(parts("123456789012:function:hello:7"), ("hello", Some("7"), None, account));
        assert_eq!(parts("function:hello"), ("hello", None, None, None));
        assert_eq!(parts("arn:aws:lambda:eu-west-1:123456789012:function:hello"), ("hello", None, region, account));
        assert_eq!(parts("arn:aws-cn:lambda:eu-west-1:123456789012:function:hello:$LATEST"), ("hello", Some(LATEST), region, account));
    }

    #[test]
    fn only_latest_exists() {
        let check =
            |name: &str, parameter: Option<&str>| FunctionRef::parse(name).check_qualifier(parameter, "ARN").map_err(|e| e.to_string());
        assert_eq!(check("hello", None), Ok(()));
        assert_eq!(check("hello:$LATEST", Some(LATEST)), Ok(()));
        assert_eq!(check("hello", Some("1")), Err("Function not found: ARN:1".to_owned()));
        assert_eq!(check("hello:prod", None), Err("Cannot find alias arn: ARN:prod".to_owned()));
        assert!(check("hello:prod", Some("1")).unwrap_err().contains("derived qualifier"));
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in ".*") {
            FunctionRef::parse(&text);
        }
    }
}
