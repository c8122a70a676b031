//! `Route`: totals, and what was ridden as columns, dictionaries or GeoJSON.
//!
//! Lines are decoded only when asked for.

use std::sync::Arc;

use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use router::city::City as CityView;
use router::geo::Point;
use router::route::{Leg, Route as Found, Router};

use crate::ask::degrees;
use crate::network::Network;

const COLUMNS: [&str; 15] = [
    "segment",
    "name",
    "highway",
    "infra",
    "surface",
    "lts",
    "length_m",
    "duration_s",
    "climb_m",
    "cost",
    "effort",
    "physical",
    "crash",
    "intersection",
    "coordinates",
];

/// A way from place to place.
#[pyclass(frozen, module = "ferry_router")]
pub(crate) struct Route {
    network: Arc<Network>,
    found: Found,
}

impl Route {
    pub(crate) const fn new(network: Arc<Network>, found: Found) -> Self {
        Self { network, found }
    }
}

#[pymethods]
impl Route {
    /// In millimetres of calm riding.
    #[getter]
    const fn total_cost(&self) -> u64 {
        self.found.total_cost
    }

    /// Of the stop at which it is cheapest.
    #[getter]
    const fn comfort(&self) -> f64 {
        self.found.comfort
    }

    #[getter]
    fn length_m(&self) -> f64 {
        thousandths(self.found.total_length_mm)
    }

    #[getter]
    fn duration_s(&self) -> f64 {
        thousandths(self.found.duration_ms)
    }

    #[getter]
    fn climb_m(&self) -> f64 {
        tenths(self.found.climb_dm)
    }

    #[getter]
    fn descent_m(&self) -> f64 {
        tenths(self.found.descent_dm)
    }

    /// One list a column, one item a street ridden.
    fn columns<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let rows = self.rows(py)?;
        let columns = PyDict::new(py);
        for name in COLUMNS {
            let column: Vec<_> = rows.iter().map(|row| row.get_item(name)).collect::<PyResult<_>>()?;
            columns.set_item(name, column)?;
        }
        Ok(columns)
    }

    /// One dictionary a street ridden, in riding order.
    #[getter]
    fn segments<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        PyList::new(py, self.rows(py)?)
    }

    /// A `FeatureCollection`: a `LineString` for each street ridden, with the rest of its columns as properties.
    fn to_geojson<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let features = PyList::empty(py);
        for properties in self.rows(py)? {
            let geometry = PyDict::new(py);
            geometry.set_item("type", "LineString")?;
            geometry.set_item("coordinates", properties.get_item("coordinates")?)?;
            properties.del_item("coordinates")?;
            let feature = PyDict::new(py);
            feature.set_item("type", "Feature")?;
            feature.set_item("geometry", geometry)?;
            feature.set_item("properties", properties)?;
            features.append(feature)?;
        }
        let collection = PyDict::new(py);
        collection.set_item("type", "FeatureCollection")?;
        collection.set_item("features", features)?;
        Ok(collection)
    }

    /// The same, under the name by which GeoPandas and Shapely look for it.
    #[getter]
    fn __geo_interface__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        self.to_geojson(py)
    }

    fn __repr__(&self) -> String {
        format!(
            "<Route {:.0} m, {:.0} s, comfort {}, cost {}>",
            self.length_m(),
            self.duration_s(),
            self.found.comfort,
            self.found.total_cost
        )
    }
}

impl Route {
    fn rows<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyDict>>> {
        let router = Router::new(*self.network.city());
        let mut line = Vec::new();
        let mut rows = Vec::with_capacity(self.found.legs.len());
        for leg in &self.found.legs {
            router.line(&self.found, leg, &mut line);
            rows.push(row(py, router.city(), leg, &line)?);
        }
        Ok(rows)
    }
}

fn row<'py>(py: Python<'py>, city: &CityView<'_>, leg: &Leg, line: &[Point]) -> PyResult<Bound<'py, PyDict>> {
    let class = city.way(leg.segment, leg.direction).map(|way| city.class(way.class));
    let row = PyDict::new(py);
    let values = [
        leg.segment.into_bound_py_any(py)?,
        city.street_name(leg.segment).into_bound_py_any(py)?,
        class.map(|class| class.highway.name()).into_bound_py_any(py)?,
        class.map(|class| class.infra.name()).into_bound_py_any(py)?,
        class.map(|class| class.surface.name()).into_bound_py_any(py)?,
        class.map(|class| class.lts).into_bound_py_any(py)?,
        thousandths(leg.length_mm().into()).into_bound_py_any(py)?,
        thousandths(leg.duration_ms()).into_bound_py_any(py)?,
        tenths(leg.climb_dm.into()).into_bound_py_any(py)?,
        leg.cost.into_bound_py_any(py)?,
        leg.costs.effort.into_bound_py_any(py)?,
        leg.costs.physical.into_bound_py_any(py)?,
        leg.costs.crash.into_bound_py_any(py)?,
        leg.costs.intersection.into_bound_py_any(py)?,
        line.iter().copied().map(degrees).collect::<Vec<_>>().into_bound_py_any(py)?,
    ];
    for (name, value) in COLUMNS.into_iter().zip(values) {
        row.set_item(name, value)?;
    }
    Ok(row)
}

#[expect(clippy::cast_precision_loss, reason = "a route's metres or seconds: far below 2^53 thousandths")]
fn thousandths(count: u64) -> f64 {
    count as f64 / 1000.0
}

#[expect(clippy::cast_precision_loss, reason = "a route's metres of climb: far below 2^53 tenths")]
fn tenths(count: u64) -> f64 {
    count as f64 / 10.0
}
