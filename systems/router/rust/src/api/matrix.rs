//! `POST /matrix`: from all origins to all destinations.

use super::cities::{Cities, choose};
use super::refusal::Refusal;
use super::request::Fields;
use crate::http::HttpEvent;
use crate::json::Json;
use crate::limits::{DEFAULT_COMFORT, MATRIX_SIDE_MAX};
use crate::route::Route;

/// What a cell keeps of its route.
struct Totals {
    cost: u64,
    duration_ms: u64,
    length_mm: u64,
}

impl Totals {
    fn of(route: &Route) -> Self {
        Self { cost: route.total_cost, duration_ms: route.duration_ms, length_mm: route.total_length_mm }
    }
}

/// `{"city","comfort","costs":[[…]],"durations_s":[[…]],"lengths_m":[[…]]}`, a row for every origin; null where no way leads.
pub(super) fn answer(cities: &mut impl Cities, event: &HttpEvent) -> Result<String, Refusal> {
    let fields = Fields::of(event)?;
    let [origins, destinations] = ["origins", "destinations"].map(|field| fields.places(field, 1, MATRIX_SIDE_MAX));
    let (origins, destinations) = (origins?, destinations?);
    let comfort = fields.share("comfort")?.unwrap_or(DEFAULT_COMFORT);
    let named = |field: &'static str, places: &[_]| {
        places.iter().enumerate().map(|(index, place)| (format!("{field}[{index}]"), *place)).collect::<Vec<_>>()
    };
    let places = [named("origins", &origins), named("destinations", &destinations)].concat();
    let city = choose(cities, fields.text("city")?, &places)?;
    cities.with(city, |router| {
        let snaps = places
            .iter()
            .map(|(field, place)| router.snap(*place).ok_or_else(|| Refusal::off_street(field)))
            .collect::<Result<Vec<_>, _>>()?;
        let (from, to) = snaps.split_at(origins.len());
        let stop = router.city().stop_near(comfort);
        let pairs = from.iter().flat_map(|from| to.iter().map(move |to| [*from, *to]));
        let routes: Vec<Option<Totals>> = pairs.map(|pair| router.along(&pair, stop).ok().map(|route| Totals::of(&route))).collect();
        let mut json = Json::with_capacity(64 + routes.len() * 32);
        json.raw("{\"city\":").string(router.city().name()).raw(",\"comfort\":").decimal(router.city().stop(stop).comfort_pct.into(), 2);
        write_rows(json.raw(",\"costs\":"), &routes, to.len(), |json, route| json.integer(route.cost));
        write_rows(json.raw(",\"durations_s\":"), &routes, to.len(), |json, route| json.thousandths(route.duration_ms));
        write_rows(json.raw(",\"lengths_m\":"), &routes, to.len(), |json, route| json.thousandths(route.length_mm));
        json.raw("}");
        Ok(json.finish())
    })
}

fn write_rows(json: &mut Json, cells: &[Option<Totals>], columns: usize, write: impl for<'j> Fn(&'j mut Json, &Totals) -> &'j mut Json) {
    json.array(cells.chunks(columns), |json, row| {
        json.array(row, |json, cell| {
            match cell {
                Some(cell) => write(json, cell),
                None => json.raw("null"),
            };
        });
    });
}
