//! `GET /tiles/{city}/{z}/{x}/{y}.mvt`: base64, and gzip where the asker takes it. 204 where there is nothing to see.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::cities::{Cities, named};
use super::refusal::Refusal;
use crate::http::{HttpEvent, HttpResponse};
use crate::limits::{TILE_ZOOM_MAX, TILE_ZOOM_MIN};
use crate::tiles::mercator::TileId;
use crate::tiles::tile;

const CONTENT_TYPE: &str = "application/vnd.mapbox-vector-tile";
/// Streets change when a city is built again.
const CACHE_CONTROL: &str = "public, max-age=3600";

pub(super) fn answer(cities: &mut impl Cities, event: &HttpEvent, city: &str, address: [&str; 3]) -> Result<HttpResponse, Refusal> {
    let id = tile_id(address)?;
    let city = named(cities, city).ok_or_else(|| Refusal::new(404, "not_found", "there is no such city: see GET /cities"))?;
    let bytes = cities.with(city, |router| tile(router.city(), id));
    let status = if bytes.is_empty() { 204 } else { 200 };
    let mut response = HttpResponse::new(status, CONTENT_TYPE, String::new());
    response.headers.cache_control = Some(CACHE_CONTROL);
    response.headers.vary = Some("accept-encoding");
    if status == 200 {
        let packed = takes_gzip(event).then(|| gzip(&bytes)).flatten();
        response.headers.content_encoding = packed.as_ref().map(|_| "gzip");
        response.body = STANDARD.encode(packed.unwrap_or(bytes));
        response.is_base64_encoded = true;
    }
    Ok(response)
}

fn tile_id([z, x, y]: [&str; 3]) -> Result<TileId, Refusal> {
    let none = |message: String| Refusal::new(404, "not_found", message);
    let numbers = y.strip_suffix(".mvt").and_then(|y| Some((z.parse().ok()?, x.parse().ok()?, y.parse().ok()?)));
    let (z, x, y) = numbers.ok_or_else(|| none("tiles are at /tiles/{city}/{z}/{x}/{y}.mvt".to_owned()))?;
    if !(TILE_ZOOM_MIN..=TILE_ZOOM_MAX).contains(&z) {
        return Err(none(format!("tiles have zoom {TILE_ZOOM_MIN} to {TILE_ZOOM_MAX}")));
    }
    TileId::new(z, x, y).ok_or_else(|| none(format!("zoom {z} has no such tile")))
}

fn takes_gzip(event: &HttpEvent) -> bool {
    let accepted = event.header("accept-encoding").unwrap_or("");
    accepted.split(',').any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let refused = |weight: &str| weight.strip_prefix("q=").and_then(|q| q.parse::<f32>().ok()).is_some_and(|q| q <= 0.0);
        matches!(parts.next(), Some("gzip" | "*")) && !parts.any(refused)
    })
}

/// `None` when it cannot be packed, which a `Vec` never refuses.
fn gzip(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 2), Compression::fast());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok()
}
