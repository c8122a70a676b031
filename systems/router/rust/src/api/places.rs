//! `GET /nearest` and `GET /cities`.

use super::cities::{Cities, choose};
use super::refusal::Refusal;
use super::request::{query, query_place};
use crate::city::{City, Direction};
use crate::geo::Point;
use crate::http::HttpEvent;
use crate::json::Json;

const ATTRIBUTION: &str = "© OpenStreetMap contributors, ODbL 1.0";

/// `{"city","point","distance_m","segment":{"id","name","highway","infra_type","lts","length_m"}}`. Of a street's two directions the more stressful one speaks.
pub(super) fn nearest(cities: &mut impl Cities, event: &HttpEvent) -> Result<String, Refusal> {
    let place = query_place(event)?;
    let name = query(event, "city");
    let city = choose(cities, name.as_deref(), &[("lat".to_owned(), place)])?;
    cities.with(city, |router| {
        let snap = router.snap(place).ok_or_else(|| Refusal::off_street("lat"))?;
        let city = router.city();
        let mut json = Json::with_capacity(256);
        json.raw("{\"city\":").string(city.name()).raw(",\"point\":").point(snap.point);
        json.raw(",\"distance_m\":").thousandths(millimetres(snap.distance_m)).raw(",\"segment\":");
        write_segment(&mut json, city, snap.segment);
        json.raw("}");
        Ok(json.finish())
    })
}

fn write_segment(json: &mut Json, city: &City<'_>, segment: u32) {
    let ways = Direction::BOTH.into_iter().filter_map(|direction| city.way(segment, direction));
    let class = ways.map(|way| city.class(way.class)).max_by_key(|class| (class.lts, class.physical.pct()));
    let class = class.unwrap_or_else(|| city.class(u16::MAX));
    json.raw("{\"id\":").integer(segment.into()).raw(",\"name\":").optional(city.street_name(segment));
    json.raw(",\"highway\":\"").raw(class.highway.name()).raw("\",\"infra_type\":\"").raw(class.infra.name());
    json.raw("\",\"lts\":").integer(class.lts.into());
    json.raw(",\"length_m\":").thousandths(city.segment(segment).length_mm.into()).raw("}");
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a distance within the limit of snapping")]
fn millimetres(metres: f64) -> u64 {
    (metres * 1000.0).round() as u64
}

/// `{"cities":[{"name","bounds","nodes","segments","length_km","stops","crashes","elevation","attribution"}]}`. Looks at every segment: some milliseconds for a metro.
pub(super) fn cities(cities: &mut impl Cities) -> String {
    let mut json = Json::with_capacity(1024);
    json.raw("{\"cities\":").array(0..cities.count(), |json, city| cities.with(city, |router| write_city(json, router.city())));
    json.raw("}");
    json.finish()
}

fn write_city(json: &mut Json, city: &City<'_>) {
    let [Point { lon_e7: west, lat_e7: south }, Point { lon_e7: east, lat_e7: north }] = city.bounds();
    let length_mm: u64 = city.segments().iter().map(|segment| u64::from(segment.length_mm)).sum();
    let rises = (0_u32..)
        .zip(city.segments())
        .any(|(segment, _)| Direction::BOTH.into_iter().filter_map(|direction| city.way(segment, direction)).any(|way| way.climb_dm > 0));
    json.raw("{\"name\":").string(city.name()).raw(",\"bounds\":").array([west, south, east, north], |json, degrees| {
        json.decimal(degrees.into(), 7);
    });
    json.raw(",\"nodes\":").integer(city.node_count() as u64).raw(",\"segments\":").integer(city.segments().len() as u64);
    json.raw(",\"length_km\":").decimal(i64::try_from(length_mm / 1000).unwrap_or(i64::MAX), 3).raw(",\"stops\":");
    json.array(city.stops(), |json, stop| {
        json.decimal(stop.comfort_pct.into(), 2);
    });
    json.raw(",\"crashes\":").integer(city.crashes().len() as u64).raw(",\"elevation\":").bool(rises);
    json.raw(",\"attribution\":").string(ATTRIBUTION).raw("}");
}
