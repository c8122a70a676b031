//! Mounts as descriptors: a folder of the machine becomes a detached, read-only mount, and later appears somewhere in
//! another mount namespace, where its path would mean nothing. Needs Linux 5.12.
#![expect(unsafe_code, reason = "mount_setattr has no safe wrapper")]

use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::CWD;
use rustix::mount::{
    FsMountFlags, FsOpenFlags, MountAttrFlags, MoveMountFlags, OpenTreeFlags, fsconfig_create, fsconfig_set_string, fsmount, fsopen,
    move_mount, open_tree,
};
use rustix::path::Arg;

/// `struct mount_attr` of the kernel.
#[repr(C)]
struct MountAttr {
    set: u64,
    clear: u64,
    propagation: u64,
    user_namespace: u64,
}
const _: () = assert!(size_of::<MountAttr>() == 32);

/// A detached mount of a folder or file with everything mounted below it: read-only, without devices and set-uid.
pub(super) fn read_only(path: &Path) -> io::Result<OwnedFd> {
    let flags = OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC | OpenTreeFlags::AT_RECURSIVE;
    let tree = open_tree(CWD, path, flags)?;
    restrict(&tree, libc::AT_RECURSIVE)?;
    Ok(tree)
}

/// A detached overlay of at least two folders, later ones over earlier ones.
pub(super) fn overlay(folders: &[PathBuf]) -> io::Result<OwnedFd> {
    let escape = |folder: &PathBuf| folder.display().to_string().replace('\\', "\\\\").replace(':', "\\:");
    let lower = folders.iter().rev().map(escape).collect::<Vec<_>>().join(":");
    let context = fsopen("overlay", FsOpenFlags::FSOPEN_CLOEXEC)?;
    fsconfig_set_string(context.as_fd(), "lowerdir", lower.as_str())?;
    fsconfig_create(context.as_fd())?;
    let mount = fsmount(context.as_fd(), FsMountFlags::FSMOUNT_CLOEXEC, MountAttrFlags::empty())?;
    restrict(&mount, 0)?;
    Ok(mount)
}

/// Makes one mount (or with `AT_RECURSIVE` a tree of them) read-only, private, and without devices and set-uid.
pub(super) fn restrict(mount: &OwnedFd, recursive: libc::c_int) -> io::Result<()> {
    set_attributes(mount, recursive, libc::MOUNT_ATTR_RDONLY | libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NODEV)
}

/// Sets attributes and makes the mount private.
pub(super) fn set_attributes(mount: &OwnedFd, recursive: libc::c_int, set: u64) -> io::Result<()> {
    let attributes = MountAttr { set, clear: 0, propagation: libc::MS_PRIVATE, user_namespace: 0 };
    let flags = recursive | libc::AT_EMPTY_PATH;
    // SAFETY: the path is an empty C string, the attributes are the kernel's struct (its size is asserted above) and
    // live until the call returns.
    let result = unsafe {
        libc::syscall(libc::SYS_mount_setattr, mount.as_raw_fd(), c"".as_ptr(), flags, &raw const attributes, size_of::<MountAttr>())
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Puts a detached mount at a path of the calling thread's mount namespace. One system call and no allocation when
/// `target` is a C string.
pub(super) fn attach(mount: impl AsFd, target: impl Arg) -> rustix::io::Result<()> {
    move_mount(mount, c"", CWD, target, MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH)
}
