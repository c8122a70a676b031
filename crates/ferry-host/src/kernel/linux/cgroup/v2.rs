//! Version 2: one folder for everything.
//!
//! A folder with controllers switched on for its children may hold no processes itself, except at the root. So the
//! host's folder goes beside its own or further up, wherever the controllers are on or can be switched on.

use std::fs::{self, File};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::{Path, PathBuf};

use rustix::process::Pid;

use super::super::super::enforcement::{Enforcement, Status};
use super::super::super::error::KernelError;
use super::super::super::limits;
use super::super::super::spec::KernelSettings;
use super::discover::Found;
use super::{CpuUse, cgroup_error, file, leftovers};

const CONTROLLERS: [&str; 3] = ["cpu", "memory", "pids"];

/// The host's folder, with the controllers that its children have.
#[derive(Debug)]
pub(super) struct Host {
    folder: PathBuf,
    controllers: Vec<&'static str>,
    /// Where the host's own process was moved to, when it stood in the way.
    own_leaf: Option<PathBuf>,
    period_us: u64,
}

/// A sandbox's folder and open files.
#[derive(Debug)]
struct Group {
    folder: PathBuf,
    period_us: u64,
    opened: File,
    join: File,
    freeze: File,
    events: File,
    kill: Option<File>,
    cpu_max: Option<File>,
    cpu_stat: File,
    memory_events: Option<File>,
}

impl Host {
    pub(super) fn open(found: &Found, settings: &KernelSettings, enforcement: &mut Enforcement) -> Option<Self> {
        let folders = found.version_2();
        let opened = Self::open_in(&folders, settings);
        let reason = match &opened {
            Ok(host) => {
                enforcement.cgroup_version = Some(2);
                enforcement.freeze = Status::enforced("cgroup v2");
                format!("the controller is not available in {}", host.folder.display())
            }
            Err(reason) => reason.clone(),
        };
        let has = |name| opened.as_ref().is_ok_and(|host| host.controllers.contains(&name));
        let status = |name, detail: String| if has(name) { Status::enforced(detail) } else { Status::unenforced(reason.clone()) };
        enforcement.cpu = status("cpu", format!("cgroup v2, period {} µs", settings.cpu_period_us));
        enforcement.memory = status("memory", "cgroup v2".into());
        if opened.is_err() {
            enforcement.freeze = Status::unenforced(reason.clone());
        }
        opened.ok()
    }

    /// `folders` are this process's own and its ancestors, from the inside out.
    fn open_in(folders: &[PathBuf], settings: &KernelSettings) -> Result<Self, String> {
        let own = folders.first().ok_or("the machine has no cgroups mounted")?;
        for folder in folders {
            leftovers::clean(folder);
        }
        let mut best: Option<Self> = None;
        let beside = folders.iter().map(|folder| Self::make(folder, settings));
        for host in beside.chain(std::iter::once_with(|| Self::make_from_leaf(own, settings))).flatten() {
            let better = best.as_ref().is_none_or(|best| best.controllers.len() < host.controllers.len());
            let worse = if better { best.replace(host) } else { Some(host) };
            if let Some(worse) = worse {
                worse.give_up(best.as_ref().map(|best| best.folder.as_path()));
            }
            if best.as_ref().is_some_and(|best| best.controllers.len() == CONTROLLERS.len()) {
                break;
            }
        }
        best.ok_or_else(|| {
            let own = own.display();
            format!("cannot make a cgroup in {own}: run the host with sudo, or with `systemd-run --user --scope -p Delegate=yes`")
        })
    }

    /// Undoes what was made, apart from `kept`, which another has too.
    fn give_up(&self, kept: Option<&Path>) {
        if kept != Some(&self.folder) {
            let _ = fs::remove_dir(&self.folder);
        }
        if let Some((leaf, parent)) = self.own_leaf.as_ref().and_then(|leaf| Some((leaf, leaf.parent()?))) {
            for controller in CONTROLLERS {
                let _ = file::set(&parent.join("cgroup.subtree_control"), &format!("-{controller}"));
            }
            let _ = file::set(&parent.join("cgroup.procs"), "0");
            let _ = fs::remove_dir(leaf);
        }
    }

    /// Makes the host's folder in `parent` with as many controllers as can be had there.
    fn make(parent: &Path, settings: &KernelSettings) -> io::Result<Self> {
        // Without this permission no process could be moved from our own folder into one below.
        file::open_write(&parent.join("cgroup.procs"))?;
        for controller in CONTROLLERS {
            // Fails where it is on already for another's use, is not there, or `parent` holds processes.
            let _ = file::set(&parent.join("cgroup.subtree_control"), &format!("+{controller}"));
        }
        let folder = parent.join(&settings.cgroup_parent);
        leftovers::replace(&folder)?;
        let on = |controller: &&str| file::set(&folder.join("cgroup.subtree_control"), &format!("+{controller}")).is_ok();
        let controllers = CONTROLLERS.into_iter().filter(on).collect();
        Ok(Self { folder, controllers, own_leaf: None, period_us: settings.cpu_period_us })
    }

