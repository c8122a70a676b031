//! Version 1: a hierarchy for each controller (or for some together), each with its own folder for the sandbox.

use std::fs::{self, File};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::event::{EventfdFlags, eventfd};
use rustix::process::Pid;

use super::super::super::enforcement::{Enforcement, Status};
use super::super::super::error::KernelError;
use super::super::super::limits;
use super::super::super::spec::KernelSettings;
use super::discover::Found;
use super::{CpuUse, cgroup_error, file, leftovers};

/// The freezer comes first: a leftover must be thawed before its other folders can be emptied.
const CONTROLLERS: [&str; 5] = ["freezer", "cpu", "cpuacct", "memory", "pids"];

/// A cgroup without processes that stays frozen. As long as any on the machine is, the kernel need not patch its own
/// code for a freeze or a thaw: 28 µs and 3 µs instead of 180 µs and 120 µs.
const FROZEN: &str = "frozen";

/// The host's folders, with the controllers of each.
#[derive(Debug)]
pub(super) struct Host {
    folders: Vec<(PathBuf, Vec<&'static str>)>,
    period_us: u64,
}

/// A sandbox's folders and open files.
#[derive(Debug, Default)]
struct Group {
    folders: Vec<PathBuf>,
    joins: Vec<File>,
    frozen: Option<File>,
    quota: Option<File>,
    cpu_stat: Option<File>,
    cpu_used: Option<File>,
    oom: Option<(File, Option<OwnedFd>)>,
}

impl Host {
    pub(super) fn open(found: &Found, settings: &KernelSettings, enforcement: &mut Enforcement) -> Option<Self> {
        let mut host = Self { folders: Vec::new(), period_us: settings.cpu_period_us };
        for controller in CONTROLLERS {
            let opened = host.add(found, controller, &settings.cgroup_parent);
            let status = match controller {
                "cpu" => &mut enforcement.cpu,
                "memory" => &mut enforcement.memory,
                "freezer" => &mut enforcement.freeze,
                _ => continue,
            };
            *status = match opened {
                Ok(()) if controller == "cpu" => Status::enforced(format!("cgroup v1, period {} µs", settings.cpu_period_us)),
                Ok(()) => Status::enforced("cgroup v1"),
                Err(reason) => Status::unenforced(reason),
            };
        }
        host.freeze_one();
        enforcement.cgroup_version = (!host.folders.is_empty()).then_some(1);
        (!host.folders.is_empty()).then_some(host)
    }

    /// Only speed depends on it.
    fn freeze_one(&self) {
        if let Some(folder) = self.frozen() {
            let _ = fs::create_dir(&folder);
            let _ = file::set(&folder.join("freezer.state"), "FROZEN");
        }
    }

    fn frozen(&self) -> Option<PathBuf> {
        let (folder, _) = self.folders.iter().find(|(_, controllers)| controllers.contains(&"freezer"))?;
        Some(folder.join(FROZEN))
    }

    fn add(&mut self, found: &Found, controller: &'static str, name: &str) -> Result<(), String> {
        let own = found.version_1(controller).ok_or_else(|| format!("the machine has no cgroup v1 controller {controller:?}"))?;
        let folder = own.join(name);
        if let Some((_, controllers)) = self.folders.iter_mut().find(|(path, _)| *path == folder) {
            controllers.push(controller);
            return Ok(());
        }
        leftovers::clean(own);
        leftovers::replace(&folder).map_err(|error| format!("cannot make {} ({error}): run the host with sudo", folder.display()))?;
        self.folders.push((folder, vec![controller]));
        Ok(())
    }
}

impl super::Parent for Host {
    fn create(&self, name: &str, memory_bytes: u64) -> Result<Box<dyn super::Group>, KernelError> {
        let mut group = Group::default();
        for (parent, controllers) in &self.folders {
            let folder = parent.join(name);
            fs::create_dir(&folder).map_err(cgroup_error("create", &folder))?;
            // First in the list, so that a failure further on removes it.
            group.folders.push(folder.clone());
            // Not `cgroup.procs`, for which the kernel stops all forks on the machine and waits some 10 ms. A new process
            // is a single task, so it comes to the same.
            group.joins.push(file::open_write(&folder.join("tasks")).map_err(cgroup_error("open", &folder))?);
            for controller in controllers {
                group.set_up(controller, &folder, memory_bytes, self.period_us).map_err(cgroup_error("set up", &folder))?;
            }
        }
        Ok(Box::new(group))
    }

