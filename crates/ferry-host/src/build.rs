//! `ferry build`: the code of a template becomes packages, ready to be mounted at `/var/task` and `/opt`.
//!
//! Every package is made in a folder of its own and switched in by a rename ([`store`]); a build that fails, or a
//! process that dies, leaves the package before it in use. Nothing is built whose inputs have not changed
//! ([`inputs`]). How each kind of code is built is its [`recipe`]; programs in Rust are built first, by one call of
//! cargo ([`rust`]).

mod archive;
mod error;
mod exclude;
mod inputs;
mod limits;
mod node;
mod python;
mod recipe;
mod rust;
mod stage;
mod store;
mod tool;
mod unpack;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use ferry_template::{Architecture, Function, Template};

pub use archive::PackageSize;
pub use error::{BuildError, StepError};
pub(crate) use inputs::Hash;
pub(crate) use python::{pip_install, python_tool};
pub(crate) use stage::{open_to_all, write_file};
pub(crate) use tool::{Line, Tool};

use crate::runtimes::{self, Interpreters, Launch};
use inputs::Watch;
use limits::UNZIPPED_BYTES_MAX;
use recipe::{Recipe, Workshop};
use rust::Binary;
use store::{Record, Store};

/// Where to build, and with which tools.
#[derive(Debug, Clone)]
pub struct BuildSettings {
    /// `.ferry` beside the template.
    pub state_dir: PathBuf,
    /// Absolute. Cargo's own choice where `None`.
    pub cargo_target_dir: Option<PathBuf>,
    /// The value of `PATH`: where cargo, npm, Python and Node.js are looked for.
    pub path: OsString,
}

/// A function whose package is ready.
#[derive(Debug, Clone)]
pub struct BuiltFunction {
    pub function: Arc<Function>,
    /// Mounted at `/var/task`. Never changes once it is there: a new build gets a folder of its own.
    pub task_root: PathBuf,
    /// Mounted together at `/opt`, later ones over earlier ones.
    pub layers: Vec<PathBuf>,
    pub launch: Launch,
    /// The function and its layers: what counts against AWS's limit.
    pub package: PackageSize,
    /// The function alone.
    pub own_package: PackageSize,
    /// The zip of the function alone.
    pub zip: PathBuf,
    /// Changes exactly when the package, a layer or the runtime used does.
    pub fingerprint: String,
    /// What differs from AWS, for people: an interpreter that stands in, an architecture that is not the asked one.
    pub warnings: Vec<String>,
    watches: Vec<Watch>,
}

/// What a build is doing, for whoever shows progress.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BuildEvent {
    /// Another `ferry` is building in the same folder.
    Waiting { lock: PathBuf },
    /// A line that cargo, pip or npm printed.
    Line { resource: String, text: String },
    /// The files of a package are there, and are being zipped.
    Zipping { resource: String },
    /// A package is ready, `elapsed` after its turn came: cargo has run before that.
    Ready { resource: String, rebuilt: bool, package: PackageSize, elapsed: Duration },
}

/// Builds the functions of `template`, or those that `only` names by logical id or name, in template order.
///
/// Blocks for as long as cargo, pip and npm run: minutes, the first time.
pub fn build(
    template: &Template,
    only: Option<&[String]>,
    settings: &BuildSettings,
    progress: &mut dyn FnMut(BuildEvent),
) -> Result<Vec<BuiltFunction>, BuildError> {
    let functions = select(template, only)?;
    let waiting = |lock: &Path| progress(BuildEvent::Waiting { lock: lock.to_path_buf() });
    let store = Store::open(&settings.state_dir, waiting).map_err(|error| BuildError::Store(Box::new(error)))?;
    let mut line = |resource: &str, text: &str| progress(BuildEvent::Line { resource: resource.to_owned(), text: text.to_owned() });
    let binaries = rust::build_all(&functions, settings, &mut line).map_err(|(ids, error)| {
        let line = functions.iter().find(|function| ids.contains(&function.logical_id)).map_or(0, |function| function.line);
        located(template, &ids.join(", "), line)(error)
    })?;
    let interpreters = Interpreters::new(&settings.path);
    let mut builder = Builder { template, settings, store, interpreters, layers: BTreeMap::new(), progress };
    functions
        .into_iter()
        .map(|function| {
            builder.function(function, binaries.get(&function.logical_id)).map_err(located(template, &function.logical_id, function.line))
        })
        .collect()
}

/// Whether a file that the package was made from may have changed since. Looks at names, sizes and times only.
pub fn inputs_changed(built: &BuiltFunction) -> bool {
    built.watches.iter().any(Watch::changed)
}

fn located(template: &Template, logical_id: &str, line: usize) -> impl FnOnce(StepError) -> BuildError {
    let (logical_id, template) = (logical_id.to_owned(), template.path.clone());
    move |source| BuildError::Resource { logical_id, template, line, source: Box::new(source) }
}

fn select<'a>(template: &'a Template, only: Option<&[String]>) -> Result<Vec<&'a Function>, BuildError> {
    let named = |function: &Function, name: &str| function.logical_id == name || function.name == name;
    for name in only.unwrap_or_default() {
        if !template.functions.iter().any(|function| named(function, name)) {
            let known = template.functions.iter().map(|function| function.logical_id.as_str()).collect::<Vec<_>>().join(", ");
            return Err(BuildError::UnknownFunction { name: name.clone(), template: template.path.clone(), known });
        }
    }
    let chosen = |function: &&Function| only.is_none_or(|only| only.iter().any(|name| named(function, name)));
    Ok(template.functions.iter().filter(chosen).collect())
}

