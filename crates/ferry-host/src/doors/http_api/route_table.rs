//! Which route of an HTTP API serves a request: the most specific one that matches method and path.
//!
//! A route matching the whole path comes before one that ends in a greedy variable, that before `$default`. Among equals the path decides,
//! segment by segment from the left (literal, `{variable}`, `{greedy+}`), then a method of its own comes before `ANY`.
//! Routes are kept in that order, so that the first match is the answer.

use std::cmp::Ordering;

use percent_encoding::percent_decode_str;

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("route key '{route_key}' is not $default or a method and a path such as 'GET /items/{{id}}': {reason}")]
pub struct RouteKeyError {
    route_key: String,
    reason: &'static str,
}

/// Routes, most specific first, each with its target.
#[derive(Debug)]
pub(in crate::doors) struct RouteTable<T> {
    routes: Vec<Route<T>>,
}

#[derive(Debug)]
pub(in crate::doors) struct Route<T> {
    pub(in crate::doors) route_key: String,
    pub(in crate::doors) target: T,
    /// `None` for `ANY`.
    method: Option<String>,
    /// `None` for `$default`.
    path: Option<Vec<Segment>>,
}

#[derive(Debug)]
pub(in crate::doors) struct Match<'t, T> {
    pub(in crate::doors) route: &'t Route<T>,
    /// Path variables, decoded.
    pub(in crate::doors) variables: Vec<(&'t str, String)>,
}

#[derive(Debug)]
enum Segment {
    Literal(String),
    Variable(String),
    /// Only ever the last one.
    Greedy(String),
}

impl<T> RouteTable<T> {
    pub(in crate::doors) fn new(routes: impl IntoIterator<Item = (String, T)>) -> Result<Self, RouteKeyError> {
        let mut routes = routes.into_iter().map(|(route_key, target)| Route::parse(route_key, target)).collect::<Result<Vec<_>, _>>()?;
        routes.sort_by(Route::precedence);
        Ok(Self { routes })
    }

    /// `path` is percent-encoded and begins with a slash.
    pub(in crate::doors) fn find<'t>(&'t self, method: &str, path: &str) -> Option<Match<'t, T>> {
        self.routes.iter().find_map(|route| Some(Match { route, variables: route.matches(method, path)? }))
    }
}

impl<T> Route<T> {
    fn parse(route_key: String, target: T) -> Result<Self, RouteKeyError> {
        let parsed = match route_key.split_once(' ') {
            None if route_key == "$default" => Ok((None, None)),
            None => Err("it has no path"),
            Some((method, path)) => parse_path(path).and_then(|path| Ok((parse_method(method)?, Some(path)))),
        };
        match parsed {
            Ok((method, path)) => Ok(Self { route_key, target, method, path }),
            Err(reason) => Err(RouteKeyError { route_key, reason }),
        }
    }

    fn precedence(&self, other: &Self) -> Ordering {
        let rank = |route: &Self| match &route.path {
            Some(path) if !matches!(path.last(), Some(Segment::Greedy(_))) => 0,
            Some(_) => 1,
            None => 2,
        };
        let kinds = |route: &Self| route.path.iter().flatten().map(Segment::kind).collect::<Vec<_>>();
        rank(self)
            .cmp(&rank(other))
            .then_with(|| kinds(self).cmp(&kinds(other)))
            .then_with(|| self.method.is_none().cmp(&other.method.is_none()))
    }

    fn matches(&self, method: &str, path: &str) -> Option<Vec<(&str, String)>> {
        if self.method.as_deref().is_some_and(|wanted| wanted != method) {
            return None;
        }
        let mut variables = Vec::new();
        let Some(pattern) = &self.path else { return Some(variables) };
        let mut rest = Some(path.strip_prefix('/').unwrap_or(path));
        for segment in pattern {
            let here = rest?;
            let (first, tail) = here.split_once('/').map_or((here, None), |(first, tail)| (first, Some(tail)));
            match segment {
                Segment::Literal(literal) if decode(first) == *literal => rest = tail,
                Segment::Variable(name) if !first.is_empty() => {
                    variables.push((name.as_str(), decode(first)));
                    rest = tail;
                }
                Segment::Greedy(name) if !here.is_empty() => {
                    variables.push((name.as_str(), decode(here)));
                    rest = None;
                }
                Segment::Literal(_) | Segment::Variable(_) | Segment::Greedy(_) => return None,
            }
        }
        rest.is_none().then_some(variables)
    }
}

