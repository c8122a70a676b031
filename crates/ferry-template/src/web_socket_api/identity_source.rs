//! `IdentitySource` of an authorizer: where a request must carry something to be authorized by.

use crate::diagnostic::{Mark, Scope};
use crate::fields::shortened;
use crate::model::IdentitySource;

/// `route.request.header.X`, `route.request.querystring.x` or `stageVariables.x`; the rest is reported.
pub(super) fn parse(text: &str, mark: Mark, scope: Scope<'_>) -> Option<IdentitySource> {
    let named = |prefix: &str| text.strip_prefix(prefix).filter(|name| !name.is_empty()).map(str::to_owned);
    let source = named("route.request.header.")
        .map(IdentitySource::Header)
        .or_else(|| named("route.request.querystring.").map(IdentitySource::QueryString))
        .or_else(|| named("stageVariables.").map(IdentitySource::StageVariable));
    if source.is_none() {
        let problem = format!("IdentitySource `{}` is not supported", shortened(text));
        scope.error(mark, problem, "write route.request.header.NAME, route.request.querystring.NAME or stageVariables.NAME");
    }
    source
}
