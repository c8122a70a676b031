//! All endpoints: which path and method is what, who may ask, and what a refusal looks like.
//!
//! | request | answer | module |
//! |---|---|---|
//! | `POST /route` | a route, or several | [`route`] |
//! | `POST /matrix` | costs, times and lengths from all to all | [`matrix`] |
//! | `POST /isochrone` | where one gets to, as polygons | [`isochrone`] |
//! | `GET /nearest` | the nearest street | [`places`] |
//! | `GET /cities` | what cities there are | [`places`] |
//! | `GET /tiles/{city}/{z}/{x}/{y}.mvt` | a vector tile | [`tile`] |
//! | `GET /ping`, `{"warmer":true}`, a scheduled event | `{"ok":true}` at once | |
//!
//! | status | when | `error` |
//! |---|---|---|
//! | 400 | `field` of the body or the query is not what it should be | `bad_request` |
//! | 401, 403 | an API key is needed and there is none, or another | `api_key_missing`, `api_key_wrong` |
//! | 404 | no such path, city or tile | `not_found` |
//! | 405 | the path has another method: see `Allow` | `method_not_allowed` |
//! | 413 | a body over [`BODY_BYTES_MAX`](crate::limits::BODY_BYTES_MAX) | `body_too_large` |
//! | 422 | the place in `field` is on no street | `no_street_nearby` |
//! | 422 | no way leads there | `no_route` |

pub mod cities;
pub mod isochrone;
mod journey;
pub mod matrix;
pub mod places;
mod profile;
mod refusal;
mod request;
pub mod route;
mod steps;
pub mod tile;

use subtle::ConstantTimeEq;

use crate::http::{HttpEvent, HttpResponse};
use cities::Cities;
use refusal::Refusal;

/// A key that requests must bring in `x-api-key`.
#[derive(Clone)]
pub struct ApiKey(String);

impl ApiKey {
    #[must_use]
    pub fn new(key: String) -> Self {
        Self(key)
    }

    /// Takes as long for a key that is nearly right as for any other of its length.
    fn admits(&self, event: &HttpEvent) -> Result<(), Refusal> {
        let given = event.header("x-api-key").ok_or_else(|| Refusal::new(401, "api_key_missing", "send the API key as x-api-key"))?;
        let same = bool::from(given.as_bytes().ct_eq(self.0.as_bytes()));
        same.then_some(()).ok_or_else(|| Refusal::new(403, "api_key_wrong", "this is not the API key"))
    }
}

/// Not the key itself: what is printed may be logged.
impl std::fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ApiKey(..)")
    }
}

/// What a path and method ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Endpoint<'p> {
    Route,
    Matrix,
    Isochrone,
    Nearest,
    Cities,
    Tile { city: &'p str, z: &'p str, x: &'p str, y: &'p str },
    Ping,
}

/// Answers one request. Never fails: what is wrong with a request is an answer.
pub fn answer(cities: &mut impl Cities, key: Option<&ApiKey>, event: &HttpEvent) -> HttpResponse {
    respond(cities, key, event).unwrap_or_else(|refusal| {
        let mut response = HttpResponse::json(refusal.status, refusal.body());
        response.headers.allow = refusal.allow;
        response
    })
}

fn respond(cities: &mut impl Cities, key: Option<&ApiKey>, event: &HttpEvent) -> Result<HttpResponse, Refusal> {
    let scheduled = event.source.as_deref() == Some("aws.events");
    if event.warmer || scheduled {
        return Ok(pong());
    }
    let endpoint = endpoint(event)?;
    if endpoint == Endpoint::Ping {
        return Ok(pong());
    }
    key.map_or(Ok(()), |key| key.admits(event))?;
    let json = match endpoint {
        Endpoint::Route => route::answer(cities, event)?,
        Endpoint::Matrix => matrix::answer(cities, event)?,
        Endpoint::Isochrone => isochrone::answer(cities, event)?,
        Endpoint::Nearest => places::nearest(cities, event)?,
        Endpoint::Cities => places::cities(cities),
        Endpoint::Tile { city, z, x, y } => return tile::answer(cities, event, city, [z, x, y]),
        Endpoint::Ping => return Ok(pong()),
    };
    Ok(HttpResponse::json(200, json))
}

fn pong() -> HttpResponse {
    HttpResponse::json(200, "{\"ok\":true}".to_owned())
}

fn endpoint(event: &HttpEvent) -> Result<Endpoint<'_>, Refusal> {
    let mut parts = event.raw_path.strip_prefix('/').unwrap_or("").split('/');
    let parts: [Option<&str>; 6] = std::array::from_fn(|_| parts.next());
    let (method, endpoint) = match parts {
        [Some("route"), None, ..] => ("POST", Endpoint::Route),
        [Some("matrix"), None, ..] => ("POST", Endpoint::Matrix),
        [Some("isochrone"), None, ..] => ("POST", Endpoint::Isochrone),
        [Some("nearest"), None, ..] => ("GET", Endpoint::Nearest),
        [Some("cities"), None, ..] => ("GET", Endpoint::Cities),
        [Some("ping"), None, ..] => ("GET", Endpoint::Ping),
        [Some("tiles"), Some(city), Some(z), Some(x), Some(y), None] => ("GET", Endpoint::Tile { city, z, x, y }),
        _ => return Err(Refusal::new(404, "not_found", "there is nothing at this path")),
    };
    if event.request_context.http.method == method { Ok(endpoint) } else { Err(Refusal::method(method)) }
}