struct Builder<'a> {
    template: &'a Template,
    settings: &'a BuildSettings,
    store: Store,
    interpreters: Interpreters,
    /// The layers built so far, by logical id.
    layers: BTreeMap<String, Package>,
    progress: &'a mut dyn FnMut(BuildEvent),
}

/// A finished package.
#[derive(Debug, Clone)]
struct Package {
    folder: PathBuf,
    record: Record,
    watch: Watch,
}

impl Builder<'_> {
    fn function(&mut self, function: &Function, binary: Option<&Binary>) -> Result<BuiltFunction, StepError> {
        let layers = function.layers.iter().map(|id| self.layer(id)).collect::<Result<Vec<_>, _>>()?;
        let recipe = Recipe::of(function, binary.map(|binary| binary.executable.as_path()), &mut self.interpreters)?;
        let layers_bytes = layers.iter().map(|layer| layer.record.size.unzipped_bytes).sum();
        let package = self.package(&function.logical_id, &recipe, layers_bytes)?;
        let layer_folders: Vec<PathBuf> = layers.iter().map(|layer| layer.folder.clone()).collect();
        let progress = &mut *self.progress;
        let mut line = |text: &str| progress(BuildEvent::Line { resource: function.logical_id.clone(), text: text.to_owned() });
        let (interpreters, state_dir) = (&mut self.interpreters, &self.settings.state_dir);
        let launch = runtimes::launch(function, &package.folder, &layer_folders, interpreters, state_dir, &mut line)?;
        let mut size = package.record.size;
        let mut fingerprint = Hash::new(&launch.runtime_used);
        fingerprint.text(&package.record.fingerprint);
        for layer in &layers {
            size += layer.record.size;
            fingerprint.text(&layer.record.fingerprint);
        }
        let mut warnings: Vec<String> = launch.fallback.iter().cloned().collect();
        warnings.extend(foreign_architecture(function.architecture));
        warnings.extend(recipe.warnings());
        let own_watch = binary.map_or(&package.watch, |binary| &binary.watch);
        Ok(BuiltFunction {
            function: Arc::new(function.clone()),
            task_root: package.folder,
            layers: layer_folders,
            launch,
            package: size,
            own_package: package.record.size,
            zip: self.store.zip(&function.logical_id),
            fingerprint: fingerprint.finish(),
            warnings,
            watches: std::iter::once(own_watch).chain(layers.iter().map(|layer| &layer.watch)).cloned().collect(),
        })
    }

    fn layer(&mut self, id: &str) -> Result<Package, StepError> {
        if let Some(built) = self.layers.get(id) {
            return Ok(built.clone());
        }
        let layer = self.template.layers.iter().find(|layer| layer.logical_id == id);
        let layer = layer.ok_or_else(|| StepError::UnknownLayer(id.to_owned()))?;
        let package = self.package(id, &Recipe::of_layer(layer), 0)?;
        self.layers.insert(id.to_owned(), package.clone());
        Ok(package)
    }

    /// The current package of a resource, made anew if its inputs changed.
    fn package(&mut self, id: &str, recipe: &Recipe, layers_bytes: u64) -> Result<Package, StepError> {
        let started = Instant::now();
        let seed = recipe.seed();
        let inputs = recipe.inputs(&self.settings.state_dir);
        // Taken before anything is read: an edit during the build makes it stale.
        let watch = Watch::new(inputs.clone())?;
        let stamp = format!("{} {}", Hash::new(&seed).finish(), watch.stamp());
        let (record, rebuilt) = match self.store.current(id) {
            Some(record) if record.stamp == stamp => (record, false),
            current => {
                let fingerprint = inputs.fingerprint(&seed)?;
                match current {
                    Some(record) if record.fingerprint == fingerprint => (self.store.restamp(id, record, &stamp)?, false),
                    _ => (self.make(id, recipe, layers_bytes, [&fingerprint, &stamp])?, true),
                }
            }
        };
        within_limit(record.size.unzipped_bytes + layers_bytes)?;
        let ready = BuildEvent::Ready { resource: id.to_owned(), rebuilt, package: record.size, elapsed: started.elapsed() };
        (self.progress)(ready);
        Ok(Package { folder: self.store.package(id, &record), record, watch })
    }

    fn make(&mut self, id: &str, recipe: &Recipe, layers_bytes: u64, [fingerprint, stamp]: [&str; 2]) -> Result<Record, StepError> {
        let stage = self.store.stage(id)?;
        let progress = &mut *self.progress;
        let mut line = |text: &str| progress(BuildEvent::Line { resource: id.to_owned(), text: text.to_owned() });
        let mut shop = Workshop {
            logical_id: id,
            store: &self.store,
            state_dir: &self.settings.state_dir,
            path: &self.settings.path,
            line: &mut line,
        };
        let dependencies = recipe.assemble(&stage, &mut shop)?;
        within_limit(archive::unzipped(&stage)?.1 + layers_bytes)?;
        (self.progress)(BuildEvent::Zipping { resource: id.to_owned() });
        self.store.publish(id, fingerprint, stamp, dependencies)
    }
}

fn within_limit(unzipped_bytes: u64) -> Result<(), StepError> {
    if unzipped_bytes < UNZIPPED_BYTES_MAX { Ok(()) } else { Err(StepError::TooLarge { unzipped_bytes }) }
}

fn foreign_architecture(asked: Architecture) -> Option<String> {
    let asked = match asked {
        Architecture::X86_64 => "x86_64",
        Architecture::Arm64 => "aarch64",
    };
    let machine = std::env::consts::ARCH;
    (asked != machine).then(|| format!("the template asks for {asked}, this machine is {machine}: built, run and measured as {machine}"))
}
