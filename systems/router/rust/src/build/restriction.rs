//! Turn restrictions: relations that forbid a turn to bicycles.
//!
//! Read are `restriction` and, before it, `restriction:bicycle`, with `no_*` and `only_*`, over a node, unless `except` names bicycles. What is left out is counted by reason:
//! restrictions over ways, conditional ones, those of other vehicles, and those whose ways or node are not in the network or are walked.

use std::collections::BTreeMap;

use osmpbf::{RelMemberType, Relation};

use super::tags::Tags;

/// A restriction that holds for bicycles, in the extract's ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restriction {
    pub from: Vec<i64>,
    pub via: i64,
    pub to: Vec<i64>,
    /// All turns but this are forbidden.
    pub only: bool,
}

/// All of an extract, and how many are not read, by reason.
#[derive(Debug, Default)]
pub struct Restrictions {
    pub list: Vec<Restriction>,
    pub counts: BTreeMap<&'static str, u64>,
}

/// Over what the turn is made.
enum Via {
    Node(i64),
    Way,
}

impl Restrictions {
    pub(super) fn read(&mut self, relation: &Relation<'_>) {
        let tags: Tags<'_> = relation.tags().collect();
        if !tags.get("type").is_some_and(|kind| kind == "restriction" || kind.starts_with("restriction:")) {
            return;
        }
        let (mut from, mut via, mut to) = (Vec::new(), Vec::new(), Vec::new());
        for member in relation.members() {
            match (member.role(), member.member_type) {
                (Ok("from"), RelMemberType::Way) => from.push(member.member_id),
                (Ok("to"), RelMemberType::Way) => to.push(member.member_id),
                (Ok("via"), RelMemberType::Node) => via.push(Via::Node(member.member_id)),
                (Ok("via"), RelMemberType::Way) => via.push(Via::Way),
                _ => {}
            }
        }
        match holds(&tags) {
            Err(reason) => self.count(reason),
            Ok(only) => match via[..] {
                [Via::Node(via)] if !from.is_empty() && !to.is_empty() => self.list.push(Restriction { from, via, to, only }),
                [Via::Way, ..] => self.count("not read: over a way"),
                _ => self.count("not read: incomplete"),
            },
        }
    }

    pub(super) fn count(&mut self, reason: &'static str) {
        *self.counts.entry(reason).or_default() += 1;
    }
}

/// Whether a restriction binds bicycles, and then whether it is an `only_*`.
fn holds(tags: &Tags<'_>) -> Result<bool, &'static str> {
    let own = tags.get("restriction:bicycle");
    if own.is_none() && tags.get("except").is_some_and(|list| list.split(';').any(|who| matches!(who.trim(), "bicycle" | "vehicle"))) {
        return Err("not for bicycles: except=bicycle");
    }
    match own.or_else(|| tags.get("restriction")) {
        Some(value) if value.starts_with("no_") => Ok(false),
        Some(value) if value.starts_with("only_") => Ok(true),
        Some(_) => Err("not read: of unknown kind"),
        None if tags.get("restriction:conditional").is_some() => Err("not read: conditional"),
        None => Err("not for bicycles: of other vehicles"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tags::tags;
    use super::*;

    #[test]
    fn whom_a_restriction_binds() {
        for (text, expected) in [
            ("restriction=no_left_turn", Ok(false)),
            ("restriction=only_straight_on", Ok(true)),
            ("restriction=no_left_turn except=bus;bicycle", Err("not for bicycles: except=bicycle")),
            ("restriction=no_left_turn except=psv", Ok(false)),
            ("restriction:bicycle=no_right_turn", Ok(false)),
            ("restriction:bicycle=no_right_turn except=bicycle", Ok(false)),
            ("restriction:hgv=no_left_turn", Err("not for bicycles: of other vehicles")),
            ("restriction:conditional=no_left_turn@(Mo-Fr)", Err("not read: conditional")),
            ("restriction=what", Err("not read: of unknown kind")),
        ] {
            assert_eq!(holds(&tags(text)), expected, "{text}");
        }
    }
}
