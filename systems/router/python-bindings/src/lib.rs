//! The bike router from Python: `ferry_router._native`, behind the package in `python/`.
//!
//! | module | what |
//! |---|---|
//! | [`city`] | `City`: load, look into, route, customize |
//! | [`network`] | a mapped city, or one with costs of its own, and the searches waiting to be used again |
//! | [`route`] | `Route`: totals, columns, GeoJSON |
//! | [`ask`] | places and comfort as Python gives them |
//! | [`error`] | which exception says what |
//!
//! Whatever takes longer than reading an attribute runs without the interpreter's lock, so threads load, customize and route side by side. Nothing
//! here decides anything about routes: that is the `router` crate, whose rules for changed costs are in `router::retune`.

mod ask;
mod city;
mod error;
mod network;
mod route;

use pyo3::prelude::*;

#[pymodule]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<city::City>()?;
    module.add_class::<route::Route>()?;
    module.add("NoRoute", module.py().get_type::<error::NoRoute>())?;
    module.add_function(wrap_pyfunction!(city::default_profile, module)?)?;
    module.add_function(wrap_pyfunction!(city::check_profile, module)?)
}
