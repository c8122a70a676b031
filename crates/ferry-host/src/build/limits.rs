//! The bounds of a build, in one place.

use std::time::Duration;

/// AWS's limit on a function and its layers together, unzipped.
pub(crate) const UNZIPPED_BYTES_MAX: u64 = 262_144_000;
/// Files of one package: well above what fits into [`UNZIPPED_BYTES_MAX`] in practice, it stops a walk that went astray.
pub(crate) const FILES_MAX: usize = 200_000;
/// Nested folders of one package: a loop of symbolic links ends here.
pub(crate) const DEPTH_MAX: usize = 64;
/// The target of a symbolic link in a zip.
pub(crate) const LINK_BYTES_MAX: u64 = 4096;
/// How long one call of cargo, pip or npm may take. A cold release build of a large workspace takes tens of minutes.
pub(crate) const TOOL_TIME_MAX: Duration = Duration::from_secs(3600);
/// How long a tool's pipes may stay open after it has ended: a daemon that it started may hold them.
pub(crate) const PIPE_GRACE: Duration = Duration::from_millis(500);
/// One line that a tool prints; longer ones are cut into pieces.
pub(crate) const LINE_BYTES_MAX: u64 = 1 << 20;
/// Lines that a tool may be ahead of whoever reads them.
pub(crate) const LINES_QUEUED_MAX: usize = 1024;
/// How much of a tool's own words an error repeats.
pub(crate) const TAIL_BYTES_MAX: usize = 4096;
/// Packages kept besides the current one: a sandbox that still has an older one mounted keeps its files.
pub(crate) const PREVIOUS_PACKAGES_MAX: usize = 2;
