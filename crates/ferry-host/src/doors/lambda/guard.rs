//! Who may speak to the Lambda API: programs of this machine, not the web pages its browsers show.
//!
//! A page elsewhere can make a browser send requests to 127.0.0.1, under its own host name (DNS rebinding) or with its
//! own `Origin`. Both are refused; clients that are no browsers send neither.

use http::{HeaderMap, HeaderValue};

use super::error::ApiError;

pub(super) fn check(headers: &HeaderMap) -> Result<(), ApiError> {
    let host = headers.get("host");
    if host.is_some_and(|host| !authority_is_local(host)) {
        return Err(refusal("Host", host));
    }
    let origin = headers.get("origin");
    if origin.is_some_and(|origin| !origin_is_local(origin)) {
        return Err(refusal("Origin", origin));
    }
    Ok(())
}

fn refusal(header: &str, value: Option<&HeaderValue>) -> ApiError {
    let value = String::from_utf8_lossy(value.map_or(&[], HeaderValue::as_bytes)).into_owned();
    ApiError::AccessDenied(format!("{header} {value} is not of this machine: use http://127.0.0.1 or http://localhost"))
}

pub(in crate::doors) fn origin_is_local(origin: &HeaderValue) -> bool {
    origin.to_str().ok().and_then(|origin| origin.split_once("://")).is_some_and(|(_, authority)| name_is_local(authority))
}

pub(in crate::doors) fn authority_is_local(host: &HeaderValue) -> bool {
    host.to_str().is_ok_and(name_is_local)
}

/// `127.0.0.1:9000`, `localhost`, `hello.localhost:9000`, `[::1]:9000`.
fn name_is_local(authority: &str) -> bool {
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
        for local in ["127.0.0.1:9000", "127.0.0.1", "localhost:9000", "x.localhost", "[::1]:9000", "127.1.2.3:80"] {
            assert!(name_is_local(local), "{local}");
        }
        for foreign in ["evil.example", "127.0.0.1.evil.example:9000", "localhost.evil.example", "10.0.0.1:9000", "", "null"] {
            assert!(!name_is_local(foreign), "{foreign}");
        }
    }
}
