//! A city that Python holds: a mapped file, or another city with costs of its own.
//!
//! A [`CityView`] borrows from what it was opened from, and Python's objects borrow from nobody; so each is kept in one cell with its source. A city with
//! other costs keeps the one it was made from, whose map, streets and grid it shares.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use cell::Cell;
use memmap2::Mmap;
use pyo3::PyResult;
use router::cch::Topology;
use router::city::City as CityView;
use router::city::map::map_file;
use router::profile::Profile;
use router::retune::{Costs, RetuneError, topology};

use crate::error;

#[expect(clippy::mem_forget, reason = "the macro hands its allocation over by forgetting what would free it")]
mod cell {
    use super::{CityView, Source};

    self_cell::self_cell!(
        pub(super) struct Cell {
            owner: Source,
            #[covariant]
            dependent: CityView,
        }
    );
}

enum Source {
    File(Mmap),
    Tuned { base: Arc<Network>, costs: Box<Costs> },
}

pub(crate) struct Network {
    cell: Cell,
    /// Of a file: made when it is first customized.
    topology: OnceLock<Topology>,
}

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
        Ok(Self::new(cell.map_err(fault)?))
    }

    /// The same streets with the costs that `profile` gives them, at the stops of those comforts in percent.
    pub(crate) fn retuned(self: &Arc<Self>, profile: &Profile, comforts_pct: &[u8], threads: usize) -> Result<Arc<Self>, RetuneError> {
        // What a profile changes is told from what the builder wrote, so each set of costs starts from the file.
        let base = match self.cell.borrow_owner() {
            Source::File(_) => self,
            Source::Tuned { base, .. } => base,
        };
        let city = base.city();
        let topology = match base.topology.get() {
            Some(known) => known,
            None => {
                let made = topology(city)?;
                base.topology.get_or_init(|| made)
            }
        };
        let stops: Vec<usize> = (0..city.stop_count()).filter(|stop| comforts_pct.contains(&city.stop(*stop).comfort_pct)).collect();
        let costs = Costs::new(city, profile, &stops, topology, threads)?;
        let cell = Cell::new(Source::Tuned { base: Arc::clone(base), costs: Box::new(costs) }, |source| {
            let Source::Tuned { base, costs } = source else { unreachable!("made one line above") };
            costs.of(base.city())
        });
        Ok(Self::new(cell))
    }

    fn new(cell: Cell) -> Arc<Self> {
        Arc::new(Self { cell, topology: OnceLock::new() })
    }

    pub(crate) fn city(&self) -> &CityView<'_> {
        self.cell.borrow_dependent()
    }
}
