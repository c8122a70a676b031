//! Which ways along a street a rider may go: the rows of [`super`]'s table on oneways and contraflow.

use super::access::{Dropped, Permission, permission};
use super::tags::Tags;
use crate::city::Direction;
use crate::street::Highway;

/// The side of the road that traffic keeps to: it decides which direction a lane on the left serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DrivingSide {
    Left,
    #[default]
    Right,
}

/// The directions open to a rider, and the street's own, if it has only one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Directions {
    pub forward: bool,
    pub backward: bool,
    /// Where motor traffic flows, on a oneway.
    pub flow: Option<Direction>,
}

/// The directions of a way that may be ridden.
pub fn directions(tags: &Tags<'_>, highway: Highway) -> Result<Directions, Dropped> {
    let flow = flow(tags, highway)?;
    let mut open = only(flow);
    match tags.get("oneway:bicycle").and_then(oneway) {
        Some(Oneway::Both) => open = only(None),
        Some(Oneway::Only(direction)) => open = only(Some(direction)),
        Some(Oneway::Reversible) => return Err(Dropped::Reversible),
        None => {
            if flow.is_some_and(|flow| has_contraflow(tags, flow)) {
                open = only(None);
            }
        }
    }
    let closed = |key| matches!(permission(tags, key), Some(Permission::No(_)));
    let forward = open.0 && !closed("bicycle:forward");
    let backward = open.1 && !closed("bicycle:backward");
    if forward || backward { Ok(Directions { forward, backward, flow }) } else { Err(Dropped::Forbidden) }
}

fn only(direction: Option<Direction>) -> (bool, bool) {
    (direction != Some(Direction::Backward), direction != Some(Direction::Forward))
}

enum Oneway {
    Both,
    Only(Direction),
    Reversible,
}

fn oneway(value: &str) -> Option<Oneway> {
    match value {
        "yes" | "true" | "1" => Some(Oneway::Only(Direction::Forward)),
        "-1" | "reverse" => Some(Oneway::Only(Direction::Backward)),
        "no" | "false" | "0" | "alternating" => Some(Oneway::Both),
        "reversible" => Some(Oneway::Reversible),
        _ => None,
    }
}

fn flow(tags: &Tags<'_>, highway: Highway) -> Result<Option<Direction>, Dropped> {
    match tags.get("oneway").and_then(oneway) {
        Some(Oneway::Both) => Ok(None),
        Some(Oneway::Only(direction)) => Ok(Some(direction)),
        // Bicycles may have a direction of their own all the same.
        Some(Oneway::Reversible) if tags.get("oneway:bicycle").is_some() => Ok(None),
        Some(Oneway::Reversible) => Err(Dropped::Reversible),
        None => {
            let implied = highway == Highway::Motorway || tags.is("junction", "roundabout") || tags.is("junction", "circular");
            Ok(implied.then_some(Direction::Forward))
        }
    }
}

/// Whether the cycleway tags alone open a oneway against its flow. Only what *says* so does: `opposite*`, or a lane or track whose own `oneway` is no or against
/// the street's. One that merely lies beside the street goes with it.
fn has_contraflow(tags: &Tags<'_>, flow: Direction) -> bool {
    let against = if flow == Direction::Forward { "-1" } else { "yes" };
    ["cycleway", "cycleway:left", "cycleway:right", "cycleway:both"].iter().any(|key| {
        let Some(value) = tags.get(key) else { return false };
        let own = tags.get(&format!("{key}:oneway"));
        value.starts_with("opposite") || (matches!(value, "lane" | "track") && own.is_some_and(|own| own == "no" || own == against))
    })
}

#[cfg(test)]
mod tests {
    use super::super::tags::tags;
    use super::*;

    /// "→", "←" or "↔".
    fn of(text: &str) -> &'static str {
        let tags = tags(text);
        let highway = if tags.is("highway", "motorway") { Highway::Motorway } else { Highway::Residential };
        match directions(&tags, highway) {
            Ok(Directions { forward: true, backward: true, flow: _ }) => "↔",
            Ok(Directions { forward: true, backward: false, flow: _ }) => "→",
            Ok(Directions { forward: false, .. }) => "←",
            Err(_) => "-",
        }
    }

    #[test]
    fn every_tag_trap() {
        for (text, expected) in [
            ("name=plain", "↔"),
            ("oneway=yes", "→"),
            ("oneway=true", "→"),
            ("oneway=1", "→"),
            ("oneway=-1", "←"),
            ("oneway=reverse", "←"),
            ("oneway=no", "↔"),
            ("oneway=alternating", "↔"),
            ("oneway=reversible", "-"),
            ("oneway=reversible oneway:bicycle=no", "↔"),
            ("junction=roundabout", "→"),
            ("junction=circular", "→"),
            ("junction=roundabout oneway=no", "↔"),
            ("junction=roundabout oneway:bicycle=no", "↔"),
            ("highway=motorway", "→"),
            ("oneway=yes oneway:bicycle=no", "↔"),
            ("oneway=no oneway:bicycle=yes", "→"),
            ("oneway=yes oneway:bicycle=-1", "←"),
            ("oneway=yes cycleway=opposite", "↔"),
            ("oneway=yes cycleway=opposite_lane", "↔"),
            ("oneway=yes cycleway=opposite_track", "↔"),
            ("oneway=-1 cycleway=opposite_lane", "↔"),
            ("oneway=yes cycleway:left=opposite_lane", "↔"),
            ("oneway=yes cycleway:both=opposite_share_busway", "↔"),
            ("oneway=yes cycleway=opposite oneway:bicycle=yes", "→"),
            ("oneway=yes cycleway=lane", "→"),
            ("oneway=yes cycleway=track", "→"),
            ("oneway=yes cycleway:left=track", "→"),
            ("oneway=yes cycleway:right=track", "→"),
            ("oneway=yes cycleway:both=lane", "→"),
            ("oneway=yes cycleway=separate", "→"),
            ("oneway=yes cycleway:left=track cycleway:left:oneway=no", "↔"),
            ("oneway=yes cycleway:left=lane cycleway:left:oneway=-1", "↔"),
            ("oneway=yes cycleway:left=lane cycleway:left:oneway=yes", "→"),
            ("oneway=-1 cycleway:left=lane cycleway:left:oneway=-1", "←"),
            ("oneway=-1 cycleway:left=lane cycleway:left:oneway=yes", "↔"),
            ("oneway=yes cycleway:left=separate cycleway:left:oneway=no", "→"),
            ("bicycle:backward=no", "→"),
            ("bicycle:forward=use_sidepath", "←"),
            ("oneway=yes bicycle:forward=no", "-"),
        ] {
            assert_eq!(of(text), expected, "{text}");
        }
    }
}