    /// Where our own folder is all there is (a container), its processes are in the way: if it is only this one, it
    /// moves into a leaf.
    fn make_from_leaf(own: &Path, settings: &KernelSettings) -> io::Result<Self> {
        let only_self = [rustix::process::getpid()];
        if file::processes(&own.join("cgroup.procs"))? != only_self {
            return Err(io::ErrorKind::ResourceBusy.into());
        }
        let leaf = own.join(format!("{}-host", settings.cgroup_parent));
        leftovers::replace(&leaf)?;
        file::set(&leaf.join("cgroup.procs"), "0")?;
        let mut host = Self::make(own, settings)?;
        host.own_leaf = Some(leaf);
        Ok(host)
    }
}

impl super::Parent for Host {
    fn create(&self, name: &str, memory_bytes: u64) -> Result<Box<dyn super::Group>, KernelError> {
        let folder = self.folder.join(name);
        fs::create_dir(&folder).map_err(cgroup_error("create", &folder))?;
        let group = Group::open(&folder, &self.controllers, memory_bytes, self.period_us);
        let group = group.inspect_err(|_| {
            let _ = fs::remove_dir(&folder);
        });
        Ok(Box::new(group.map_err(cgroup_error("set up", &folder))?))
    }

    fn remove(&self) {
        self.give_up(None);
    }
}

impl Group {
    /// Sets the limits of a new, empty folder and opens its files.
    fn open(folder: &Path, controllers: &[&str], memory_bytes: u64, period_us: u64) -> io::Result<Self> {
        let has = |name| controllers.contains(&name);
        if has("memory") {
            file::set(&folder.join("memory.max"), &memory_bytes.to_string())?;
            // Not there where the kernel has no swap.
            let _ = file::set(&folder.join("memory.swap.max"), "0");
            file::set(&folder.join("memory.oom.group"), "1")?;
        }
        if has("pids") {
            file::set(&folder.join("pids.max"), &limits::PIDS_MAX.to_string())?;
        }
        let open_if = |on, name| if on { file::open_write(&folder.join(name)).map(Some) } else { Ok(None) };
        Ok(Self {
            folder: folder.to_owned(),
            period_us,
            opened: file::open_read(folder)?,
            join: file::open_write(&folder.join("cgroup.procs"))?,
            freeze: file::open_write(&folder.join("cgroup.freeze"))?,
            events: file::open_read(&folder.join("cgroup.events"))?,
            // Since Linux 5.14.
            kill: file::open_write(&folder.join("cgroup.kill")).ok(),
            cpu_max: open_if(has("cpu"), "cpu.max")?,
            cpu_stat: file::open_read(&folder.join("cpu.stat"))?,
            memory_events: if has("memory") { Some(file::open_read(&folder.join("memory.events"))?) } else { None },
        })
    }
}

