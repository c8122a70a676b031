//! An answer that is not what was asked for.

use crate::json::Json;

/// Status and body of a refusal: `{"error","field","message"}`, `field` null where there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) error: &'static str,
    /// The field of the body or query that is at fault, such as `via[2]`.
    pub(super) field: Option<String>,
    pub(super) message: String,
    /// The methods the path knows, for 405.
    pub(super) allow: Option<&'static str>,
}

impl Refusal {
    #[must_use]
    pub(super) fn new(status: u16, error: &'static str, message: impl Into<String>) -> Self {
        Self { status, error, field: None, message: message.into(), allow: None }
    }

    /// 400: `field` is not what it should be.
    #[must_use]
    pub(super) fn field(field: impl Into<String>, problem: &str) -> Self {
        let field = field.into();
        Self { message: format!("{field} {problem}"), field: Some(field), ..Self::new(400, "bad_request", "") }
    }

    /// 422: `field` is on no street.
    #[must_use]
    pub(super) fn off_street(field: impl Into<String>) -> Self {
        let field = field.into();
        let message = format!("{field} is farther than 300 m from every street of this city");
        Self { field: Some(field), ..Self::new(422, "no_street_nearby", message) }
    }

    #[must_use]
    pub(super) fn method(allow: &'static str) -> Self {
        Self { allow: Some(allow), ..Self::new(405, "method_not_allowed", format!("ask with {allow}")) }
    }

    #[must_use]
    pub(super) fn body(&self) -> String {
        let mut json = Json::default();
        json.raw("{\"error\":").string(self.error).raw(",\"field\":").optional(self.field.as_deref());
        json.raw(",\"message\":").string(&self.message).raw("}");
        json.finish()
    }
}
