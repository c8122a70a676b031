//! Who may change the physics and read the counters: programs of this machine, not the web pages its browsers show.
//!
//! A page elsewhere can make a browser send requests to 127.0.0.1, under its own host name (DNS rebinding) or with its own
//! `Origin`. Both are refused; clients that are no browsers send neither.

use http::HeaderMap;

/// Why a request is refused, in a sentence.
pub(super) fn refusal(headers: &HeaderMap) -> Option<String> {
    let foreign = |name: &str, is_local: fn(&str) -> bool| {
        let value = headers.get(name)?;
        (!value.to_str().is_ok_and(is_local)).then(|| {
            let value = String::from_utf8_lossy(value.as_bytes());
            format!("{name} {value} is not of this machine: use http://127.0.0.1 or http://localhost")
        })
    };
    foreign("host", authority_is_local).or_else(|| foreign("origin", origin_is_local))
}

fn origin_is_local(origin: &str) -> bool {
    origin.split_once("://").is_some_and(|(_, authority)| authority_is_local(authority))
}

/// `127.0.0.1:4566`, `localhost`, `bucket.localhost:4566`, `[::1]:4566`.
fn authority_is_local(authority: &str) -> bool {
    let name = match authority.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => authority,
    };
    if name == "localhost" || name == "[::1]" || name.ends_with(".localhost") {
        return true;
    }
    name.parse::<std::net::Ipv4Addr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_pass() {
        for local in ["127.0.0.1:4566", "127.0.0.1", "localhost:4566", "x.localhost", "[::1]:4566", "127.1.2.3:80"] {
            assert!(authority_is_local(local) && origin_is_local(&format!("http://{local}")), "{local}");
        }
        for foreign in ["evil.example", "127.0.0.1.evil.example:4566", "localhost.evil.example", "10.0.0.1:4566", "", "null"] {
            assert!(!authority_is_local(foreign) && !origin_is_local(foreign), "{foreign}");
        }
    }
}
