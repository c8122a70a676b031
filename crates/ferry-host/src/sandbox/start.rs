//! From a built function to a running process.

use std::sync::Arc;
use std::time::Instant;

use super::driver::{Driver, micros};
use super::running::Running;
use crate::environment::{Place, environment};
use crate::kernel::{Process, SandboxSpec};
use crate::lifecycle::Event;
use crate::limits::MEMORY_MIB_PER_VCPU;
use crate::logs::Platform;

impl Driver {
    pub(super) fn start(&mut self, now: Instant) {
        self.starts += 1;
        let region = &self.shared.settings.region;
        let runtime = &self.deployment.built.launch.runtime_used;
        let what = Platform::InitStart {
            runtime,
            runtime_arn: &format!("arn:aws:lambda:{region}::runtime:ferry-{runtime}"),
            suppressed: self.starts > 1,
        };
        self.journal.platform(now, &what);
        let (shared, spec) = (Arc::clone(&self.shared), self.spec());
        self.starting = Some(tokio::task::spawn_blocking(move || {
            let started = shared.kernel.start(&spec);
            (shared.clock.now(), started)
        }));
    }

    pub(super) fn started(&mut self, now: Instant, result: Result<Process, String>) {
        let running = result.and_then(|process| {
            Running::new(process, self.shared.settings.aws.of(&self.deployment.function))
                .map_err(|error| format!("cannot watch the process of sandbox {}: {error}", self.spec_id()))
        });
        match running {
            Ok(running) => {
                self.meter.process_started();
                self.host_start_us.get_or_insert(micros(now.duration_since(self.begun_at)));
                if !self.shared.settings.init_boost {
                    self.limit_cpu(&running.process);
                }
                self.running = Some(running);
                self.tell(now, Event::Started);
            }
            Err(why) => {
                self.not_started = Some(why);
                self.tell(now, Event::StartFailed);
            }
        }
    }

    /// One vCPU for each 1,769 MB. Where the quota cannot be set, the kernel module's enforcement says so.
    pub(super) fn limit_cpu(&self, process: &Process) {
        let vcpus = f64::from(self.deployment.function.memory_mib) / MEMORY_MIB_PER_VCPU;
        let _ = process.set_cpu_limit(Some(vcpus));
    }

    fn spec(&self) -> SandboxSpec {
        let (function, built) = (&self.deployment.function, &self.deployment.built);
        let (program, args) = built.launch.command(function);
        let aws = self.shared.settings.aws.of(function);
        let aws_url = aws.map(|aws| aws.url(self.shared.kernel.makes_private(function.ferry.network)));
        let place = Place {
            region: &self.shared.settings.region,
            log_stream: &self.journal.stream,
            runtime: &built.launch.env,
            aws_url: aws_url.as_deref(),
            credentials: aws.and_then(|aws| aws.credentials.as_ref()),
        };
        SandboxSpec {
            id: self.spec_id(),
            program,
            args,
            env: environment(function, &place),
            task_root: built.task_root.clone(),
            layers: built.layers.clone(),
            runtime_dir: built.launch.runtime_dir.clone(),
            language_root: built.launch.language_root.clone(),
            memory_mib: function.memory_mib,
            tmp_mib: function.ephemeral_mib,
            network: function.ferry.network,
            further_port: aws.map(|aws| aws.port),
        }
    }

    /// Unique also for a second start, while the remains of the first are being removed.
    fn spec_id(&self) -> String {
        format!("{}-{}", self.membership.id(), self.starts)
    }
}

/// An error with all its causes, for callers who see only a line.
pub(super) fn describe(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
