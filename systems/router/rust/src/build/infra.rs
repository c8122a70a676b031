//! What a street offers a rider in each direction.

use super::access::Access;
use super::direction::{Directions, DrivingSide};
use super::tags::Tags;
use crate::city::Direction;
use crate::street::{Highway, Infra};

/// The infrastructure of a way in one direction.
pub fn infra(tags: &Tags<'_>, highway: Highway, access: Access, open: Directions, side: DrivingSide, direction: Direction) -> Infra {
    use Highway as H;
    match highway {
        H::Steps => {
            let ramp = tags.is("ramp:bicycle", "yes") || matches!(tags.get("bicycle"), Some("yes" | "designated"));
            if ramp { Infra::StepsWithRamp } else { Infra::Steps }
        }
        _ if access.on_foot => Infra::Walk,
        H::Ferry => Infra::Ferry,
        H::Cycleway | H::Path | H::Footway | H::Pedestrian | H::Bridleway => Infra::Path,
        H::Motorway
        | H::Trunk
        | H::Primary
        | H::Secondary
        | H::Tertiary
        | H::Unclassified
        | H::Residential
        | H::LivingStreet
        | H::Service
        | H::Road
        | H::Busway
        | H::Track => {
            let calm = tags.is("bicycle_road", "yes") || tags.is("cyclestreet", "yes");
            let street = if calm { Infra::BicycleStreet } else { Infra::None };
            [DrivingSide::Left, DrivingSide::Right].map(|at| beside(tags, open, side, at, direction)).into_iter().fold(street, Infra::max)
        }
    }
}

/// The lane on the `at` side of the street (left and right as seen along the way), if it serves `direction`.
fn beside(tags: &Tags<'_>, open: Directions, side: DrivingSide, at: DrivingSide, direction: Direction) -> Infra {
    let sided = if at == DrivingSide::Left { "cycleway:left" } else { "cycleway:right" };
    let Some((key, value)) = [sided, "cycleway:both", "cycleway"].into_iter().find_map(|key| Some((key, tags.get(key)?))) else {
        return Infra::None;
    };
    let contraflow = value.strip_prefix("opposite_");
    let serves = if contraflow.is_some() {
        open.flow.is_some_and(|flow| flow != direction)
    } else {
        match (tags.get(&format!("{key}:oneway")), key) {
            (Some("no"), _) => true,
            (Some("yes"), _) => direction == Direction::Forward,
            (Some("-1"), _) => direction == Direction::Backward,
            _ if open.forward != open.backward => true,
            // Both ways open: traffic keeps to its side, and so does its lane.
            _ => (at == side) == (direction == Direction::Forward),
        }
    };
    if serves { lane(contraflow.unwrap_or(value)) } else { Infra::None }
}

fn lane(value: &str) -> Infra {
    match value {
        "track" => Infra::Track,
        "lane" => Infra::Lane,
        "shared_lane" | "share_busway" | "shoulder" => Infra::SharedLane,
        // `separate` is drawn as a way of its own; the carriageway itself offers nothing.
        _ => Infra::None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::access::{access, class};
    use super::super::direction::directions;
    use super::super::tags::tags;
    use super::*;

    /// Forward and backward; "closed" where the direction is.
    fn of(text: &str, side: DrivingSide) -> [&'static str; 2] {
        let tags = tags(text);
        let highway = class(&tags).unwrap().unwrap();
        let (access, open) = (access(&tags, highway).unwrap(), directions(&tags, highway).unwrap());
        [(Direction::Forward, open.forward), (Direction::Backward, open.backward)]
            .map(|(direction, is_open)| if is_open { infra(&tags, highway, access, open, side, direction).name() } else { "closed" })
    }

    #[test]
    fn lanes_serve_the_direction_they_lie_on() {
        for (text, expected) in [
            ("highway=primary", ["none", "none"]),
            ("highway=primary cycleway=lane", ["lane", "lane"]),
            ("highway=primary cycleway:both=track", ["track", "track"]),
            ("highway=primary cycleway:right=lane", ["lane", "none"]),
            ("highway=primary cycleway:left=lane", ["none", "lane"]),
            ("highway=primary cycleway:left=track cycleway:left:oneway=no", ["track", "track"]),
            ("highway=primary cycleway:left=track cycleway:left:oneway=-1", ["none", "track"]),
            ("highway=primary cycleway=separate", ["none", "none"]),
            ("highway=primary cycleway:both=no cycleway:right=track", ["track", "none"]),
            ("highway=primary cycleway=share_busway", ["shared_lane", "shared_lane"]),
            ("highway=primary oneway=yes cycleway:left=track", ["track", "closed"]),
            ("highway=primary oneway=yes cycleway=opposite_lane", ["none", "lane"]),
            ("highway=primary oneway=-1 cycleway=opposite_lane", ["lane", "none"]),
            ("highway=primary oneway=yes cycleway=opposite", ["none", "none"]),
            ("highway=primary oneway=yes cycleway:right=lane cycleway:left=opposite_track", ["lane", "track"]),
            ("highway=primary oneway=yes oneway:bicycle=no cycleway:left=lane", ["none", "lane"]),
            ("highway=residential bicycle_road=yes", ["bicycle_street", "bicycle_street"]),
            ("highway=residential cyclestreet=yes cycleway:right=lane", ["bicycle_street", "bicycle_street"]),
            ("highway=footway bicycle=yes", ["path", "path"]),
            ("highway=footway", ["walk", "walk"]),
            ("highway=steps", ["steps", "steps"]),
            ("highway=steps ramp:bicycle=yes", ["steps_with_ramp", "steps_with_ramp"]),
            ("route=ferry", ["ferry", "ferry"]),
        ] {
            assert_eq!(of(text, DrivingSide::Right), expected, "{text}");
        }
        assert_eq!(of("highway=primary cycleway:left=lane", DrivingSide::Left), ["lane", "none"]);
    }
}
