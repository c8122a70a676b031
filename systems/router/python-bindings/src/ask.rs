//! Places and comfort as Python gives them: pairs of degrees, latitude first, and a number from 0 to 1.

use pyo3::PyResult;
use router::geo::Point;

use crate::error::value;

/// A place as Python gives it: (latitude, longitude) in degrees.
pub(crate) type Place = (f64, f64);

pub(crate) fn point((lat, lon): Place, name: &str) -> PyResult<Point> {
    let outside = || value(format!("{name} = ({lat}, {lon}) is not (latitude, longitude) in degrees: -90 to 90, -180 to 180"));
    Point::from_degrees(lon, lat).ok_or_else(outside)
}

/// Places and what their caller calls them.
pub(crate) fn points(places: &[Place], kind: &str) -> PyResult<Vec<(Point, String)>> {
    let named = places.iter().enumerate().map(|(index, place)| (place, format!("{kind}[{index}]")));
    named.map(|(place, name)| Ok((point(*place, &name)?, name))).collect()
}

/// Origin, places to pass, destination.
pub(crate) fn trip(origin: Place, via: &[Place], destination: Place) -> PyResult<(Vec<Point>, Vec<String>)> {
    let mut trip = vec![(point(origin, "origin")?, "origin".to_owned())];
    trip.extend(points(via, "via")?);
    trip.push((point(destination, "destination")?, "destination".to_owned()));
    Ok(trip.into_iter().unzip())
}

pub(crate) fn comfort(comfort: f64) -> PyResult<f64> {
    if (0.0..=1.0).contains(&comfort) {
        Ok(comfort)
    } else {
        Err(value(format!("comfort = {comfort} is not from 0 (fastest) to 1 (calmest)")))
    }
}

/// Degrees as `[lon, lat]`, GeoJSON's order.
pub(crate) fn degrees(point: Point) -> (f64, f64) {
    (f64::from(point.lon_e7) / 1e7, f64::from(point.lat_e7) / 1e7)
}
