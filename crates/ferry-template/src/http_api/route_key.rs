//! Route keys: `$default`, or a method and a path with `{variables}`, of which the last may be greedy (`{path+}`).

use crate::diagnostic::{Mark, Scope};
use crate::fields::shortened;

const METHODS: [&str; 8] = ["ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];

/// What SAM writes for any method.
const SAM_ANY: &str = "x-amazon-apigateway-any-method";

pub(crate) const DEFAULT: &str = "$default";

/// The route key for a method and a path, or None with the reason reported.
pub(super) fn of_event(method: &str, path: &str, mark: Mark, scope: Scope<'_>) -> Option<String> {
    let any = method == "*" || method.eq_ignore_ascii_case(SAM_ANY) || method.eq_ignore_ascii_case("ANY");
    let method = if any { "ANY".to_owned() } else { method.to_ascii_uppercase() };
    if path == DEFAULT && any {
        return Some(DEFAULT.to_owned());
    }
    parse(&format!("{method} {path}"), mark, scope)
}

/// A route key as it is written, checked.
pub(super) fn parse(key: &str, mark: Mark, scope: Scope<'_>) -> Option<String> {
    if key == DEFAULT {
        return Some(key.to_owned());
    }
    let wrong = |problem: &str, remedy: &str| {
        scope.error(mark, format!("`{}` is no route: {problem}", shortened(key)), remedy);
        None
    };
    let Some((method, path)) = key.split_once(' ') else { return wrong("the path is missing", "write `GET /path`, or $default") };
    if !METHODS.contains(&method) {
        return wrong("the method is unknown", &format!("use one of {}", METHODS.join(", ")));
    }
    if !path.starts_with('/') || path.contains(char::is_whitespace) {
        return wrong("the path does not begin with /, or has spaces", "write it as clients ask for it, from the / on");
    }
    let segments: Vec<&str> = path.split('/').collect();
    let mut names = Vec::new();
    for (index, segment) in segments.iter().enumerate().filter(|(_, segment)| segment.contains(['{', '}'])) {
        let Some(name) = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) else {
            return wrong("a variable shares its segment with text", "let each {variable} be a segment of its own");
        };
        let plain = name.strip_suffix('+').unwrap_or(name);
        if plain.is_empty() || plain.contains(['{', '}', '+']) {
            return wrong("a variable has no proper name", "name it, as in {id} or {path+}");
        }
        if name.ends_with('+') && index + 1 != segments.len() {
            return wrong("a greedy variable is not the last segment", "let {name+} end the path");
        }
        if names.contains(&plain) {
            return wrong("two variables have one name", "give each a name of its own");
        }
        names.push(plain);
    }
    Some(key.to_owned())
}

/// Route keys that API Gateway takes for one: names of variables do not tell routes apart.
pub(super) fn canonical(key: &str) -> String {
    let segment = |segment: &str| match segment.strip_prefix('{') {
        Some(name) if name.ends_with("+}") => "{+}".to_owned(),
        Some(_) => "{}".to_owned(),
        None => segment.to_owned(),
    };
    key.split('/').map(segment).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::diagnostic::Report;

    fn told(method: &str, path: &str) -> Result<String, String> {
        let report = Report::new(Path::new("t"));
        let key = of_event(method, path, Mark { line: 1, column: 1 }, report.stack());
        report.finish().map_err(|errors| errors.to_string())?;
        key.ok_or_else(|| "silence".to_owned())
    }

    #[test]
    fn methods_and_paths_become_route_keys() {
        assert_eq!(told("get", "/a/{id}").as_deref(), Ok("GET /a/{id}"));
        assert_eq!(told("*", "/files/{path+}").as_deref(), Ok("ANY /files/{path+}"));
        assert_eq!(told("any", "$default").as_deref(), Ok("$default"));
        assert_eq!(told("POST", "/").as_deref(), Ok("POST /"));
    }

    #[test]
    fn what_is_no_route_is_told() {
        for (method, path, problem) in [
            ("FETCH", "/", "the method is unknown"),
            ("GET", "a", "does not begin with /"),
            ("GET", "/a/x{id}", "shares its segment"),
            ("GET", "/{a+}/b", "not the last segment"),
            ("GET", "/{a}/{a}", "one name"),
            ("GET", "/{}", "no proper name"),
            ("GET", "$default", "does not begin with /"),
        ] {
            assert!(told(method, path).is_err_and(|told| told.contains(problem)), "{method} {path}");
        }
    }

    #[test]
    fn the_names_of_variables_do_not_tell_routes_apart() {
        assert_eq!(canonical("GET /a/{id}"), canonical("GET /a/{name}"));
        assert_ne!(canonical("GET /a/{id}"), canonical("GET /a/{id+}"));
        assert_ne!(canonical("GET /a"), canonical("POST /a"));
    }
}
