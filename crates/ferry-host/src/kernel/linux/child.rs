//! From a plan to a running program: one `clone3` and then system calls only.
//!
//! The new process shares the host's memory until it executes its program, and the calling thread waits for that. So
//! nothing of the host is copied, and a failed step is simply written where the caller finds it. The price is
//! discipline: between `clone3` and `execve` nothing is allocated, no lock is taken and nothing may panic; everything
//! is made before, in a [`Plan`]. (As a side effect of the change of user the kernel writes no core dump of the host.)
#![expect(unsafe_code, reason = "execve, and the calls that have no safe wrapper")]

use std::convert::Infallible;
use std::ffi::{CString, c_char, c_int};
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};

use rustix::fs::Mode;
use rustix::io::Errno;
use rustix::mount::{MountFlags, mount};
use rustix::process::{Gid, Resource, Rlimit, Uid, chdir, setrlimit, setsid, umask};
use rustix::thread::{
    LinkNameSpaceType, UnshareFlags, move_into_link_name_space, set_no_new_privs, set_thread_groups, set_thread_res_gid,
    set_thread_res_uid, unshare_unsafe,
};

use super::super::error::KernelError;
use super::super::limits;
use super::super::main_process::MainProcess;
use super::super::spec::SandboxSpec;
use super::clone::clone_and_wait;
use super::isolation::Mount;
use super::mounts::attach;

/// Signals are numbered from 1 to this.
const SIGNALS: c_int = 64;

/// Everything that the new process needs, made before it exists.
pub(super) struct Plan<'a> {
    pub(super) cgroup: Join<'a>,
    pub(super) network: Option<BorrowedFd<'a>>,
    /// Mount namespace of the shared root.
    pub(super) root: BorrowedFd<'a>,
    pub(super) mounts: &'a [Mount],
    /// Options of the tmpfs at `/tmp`.
    pub(super) tmp: CString,
    pub(super) user: u32,
    pub(super) input: BorrowedFd<'a>,
    pub(super) output: BorrowedFd<'a>,
    pub(super) program: CString,
    pub(super) args: Vec<CString>,
    pub(super) env: Vec<CString>,
}

/// How the new process comes into its cgroup.
pub(super) enum Join<'a> {
    /// It begins in this folder (version 2): moving it there would wait for the whole machine, some 10 ms.
    Begin(BorrowedFd<'a>),
    /// It writes "0" to these files (version 1).
    Write(Vec<BorrowedFd<'a>>),
}

/// The steps of the new process, in words that continue "could not".
#[derive(Debug, Clone, Copy)]
#[repr(usize)]
enum Step {
    Clone,
    JoinCgroup,
    EnterNetwork,
    EnterRoot,
    Mount,
    MountTmp,
    SetHostName,
    StartSession,
    EnterTask,
    SetLimits,
    DropPrivileges,
    SetOutput,
    Execute,
}

const STEPS: [Step; 13] = [
    Step::Clone,
    Step::JoinCgroup,
    Step::EnterNetwork,
    Step::EnterRoot,
    Step::Mount,
    Step::MountTmp,
    Step::SetHostName,
    Step::StartSession,
    Step::EnterTask,
    Step::SetLimits,
    Step::DropPrivileges,
    Step::SetOutput,
    Step::Execute,
];

pub(super) struct Failure {
    step: Step,
    errno: Errno,
}

/// What the new process works on: the plan, arrays of pointers into it, and the place for its failure.
struct Order<'a> {
    plan: &'a Plan<'a>,
    args: Vec<*const c_char>,
    env: Vec<*const c_char>,
    failed_step: AtomicUsize,
    /// 0 as long as nothing failed.
    errno: AtomicI32,
}

