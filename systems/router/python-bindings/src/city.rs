//! `City`: what Python loads, looks into, routes in and customizes.

use std::num::NonZero;
use std::path::PathBuf;
use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use router::geo::Point;
use router::profile::Profile;
use router::route::{Ask, NoRoute, Router};
use router::snap::Snap;

use crate::ask::{self, Place};
use crate::error;
use crate::network::Network;
use crate::route::Route;

/// A street network with costs.
#[pyclass(frozen, module = "ferry_router")]
pub(crate) struct City {
    network: Arc<Network>,
}

/// The default profile, as TOML.
#[pyfunction]
pub(crate) const fn default_profile() -> &'static str {
    Profile::default_text()
}

/// Raises `ValueError` unless `text` is a profile.
#[pyfunction]
pub(crate) fn check_profile(text: &str) -> PyResult<()> {
    parse(text).map(drop)
}

fn parse(text: &str) -> PyResult<Profile> {
    Profile::parse(text).map_err(|failure| error::value(error::chain(&failure)))
}

#[pymethods]
impl City {
    /// Maps a city file of `router-build`.
    #[staticmethod]
    #[pyo3(signature = (path, *, check = false))]
    #[expect(clippy::needless_pass_by_value, reason = "Python's argument becomes the path")]
    fn load(py: Python<'_>, path: PathBuf, check: bool) -> PyResult<Self> {
        py.detach(|| Network::load(&path, check)).map(|network| Self { network })
    }

    #[getter]
    fn name(&self) -> &str {
        self.network.city().name()
    }

    /// West, south, east, north, in degrees.
    #[getter]
    fn bounds(&self) -> (f64, f64, f64, f64) {
        let [low, high] = self.network.city().bounds().map(ask::degrees);
        (low.0, low.1, high.0, high.1)
    }

    /// The comfort of each stop, from fastest to calmest.
    #[getter]
    fn stops(&self) -> Vec<f64> {
        self.network.city().stops().map(router::parts::Stop::comfort).collect()
    }

