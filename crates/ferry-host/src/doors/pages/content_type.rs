//! What a browser is told that a file is. With `nosniff` it believes nothing else, so a script of the wrong type would not run.

use std::path::Path;

pub(super) const JSON: &str = "application/json";
pub(super) const TEXT: &str = "text/plain; charset=utf-8";
/// For what is not known: a download.
const UNKNOWN: &str = "application/octet-stream";

/// By ending, in lower case.
const TYPES: [(&str, &str); 27] = [
    ("html", "text/html; charset=utf-8"),
    ("htm", "text/html; charset=utf-8"),
    ("js", "text/javascript; charset=utf-8"),
    ("mjs", "text/javascript; charset=utf-8"),
    ("css", "text/css; charset=utf-8"),
    ("json", JSON),
    ("map", JSON),
    ("geojson", "application/geo+json"),
    ("webmanifest", "application/manifest+json"),
    ("wasm", "application/wasm"),
    ("txt", TEXT),
    ("md", "text/markdown; charset=utf-8"),
    ("csv", "text/csv; charset=utf-8"),
    ("xml", "application/xml"),
    ("pdf", "application/pdf"),
    ("svg", "image/svg+xml"),
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("gif", "image/gif"),
    ("webp", "image/webp"),
    ("avif", "image/avif"),
    ("ico", "image/vnd.microsoft.icon"),
    ("woff", "font/woff"),
    ("woff2", "font/woff2"),
    ("mvt", "application/vnd.mapbox-vector-tile"),
    ("pbf", "application/vnd.mapbox-vector-tile"),
];

pub(super) fn of(path: &Path) -> &'static str {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase();
    TYPES.iter().find(|(known, _)| *known == ending).map_or(UNKNOWN, |(_, content_type)| content_type)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_decide_whatever_their_case() {
        assert_eq!(of(Path::new("index.html")), "text/html; charset=utf-8");
        assert_eq!(of(Path::new("a/b.min.JS")), "text/javascript; charset=utf-8");
        assert_eq!(of(Path::new("a.b/icon.svg")), "image/svg+xml");
        for unknown in ["bootstrap", "a.html.gz", ".html", "x."] {
            assert_eq!(of(Path::new(unknown)), UNKNOWN, "{unknown}");
        }
    }
}
