//! Cgroups of hosts that were killed: their processes may still be there, even frozen.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rustix::process::{Signal, kill_process};

use super::super::super::limits;
use super::super::super::pause::wait_until;
use super::file;

/// Kills and removes, below `folder`, every host's cgroup whose host is gone. With version 1 the freezer's folders
/// must be cleaned first: what is frozen does not die.
pub(super) fn clean(folder: &Path) {
    dead_hosts(folder).iter().for_each(|dead| remove(dead));
}

/// Makes this host's own folder. One that is there already was left by a dead host that had the same pid.
pub(super) fn replace(folder: &Path) -> io::Result<()> {
    match fs::create_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => remove(folder),
        other => return other,
    }
    match fs::create_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}

fn remove(host: &Path) {
    let groups: Vec<PathBuf> = subfolders(host).into_iter().chain([host.to_owned()]).collect();
    groups.iter().for_each(|group| kill(group));
    for group in &groups {
        // What does not go within this time is found again by the next host.
        wait_until(limits::KILL_FREEZE_WAIT, limits::REAP_TICK, || fs::remove_dir(group).is_ok() || !group.exists());
    }
}

/// Written to both versions' files; the one that is not there does nothing.
fn kill(group: &Path) {
    for pid in file::processes(&group.join("cgroup.procs")).unwrap_or_default() {
        let _ = kill_process(pid, Signal::KILL);
    }
    let _ = file::set(&group.join("cgroup.kill"), "1");
    let _ = file::set(&group.join("freezer.state"), "THAWED");
}

fn dead_hosts(folder: &Path) -> Vec<PathBuf> {
    subfolders(folder).into_iter().filter(|path| path.file_name().and_then(|name| name.to_str()).is_some_and(is_dead)).collect()
}

/// `ferry-<pid>` and `ferry-<pid>-<anything>` belong to the host with this pid.
fn is_dead(name: &str) -> bool {
    let Some(rest) = name.strip_prefix("ferry-") else { return false };
    let pid = rest.split_once('-').map_or(rest, |(pid, _)| pid);
    pid.parse::<u32>().is_ok_and(|pid| !Path::new(&format!("/proc/{pid}")).exists())
}

fn subfolders(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())).map(|entry| entry.path()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_dead_hosts_from_living_ones_and_from_strangers() {
        let own = std::process::id();
        assert!(!is_dead(&format!("ferry-{own}")) && !is_dead(&format!("ferry-{own}-2")));
        assert!(is_dead("ferry-4294967295") && is_dead("ferry-4294967295-test"));
        assert!(!is_dead("ferry-") && !is_dead("ferry-boat") && !is_dead("user.slice"));
    }
}
