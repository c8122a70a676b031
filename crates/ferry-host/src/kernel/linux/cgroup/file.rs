//! Control files: small texts, read and written whole through descriptors that stay open.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use rustix::process::Pid;

/// The longest is `memory.stat`-like, under 4 KiB; process lists are read by [`processes`] instead.
const TEXT_MAX: usize = 4096;

pub(super) fn open_read(path: &Path) -> io::Result<File> {
    File::open(path)
}

pub(super) fn open_write(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).open(path)
}

pub(super) fn open_both(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).open(path)
}

pub(super) fn read(file: &File) -> io::Result<String> {
    let mut bytes = [0; TEXT_MAX];
    let length = file.read_at(&mut bytes, 0)?;
    Ok(String::from_utf8_lossy(bytes.get(..length).unwrap_or_default()).into_owned())
}

pub(super) fn write(file: &File, text: &str) -> io::Result<()> {
    file.write_all_at(text.as_bytes(), 0)
}

/// Writes one setting by path.
pub(super) fn set(path: &Path, text: &str) -> io::Result<()> {
    write(&open_write(path)?, text)
}

/// The number in the line `key number`.
pub(super) fn field(text: &str, key: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(' ')?.trim().parse().ok())
}

/// `cgroup.procs`: one process id a line.
pub(super) fn processes(path: &Path) -> io::Result<Vec<Pid>> {
    let text = std::fs::read_to_string(path)?;
    Ok(text.lines().filter_map(|line| Pid::from_raw(line.parse().ok()?)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_whole_keys_only() {
        let text = "nr_periods 7\nnr_throttled 3\nthrottled_usec 1500\n";
        assert_eq!(field(text, "throttled_usec"), Some(1500));
        assert_eq!(field(text, "nr"), None);
        assert_eq!(field("oom_kill_disable 0\nunder_oom 0\noom_kill 2\n", "oom_kill"), Some(2));
    }
}
