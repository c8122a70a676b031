//! A route as the JSON of `POST /route`, written straight into the body.
//!
//! Numbers are written from their fixed-point integers, never through floats: metres with up to three decimals, degrees with up to seven, at least one.

use serde::Serialize;

use crate::route::{LegCosts, Route, Router};

/// `{"total_cost","total_length_m","segments":[{"coordinates":[[lon,lat],…],"length_m","stress_cost","name","highway","infra_type","cost_components"}]}`
/// with `cost_components` `{"effort","physical","crash","intersection"}`, which add up to `stress_cost`; `name` is null where the street has none, `highway` and `infra_type` are those of [`crate::street`].
#[must_use]
pub fn route_json(router: &Router<'_>, route: &Route) -> String {
    let mut out = Json(Vec::with_capacity(64 + route.legs.len() * 256));
    out.text("{\"total_cost\":").value(&route.total_cost);
    out.text(",\"total_length_m\":").decimal(i64::try_from(route.total_length_mm).unwrap_or(i64::MAX), 3);
    out.text(",\"segments\":[");
    let mut line = Vec::new();
    for (index, leg) in route.legs.iter().enumerate() {
        let city = router.city();
        let class = city.way(leg.segment, leg.direction).map_or(0, |way| way.class);
        let class = city.class(class);
        router.line(route, leg, &mut line);
        out.text(if index == 0 { "{\"coordinates\":[" } else { ",{\"coordinates\":[" });
        for (index, point) in line.iter().enumerate() {
            out.text(if index == 0 { "[" } else { ",[" }).decimal(point.lon_e7.into(), 7);
            out.text(",").decimal(point.lat_e7.into(), 7).text("]");
        }
        out.text("],\"length_m\":").decimal(leg.length_mm().into(), 3);
        out.text(",\"stress_cost\":").value(&leg.cost);
        out.text(",\"name\":").value(&city.street_name(leg.segment));
        out.text(",\"highway\":\"").text(class.highway.name());
        out.text("\",\"infra_type\":\"").text(class.infra.name());
        let LegCosts { effort, physical, crash, intersection } = leg.costs;
        out.text("\",\"cost_components\":{\"effort\":").value(&effort).text(",\"physical\":").value(&physical);
        out.text(",\"crash\":").value(&crash).text(",\"intersection\":").value(&intersection).text("}}");
    }
    out.text("]}");
    // Everything above is ASCII or what serde_json wrote.
    String::from_utf8(out.0).unwrap_or_default()
}

struct Json(Vec<u8>);

impl Json {
    fn text(&mut self, text: &str) -> &mut Self {
        self.0.extend_from_slice(text.as_bytes());
        self
    }

    fn value<T: Serialize>(&mut self, value: &T) -> &mut Self {
        // Writing integers and strings into a Vec cannot fail.
        let _ = serde_json::to_writer(&mut self.0, value);
        self
    }

    /// `fixed / 10^decimals`, without trailing zeros but with one decimal at least: 12.0, -0.05, 24.9413.
    fn decimal(&mut self, fixed: i64, decimals: u32) -> &mut Self {
        let scale = 10_u64.pow(decimals);
        let magnitude = fixed.unsigned_abs();
        if fixed < 0 {
            self.0.push(b'-');
        }
        self.value(&(magnitude / scale)).text(".");
        let (mut rest, mut place) = (magnitude % scale, scale / 10);
        loop {
            self.0.push(b"0123456789"[usize::try_from(rest / place).unwrap_or(0) % 10]);
            rest %= place;
            place /= 10;
            if rest == 0 || place == 0 {
                return self;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_the_shortest_that_say_the_same() {
        let write = |fixed, decimals| String::from_utf8(Json(Vec::new()).decimal(fixed, decimals).0.clone()).unwrap();
        for (fixed, decimals, text) in [
            (0, 3, "0.0"),
            (12_000, 3, "12.0"),
            (12_345, 3, "12.345"),
            (50, 3, "0.05"),
            (-1, 7, "-0.0000001"),
            (249_413_000, 7, "24.9413"),
            (-1_800_000_000, 7, "-180.0"),
        ] {
            assert_eq!(write(fixed, decimals), text);
        }
    }
}