/// Returns once the program runs, or with the step that failed.
pub(super) fn start(plan: &Plan<'_>) -> Result<MainProcess, Failure> {
    let (args, env) = (pointers(&plan.args), pointers(&plan.env));
    let order = Order { plan, args, env, failed_step: AtomicUsize::new(0), errno: AtomicI32::new(0) };
    let folder = match plan.cgroup {
        Join::Begin(folder) => Some(folder),
        Join::Write(_) => None,
    };
    let mask = block_signals();
    // SAFETY: signals are blocked, and `become_program` never returns and keeps to system calls.
    let cloned = unsafe { clone_and_wait(become_program, &order, folder) };
    set_mask(&mask);
    let (pid, exited) = cloned.at(Step::Clone)?;
    let main = MainProcess::new(pid, exited);
    match order.errno.load(Ordering::Acquire) {
        0 => Ok(main),
        errno => {
            // It is on its way out and holds nothing up.
            super::super::pause::wait_until(limits::REAP_WAIT, limits::FREEZE_TICK, || main.reap());
            let step = STEPS.get(order.failed_step.load(Ordering::Acquire)).copied().unwrap_or(Step::Clone);
            Err(Failure { step, errno: Errno::from_raw_os_error(errno) })
        }
    }
}

/// The new process begins here.
extern "C" fn become_program(order: &Order<'_>) -> ! {
    let Err(failure) = run(order);
    order.failed_step.store(failure.step as usize, Ordering::Release);
    order.errno.store(failure.errno.raw_os_error(), Ordering::Release);
    // SAFETY: `_exit` runs nothing of the host's.
    unsafe { libc::_exit(127) }
}

fn run(order: &Order<'_>) -> Result<Infallible, Failure> {
    let plan = order.plan;
    if let Join::Write(files) = &plan.cgroup {
        for file in files {
            rustix::io::write(file, b"0").at(Step::JoinCgroup)?;
        }
    }
    if let Some(network) = plan.network {
        move_into_link_name_space(network, Some(LinkNameSpaceType::Network)).at(Step::EnterNetwork)?;
    }
    move_into_link_name_space(plan.root, Some(LinkNameSpaceType::Mount)).at(Step::EnterRoot)?;
    // SAFETY: only FILES is dangerous; this process has a descriptor table of its own anyway.
    unsafe { unshare_unsafe(UnshareFlags::NEWNS) }.at(Step::EnterRoot)?;
    for (source, target) in plan.mounts {
        attach(source, *target).at(Step::Mount)?;
    }
    mount(c"tmp", c"/tmp", c"tmpfs", MountFlags::NOSUID | MountFlags::NODEV, plan.tmp.as_c_str()).at(Step::MountTmp)?;
    rustix::system::sethostname(b"sandbox").at(Step::SetHostName)?;
    setsid().at(Step::StartSession)?;
    umask(Mode::from_raw_mode(0o022));
    set_limits().at(Step::SetLimits)?;
    set_descriptors(plan).at(Step::SetOutput)?;
    drop_privileges(plan.user).at(Step::DropPrivileges)?;
    // As the unprivileged user, so that a folder it cannot enter is found here and not in the program.
    chdir(c"/var/task").at(Step::EnterTask)?;
    reset_signals();
    Err(execute(order)).at(Step::Execute)
}

/// Returns only when it fails. A program that was just built is busy for as long as any process that another thread is
/// starting has a copy of the descriptor it was written through: under a millisecond.
fn execute(order: &Order<'_>) -> Errno {
    let program = order.plan.program.as_ptr();
    for _ in 0..limits::EXECUTE_TRIES_MAX {
        // SAFETY: program, arguments and environment are C strings owned by the plan, and both arrays end with null.
        unsafe { libc::execve(program, order.args.as_ptr(), order.env.as_ptr()) };
        if last_errno() != Errno::TXTBSY {
            break;
        }
        // SAFETY: waits a millisecond for no descriptors at all.
        unsafe { libc::poll(std::ptr::null_mut(), 0, 1) };
    }
    last_errno()
}

fn set_limits() -> rustix::io::Result<()> {
    let files = Some(limits::OPEN_FILES_MAX);
    setrlimit(Resource::Nofile, Rlimit { current: files, maximum: files })?;
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })
}

