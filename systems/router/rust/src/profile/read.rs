//! A user's profile over the default one.

use serde::Deserialize;
use toml::{Table, Value};

use super::{Profile, check};

#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    #[error("the profile is not TOML of the expected shape (`router-build profile` prints one to copy)")]
    Shape(#[source] toml::de::Error),
    #[error("{field} = {value} in the profile: {reason}; {remedy}")]
    Range { field: String, value: String, reason: String, remedy: String },
}

impl Profile {
    /// Reads a profile. What it does not say is as in the default profile.
    ///
    /// # Errors
    /// When it is no TOML, has an unknown key, or a number out of range.
    pub fn parse(text: &str) -> Result<Self, ProfileError> {
        let mut whole: Table = Self::default_text().parse().map_err(ProfileError::Shape)?;
        lay_over(&mut whole, text.parse().map_err(ProfileError::Shape)?);
        let profile = Self::deserialize(Value::Table(whole)).map_err(ProfileError::Shape)?;
        check::all(&profile)?;
        Ok(profile)
    }
}

/// Tables are merged, key by key; whatever else is replaced.
fn lay_over(below: &mut Table, above: Table) {
    for (key, value) in above {
        match (below.get_mut(&key), value) {
            (Some(Value::Table(below)), Value::Table(above)) => lay_over(below, above),
            (_, value) => {
                below.insert(key, value);
            }
        }
    }
}
