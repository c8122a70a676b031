//! What a package is made from: the files of its folders, a cheap stamp over them and a fingerprint of their contents.
//!
//! The *stamp* covers names, sizes and modification times, and answers "may anything have changed?" without reading
//! a file. The *fingerprint* covers names, contents and executable bits, and decides whether to build: a checkout
//! that only touches times builds nothing.

use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::error::StepError;
use super::exclude::Exclude;
use super::limits::{DEPTH_MAX, FILES_MAX};

/// Folders and single files that a package depends on.
#[derive(Debug, Clone, Default)]
pub(crate) struct Inputs {
    roots: Vec<Root>,
}

#[derive(Debug, Clone)]
enum Root {
    Folder { path: PathBuf, exclude: Exclude },
    File(PathBuf),
}

/// One file of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InputFile {
    /// Where it stands in the package, with `/`; always UTF-8.
    pub name: String,
    /// Where it is read from.
    pub source: PathBuf,
    pub kind: InputKind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum InputKind {
    File {
        bytes: u64,
        modified_ns: i128,
        executable: bool,
    },
    /// A link that stays inside the package; any other is replaced by what it leads to.
    Link {
        target: String,
    },
}

impl Inputs {
    pub(crate) fn folder(path: &Path, exclude: Exclude) -> Self {
        Self { roots: vec![Root::Folder { path: path.to_path_buf(), exclude }] }
    }

    pub(crate) fn files(paths: impl IntoIterator<Item = PathBuf>) -> Self {
        Self { roots: paths.into_iter().map(Root::File).collect() }
    }

    /// A hash of names, sizes and times. A missing file is part of it, never an error.
    fn stamp(&self) -> Result<String, StepError> {
        let mut hash = Hash::new("");
        for root in &self.roots {
            match root {
                Root::Folder { path, exclude } => {
                    for file in list(path, exclude)? {
                        hash.text(&file.name);
                        match &file.kind {
                            InputKind::File { bytes, modified_ns, executable } => {
                                hash.text(&format!("{bytes} {modified_ns} {executable}"));
                            }
                            InputKind::Link { target } => hash.text(target),
                        }
                    }
                }
                Root::File(path) => {
                    hash.text(&path.to_string_lossy());
                    match fs::metadata(path) {
                        Ok(metadata) => hash.text(&format!("{} {}", metadata.len(), modified_ns(&metadata))),
                        Err(_) => hash.text("absent"),
                    }
                }
            }
        }
        Ok(hash.finish())
    }

    /// A hash of names, contents, executable bits and of `seed`.
    pub(crate) fn fingerprint(&self, seed: &str) -> Result<String, StepError> {
        let mut hash = Hash::new(seed);
        for root in &self.roots {
            match root {
                Root::Folder { path, exclude } => {
                    for file in list(path, exclude)? {
                        hash.text(&file.name);
                        match &file.kind {
                            InputKind::File { executable, .. } => {
                                hash.text(&executable.to_string());
                                hash.contents(&file.source)?;
                            }
                            InputKind::Link { target } => hash.text(target),
                        }
                    }
                }
                Root::File(path) => hash.contents(path)?,
            }
        }
        Ok(hash.finish())
    }
}

/// Inputs, and their stamp at one moment.
#[derive(Debug, Clone)]
pub(crate) struct Watch {
    inputs: Inputs,
    stamp: String,
}

impl Watch {
    pub(crate) fn new(inputs: Inputs) -> Result<Self, StepError> {
        Ok(Self { stamp: inputs.stamp()?, inputs })
    }

    pub(crate) fn stamp(&self) -> &str {
        &self.stamp
    }

    /// Inputs that cannot be listed any more have changed.
    pub(crate) fn changed(&self) -> bool {
        self.inputs.stamp().map_or(true, |stamp| stamp != self.stamp)
    }
}

/// The files under `folder`, by name. Links that lead outside it are followed.
pub(crate) fn list(folder: &Path, exclude: &Exclude) -> Result<Vec<InputFile>, StepError> {
    let root = match fs::canonicalize(folder) {
        Ok(root) if root.is_dir() => root,
        Ok(_) => return Err(StepError::NoFolder(folder.to_path_buf())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(StepError::NoFolder(folder.to_path_buf())),
        Err(error) => return Err(StepError::io("open", folder)(error)),
    };
    let mut walk = Walk { root: &root, exclude, files: Vec::new() };
    walk.folder(&root, "", 0)?;
    walk.files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(walk.files)
}

struct Walk<'a> {
    root: &'a Path,
    exclude: &'a Exclude,
    files: Vec<InputFile>,
}

