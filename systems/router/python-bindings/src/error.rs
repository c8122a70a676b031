//! Which exception says what: `OSError` for files, `ValueError` for what was passed, `NoRoute` for places that no route joins.

use std::error::Error;
use std::path::Path;

use pyo3::exceptions::{PyLookupError, PyOSError, PyValueError};
use pyo3::prelude::*;
use router::route::NoRoute as Reason;

pyo3::create_exception!(
    ferry_router,
    NoRoute,
    PyLookupError,
    "A place is on no street of the city, or no way leads from one place to the next."
);

/// A message with all that led to it.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text += &format!(": {inner}");
        source = inner.source();
    }
    text
}

pub(crate) fn value(message: impl Into<String>) -> PyErr {
    PyValueError::new_err(message.into())
}

/// The subclass of `OSError` that the system's error number asks for, as Python's own `open` raises it.
pub(crate) fn file(path: &Path, error: &(dyn Error + 'static)) -> PyErr {
    let mut cause = Some(error);
    while let Some(inner) = cause {
        if let Some(code) = inner.downcast_ref::<std::io::Error>().and_then(std::io::Error::raw_os_error) {
            return PyOSError::new_err((code, chain(error), path.to_path_buf()));
        }
        cause = inner.source();
    }
    PyOSError::new_err(chain(error))
}

/// `names` are what the caller calls the places.
pub(crate) fn no_route(reason: Reason, names: &[String]) -> PyErr {
    let name = |place: usize| names.get(place).map_or("a place", String::as_str);
    match reason {
        Reason::OffStreet { place } => {
            let limit = router::limits::SNAP_LIMIT_M;
            NoRoute::new_err(format!("{} is farther than {limit} m from every street of this city", name(place)))
        }
        Reason::Unconnected { leg } => NoRoute::new_err(format!("no way for a bicycle leads from {} to {}", name(leg), name(leg + 1))),
        Reason::Places { .. } | Reason::Damaged => value(reason.to_string()),
    }
}
