//! What the wheels meet.

use super::tags::Tags;
use crate::street::{Highway, Surface};

/// From `surface`, or else from what is usual: a farm track's grade, compacted earth on paths, asphalt elsewhere.
pub fn surface(tags: &Tags<'_>, highway: Highway) -> Surface {
    let Some(value) = tags.get("surface") else {
        return match (highway, tags.get("tracktype")) {
            (Highway::Track, Some("grade1")) => Surface::Smooth,
            (Highway::Track, Some("grade2")) | (Highway::Path | Highway::Bridleway, _) => Surface::Compact,
            (Highway::Track, _) => Surface::Loose,
            _ => Surface::Smooth,
        };
    };
    // `concrete:plates`, `asphalt;gravel`: the first word says enough.
    match value.split([':', ';']).next().unwrap_or(value).trim() {
        "paving_stones" | "bricks" | "brick" | "wood" | "metal" | "metal_grid" | "grass_paver" => Surface::Blocks,
        "compacted" | "fine_gravel" | "gravel_turf" => Surface::Compact,
        "sett" => Surface::Sett,
        "cobblestone" | "unhewn_cobblestone" => Surface::Cobbles,
        "gravel" | "unpaved" | "ground" | "dirt" | "earth" | "grass" | "pebblestone" | "rock" | "stone" | "woodchips" => Surface::Loose,
        "sand" | "mud" | "snow" | "ice" | "salt" => Surface::Soft,
        _ => Surface::Smooth,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tags::tags;
    use super::*;

    #[test]
    fn tagged_or_usual() {
        for (text, highway, expected) in [
            ("surface=asphalt", Highway::Track, Surface::Smooth),
            ("surface=concrete:plates", Highway::Residential, Surface::Smooth),
            ("surface=gravel;ground", Highway::Path, Surface::Loose),
            ("surface=sett", Highway::Residential, Surface::Sett),
            ("tracktype=grade1", Highway::Track, Surface::Smooth),
            ("tracktype=grade4", Highway::Track, Surface::Loose),
            ("name=x", Highway::Path, Surface::Compact),
            ("name=x", Highway::Residential, Surface::Smooth),
        ] {
            assert_eq!(surface(&tags(text), highway), expected, "{text}");
        }
    }
}
