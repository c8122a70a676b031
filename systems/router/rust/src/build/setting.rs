//! Width, lamps, tunnels, parked cars.

use super::tags::Tags;
use crate::street::Infra;

/// Wider is a slip of the keyboard.
const WIDTH_M_MAX: f64 = 50.0;
const METRES_PER_FOOT: f64 = 0.3048;

/// The width in centimetres of what is ridden, where tagged: of the lane or track, of a path, or of a street ridden in mixed traffic.
pub(super) fn width_cm(tags: &Tags<'_>, infra: Infra) -> Option<u16> {
    let keys: &[&str] = match infra {
        Infra::Lane | Infra::Track => &["cycleway:width", "cycleway:both:width", "cycleway:right:width", "cycleway:left:width"],
        Infra::Path | Infra::None | Infra::SharedLane | Infra::BicycleStreet => &["width", "est_width"],
        Infra::Walk | Infra::Steps | Infra::StepsWithRamp | Infra::Ferry => &[],
    };
    keys.iter().find_map(|key| parse_cm(tags.get(key)?))
}

/// `2.5`, `2.5 m`, `2,5`, `8'`, `8'6"`, `8 ft`.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in 1 ..= 5,000; steps of 10 keep classes few")]
fn parse_cm(text: &str) -> Option<u16> {
    let text = text.trim().replace(',', ".");
    let metres = if let Some((feet, inches)) = text.split_once('\'') {
        let inches = inches.trim().trim_end_matches('"');
        (feet.trim().parse::<f64>().ok()? + if inches.is_empty() { 0.0 } else { inches.parse::<f64>().ok()? / 12.0 }) * METRES_PER_FOOT
    } else if let Some(feet) = text.strip_suffix("ft") {
        feet.trim().parse::<f64>().ok()? * METRES_PER_FOOT
    } else {
        text.strip_suffix('m').unwrap_or(&text).trim().parse::<f64>().ok()?
    };
    (0.1..=WIDTH_M_MAX).contains(&metres).then(|| (metres * 10.0).round() as u16 * 10)
}

pub(super) fn lit(tags: &Tags<'_>, untagged: bool) -> bool {
    match tags.get("lit") {
        Some("no" | "disused" | "limited") => false,
        Some(_) => true,
        None => untagged,
    }
}

/// Passages through buildings are short and count as open air.
pub(super) fn tunnel(tags: &Tags<'_>) -> bool {
    tags.get("tunnel").is_some_and(|value| !matches!(value, "no" | "building_passage"))
}

/// Carried or dug: its surface does not follow the ground.
pub(super) fn off_ground(tags: &Tags<'_>) -> bool {
    tunnel(tags) || tags.get("bridge").is_some_and(|value| value != "no")
}

pub(super) fn parking(tags: &Tags<'_>, untagged: bool) -> bool {
    let keys = ["parking:both", "parking:right", "parking:left", "parking:lane:both", "parking:lane:right", "parking:lane:left"];
    let mut told = keys
        .iter()
        .filter_map(|key| tags.get(key))
        .map(|value| !matches!(value, "no" | "none" | "no_parking" | "no_stopping" | "separate"));
    match told.next() {
        None => untagged,
        Some(first) => first || told.any(|parked| parked),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tags::tags;
    use super::*;

    #[test]
    fn widths_have_units() {
        for (text, expected) in [
            ("2.5", Some(250)),
            ("2.5 m", Some(250)),
            ("2,5", Some(250)),
            ("8'", Some(240)),
            ("4'6\"", Some(140)),
            ("10 ft", Some(300)),
            ("wide", None),
            ("0", None),
            ("NaN", None),
            ("-3", None),
            ("inf", None),
        ] {
            assert_eq!(parse_cm(text), expected, "{text}");
        }
        let street = tags("width=9 cycleway:right:width=1.2");
        assert_eq!([Infra::Lane, Infra::None, Infra::Walk].map(|infra| width_cm(&street, infra)), [Some(120), Some(900), None]);
    }

    #[test]
    fn lamps_tunnels_and_parked_cars() {
        assert!(lit(&tags("lit=24/7"), false) && !lit(&tags("lit=no"), true) && lit(&tags("name=x"), true));
        assert!(tunnel(&tags("tunnel=yes")) && !tunnel(&tags("tunnel=building_passage")) && off_ground(&tags("bridge=viaduct")));
        assert!(!parking(&tags("parking:both=no"), true) && parking(&tags("parking:left=no parking:right=lane"), false));
    }
}
