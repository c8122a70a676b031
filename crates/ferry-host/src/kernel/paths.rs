//! Lambda's paths and where the files of a sandbox really lie, for processes without mounts of their own.

use std::path::{Path, PathBuf};

use super::spec::SandboxSpec;

pub(super) const TASK: &str = "/var/task";
pub(super) const RUNTIME: &str = "/var/runtime";
pub(super) const LANG: &str = "/var/lang";
pub(super) const OPT: &str = "/opt";

/// Prefixes inside the sandbox with their folders on the machine.
#[derive(Debug)]
pub(super) struct PathMap(Vec<(&'static str, PathBuf)>);

impl PathMap {
    /// `opt` is the folder that stands for `/opt`: the only layer, or the merged ones.
    pub(super) fn new(spec: &SandboxSpec, opt: Option<&Path>) -> Self {
        let mut map = vec![(TASK, spec.task_root.clone())];
        map.extend(spec.runtime_dir.clone().map(|path| (RUNTIME, path)));
        map.extend(spec.language_root.clone().map(|path| (LANG, path)));
        map.extend(opt.map(|path| (OPT, path.to_owned())));
        Self(map)
    }

    /// Maps each part of a `:`-separated list that is one of the prefixes or lies under it. Other text stays.
    pub(super) fn map(&self, value: &str) -> String {
        value.split(':').map(|part| self.map_one(part)).collect::<Vec<_>>().join(":")
    }

    fn map_one(&self, value: &str) -> String {
        for (prefix, folder) in &self.0 {
            if let Some(rest) = value.strip_prefix(prefix)
                && (rest.is_empty() || rest.starts_with('/'))
            {
                return format!("{}{rest}", folder.display());
            }
        }
        value.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map() -> PathMap {
        PathMap(vec![(TASK, "/home/me/build".into()), (OPT, "/home/me/layer".into())])
    }

    #[test]
    fn maps_whole_components_only() {
        assert_eq!(map().map("/var/task/bootstrap"), "/home/me/build/bootstrap");
        assert_eq!(map().map("/var/task"), "/home/me/build");
        assert_eq!(map().map("/var/tasks/x"), "/var/tasks/x");
        assert_eq!(map().map("/optional"), "/optional");
    }

    #[test]
    fn maps_each_part_of_a_list_and_leaves_the_rest() {
        assert_eq!(map().map("/lib64:/var/task/lib:/opt/lib"), "/lib64:/home/me/build/lib:/home/me/layer/lib");
        assert_eq!(map().map("http://127.0.0.1:9001/opt"), "http://127.0.0.1:9001/opt");
    }
}
