//! What the machine enforces, part by part, in words that `ferry doctor` prints.

use serde::Serialize;

/// Stands in every result: a number measured under an unenforced part is marked so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Enforcement {
    /// The CPU quota by memory size.
    pub cpu: Status,
    /// The memory limit, with the kill of all processes of the sandbox.
    pub memory: Status,
    /// The private network namespace.
    pub network: Status,
    /// The freezer between invocations.
    pub freeze: Status,
    /// The private file system: read-only `/var/task` and `/opt`, private `/tmp`.
    pub mounts: Status,
    /// The unprivileged user of its own for each sandbox.
    pub user: Status,
    /// 1 or 2; none when there is no cgroup to be had.
    pub cgroup_version: Option<u8>,
    /// Part of every latency under a quota: the p99 is about one period.
    pub cpu_period_us: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "status", rename_all = "lowercase")]
pub enum Status {
    Enforced { detail: String },
    Unenforced { reason: String },
}

impl Enforcement {
    /// Nothing enforced, all for the same reason.
    pub(super) fn none(reason: &str, cpu_period_us: u64) -> Self {
        let no = || Status::unenforced(reason);
        Self { cpu: no(), memory: no(), network: no(), freeze: no(), mounts: no(), user: no(), cgroup_version: None, cpu_period_us }
    }

    /// Every part with its name, in the order in which a reader wants them.
    pub fn parts(&self) -> [(&'static str, &Status); 6] {
        [
            ("cpu", &self.cpu),
            ("memory", &self.memory),
            ("freeze", &self.freeze),
            ("network", &self.network),
            ("mounts", &self.mounts),
            ("user", &self.user),
        ]
    }

    pub fn all_enforced(&self) -> bool {
        self.parts().iter().all(|(_, status)| status.is_enforced())
    }
}

impl Status {
    pub(super) fn enforced(detail: impl Into<String>) -> Self {
        Self::Enforced { detail: detail.into() }
    }

    pub(super) fn unenforced(reason: impl Into<String>) -> Self {
        Self::Unenforced { reason: reason.into() }
    }

    pub fn is_enforced(&self) -> bool {
        matches!(self, Self::Enforced { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serializes_with_a_tag_and_the_reason() {
        let json = serde_json::to_value(Enforcement::none("no root", 20_000)).unwrap();
        assert_eq!(json["cpu"], serde_json::json!({"status": "unenforced", "reason": "no root"}));
        assert_eq!(json["cgroup_version"], serde_json::Value::Null);
    }
}
