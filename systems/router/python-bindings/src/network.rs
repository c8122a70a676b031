//! A city that Python holds: a mapped file, or another city with costs of its own.
//!
//! A [`CityView`] borrows from what it was opened from, and Python's objects borrow from nobody; so each is kept in one cell with its source. A city with
//! other costs keeps the one it was made from, whose map, streets and grid it shares.

use std::path::Path;
use std::sync::Arc;

use memmap2::Mmap;
use pyo3::PyResult;
use router::city::City as CityView;
use router::city::map::map_file;
use router::profile::Profile;
use router::retune::{Costs, RetuneError};
use self_cell::self_cell;

use crate::error;

self_cell!(
    struct Cell {
        owner: Source,
        #[covariant]
        dependent: CityView,
    }
);

enum Source {
    File(Mmap),
    Tuned { base: Arc<Network>, costs: Costs },
}

pub(crate) struct Network(Cell);

impl Network {
    /// Maps a file. `check` reads all of it, too.
    pub(crate) fn load(path: &Path, check: bool) -> PyResult<Arc<Self>> {
        let map = map_file(path).map_err(|failure| error::file(path, &failure))?;
        let cell = Cell::try_new(Source::File(map), |source| {
            let Source::File(map) = source else { unreachable!("made one line above") };
            let city = CityView::open(map)?;
            if check {
                city.check()?;
            }
            Ok(city)
        });
        let fault = |fault: router::city::CityError| error::value(format!("{}: {}", path.display(), error::chain(&fault)));
        Ok(Arc::new(Self(cell.map_err(fault)?)))
    }

    /// The same streets with the costs that `profile` gives them.
    pub(crate) fn retuned(self: &Arc<Self>, profile: &Profile, threads: usize) -> Result<Arc<Self>, RetuneError> {
        let costs = Costs::new(self.city(), profile)?;
        let source = Source::Tuned { base: Arc::clone(self), costs };
        let cell = Cell::new(source, |source| {
            let Source::Tuned { base, costs } = source else { unreachable!("made one line above") };
            base.city().with_costs(costs)
        });
        Ok(Arc::new(Self(cell)))
    }

    pub(crate) fn city(&self) -> &CityView<'_> {
        self.0.borrow_dependent()
    }
}
