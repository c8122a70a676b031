//! A route as the original's JSON, written straight into the body.

use crate::json::Json;
use crate::route::{Leg, LegCosts, Route, Router};
use crate::street::{Highway, Infra};

/// `{"total_cost","total_length_m","segments":[{"coordinates":[[lon,lat],…],"length_m","stress_cost","name","highway","infra_type","cost_components"}]}`
/// with `cost_components` `{"effort","physical","crash","intersection"}`, which add up to `stress_cost`; `name` is null where the street has none, `highway` and `infra_type` are those of [`crate::street`].
#[must_use]
pub fn route_json(router: &Router<'_>, route: &Route) -> String {
    let mut json = Json::with_capacity(64 + route.legs.len() * 384);
    json.raw("{\"total_cost\":").integer(route.total_cost);
    json.raw(",\"total_length_m\":").thousandths(route.total_length_mm).raw(",\"segments\":");
    let mut line = Vec::new();
    json.array(&route.legs, |json, leg| {
        let city = router.city();
        let class = city.class(city.way(leg.segment, leg.direction).map_or(u16::MAX, |way| way.class));
        router.line(route, leg, &mut line);
        json.raw("{\"coordinates\":").line(&line).raw(",");
        write_street(json, leg, city.street_name(leg.segment), class.highway, class.infra);
        json.raw("}");
    });
    json.raw("}");
    json.finish()
}

/// Writes what is said of a leg beside its line, without braces.
pub fn write_street(json: &mut Json, leg: &Leg, name: Option<&str>, highway: Highway, infra: Infra) {
    json.raw("\"length_m\":").thousandths(leg.length_mm().into()).raw(",\"stress_cost\":").integer(leg.cost);
    json.raw(",\"name\":").optional(name).raw(",\"highway\":\"").raw(highway.name());
    json.raw("\",\"infra_type\":\"").raw(infra.name());
    let LegCosts { effort, physical, crash, intersection } = leg.costs;
    json.raw("\",\"cost_components\":{\"effort\":").signed(effort).raw(",\"physical\":").signed(physical);
    json.raw(",\"crash\":").signed(crash).raw(",\"intersection\":").signed(intersection).raw("}");
}