    /// What the builder counted.
    #[getter]
    fn report<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        py.import("json")?.call_method1("loads", (self.network.city().report(),))
    }

    /// Kinds of street, one dictionary each.
    #[getter]
    fn classes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let city = self.network.city();
        let list = PyList::empty(py);
        for class in (0..city.class_count()).map(|class| city.class(u16::try_from(class).unwrap_or(u16::MAX))) {
            let row = PyDict::new(py);
            row.set_item("highway", class.highway.name())?;
            row.set_item("infra", class.infra.name())?;
            row.set_item("surface", class.surface.name())?;
            row.set_item("lts", class.lts)?;
            row.set_item("effort_pct", class.effort_pct)?;
            row.set_item("boarding_m", f64::from(class.boarding_dm) / 10.0)?;
            let parts = class.physical;
            for (name, pct) in [
                ("base_pct", parts.base),
                ("width_pct", parts.width),
                ("surface_pct", parts.surface),
                ("lighting_pct", parts.lighting),
                ("tunnel_pct", parts.tunnel),
                ("traffic_pct", parts.traffic),
            ] {
                row.set_item(name, pct)?;
            }
            row.set_item("physical_pct", parts.pct())?;
            list.append(row)?;
        }
        Ok(list)
    }

    /// The cheapest route at the stop nearest to `comfort`.
    #[pyo3(signature = (origin, destination, *, via = vec![], comfort = 0.5), text_signature = "($self, origin, destination, *, via=(), comfort=0.5)")]
    #[expect(clippy::needless_pass_by_value, reason = "Python's sequence becomes the vector")]
    fn route(&self, py: Python<'_>, origin: Place, destination: Place, via: Vec<Place>, comfort: f64) -> PyResult<Route> {
        let comfort = ask::comfort(comfort)?;
        let (places, names) = ask::trip(origin, &via, destination)?;
        let found = py.detach(|| self.router().route(&Ask { places: &places, comfort }));
        Ok(self.wrap(found.map_err(|reason| error::no_route(reason, &names))?))
    }

    /// The cheapest route at every stop, from fastest to calmest.
    fn front(&self, py: Python<'_>, origin: Place, destination: Place) -> PyResult<Vec<Route>> {
        let (places, names) = ask::trip(origin, &[], destination)?;
        let found = py.detach(|| self.router().front(places[0], places[1]));
        let routes = found.map_err(|reason| error::no_route(reason, &names))?;
        Ok(routes.into_iter().map(|route| self.wrap(route)).collect())
    }

    /// Costs from every origin to every destination, row by row.
    #[pyo3(signature = (origins, destinations, *, comfort = 0.5))]
    #[expect(clippy::needless_pass_by_value, reason = "Python's sequences become the vectors")]
    fn matrix(&self, py: Python<'_>, origins: Vec<Place>, destinations: Vec<Place>, comfort: f64) -> PyResult<Vec<Vec<Option<u32>>>> {
        let comfort = ask::comfort(comfort)?;
        let origins = self.on_streets(ask::points(&origins, "origins")?)?;
        let destinations = self.on_streets(ask::points(&destinations, "destinations")?)?;
        let stop = self.network.city().stop_near(comfort);
        let costs = py.detach(|| self.router().matrix(&origins, &destinations, stop));
        if destinations.is_empty() {
            return Ok(vec![Vec::new(); origins.len()]);
        }
        Ok(costs.chunks(destinations.len()).map(<[Option<u32>]>::to_vec).collect())
    }

    /// The nearest point of the nearest street.
    fn nearest<'py>(&self, py: Python<'py>, place: Place) -> PyResult<Bound<'py, PyDict>> {
        let snap = self.on_street(ask::point(place, "place")?, "place")?;
        let city = self.network.city();
        let answer = PyDict::new(py);
        let (lon, lat) = ask::degrees(snap.point);
        answer.set_item("place", (lat, lon))?;
        answer.set_item("distance_m", snap.distance_m)?;
        answer.set_item("segment", snap.segment)?;
        answer.set_item("name", city.street_name(snap.segment))?;
        answer.set_item("length_m", f64::from(city.segment(snap.segment).length_mm) / 1000.0)?;
        Ok(answer)
    }

    /// The same streets with the costs that `profile` gives them: a `Profile`, or TOML as `Profile.from_toml` reads it.
    #[pyo3(signature = (profile, *, stops = None))]
    fn customize(&self, py: Python<'_>, profile: &Bound<'_, PyAny>, stops: Option<Vec<f64>>) -> PyResult<Self> {
        let text = match profile.extract::<String>() {
            Ok(text) => text,
            Err(_) => profile.call_method0("to_toml")?.extract()?,
        };
        let profile = parse(&text)?;
        let comforts_pct = self.comforts_pct(stops)?;
        let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
        let network = py.detach(|| self.network.retuned(&profile, &comforts_pct, threads));
        Ok(Self { network: network.map_err(|failure| error::value(error::chain(&failure)))? })
    }

    fn __repr__(&self) -> String {
        let city = self.network.city();
        format!("<City {}: {} streets, {} stops>", city.name(), city.segments().len(), city.stop_count())
    }
}

impl City {
    /// The stops asked for, all of the city's unless some are named.
    fn comforts_pct(&self, asked: Option<Vec<f64>>) -> PyResult<Vec<u8>> {
        let stops: Vec<_> = self.network.city().stops().collect();
        let Some(asked) = asked else { return Ok(stops.iter().map(|stop| stop.comfort_pct).collect()) };
        if asked.is_empty() {
            return Err(error::value("stops is empty: name at least one of the city's"));
        }
        let find = |comfort: f64| {
            let found = stops.iter().find(|stop| (stop.comfort() - comfort).abs() < 1e-9);
            found.map(|stop| stop.comfort_pct).ok_or_else(|| error::value(format!("the city has no stop {comfort}: see City.stops")))
        };
        asked.into_iter().map(find).collect()
    }

    fn router(&self) -> Router<'_> {
        Router::new(*self.network.city())
    }

    fn wrap(&self, route: router::route::Route) -> Route {
        Route::new(Arc::clone(&self.network), route)
    }

    fn on_street(&self, point: Point, name: &str) -> PyResult<Snap> {
        self.router().snap(point).ok_or_else(|| error::no_route(NoRoute::OffStreet { place: 0 }, &[name.to_owned()]))
    }

    fn on_streets(&self, points: Vec<(Point, String)>) -> PyResult<Vec<Snap>> {
        points.into_iter().map(|(point, name)| self.on_street(point, &name)).collect()
    }
}
