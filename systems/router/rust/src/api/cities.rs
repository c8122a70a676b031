//! Which city a request is about.

use super::refusal::Refusal;
use crate::geo::Point;
use crate::route::Router;
use crate::tiles::mercator::Bounds;

/// The cities a function has, however it keeps them.
pub trait Cities {
    /// One or more.
    fn count(&self) -> usize;

    /// Asks one of them: `index` is less than [`count`](Self::count).
    fn with<T>(&mut self, index: usize, ask: impl FnOnce(&mut Router<'_>) -> T) -> T;
}

/// One city on its own.
impl Cities for Router<'_> {
    fn count(&self) -> usize {
        1
    }

    fn with<T>(&mut self, _: usize, ask: impl FnOnce(&mut Router<'_>) -> T) -> T {
        ask(self)
    }
}

/// The city of that name.
pub(super) fn named(cities: &mut impl Cities, name: &str) -> Option<usize> {
    (0..cities.count()).find(|index| cities.with(*index, |router| router.city().name() == name))
}

/// The city that is named, or else the one that has all places: by its bounds, or where several overlap, by its streets.
pub(super) fn choose(cities: &mut impl Cities, name: Option<&str>, places: &[(String, Point)]) -> Result<usize, Refusal> {
    if let Some(name) = name {
        return named(cities, name).ok_or_else(|| Refusal::field("city", "is none of this router's: see GET /cities"));
    }
    if cities.count() == 1 {
        return Ok(0);
    }
    let all = 0..cities.count();
    let around: Vec<usize> =
        all.clone().filter(|city| places.iter().all(|(_, place)| cities.with(*city, |router| is_near(router, *place)))).collect();
    let on_streets = |city: &&usize| cities.with(**city, |router| places.iter().all(|(_, place)| router.snap(*place).is_some()));
    if let [only] = around[..] {
        return Ok(only);
    }
    if let Some(city) = around.iter().find(on_streets).or(around.first()) {
        return Ok(*city);
    }
    let nowhere = places.iter().find(|(_, place)| all.clone().all(|city| !cities.with(city, |router| is_near(router, *place))));
    Err(match nowhere {
        Some((field, _)) => Refusal {
            field: Some(field.clone()),
            ..Refusal::new(422, "no_street_nearby", format!("{field} is in none of this router's cities: see GET /cities"))
        },
        None => Refusal::new(422, "no_route", "the places are in different cities, and no city has them all"),
    })
}

/// Whether a place is within the box of a city's streets, or as near to it as a place may be to a street.
fn is_near(router: &Router<'_>, place: Point) -> bool {
    let [south_west, north_east] = router.city().bounds();
    let reach = Bounds { south_west: shifted(south_west, -1), north_east: shifted(north_east, 1) };
    reach.overlaps(&Bounds { south_west: place, north_east: place })
}

/// [`SNAP_LIMIT_M`](crate::limits::SNAP_LIMIT_M) to the south-west or north-east, and a little more; twice that in longitude, which is right up to 60 degrees.
fn shifted(point: Point, sign: i32) -> Point {
    const LAT_E7: i32 = 27_500;
    Point { lon_e7: point.lon_e7.saturating_add(sign * 2 * LAT_E7), lat_e7: point.lat_e7.saturating_add(sign * LAT_E7) }
}