impl Walk<'_> {
    fn folder(&mut self, folder: &Path, prefix: &str, depth: usize) -> Result<(), StepError> {
        if depth > DEPTH_MAX {
            return Err(StepError::TooMany { path: folder.to_path_buf(), max: DEPTH_MAX, what: "nested folders" });
        }
        for entry in fs::read_dir(folder).map_err(StepError::io("list", folder))? {
            let path = entry.map_err(StepError::io("list", folder))?.path();
            let Some(file_name) = path.file_name().and_then(|name| name.to_str()) else {
                return Err(StepError::NotUtf8(path));
            };
            let name = if prefix.is_empty() { file_name.to_owned() } else { format!("{prefix}/{file_name}") };
            self.entry(&path, name, depth)?;
        }
        Ok(())
    }

    fn entry(&mut self, path: &Path, name: String, depth: usize) -> Result<(), StepError> {
        let mut metadata = fs::symlink_metadata(path).map_err(StepError::io("read", path))?;
        if metadata.is_symlink() {
            if self.exclude.file(&name) {
                return Ok(());
            }
            if let Some(target) = self.link_inside(path)? {
                return self.push(InputFile { name, source: path.to_path_buf(), kind: InputKind::Link { target } });
            }
            metadata = fs::metadata(path).map_err(StepError::io("follow the link", path))?;
        }
        if metadata.is_dir() {
            return if self.exclude.folder(path, &name) { Ok(()) } else { self.folder(path, &name, depth + 1) };
        }
        if self.exclude.file(&name) {
            return Ok(());
        }
        if !metadata.is_file() {
            return Err(StepError::NotAFile(path.to_path_buf()));
        }
        let kind = InputKind::File {
            bytes: metadata.len(),
            modified_ns: modified_ns(&metadata),
            executable: metadata.permissions().mode() & 0o111 != 0,
        };
        self.push(InputFile { name, source: path.to_path_buf(), kind })
    }

    fn push(&mut self, file: InputFile) -> Result<(), StepError> {
        if self.files.len() == FILES_MAX {
            return Err(StepError::TooMany { path: self.root.to_path_buf(), max: FILES_MAX, what: "files" });
        }
        self.files.push(file);
        Ok(())
    }

    /// The target of a relative link that stays inside the folder; an absolute one would lead nowhere on AWS.
    fn link_inside(&self, path: &Path) -> Result<Option<String>, StepError> {
        let target = fs::read_link(path).map_err(StepError::io("read the link", path))?;
        let resolved = fs::canonicalize(path).map_err(StepError::io("follow the link", path))?;
        if target.is_absolute() || !resolved.starts_with(self.root) {
            return Ok(None);
        }
        target.to_str().map(|target| Some(target.to_owned())).ok_or_else(|| StepError::NotUtf8(target.clone()))
    }
}

fn modified_ns(metadata: &Metadata) -> i128 {
    i128::from(metadata.mtime()) * 1_000_000_000 + i128::from(metadata.mtime_nsec())
}

/// SHA-256 over length-prefixed parts, so that no two lists of parts collide.
pub(crate) struct Hash(Sha256);

impl Hash {
    pub(crate) fn new(seed: &str) -> Self {
        let mut hash = Self(Sha256::new());
        hash.text(seed);
        hash
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.0.update(text.len().to_le_bytes());
        self.0.update(text);
    }

    pub(crate) fn contents(&mut self, path: &Path) -> Result<(), StepError> {
        let mut file = File::open(path).map_err(StepError::io("open", path))?;
        let mut buffer = vec![0; 1 << 16];
        let mut bytes = 0;
        loop {
            let read = file.read(&mut buffer).map_err(StepError::io("read", path))?;
            if read == 0 {
                break;
            }
            bytes += read;
            self.0.update(&buffer[..read]);
        }
        self.0.update(bytes.to_le_bytes());
        Ok(())
    }

