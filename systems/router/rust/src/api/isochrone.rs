//! `POST /isochrone`: how far one gets in so many minutes, riding as calmly as asked.

use super::cities::{Cities, choose};
use super::refusal::Refusal;
use super::request::Fields;
use crate::city::{City, Direction};
use crate::geo::{Point, Projection, round_i32};
use crate::http::HttpEvent;
use crate::isochrone::{Piece, isochrones, write_geometry};
use crate::json::Json;
use crate::limits::{DEFAULT_COMFORT, ISOCHRONE_MINUTES_MAX, ISOCHRONES_MAX};
use crate::route::Reached;

const MS_PER_MINUTE: u32 = 60_000;

/// A `GeoJSON` `FeatureCollection`, the longest time first; properties `minutes`, `comfort`, `city`.
pub(super) fn answer(cities: &mut impl Cities, event: &HttpEvent) -> Result<String, Refusal> {
    let fields = Fields::of(event)?;
    let origin = fields.place("origin")?;
    let mut minutes = fields.integers("minutes", 1, ISOCHRONES_MAX, (1, ISOCHRONE_MINUTES_MAX))?;
    let comfort = fields.share("comfort")?.unwrap_or(DEFAULT_COMFORT);
    minutes.sort_unstable_by(|a, b| b.cmp(a));
    minutes.dedup();
    let times_ms: Vec<u32> = minutes.iter().map(|minutes| u32::try_from(*minutes).unwrap_or(0) * MS_PER_MINUTE).collect();
    let city = choose(cities, fields.text("city")?, &[("origin".to_owned(), origin)])?;
    cities.with(city, |router| {
        let snap = router.snap(origin).ok_or_else(|| Refusal::off_street("origin"))?;
        let stop = router.city().stop_near(comfort);
        let reached = router.reach(&snap, stop, times_ms[0]);
        let mut pieces = Vec::with_capacity(reached.len() * 2);
        // The origin itself is reached at once, also where nothing else is.
        pieces.push(Piece { from: snap.point, to: snap.point, from_ms: 0, to_ms: 0 });
        let mut line = Vec::new();
        for ridden in &reached {
            lay(router.city(), ridden, &mut line, &mut pieces);
        }
        let areas = isochrones(&pieces, &times_ms);
        let mut json = Json::with_capacity(64 * 1024);
        json.raw("{\"type\":\"FeatureCollection\",\"features\":");
        json.array(minutes.iter().zip(&areas), |json, (minutes, area)| {
            json.raw("{\"type\":\"Feature\",\"properties\":{\"minutes\":").integer(*minutes);
            json.raw(",\"comfort\":").decimal(router.city().stop(stop).comfort_pct.into(), 2);
            json.raw(",\"city\":").string(router.city().name()).raw("},\"geometry\":");
            write_geometry(json, area);
            json.raw("}");
        });
        json.raw("}");
        Ok(json.finish())
    })
}

/// Cuts what was ridden of a segment into its straight pieces, the time spread over them by length.
fn lay(city: &City<'_>, ridden: &Reached, line: &mut Vec<Point>, pieces: &mut Vec<Piece>) {
    city.line(ridden.segment, line);
    let length_mm = f64::from(city.segment(ridden.segment).length_mm);
    let (mut from_mm, mut to_mm) = (f64::from(ridden.from_mm), f64::from(ridden.to_mm));
    if ridden.direction == Direction::Backward {
        line.reverse();
        (from_mm, to_mm) = (length_mm - from_mm, length_mm - to_mm);
    }
    let map = Projection::at(line.first().map_or(0, |point| point.lat_e7));
    let drawn: f64 = line.windows(2).map(|ends| map.distance(ends[0], ends[1])).sum();
    // The line is measured flat, the street round: the same share of either.
    let scale = if drawn > 0.0 { length_mm / drawn } else { 0.0 };
    let ms_per_mm = f64::from(ridden.to_ms.saturating_sub(ridden.from_ms)) / (to_mm - from_mm).max(1.0);
    let time = |mm: f64| ridden.from_ms.saturating_add_signed(round_i32((mm - from_mm) * ms_per_mm));
    let mut at_mm = 0.0;
    for ends in line.windows(2) {
        let end_mm = at_mm + map.distance(ends[0], ends[1]) * scale;
        let (low, high) = (from_mm.max(at_mm), to_mm.min(end_mm));
        if low <= high {
            let place = |mm: f64| between(ends[0], ends[1], (mm - at_mm) / (end_mm - at_mm).max(1e-9));
            pieces.push(Piece { from: place(low), to: place(high), from_ms: time(low), to_ms: time(high) });
        }
        at_mm = end_mm;
    }
}

fn between(a: Point, b: Point, share: f64) -> Point {
    let at = |a: i32, b: i32| round_i32(f64::from(a) + (f64::from(b) - f64::from(a)) * share.clamp(0.0, 1.0));
    Point { lon_e7: at(a.lon_e7, b.lon_e7), lat_e7: at(a.lat_e7, b.lat_e7) }
}
