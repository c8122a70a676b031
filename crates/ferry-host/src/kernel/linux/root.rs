//! The root file system that all sandboxes share, read-only: Lambda's folders over the machine's programs and
//! libraries.
//!
//! It lives in a mount namespace of its own that only a descriptor keeps alive, so the machine's mount table never
//! shows it and a killed host leaves nothing. A new sandbox enters it, copies it, and adds its own few mounts.
#![expect(unsafe_code, reason = "unshare")]

use std::fs::{self, File, Permissions};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use rustix::fs::{CWD, FileType, Mode, makedev, mknodat};
use rustix::mount::{MountFlags, MountPropagationFlags, OpenTreeFlags, UnmountFlags, mount, mount_change, open_tree, unmount};
use rustix::thread::{UnshareFlags, unshare_unsafe};

use super::mounts;

/// Where the new root is put before it becomes `/`: a folder that every machine has and that nothing here reads.
const PLACE: &str = "/sys";

/// Programs and libraries; those that are symbolic links stay so. `/nix` is NixOS's.
const SYSTEM: [&str; 8] = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix"];

/// What programs read below `/etc`: certificates, the linker, names, time zone. All of it is readable for everyone.
const ETC: [&str; 16] = [
    "ssl",
    "pki",
    "ca-certificates",
    "crypto-policies",
    "alternatives",
    "ld.so.conf.d",
    "ld.so.conf",
    "ld.so.cache",
    "nsswitch.conf",
    "resolv.conf",
    "localtime",
    "timezone",
    "mime.types",
    "protocols",
    "services",
    "os-release",
];

const HOSTS: &str = "127.0.0.1 localhost sandbox sandbox.localdomain\n::1 localhost\n";

const FOLDERS: [&str; 13] =
    ["etc", "dev", "proc", "tmp", "opt", "run", "var", "var/task", "var/runtime", "var/lang", "var/tmp", "home", "home/sbx_user1051"];

/// Name and minor number of the devices of major 1. There is no `/dev/shm`, as on Lambda.
const DEVICES: [(&str, u32); 5] = [("null", 3), ("zero", 5), ("full", 7), ("random", 8), ("urandom", 9)];

/// The mount namespace of the shared root, with these two files in `/etc`.
pub(super) fn build(passwd: &str, group: &str) -> io::Result<OwnedFd> {
    std::thread::scope(|scope| {
        let builder = scope.spawn(|| build_here(passwd, group));
        builder.join().unwrap_or_else(|_| Err(io::Error::other("the thread that builds the root panicked")))
    })
}

/// Moves the calling thread into the new namespace for good.
fn build_here(passwd: &str, group: &str) -> io::Result<OwnedFd> {
    // SAFETY: only FILES is dangerous, since it would part this thread from the others' descriptors.
    unsafe { unshare_unsafe(UnshareFlags::NEWNS | UnshareFlags::FS) }?;
    rustix::process::umask(Mode::from_raw_mode(0o022));
    mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC)?;
    mount("ferry", PLACE, "tmpfs", MountFlags::NOSUID, c"mode=755,size=8m")?;
    let root = Path::new(PLACE);
    for folder in FOLDERS {
        fs::create_dir(root.join(folder))?;
    }
    fs::set_permissions(root.join("var/tmp"), Permissions::from_mode(0o1777))?;
    add_system(root)?;
    add_etc(&root.join("etc"), passwd, group)?;
    add_devices(&root.join("dev"))?;
    let proc_flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
    mount("proc", root.join("proc"), "proc", proc_flags, c"hidepid=invisible")?;
    enter(root)?;
    Ok(File::open("/proc/thread-self/ns/mnt")?.into())
}

fn add_system(root: &Path) -> io::Result<()> {
    for path in SYSTEM.map(Path::new) {
        let target = root.join(path.strip_prefix("/").unwrap_or(path));
        match fs::symlink_metadata(path) {
            Ok(found) if found.is_symlink() => symlink(fs::read_link(path)?, target)?,
            Ok(_) => bind(path, &target)?,
            Err(_) => {}
        }
    }
    Ok(())
}

fn add_etc(etc: &Path, passwd: &str, group: &str) -> io::Result<()> {
    for name in ETC {
        let path = Path::new("/etc").join(name);
        // What is not there, or is a link to nowhere, is not needed.
        let Ok(found) = fs::metadata(&path) else { continue };
        if found.is_dir() {
            bind(&path, &etc.join(name))?;
        } else {
            fs::write(etc.join(name), fs::read(&path)?)?;
        }
    }
    fs::write(etc.join("passwd"), passwd)?;
    fs::write(etc.join("group"), group)?;
    fs::write(etc.join("hosts"), HOSTS)
}

fn bind(path: &Path, target: &Path) -> io::Result<()> {
    fs::create_dir(target)?;
    Ok(mounts::attach(mounts::read_only(path)?, target)?)
}

fn add_devices(dev: &Path) -> io::Result<()> {
    for (name, minor) in DEVICES {
        let path = dev.join(name);
        mknodat(CWD, &path, FileType::CharacterDevice, Mode::from_raw_mode(0o666), makedev(1, minor))?;
        // The mode above is narrowed by the umask.
        fs::set_permissions(path, Permissions::from_mode(0o666))?;
    }
    symlink("/proc/self/fd", dev.join("fd"))?;
    for (number, name) in ["stdin", "stdout", "stderr"].into_iter().enumerate() {
        symlink(format!("/proc/self/fd/{number}"), dev.join(name))?;
    }
    Ok(())
}

/// Makes a read-only copy of the mounts at `root` the root and forgets everything else. The mount itself could not
/// always be made read-only: a process that another thread is starting may for a moment hold a file open that was
/// written here.
fn enter(root: &Path) -> io::Result<()> {
    let flags = OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC | OpenTreeFlags::AT_RECURSIVE;
    let copy = open_tree(CWD, root, flags)?;
    mounts::set_attributes(&copy, 0, libc::MOUNT_ATTR_RDONLY)?;
    mounts::attach(copy, root)?;
    rustix::process::chdir(root)?;
    rustix::process::pivot_root(".", ".")?;
    unmount(".", UnmountFlags::DETACH)?;
    Ok(rustix::process::chdir("/")?)
}