/// Nothing stays open but the standard three. The pipe's ends and `/dev/null` are above them, because the standard
/// library opens the first three at the start of every program.
fn set_descriptors(plan: &Plan<'_>) -> rustix::io::Result<()> {
    for (from, to) in [(plan.input, 0), (plan.output, 1), (plan.output, 2)] {
        // SAFETY: takes two numbers, and this process has a descriptor table of its own.
        if unsafe { libc::dup2(from.as_raw_fd(), to) } < 0 {
            return Err(last_errno());
        }
    }
    // SAFETY: this process has a descriptor table of its own, and uses none of those closed from here on.
    if unsafe { libc::syscall(libc::SYS_close_range, 3, c_int::MAX, 0) } == 0 { Ok(()) } else { Err(last_errno()) }
}

fn drop_privileges(user: u32) -> rustix::io::Result<()> {
    let (uid, gid) = (Uid::from_raw(user), Gid::from_raw(user));
    set_no_new_privs(true)?;
    set_thread_groups(&[])?;
    set_thread_res_gid(gid, gid, gid)?;
    set_thread_res_uid(uid, uid, uid)
}

/// Executing resets handlers but not what is ignored: the standard library ignores SIGPIPE, and the host's parent may
/// have ignored anything, even the two signals that the C library keeps to itself and hides from its `signal`.
fn reset_signals() {
    // The kernel's `struct sigaction` of the 64-bit machines: default handler, no flags, no restorer, empty mask.
    let default = [0_u64; 4];
    for signal in 1..=SIGNALS {
        // SAFETY: the kernel reads a `struct sigaction` with a mask of 8 bytes, which `default` is, and sets it in a
        // process with a handler table of its own. SIGKILL and SIGSTOP are an error without effect.
        unsafe { libc::syscall(libc::SYS_rt_sigaction, signal, default.as_ptr(), std::ptr::null_mut::<u64>(), 8) };
    }
    set_mask(&empty_mask());
}

fn pointers(texts: &[CString]) -> Vec<*const c_char> {
    texts.iter().map(|text| text.as_ptr()).chain([std::ptr::null()]).collect()
}

fn empty_mask() -> libc::sigset_t {
    // SAFETY: a signal set is plain numbers, for which zero is a value: the empty set.
    unsafe { std::mem::zeroed() }
}

fn block_signals() -> libc::sigset_t {
    let mut all = empty_mask();
    // SAFETY: `all` is a valid place for a signal set.
    unsafe { libc::sigfillset(&raw mut all) };
    let mut before = empty_mask();
    // SAFETY: both are valid signal sets.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const all, &raw mut before) };
    before
}

fn set_mask(mask: &libc::sigset_t) {
    // SAFETY: `mask` is a valid signal set, and the old one is not asked for.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, std::ptr::from_ref(mask), std::ptr::null_mut()) };
}

fn last_errno() -> Errno {
    Errno::from_raw_os_error(io::Error::last_os_error().raw_os_error().unwrap_or(libc::EINVAL))
}

trait At<T> {
    fn at(self, step: Step) -> Result<T, Failure>;
}

impl<T> At<T> for rustix::io::Result<T> {
    fn at(self, step: Step) -> Result<T, Failure> {
        self.map_err(|errno| Failure { step, errno })
    }
}

impl Failure {
    pub(super) fn explain(self, spec: &SandboxSpec) -> KernelError {
        let id = spec.id.clone();
        let source = io::Error::from(self.errno);
        let readable = if self.errno == Errno::ACCESS { " (its files must be readable for others: chmod -R o+rX)" } else { "" };
        let step = match self.step {
            Step::Clone => return KernelError::Clone { id, source },
            Step::JoinCgroup => "join its cgroup".into(),
            Step::EnterNetwork => "enter its network namespace".into(),
            Step::EnterRoot => "enter its root file system".into(),
            Step::Mount => "mount its folders".into(),
            Step::MountTmp => format!("mount /tmp of {} MiB", spec.tmp_mib),
            Step::SetHostName => "set its host name".into(),
            Step::StartSession => "start a session".into(),
            Step::SetLimits => "set its resource limits".into(),
            Step::SetOutput => "set its standard output".into(),
            Step::DropPrivileges => "become an unprivileged user".into(),
            Step::EnterTask => format!("enter /var/task, which is {}{readable}", spec.task_root.display()),
            Step::Execute => format!("execute {}{readable}", spec.program),
        };
        KernelError::Step { id, step, source }
    }
}
