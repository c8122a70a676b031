//! JSON pointers: where a comparison stands, and which places a rule leaves out.

/// Patterns of a rule: JSON pointers in which `*` stands for any one member or index. A pattern covers all below it.
#[derive(Debug, Clone, Default)]
pub(super) struct Ignored {
    patterns: Vec<Vec<Segment>>,
}

#[derive(Debug, Clone, PartialEq)]
enum Segment {
    Any,
    Named(String),
}

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("Equal.ignore: {0:?} is no JSON pointer; it must begin with \"/\", such as /requestId or /items/*/id")]
pub struct PointerError(String);

impl Ignored {
    pub(super) fn new(pointers: &[String]) -> Result<Self, PointerError> {
        let parse = |pointer: &String| {
            let rest = pointer.strip_prefix('/').ok_or_else(|| PointerError(pointer.clone()))?;
            Ok(rest.split('/').map(|part| if part == "*" { Segment::Any } else { Segment::Named(unescape(part)) }).collect())
        };
        Ok(Self { patterns: pointers.iter().map(parse).collect::<Result<_, _>>()? })
    }

    pub(super) fn covers(&self, path: &Path) -> bool {
        self.patterns.iter().any(|pattern| {
            let fits = |(segment, part): (&Segment, &String)| match segment {
                Segment::Any => true,
                Segment::Named(name) => name == part,
            };
            pattern.len() == path.parts.len() && pattern.iter().zip(&path.parts).all(fits)
        })
    }
}

/// Where a comparison stands: unescaped member names and indices from the root.
#[derive(Debug, Default)]
pub(super) struct Path {
    parts: Vec<String>,
}

impl Path {
    /// Runs `work` one level deeper.
    pub(super) fn within<T>(&mut self, part: String, work: impl FnOnce(&mut Self) -> T) -> T {
        self.parts.push(part);
        let result = work(self);
        self.parts.pop();
        result
    }

    /// As a JSON pointer (RFC 6901); the root is the empty string.
    pub(super) fn pointer(&self) -> String {
        self.parts.iter().flat_map(|part| ["/".to_owned(), part.replace('~', "~0").replace('/', "~1")]).collect()
    }
}

fn unescape(part: &str) -> String {
    part.replace("~1", "/").replace("~0", "~")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covers(pattern: &str, parts: &[&str]) -> bool {
        let path = Path { parts: parts.iter().map(|&part| part.to_owned()).collect() };
        Ignored::new(&[pattern.to_owned()]).unwrap().covers(&path)
    }

    #[test]
    fn patterns_name_members_indices_and_any() {
        assert!(covers("/requestId", &["requestId"]) && !covers("/requestId", &["a", "requestId"]));
        assert!(covers("/items/*/id", &["items", "7", "id"]) && !covers("/items/*/id", &["items", "id"]));
        assert!(covers("/a~1b/m~0n", &["a/b", "m~n"]) && covers("/~01", &["~1"]) && covers("/", &[""]));
        assert_eq!(Ignored::new(&["requestId".to_owned()]).unwrap_err(), PointerError("requestId".to_owned()));
    }

    #[test]
    fn pointers_are_escaped() {
        let mut path = Path::default();
        assert_eq!(path.pointer(), "");
        let pointer = path.within("a/b".to_owned(), |path| path.within("~".to_owned(), |path| path.pointer()));
        assert_eq!(pointer, "/a~1b/~0");
    }
}