    /// 32 hexadecimal digits: 128 bits are plenty to tell builds apart.
    pub(crate) fn finish(self) -> String {
        self.0.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::time::{Duration, UNIX_EPOCH};

    use super::super::exclude::Language;
    use super::*;

    fn names(folder: &Path, language: Language) -> Vec<String> {
        let state_dir = folder.join(".ferry");
        list(folder, &Exclude::new(language, &state_dir)).unwrap().into_iter().map(|file| file.name).collect()
    }

    fn touch(path: &Path, text: &str) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn what_belongs_to_tools_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let files = [
            "app.py",
            "lib/a.py",
            "lib/__pycache__/a.pyc",
            ".venv/pyvenv.cfg",
            ".venv/lib/x.py",
            "env2/pyvenv.cfg",
            ".git/config",
            ".ferry/build/x",
            "node_modules/a/index.js",
            "lib/node_modules/b/index.js",
            ".env",
            ".DS_Store",
        ];
        for file in files {
            touch(&folder.path().join(file), "");
        }
        let common = [".env", "app.py", "lib/a.py", "lib/node_modules/b/index.js", "node_modules/a/index.js"];
        assert_eq!(names(folder.path(), Language::Python), common);
        let npm = names(folder.path(), Language::Npm);
        assert!(!npm.iter().any(|name| name.starts_with("node_modules/")) && npm.contains(&"lib/node_modules/b/index.js".to_owned()));
        assert!(names(folder.path(), Language::Any).contains(&"lib/__pycache__/a.pyc".to_owned()));
        assert!(!names(folder.path(), Language::Any).iter().any(|name| name.starts_with(".ferry/") || name.starts_with(".git/")));
    }

    #[test]
    fn links_stay_links_inside_and_become_files_when_they_lead_outside() {
        let outside = tempfile::tempdir().unwrap();
        touch(&outside.path().join("shared/s.py"), "shared");
        let folder = tempfile::tempdir().unwrap();
        touch(&folder.path().join("lib/a.py"), "a");
        symlink("a.py", folder.path().join("lib/b.py")).unwrap();
        symlink(outside.path().join("shared"), folder.path().join("shared")).unwrap();
        symlink(folder.path().join("lib/a.py"), folder.path().join("absolute.py")).unwrap();
        let files = list(folder.path(), &Exclude::nothing()).unwrap();
        let kinds: Vec<(&str, bool)> = files.iter().map(|file| (file.name.as_str(), matches!(file.kind, InputKind::Link { .. }))).collect();
        assert_eq!(kinds, [("absolute.py", false), ("lib/a.py", false), ("lib/b.py", true), ("shared/s.py", false)]);
        symlink("nowhere", folder.path().join("dangling")).unwrap();
        assert!(list(folder.path(), &Exclude::nothing()).unwrap_err().to_string().starts_with("cannot follow the link"));
    }

    #[test]
    fn a_loop_of_links_ends_in_an_error() {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        symlink(two.path(), one.path().join("two")).unwrap();
        symlink(one.path(), two.path().join("one")).unwrap();
        // The kernel refuses to follow 40 links, before DEPTH_MAX is reached.
        list(one.path(), &Exclude::nothing()).unwrap_err();
    }

    #[test]
    fn times_change_the_stamp_alone_and_contents_both() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a");
        touch(&file, "one");
        let set_time =
            |seconds| File::options().write(true).open(&file).unwrap().set_modified(UNIX_EPOCH + Duration::from_secs(seconds)).unwrap();
        set_time(1);
        let inputs = Inputs::folder(folder.path(), Exclude::nothing());
        let watch = Watch::new(inputs.clone()).unwrap();
        let fingerprint = inputs.fingerprint("").unwrap();
        assert!(!watch.changed());
        assert_ne!(inputs.fingerprint("other seed").unwrap(), fingerprint);
        set_time(2);
        assert!(watch.changed());
        assert_eq!(inputs.fingerprint("").unwrap(), fingerprint);
        fs::write(&file, "two").unwrap();
        set_time(1);
        assert_ne!(inputs.fingerprint("").unwrap(), fingerprint);
        fs::remove_file(&file).unwrap();
        assert!(watch.changed());
    }

    #[test]
    fn single_files_may_be_absent() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a");
        let watch = Watch::new(Inputs::files([file.clone()])).unwrap();
        assert!(!watch.changed());
        fs::write(&file, "").unwrap();
        assert!(watch.changed());
    }
}
