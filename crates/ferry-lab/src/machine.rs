//! The machine that ran the comparison: numbers without it mean nothing.

use std::fs::read_to_string;

use serde::{Deserialize, Serialize};

/// The machine of the lab, which for a local target is also the machine of the functions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// Model of the first processor, or `unknown`.
    pub cpu: String,
    /// Processors that this process may use.
    pub cores: usize,
    /// Operating system and kernel release: `linux 6.1.0`.
    pub kernel: String,
    /// `x86_64`, `aarch64`.
    pub architecture: String,
    pub memory_mib: Option<u64>,
}

impl Machine {
    /// Reads `/proc`; elsewhere than on Linux the unknown stays unknown.
    pub fn here() -> Self {
        let read = |path: &str| read_to_string(path).unwrap_or_default();
        let release = read("/proc/sys/kernel/osrelease");
        Self {
            cpu: cpu_model(&read("/proc/cpuinfo")).unwrap_or("unknown").to_owned(),
            cores: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            kernel: format!("{} {}", std::env::consts::OS, release.trim()).trim_end().to_owned(),
            architecture: std::env::consts::ARCH.to_owned(),
            memory_mib: memory_mib(&read("/proc/meminfo")),
        }
    }
}

fn cpu_model(cpuinfo: &str) -> Option<&str> {
    let line = cpuinfo.lines().find(|line| line.starts_with("model name"))?;
    line.split_once(':').map(|(_, model)| model.trim()).filter(|model| !model.is_empty())
}

fn memory_mib(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proc_files_are_read() {
        assert_eq!(cpu_model("processor\t: 0\nmodel name\t: AMD EPYC 7B13\nflags\t: fpu\n"), Some("AMD EPYC 7B13"));
        assert_eq!(cpu_model("Processor : ARM\n"), None);
        assert_eq!(memory_mib("MemTotal:        8142564 kB\nMemFree: 1 kB\n"), Some(7951));
        assert_eq!(memory_mib("MemTotal: lots\n"), None);
        assert!(Machine::here().cores >= 1);
    }
}
