//! Which cgroup hierarchies are mounted where, and which folder of each this process is in.

use std::path::{Path, PathBuf};

/// Read from `/proc/self/mountinfo` and `/proc/self/cgroup`.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Controllers of each version 1 hierarchy, with this process's folder.
    version_1: Vec<(Vec<String>, PathBuf)>,
    /// This process's folder, and the mount point at which going upwards ends.
    version_2: Option<(PathBuf, PathBuf)>,
}

impl Found {
    pub(super) fn read() -> Self {
        let text = |path| std::fs::read_to_string(path).unwrap_or_default();
        Self::parse(&text("/proc/self/mountinfo"), &text("/proc/self/cgroup"))
    }

    fn parse(mountinfo: &str, own: &str) -> Self {
        let mut found = Self::default();
        for mount in mountinfo.lines().filter_map(Mount::parse) {
            match mount.kind {
                "cgroup2" => {
                    let path = own.lines().find_map(|line| line.strip_prefix("0::")).unwrap_or("/");
                    found.version_2.get_or_insert((mount.folder(path), mount.point.clone()));
                }
                "cgroup" => {
                    let controllers: Vec<String> = mount.options.split(',').map(str::to_owned).collect();
                    if let Some(path) = own.lines().find_map(|line| own_path(line, &controllers)) {
                        found.version_1.push((controllers, mount.folder(path)));
                    }
                }
                _ => {}
            }
        }
        found
    }

    /// This process's folder in the version 1 hierarchy of a controller.
    pub(super) fn version_1(&self, controller: &str) -> Option<&Path> {
        let holds = |controllers: &[String]| controllers.iter().any(|one| one == controller);
        self.version_1.iter().find(|(controllers, _)| holds(controllers)).map(|(_, folder)| folder.as_path())
    }

    /// Whether any controller that limits something is in version 1.
    pub(super) fn has_version_1(&self) -> bool {
        ["cpu", "memory", "freezer"].iter().any(|controller| self.version_1(controller).is_some())
    }

    /// This process's folder in version 2, then its ancestors up to the mount point.
    pub(super) fn version_2(&self) -> Vec<PathBuf> {
        let Some((own, top)) = &self.version_2 else { return Vec::new() };
        own.ancestors().take_while(|folder| folder.starts_with(top)).map(Path::to_owned).collect()
    }

    /// A mixed machine has its controllers in version 1 and an empty version 2 beside them.
    pub(super) fn version_2_has_controllers(&self) -> bool {
        let Some((_, top)) = &self.version_2 else { return false };
        std::fs::read_to_string(top.join("cgroup.controllers")).is_ok_and(|text| text.split_whitespace().any(|one| one == "memory"))
    }
}

/// The path in a line `4:memory:/path` when it is about one of these controllers.
fn own_path<'a>(line: &'a str, controllers: &[String]) -> Option<&'a str> {
    let (_, rest) = line.split_once(':')?;
    let (names, path) = rest.split_once(':')?;
    names.split(',').any(|name| !name.is_empty() && controllers.iter().any(|one| one == name)).then_some(path)
}

struct Mount<'a> {
    kind: &'a str,
    /// The part of the hierarchy that is mounted: not `/` inside a container.
    root: PathBuf,
    point: PathBuf,
    options: &'a str,
}

impl<'a> Mount<'a> {
    /// `36 25 0:32 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory`
    fn parse(line: &'a str) -> Option<Self> {
        let (place, what) = line.split_once(" - ")?;
        let mut place = place.split(' ').skip(3);
        let (root, point) = (place.next()?, place.next()?);
        let mut what = what.split(' ');
        let (kind, _source, options) = (what.next()?, what.next()?, what.next()?);
        Some(Self { kind, root: unescape(root).into(), point: unescape(point).into(), options })
    }

    /// Where the cgroup `path` is to be found; the mount's own top when the mount does not hold it.
    fn folder(&self, path: &str) -> PathBuf {
        match Path::new(path).strip_prefix(&self.root) {
            Ok(rest) if rest.as_os_str().is_empty() => self.point.clone(),
            Ok(rest) => self.point.join(rest),
            Err(_) => self.point.clone(),
        }
    }
}

/// The kernel writes space, tab, newline and backslash as `\040` and so on.
fn unescape(text: &str) -> String {
    [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")]
        .iter()
        .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_version_1_with_controllers_mounted_together_and_a_named_one_beside() {
        let mounts = "\
31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755
32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw shared:9 - cgroup cgroup rw,cpu,cpuacct
35 31 0:32 / /sys/fs/cgroup/my\\040memory rw,relatime - cgroup cgroup rw,memory
40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd
41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
";
        let own = "9:name=systemd:/x\n4:memory:/a/b\n1:cpu,cpuacct:/\n0::/\n";
        let found = Found::parse(mounts, own);
        assert_eq!(found.version_1("cpuacct"), Some(Path::new("/sys/fs/cgroup/cpu,cpuacct")));
        assert_eq!(found.version_1("memory"), Some(Path::new("/sys/fs/cgroup/my memory/a/b")));
        assert_eq!(found.version_1("freezer"), None);
        assert!(found.has_version_1());
        assert_eq!(found.version_2(), [PathBuf::from("/sys/fs/cgroup/unified")]);
    }

    #[test]
    fn takes_off_the_part_that_a_container_mounts() {
        let mounts = "35 31 0:32 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n";
        let found = Found::parse(mounts, "4:memory:/docker/abc/child\n");
        assert_eq!(found.version_1("memory"), Some(Path::new("/sys/fs/cgroup/memory/child")));
        let outside = Found::parse(mounts, "4:memory:/elsewhere\n");
        assert_eq!(outside.version_1("memory"), Some(Path::new("/sys/fs/cgroup/memory")));
    }

    #[test]
    fn lists_version_2_upwards() {
        let mounts = "30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate\n";
        let found = Found::parse(mounts, "0::/user.slice/user-1000.slice/session-3.scope\n");
        let expected = ["user.slice/user-1000.slice/session-3.scope", "user.slice/user-1000.slice", "user.slice", ""];
        assert_eq!(found.version_2(), expected.map(|rest| Path::new("/sys/fs/cgroup").join(rest)));
        assert!(!found.has_version_1());
    }
}
