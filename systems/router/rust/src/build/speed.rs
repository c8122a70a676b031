//! Speed limits and lanes.

use super::tags::Tags;
use crate::city::Direction;

/// Limits beyond this are slips of the keyboard.
const SPEED_KMH_MAX: f64 = 200.0;
const KMH_PER_MPH: f64 = 1.609_344;

/// The limit in km/h in one direction, unless the tags do not say.
pub(super) fn limit_kmh(tags: &Tags<'_>, direction: Direction) -> Option<u16> {
    let own = if direction == Direction::Forward { "maxspeed:forward" } else { "maxspeed:backward" };
    [own, "maxspeed", "maxspeed:type", "source:maxspeed"].into_iter().find_map(|key| parse_kmh(tags.get(key)?))
}

/// `48` is in km/h, `30 mph` has its unit; `DE:urban` and the like are what they mean nearly everywhere.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in 1 ..= 200")]
fn parse_kmh(text: &str) -> Option<u16> {
    // `50;30`: the first holds for cars.
    let text = text.split(';').next()?.trim();
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len()));
    if let Ok(value) = number.parse::<f64>() {
        let kmh = match unit.trim() {
            "" | "km/h" | "kmh" | "kph" => value,
            "mph" => value * KMH_PER_MPH,
            _ => return None,
        };
        return (1.0..=SPEED_KMH_MAX).contains(&kmh).then(|| kmh.round() as u16);
    }
    let meaning = text.rsplit(':').next()?;
    match meaning {
        "walk" => Some(7),
        "none" => Some(130),
        "living_street" => Some(10),
        "bicycle_road" | "zone30" | "30" => Some(30),
        "zone20" | "20" => Some(20),
        "urban" => Some(50),
        "rural" | "nsl_single" => Some(90),
        "nsl_dual" | "trunk" | "motorway" => Some(112),
        _ => None,
    }
}

/// Lanes of motor traffic in one direction (both together where there is but one), and whether a line divides them.
pub(super) fn lanes(tags: &Tags<'_>, direction: Direction, oneway: bool, untagged: u8) -> (u8, bool) {
    let count = |key: &str| tags.get(key)?.split(';').next()?.trim().parse::<u8>().ok().filter(|count| (1..=16).contains(count));
    let own = if direction == Direction::Forward { "lanes:forward" } else { "lanes:backward" };
    let total = count("lanes");
    let each =
        if oneway { total.unwrap_or(untagged.div_ceil(2)) } else { count(own).unwrap_or_else(|| total.unwrap_or(untagged).div_ceil(2)) };
    let laned = match tags.get("lane_markings") {
        Some("no") => false,
        Some("yes") => true,
        _ => oneway || total.unwrap_or(untagged) >= 2,
    };
    (each, laned)
}

#[cfg(test)]
mod tests {
    use super::super::tags::tags;
    use super::*;

    #[test]
    fn speeds_have_units() {
        for (text, expected) in [
            ("48", Some(48)),
            ("30 mph", Some(48)),
            ("30mph", Some(48)),
            ("50 km/h", Some(50)),
            ("50;30", Some(50)),
            ("7.5", Some(8)),
            ("walk", Some(7)),
            ("none", Some(130)),
            ("DE:zone:30", Some(30)),
            ("RO:urban", Some(50)),
            ("GB:nsl_single", Some(90)),
            ("signals", None),
            ("variable", None),
            ("0", None),
            ("900", None),
            ("5 knots", None),
            ("", None),
            ("..", None),
        ] {
            assert_eq!(parse_kmh(text), expected, "{text}");
        }
        let both = tags("maxspeed=50 maxspeed:backward=30");
        assert_eq!([Direction::Forward, Direction::Backward].map(|direction| limit_kmh(&both, direction)), [Some(50), Some(30)]);
    }

    #[test]
    fn lanes_each_way() {
        for (text, oneway, expected) in [
            ("name=x", false, (1, true)),
            ("name=x", true, (1, true)),
            ("lanes=4", false, (2, true)),
            ("lanes=3", false, (2, true)),
            ("lanes=3", true, (3, true)),
            ("lanes=1", false, (1, false)),
            ("lanes=3 lanes:forward=1", false, (1, true)),
            ("lane_markings=no", false, (1, false)),
            ("lanes=many", false, (1, true)),
            ("lanes=0", false, (1, true)),
        ] {
            assert_eq!(lanes(&tags(text), Direction::Forward, oneway, 2), expected, "{text}");
        }
    }
}