    fn remove(&self) {
        if let Some(folder) = self.frozen() {
            let _ = fs::remove_dir(folder);
        }
        for (folder, _) in &self.folders {
            let _ = fs::remove_dir(folder);
        }
    }
}

impl Group {
    fn set_up(&mut self, controller: &str, folder: &Path, memory_bytes: u64, period_us: u64) -> io::Result<()> {
        match controller {
            "freezer" => self.frozen = Some(file::open_both(&folder.join("freezer.state"))?),
            "cpu" => {
                file::set(&folder.join("cpu.cfs_period_us"), &period_us.to_string())?;
                self.quota = Some(file::open_write(&folder.join("cpu.cfs_quota_us"))?);
                self.cpu_stat = Some(file::open_read(&folder.join("cpu.stat"))?);
            }
            "cpuacct" => self.cpu_used = Some(file::open_read(&folder.join("cpuacct.usage"))?),
            "memory" => self.set_up_memory(folder, memory_bytes)?,
            "pids" => file::set(&folder.join("pids.max"), &limits::PIDS_MAX.to_string())?,
            _ => {}
        }
        Ok(())
    }

    fn set_up_memory(&mut self, folder: &Path, memory_bytes: u64) -> io::Result<()> {
        let limit = memory_bytes.to_string();
        file::set(&folder.join("memory.limit_in_bytes"), &limit)?;
        // Memory and swap together; a kernel without swap accounting lacks the file, and then swappiness keeps off it.
        let _ = file::set(&folder.join("memory.memsw.limit_in_bytes"), &limit);
        let _ = file::set(&folder.join("memory.swappiness"), "0");
        let control = file::open_read(&folder.join("memory.oom_control"))?;
        let event = oom_event(folder, &control).ok();
        self.oom = Some((control, event));
        Ok(())
    }
}

/// Asks the kernel to signal an event when the group is out of memory.
fn oom_event(folder: &Path, control: &File) -> io::Result<OwnedFd> {
    let event = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
    file::set(&folder.join("cgroup.event_control"), &format!("{} {}", event.as_raw_fd(), control.as_raw_fd()))?;
    Ok(event)
}

impl super::Group for Group {
    fn joins(&self) -> Vec<BorrowedFd<'_>> {
        self.joins.iter().map(AsFd::as_fd).collect()
    }

    fn folder(&self) -> Option<BorrowedFd<'_>> {
        None
    }

    fn processes(&self) -> io::Result<Vec<Pid>> {
        // All hierarchies hold the same processes; the first is the freezer's where there is one.
        let folder = self.folders.first().ok_or(io::ErrorKind::NotFound)?;
        file::processes(&folder.join("cgroup.procs"))
    }

    fn set_frozen(&self, frozen: bool) -> io::Result<bool> {
        let Some(state) = &self.frozen else { return Ok(false) };
        file::write(state, if frozen { "FROZEN" } else { "THAWED" })?;
        Ok(true)
    }

    fn is_frozen(&self) -> bool {
        self.frozen.as_ref().is_some_and(|state| file::read(state).is_ok_and(|text| text.trim() == "FROZEN"))
    }

    fn set_cpu_quota(&self, quota_us: Option<u64>) -> io::Result<()> {
        let Some(quota) = &self.quota else { return Ok(()) };
        file::write(quota, &quota_us.map_or_else(|| "-1".to_owned(), |quota| quota.to_string()))
    }

    fn cpu(&self) -> Option<CpuUse> {
        let used_ns: u64 = file::read(self.cpu_used.as_ref()?).ok()?.trim().parse().ok()?;
        let stat = self.cpu_stat.as_ref().and_then(|stat| file::read(stat).ok()).unwrap_or_default();
        Some(CpuUse {
            used_us: used_ns / 1_000,
            throttled_us: file::field(&stat, "throttled_time").unwrap_or(0) / 1_000,
            throttled_periods: file::field(&stat, "nr_throttled").unwrap_or(0),
        })
    }

    fn oom_kills(&self) -> u64 {
        let control = self.oom.as_ref().and_then(|(control, _)| file::read(control).ok());
        control.and_then(|text| file::field(&text, "oom_kill")).unwrap_or(0)
    }

    fn oom_event(&self) -> Option<BorrowedFd<'_>> {
        self.oom.as_ref()?.1.as_ref().map(AsFd::as_fd)
    }

    fn kill_at_once(&self) -> bool {
        false
    }

    fn remove(&self) -> io::Result<()> {
        for folder in &self.folders {
            match fs::remove_dir(folder) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }
}

impl Drop for Group {
    /// For a group that was never finished; a finished one is removed by then.
    fn drop(&mut self) {
        let _ = super::Group::remove(self);
    }
}