impl Segment {
    fn kind(&self) -> u8 {
        match self {
            Self::Literal(_) => 0,
            Self::Variable(_) => 1,
            Self::Greedy(_) => 2,
        }
    }
}

fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

fn parse_method(method: &str) -> Result<Option<String>, &'static str> {
    match method {
        "ANY" => Ok(None),
        "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "HEAD" | "OPTIONS" => Ok(Some(method.to_owned())),
        _ => Err("the method is not ANY, GET, POST, PUT, PATCH, DELETE, HEAD or OPTIONS"),
    }
}

fn parse_path(path: &str) -> Result<Vec<Segment>, &'static str> {
    let segments = path.strip_prefix('/').ok_or("the path does not begin with a slash")?;
    let segments = segments.split('/').map(parse_segment).collect::<Result<Vec<_>, _>>()?;
    match segments.iter().rev().skip(1).any(|segment| matches!(segment, Segment::Greedy(_))) {
        true => Err("a greedy variable is not its last segment"),
        false => Ok(segments),
    }
}

fn parse_segment(text: &str) -> Result<Segment, &'static str> {
    let Some(inner) = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) else {
        return match text.contains(['{', '}']) {
            true => Err("a variable is not a whole segment"),
            false => Ok(Segment::Literal(text.to_owned())),
        };
    };
    let (name, greedy) = inner.strip_suffix('+').map_or((inner, false), |name| (name, true));
    if name.is_empty() || name.contains(['{', '}', '+']) {
        return Err("a variable has no proper name");
    }
    Ok(if greedy { Segment::Greedy(name.to_owned()) } else { Segment::Variable(name.to_owned()) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn table(keys: &[&str]) -> RouteTable<()> {
        RouteTable::new(keys.iter().map(|key| ((*key).to_owned(), ()))).unwrap()
    }

    fn found(table: &RouteTable<()>, method: &str, path: &str) -> Option<String> {
        table.find(method, path).map(|found| found.route.route_key.clone())
    }

    #[test]
    fn aws_s_worked_example() {
        let table = table(&["$default", "ANY /{proxy+}", "GET /pets/{proxy+}", "GET /pets/dog/{id}", "GET /pets/dog/1"]);
        for (method, path, key) in [
            ("GET", "/pets/dog/1", "GET /pets/dog/1"),
            ("GET", "/pets/dog/2", "GET /pets/dog/{id}"),
            ("GET", "/pets/cat/1", "GET /pets/{proxy+}"),
            ("POST", "/test/5", "ANY /{proxy+}"),
            ("GET", "/", "$default"),
        ] {
            assert_eq!(found(&table, method, path).as_deref(), Some(key), "{method} {path}");
        }
    }

    #[test]
    fn own_method_comes_before_any_and_other_methods_fall_through() {
        let table = table(&["ANY /a", "GET /a", "POST /b", "GET /{x}"]);
        assert_eq!(found(&table, "GET", "/a").as_deref(), Some("GET /a"));
        assert_eq!(found(&table, "PUT", "/a").as_deref(), Some("ANY /a"));
        assert_eq!(found(&table, "GET", "/b").as_deref(), Some("GET /{x}"));
        assert_eq!(found(&table, "PUT", "/b"), None);
    }

    #[test]
    fn variables_are_decoded_after_the_split() {
        let table = table(&["GET /a/{x}/{rest+}"]);
        let variables = table.find("GET", "/a/one%2Ftwo%20/b/c%C3%A9").unwrap().variables;
        assert_eq!(variables, [("x", "one/two ".to_owned()), ("rest", "b/cé".to_owned())]);
        for path in ["/a/x", "/a/x/", "/a//b", "/a", "/"] {
            assert_eq!(found(&table, "GET", path), None, "{path}");
        }
    }

    #[test]
    fn root_and_trailing_slash_are_paths_of_their_own() {
        let table = table(&["GET /", "GET /a"]);
        assert_eq!(found(&table, "GET", "/").as_deref(), Some("GET /"));
        assert_eq!(found(&table, "GET", "/a/"), None);
    }

    #[test]
    fn malformed_route_keys_are_refused() {
        for key in ["", "GET", "get /a", "GET a", "GET /{x+}/b", "GET /{}", "GET /a{x}", "FETCH /a", "GET /{a", "GET /{+}"] {
            assert!(RouteTable::new([(key.to_owned(), ())]).is_err(), "{key}");
        }
    }

    /// The documented order, over every pair of matching routes: obvious, slow, and sharing nothing with the table.
    fn twin(keys: &[String], method: &str, path: &str) -> Option<String> {
        let path: Vec<&str> = path[1..].split('/').collect();
        let parts = |key: &str| -> Option<(String, Vec<String>)> {
            let (method, path) = key.split_once(' ')?;
            Some((method.to_owned(), path[1..].split('/').map(str::to_owned).collect()))
        };
        let matches = |key: &&String| {
            let Some((wanted, pattern)) = parts(key) else { return true };
            let greedy = pattern.last().is_some_and(|last| last.ends_with("+}"));
            let fixed = pattern.len() - usize::from(greedy);
            let long_enough = if greedy { path.len() > fixed && !path[fixed..].join("/").is_empty() } else { path.len() == fixed };
            (wanted == "ANY" || wanted == method)
                && long_enough
                && (0..fixed).all(|i| if pattern[i].starts_with('{') { !path[i].is_empty() } else { pattern[i] == path[i] })
        };
        let better = |a: &String, b: &String| {
            let (Some((method_a, a)), Some((method_b, b))) = (parts(a), parts(b)) else { return b == "$default" };
            let greedy = |pattern: &[String]| pattern.last().is_some_and(|last| last.ends_with("+}"));
            if greedy(&a) != greedy(&b) {
                return greedy(&b);
            }
            for (a, b) in a.iter().zip(&b) {
                let weight = |s: &str| if s.ends_with("+}") { 2 } else { i32::from(s.starts_with('{')) };
                if weight(a) != weight(b) {
                    return weight(a) < weight(b);
                }
            }
            method_a != "ANY" && method_b == "ANY"
        };
        let matching: Vec<&String> = keys.iter().filter(matches).collect();
        matching.iter().find(|a| matching.iter().all(|b| *a == b || better(a, b))).map(|key| (*key).clone())
    }

    fn route_key() -> impl Strategy<Value = String> {
        let segment = prop_oneof![3 => "[ab]", 1 => Just("{x}".to_owned())];
        let path = (prop::collection::vec(segment, 0..3), any::<bool>()).prop_map(|(mut segments, greedy)| {
            if greedy {
                segments.push("{g+}".to_owned());
            }
            format!("/{}", segments.join("/"))
        });
        prop_oneof![8 => ("(GET|POST|ANY)", path).prop_map(|(method, path)| format!("{method} {path}")), 1 => Just("$default".to_owned())]
    }

    proptest! {
        #[test]
        fn the_table_agrees_with_its_twin(
            keys in prop::collection::btree_set(route_key(), 1..12),
            method in "(GET|POST|PUT)",
            path in "(/[abc]?){1,4}",
        ) {
            let keys: Vec<String> = keys.into_iter().collect();
            let table = RouteTable::new(keys.iter().map(|key| (key.clone(), ()))).unwrap();
            prop_assert_eq!(found(&table, &method, &path), twin(&keys, &method, &path));
        }

        #[test]
        fn no_path_or_key_panics(key in ".*", path in ".*") {
            let _ = RouteTable::new([(key, ())]);
            let _ = table(&["GET /{a}/{b+}", "$default"]).find("GET", &path);
        }
    }
}
