//! When two answers count as equal: the pair's `Equal` rule, made ready to use.

mod answer;
mod http;
mod pointer;
#[cfg(test)]
mod tests;
mod value;

use ferry_template::EqualRule;

pub use answer::{Difference, FunctionFailure};
pub use pointer::PointerError;

#[derive(Debug, Clone, Default)]
pub struct Rule {
    ignored: pointer::Ignored,
    /// Relative; 0 for exact.
    tolerance: f64,
}

impl Rule {
    pub fn new(rule: &EqualRule) -> Result<Self, PointerError> {
        Ok(Self { ignored: pointer::Ignored::new(&rule.ignore)?, tolerance: rule.tolerance })
    }
}
