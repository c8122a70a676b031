//! The tags of one way or node.

/// Key-value pairs; a key stands once.
#[derive(Debug, Clone, Default)]
pub struct Tags<'a>(Vec<(&'a str, &'a str)>);

impl<'a> FromIterator<(&'a str, &'a str)> for Tags<'a> {
    fn from_iter<I: IntoIterator<Item = (&'a str, &'a str)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}

impl<'a> Tags<'a> {
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&'a str> {
        self.0.iter().find(|(k, _)| *k == key).map(|(_, value)| *value)
    }

    #[must_use]
    pub fn is(&self, key: &str, value: &str) -> bool {
        self.get(key) == Some(value)
    }
}

/// Tags from `"key=value key=value"`, for tests.
#[cfg(test)]
pub(crate) fn tags(text: &str) -> Tags<'_> {
    text.split_whitespace().map(|pair| pair.split_once('=').expect("key=value")).collect()
}
