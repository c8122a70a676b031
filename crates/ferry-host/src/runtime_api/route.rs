//! All routes of the Runtime API.

use http::Method;

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Route<'a> {
    Next,
    Response { request_id: &'a str },
    Error { request_id: &'a str },
    InitError,
    NotFound,
    MethodNotAllowed,
}

/// `restore/next` and `restore/error` exist only where snapshots do: here, as on AWS without SnapStart, they are 404.
pub(super) fn route<'a>(method: &Method, path: &'a str) -> Route<'a> {
    let Some(path) = path.strip_prefix("/2018-06-01/runtime/") else { return Route::NotFound };
    let (wanted, found) = match path.strip_prefix("invocation/") {
        Some("next") => (Method::GET, Route::Next),
        Some(rest) => match rest.split_once('/') {
            Some((request_id, "response")) => (Method::POST, Route::Response { request_id }),
            Some((request_id, "error")) => (Method::POST, Route::Error { request_id }),
            _ => return Route::NotFound,
        },
        None if path == "init/error" => (Method::POST, Route::InitError),
        None => return Route::NotFound,
    };
    if *method == wanted { found } else { Route::MethodNotAllowed }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_documented_paths_and_no_others() {
        let of = |method, path| route(&method, path);
        assert_eq!(of(Method::GET, "/2018-06-01/runtime/invocation/next"), Route::Next);
        assert_eq!(of(Method::POST, "/2018-06-01/runtime/invocation/abc/response"), Route::Response { request_id: "abc" });
        assert_eq!(of(Method::POST, "/2018-06-01/runtime/invocation/abc/error"), Route::Error { request_id: "abc" });
        assert_eq!(of(Method::POST, "/2018-06-01/runtime/init/error"), Route::InitError);
        assert_eq!(of(Method::POST, "/2018-06-01/runtime/invocation/next"), Route::MethodNotAllowed);
        assert_eq!(of(Method::GET, "/2018-06-01/runtime/restore/next"), Route::NotFound);
        assert_eq!(of(Method::GET, "/2018-06-01/runtime/invocation/abc/other"), Route::NotFound);
        assert_eq!(of(Method::GET, "/2015-03-31/runtime/invocation/next"), Route::NotFound);
    }
}
