//! AWS's runtime identifiers, as far as Ferry runs them.

use super::error::RuntimeError;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Identifier {
    /// `python3.13`
    Python { minor: u32 },
    /// `nodejs22.x`
    Node { major: u32 },
    /// `provided.al2023`, `provided.al2`, `provided`
    Provided,
}

impl Identifier {
    pub(crate) fn parse(runtime: &str) -> Result<Self, RuntimeError> {
        let unsupported = || RuntimeError::Unsupported(runtime.to_owned());
        if let Some(minor) = runtime.strip_prefix("python3.") {
            return minor.parse().map(|minor| Self::Python { minor }).map_err(|_| unsupported());
        }
        if let Some(major) = runtime.strip_prefix("nodejs").and_then(|rest| rest.strip_suffix(".x")) {
            return major.parse().map(|major| Self::Node { major }).map_err(|_| unsupported());
        }
        match runtime {
            "provided" | "provided.al2" | "provided.al2023" => Ok(Self::Provided),
            _ => Err(unsupported()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_what_it_runs_and_names_what_it_does_not() {
        assert_eq!(Identifier::parse("python3.13").unwrap(), Identifier::Python { minor: 13 });
        assert_eq!(Identifier::parse("nodejs22.x").unwrap(), Identifier::Node { major: 22 });
        assert_eq!(Identifier::parse("provided.al2023").unwrap(), Identifier::Provided);
        for other in ["java21", "python2.7", "python3.x", "nodejs", "nodejs22", "dotnet8", ""] {
            assert!(matches!(Identifier::parse(other), Err(RuntimeError::Unsupported(name)) if name == other), "{other}");
        }
    }
}
