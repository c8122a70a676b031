//! Nothing is left behind: processes, cgroups, network namespaces, descriptors.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// What the machine holds that belongs to this host, by name.
pub(crate) struct Holdings {
    program: std::path::PathBuf,
    cgroup_parent: String,
}

impl Holdings {
    pub(crate) fn of(program: &Path, cgroup_parent: &str) -> Self {
        Self { program: program.to_owned(), cgroup_parent: cgroup_parent.to_owned() }
    }

    /// Processes that run the guest of this very package, and cgroups of this very host.
    pub(crate) fn left(&self) -> Vec<String> {
        let mut left = processes(&self.program);
        left.extend(cgroups(Path::new("/sys/fs/cgroup"), &self.cgroup_parent, 0));
        left
    }
}

fn processes(program: &Path) -> Vec<String> {
    use std::os::unix::fs::MetadataExt;
    let wanted = fs::metadata(program).map(|file| (file.dev(), file.ino())).ok();
    let runs = |pid: &str| fs::metadata(format!("/proc/{pid}/exe")).map(|file| (file.dev(), file.ino())).ok() == wanted;
    let pids = fs::read_dir("/proc").into_iter().flatten().flatten().filter_map(|entry| entry.file_name().into_string().ok());
    pids.filter(|pid| pid.bytes().all(|byte| byte.is_ascii_digit()) && wanted.is_some() && runs(pid))
        .map(|pid| format!("process {pid}"))
        .collect()
}

/// Sandboxes' cgroups: the folders inside the host's own, at whatever depth the controllers have theirs.
fn cgroups(folder: &Path, parent: &str, depth: u32) -> Vec<String> {
    let entries = || fs::read_dir(folder).into_iter().flatten().flatten().filter(|entry| entry.path().is_dir());
    if folder.file_name().is_some_and(|name| name == parent) {
        return entries().map(|entry| entry.path().display().to_string()).collect();
    }
    if depth > 4 { Vec::new() } else { entries().flat_map(|entry| cgroups(&entry.path(), parent, depth + 1)).collect() }
}

/// Open descriptors of this process that a sandbox could have left: sockets, pipes, pidfds, cgroup files, namespaces.
pub(crate) fn descriptors() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir("/proc/self/fd").into_iter().flatten().flatten() {
        if let Ok(target) = fs::read_link(entry.path()) {
            let target = target.display().to_string();
            let kinds = ["socket:", "pipe:", "anon_inode:[pidfd]", "/sys/fs/cgroup", "net:", "mnt:"];
            if kinds.iter().any(|kind| target.starts_with(kind)) {
                found.insert(format!("{} -> {target}", entry.file_name().display()));
            }
        }
    }
    found
}
