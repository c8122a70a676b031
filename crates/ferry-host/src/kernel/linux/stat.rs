//! What `/proc` tells of a process.
#![expect(unsafe_code, reason = "clock_getcpuclockid has no safe wrapper")]

use rustix::process::Pid;

/// The sum of the processes' peaks of resident memory, in bytes. One that is gone counts nothing.
pub(in crate::kernel) fn peak_resident_bytes(pids: &[Pid]) -> u64 {
    pids.iter()
        .filter_map(|pid| std::fs::read_to_string(format!("/proc/{}/status", pid.as_raw_nonzero())).ok())
        .filter_map(|s| peak(&s))
        .sum()
}

fn peak(status: &str) -> Option<u64> {
    let kib = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    kib.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kib| kib * 1024)
}

/// CPU time of one process in µs, without its children; 0 once it is gone.
pub(in crate::kernel) fn cpu_us(pid: Pid) -> u64 {
    let mut clock: libc::clockid_t = 0;
    // SAFETY: `clock` is a valid place for one clock id; the call only writes it.
    if unsafe { libc::clock_getcpuclockid(pid.as_raw_nonzero().get(), &raw mut clock) } != 0 {
        return 0;
    }
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a valid place for one timespec; a clock whose process is gone is an error, not undefined.
    if unsafe { libc::clock_gettime(clock, &raw mut time) } != 0 {
        return 0;
    }
    u64::try_from(time.tv_sec).unwrap_or(0) * 1_000_000 + u64::try_from(time.tv_nsec).unwrap_or(0) / 1_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_peak_and_ignores_a_zombie_that_has_none() {
        assert_eq!(peak("Name:\tx\nVmPeak:\t    9999 kB\nVmHWM:\t    2300 kB\n"), Some(2300 * 1024));
        assert_eq!(peak("Name:\tx\nState:\tZ (zombie)\n"), None);
    }

    #[test]
    fn sees_itself() {
        let own = rustix::process::getpid();
        assert!(peak_resident_bytes(&[own]) > 100_000);
        let before = cpu_us(own);
        while cpu_us(own) < before + 2_000 {}
    }
}