impl super::Group for Group {
    fn joins(&self) -> Vec<BorrowedFd<'_>> {
        vec![self.join.as_fd()]
    }

    fn folder(&self) -> Option<BorrowedFd<'_>> {
        Some(self.opened.as_fd())
    }

    fn processes(&self) -> io::Result<Vec<Pid>> {
        file::processes(&self.folder.join("cgroup.procs"))
    }

    fn set_frozen(&self, frozen: bool) -> io::Result<bool> {
        file::write(&self.freeze, if frozen { "1" } else { "0" })?;
        Ok(true)
    }

    fn is_frozen(&self) -> bool {
        file::read(&self.events).is_ok_and(|text| file::field(&text, "frozen") == Some(1))
    }

    fn set_cpu_quota(&self, quota_us: Option<u64>) -> io::Result<()> {
        let Some(cpu_max) = &self.cpu_max else { return Ok(()) };
        let quota = quota_us.map_or_else(|| "max".to_owned(), |quota| quota.to_string());
        file::write(cpu_max, &format!("{quota} {}", self.period_us))
    }

    fn cpu(&self) -> Option<CpuUse> {
        let stat = file::read(&self.cpu_stat).ok()?;
        Some(CpuUse {
            used_us: file::field(&stat, "usage_usec")?,
            throttled_us: file::field(&stat, "throttled_usec").unwrap_or(0),
            throttled_periods: file::field(&stat, "nr_throttled").unwrap_or(0),
        })
    }

    fn oom_kills(&self) -> u64 {
        let events = self.memory_events.as_ref().and_then(|events| file::read(events).ok());
        events.and_then(|text| file::field(&text, "oom_kill")).unwrap_or(0)
    }

    fn oom_event(&self) -> Option<BorrowedFd<'_>> {
        None
    }

    fn kill_at_once(&self) -> bool {
        self.kill.as_ref().is_some_and(|kill| file::write(kill, "1").is_ok())
    }

    fn remove(&self) -> io::Result<()> {
        match fs::remove_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Group as _, Parent as _};
    use super::*;

    fn settings() -> KernelSettings {
        KernelSettings { cgroup_parent: "ferry-1-test".into(), ..KernelSettings::default() }
    }

    /// A folder with the control files that the kernel would put there.
    fn control_files(folder: &Path, files: &[(&str, &str)]) {
        fs::create_dir_all(folder).unwrap();
        for (name, text) in files {
            fs::write(folder.join(name), text).unwrap();
        }
    }

    fn text(folder: &Path, name: &str) -> String {
        fs::read_to_string(folder.join(name)).unwrap()
    }

    #[test]
    fn goes_up_to_where_the_controllers_are() {
        let root = tempfile::tempdir().unwrap();
        let (top, own) = (root.path().to_owned(), root.path().join("session.scope"));
        // The own folder holds other processes: nothing can be switched on there, as its missing file plays here.
        control_files(&own, &[("cgroup.procs", "1\n2\n")]);
        control_files(&top, &[("cgroup.procs", ""), ("cgroup.subtree_control", "")]);
        control_files(&top.join("ferry-1-test"), &[("cgroup.subtree_control", "")]);
        let host = Host::open_in(&[own.clone(), top.clone()], &settings()).unwrap();
        assert_eq!((host.folder.clone(), host.controllers.len()), (top.join("ferry-1-test"), 3));
        assert!(!own.join("ferry-1-test").exists(), "the worse place is given up");
    }

    #[test]
    fn says_what_to_do_where_nothing_may_be_made() {
        let root = tempfile::tempdir().unwrap();
        let reason = Host::open_in(&[root.path().to_owned()], &settings()).unwrap_err();
        assert!(reason.contains("sudo") && reason.contains("systemd-run"), "{reason}");
        assert!(Host::open_in(&[], &settings()).unwrap_err().contains("no cgroups"));
    }

    #[test]
    fn moves_itself_into_a_leaf_only_when_it_is_alone() {
        let root = tempfile::tempdir().unwrap();
        let own = root.path();
        control_files(own, &[("cgroup.procs", "1\n"), ("cgroup.subtree_control", "")]);
        control_files(&own.join("ferry-1-test-host"), &[("cgroup.procs", "")]);
        assert!(Host::make_from_leaf(own, &settings()).is_err());
        fs::write(own.join("cgroup.procs"), format!("{}\n", std::process::id())).unwrap();
        let host = Host::make_from_leaf(own, &settings()).unwrap();
        assert_eq!(host.own_leaf, Some(own.join("ferry-1-test-host")));
        assert_eq!(text(&own.join("ferry-1-test-host"), "cgroup.procs"), "0");
    }

    #[test]
    fn writes_limits_and_reads_counts() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path();
        let empty =
            ["cgroup.procs", "cgroup.freeze", "cgroup.kill", "cpu.max", "memory.max", "memory.swap.max", "memory.oom.group", "pids.max"];
        control_files(folder, &empty.map(|name| (name, "")));
        let counts = [
            ("cgroup.events", "populated 1\nfrozen 0\n"),
            ("cpu.stat", "usage_usec 1234\nuser_usec 1\nnr_periods 9\nnr_throttled 4\nthrottled_usec 567\n"),
            ("memory.events", "low 0\nhigh 0\nmax 8\noom 1\noom_kill 2\n"),
        ];
        control_files(folder, &counts);
        let group = Group::open(folder, &CONTROLLERS, 128 << 20, 20_000).unwrap();
        let limits = ["memory.max", "memory.swap.max", "memory.oom.group", "pids.max"].map(|name| text(folder, name));
        assert_eq!(limits, ["134217728", "0", "1", "1024"]);
        group.set_cpu_quota(None).unwrap();
        assert_eq!(text(folder, "cpu.max"), "max 20000");
        group.set_cpu_quota(Some(1_447)).unwrap();
        assert_eq!(text(folder, "cpu.max"), "1447 20000");
        assert_eq!(group.cpu(), Some(CpuUse { used_us: 1_234, throttled_us: 567, throttled_periods: 4 }));
        assert_eq!(group.oom_kills(), 2);
        assert!(group.set_frozen(true).unwrap() && !group.is_frozen());
        fs::write(folder.join("cgroup.events"), "populated 1\nfrozen 1\n").unwrap();
        assert!(group.is_frozen());
        assert!(group.kill_at_once());
        assert_eq!((text(folder, "cgroup.freeze"), text(folder, "cgroup.kill")), ("1".into(), "1".into()));
    }

    #[test]
    fn a_group_that_cannot_be_set_up_is_removed_again() {
        let root = tempfile::tempdir().unwrap();
        let host = Host { folder: root.path().to_owned(), controllers: CONTROLLERS.to_vec(), own_leaf: None, period_us: 20_000 };
        let error = host.create("s1", 1 << 20).unwrap_err();
        assert!(error.to_string().contains("cannot set up cgroup"), "{error}");
        assert!(!root.path().join("s1").exists());
    }
}
