//! One function of the pair on its target, and how its next invocation is made a cold start.

use crate::pair::FunctionId;
use crate::target::{FunctionFacts, Invocation, Target, TargetError};

/// A change of the environment retires warm sandboxes, on AWS and on Ferry's host alike; this variable is that change.
const COLD_START_VARIABLE: &str = "FERRY_COLD_START";

#[derive(Debug)]
pub(super) struct Side<'a> {
    pub target: &'a Target,
    pub id: &'a FunctionId,
    pub facts: FunctionFacts,
}

impl<'a> Side<'a> {
    pub(super) fn open(target: &'a Target, id: &'a FunctionId) -> Result<Self, TargetError> {
        let mut facts = target.function(&id.name)?;
        // Left behind by a comparison that was killed: it is not the function's own.
        facts.environment.remove(COLD_START_VARIABLE);
        Ok(Self { target, id, facts })
    }

    /// Sets the memory size and makes the next invocation a cold start. The value is random because a counter could
    /// repeat the value of an earlier comparison, and an unchanged configuration keeps sandboxes warm.
    pub(super) fn force_cold(&self, memory_mib: u32) -> Result<(), TargetError> {
        let mut environment = self.facts.environment.clone();
        environment.insert(COLD_START_VARIABLE.to_owned(), format!("{:016x}", fastrand::u64(..)));
        self.target.update_configuration(&self.id.name, memory_mib, environment)
    }

    pub(super) fn invoke(&self, payload: &[u8]) -> Result<Invocation, TargetError> {
        self.target.invoke(&self.id.name, payload)
    }

    /// As the target describes the function at this moment; [`Side::facts`] is how it was found.
    pub(super) fn facts_now(&self) -> Result<FunctionFacts, TargetError> {
        self.target.function(&self.id.name)
    }

    pub(super) fn restore(&self) -> Result<(), TargetError> {
        self.target.update_configuration(&self.id.name, self.facts.memory_mib, self.facts.environment.clone())
    }
}
