//! The dictionary of street classes.

use std::collections::HashMap;

use super::BuildError;
use crate::parts::StreetClass;
use crate::profile::Profile;
use crate::stress::{self, Facts};

/// Classes by what they are, each once, numbered as they are met.
#[derive(Debug)]
pub struct Classes<'p> {
    profile: &'p Profile,
    list: Vec<StreetClass>,
    ids: HashMap<StreetClass, u16>,
}

impl<'p> Classes<'p> {
    pub(super) fn new(profile: &'p Profile) -> Self {
        Self { profile, list: Vec::new(), ids: HashMap::new() }
    }

    pub(super) fn list(&self) -> &[StreetClass] {
        &self.list
    }

    pub(super) fn into_list(self) -> Vec<StreetClass> {
        self.list
    }

    /// The class of what is known of a way.
    pub(super) fn id(&mut self, facts: &Facts) -> Result<u16, BuildError> {
        self.intern(stress::class(facts, self.profile))
    }

    /// The same class with a level of traffic stress of at least `lts`.
    pub(super) fn raised(&mut self, class: u16, lts: u8) -> Result<u16, BuildError> {
        let class = self.list[usize::from(class)];
        self.intern(StreetClass { lts: class.lts.max(lts), ..class })
    }

    fn intern(&mut self, class: StreetClass) -> Result<u16, BuildError> {
        if let Some(id) = self.ids.get(&class) {
            return Ok(*id);
        }
        // The last number is no class: 65,535 of them.
        let id = u16::try_from(self.list.len()).ok().filter(|id| *id < u16::MAX).ok_or(BuildError::TooManyClasses)?;
        self.list.push(class);
        self.ids.insert(class, id);
        Ok(id)
    }
}
