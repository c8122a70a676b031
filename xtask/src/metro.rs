//! The city that long routes are measured in: an extract of a metro, or one made by mirroring a smaller extract until it is as large.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::pairs::Pairs;
use crate::tools::{Took, finish, measured, output, program};

/// How often an extract is mirrored into a metro, across and up.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Grid {
    /// Of an extract that the user named: a city.
    pub(crate) city: &'static str,
    /// Of central Helsinki, 1 x 1.6 km.
    pub(crate) helsinki: &'static str,
}

/// What the user asks of a benchmark on a metro. From the environment: `METRO`, `CITY`, `QUICK`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted {
    /// An extract to take as it is.
    pub(crate) metro: Option<PathBuf>,
    /// An extract to mirror.
    pub(crate) city: Option<PathBuf>,
    /// A trial: a few of everything, and no result in `results/`.
    pub(crate) quick: bool,
}

impl Wanted {
    pub(crate) fn few_or(&self, few: usize, many: usize) -> usize {
        if self.quick { few } else { many }
    }

    /// The folder whose `results/` is written.
    pub(crate) fn results(&self, root: &Path) -> PathBuf {
        if self.quick { root.join(".ferry/quick") } else { root.to_path_buf() }
    }
}

#[derive(Debug)]
pub(crate) struct Metro {
    pub(crate) extract: PathBuf,
    /// In words, for the result.
    pub(crate) what: String,
    /// Where everything made from it is kept; another extract has another.
    pub(crate) folder: PathBuf,
}

impl Metro {
    pub(crate) fn find(root: &Path, wanted: &Wanted, grid: Grid) -> Result<Self> {
        let (extract, what) = match (&wanted.metro, &wanted.city) {
            (Some(metro), _) => (metro.clone(), format!("{}, as it is", name_of(metro))),
            (None, Some(city)) => (mirrored(root, city, grid.city)?, format!("{} mirrored {}", name_of(city), grid.city)),
            (None, None) => {
                let helsinki = root.join("systems/router/city/helsinki.osm.pbf");
                (
                    mirrored(root, &helsinki, grid.helsinki)?,
                    format!("central Helsinki (1 x 1.6 km) mirrored {}: a strip of real streets", grid.helsinki),
                )
            }
        };
        let bytes = std::fs::read(&extract).with_context(|| format!("the extract {} cannot be read", extract.display()))?;
        let folder = root.join(format!(".ferry/metro/{:016x}", xxhash_rust::xxh3::xxh3_64(&bytes)));
        std::fs::create_dir_all(folder.join("rust"))?;
        std::fs::create_dir_all(folder.join("python"))?;
        eprintln!("metro: {what}");
        Ok(Self { extract: std::path::absolute(extract)?, what, folder })
    }

    /// Our packed file.
    pub(crate) fn city(&self) -> PathBuf {
        self.folder.join("rust/metro.city")
    }

    /// Builds [`Metro::city`], with all comfort stops.
    pub(crate) fn build_city(&self, root: &Path) -> Result<Took> {
        eprintln!("building the city");
        let city = self.city();
        let arguments: [&OsStr; 4] = ["graph".as_ref(), self.extract.as_os_str(), "--output".as_ref(), city.as_os_str()];
        measured(root, &program(root, "router-build"), &arguments)
    }

    /// Origins and destinations, the same for the same city file.
    pub(crate) fn pairs(&self, root: &Path, per_band: usize) -> Result<Pairs> {
        eprintln!("drawing {per_band} pairs in each band of miles");
        let mut command = Command::new(program(root, "router-bench"));
        Pairs::parse(&output(command.arg("pairs").arg(self.city()).args(["--per-band", &per_band.to_string()]))?)
    }
}

fn mirrored(root: &Path, extract: &Path, grid: &str) -> Result<PathBuf> {
    ensure!(extract.is_file(), "there is no extract {}: name one with METRO=path.osm.pbf or CITY=path.osm.pbf", extract.display());
    let tiles = root.join(".ferry/metro/mirrored");
    std::fs::create_dir_all(&tiles)?;
    let to = tiles.join(format!("{grid}-{}", name_of(extract)));
    eprintln!("mirroring {} {grid}", extract.display());
    let mut command = Command::new(program(root, "router-build"));
    finish(command.arg("tile").arg(extract).args(["--grid", grid, "--output"]).arg(&to).stdout(std::process::Stdio::null()))?;
    Ok(to)
}

/// The file's own name: paths of one machine mean nothing on another.
fn name_of(path: &Path) -> String {
    path.file_name().map_or_else(|| "an extract".to_owned(), |name| name.to_string_lossy().into_owned())
}
