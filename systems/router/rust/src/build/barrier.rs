//! Which nodes stop a bicycle.

use super::access::{Permission, permission};
use super::tags::Tags;

/// Whether a node cuts every way through it. Only nodes with `barrier` do: elsewhere (`highway=crossing`, …) access tags speak of
/// something else than riding past. The most specific of `bicycle`, `vehicle`, `access` decides, then the kind of barrier;
/// one that can be got over on foot is no reason to stop unless a bicycle does not fit.
#[must_use]
pub fn blocks(tags: &Tags<'_>) -> bool {
    let Some(barrier) = tags.get("barrier") else { return false };
    let told = ["bicycle", "vehicle", "access"].into_iter().find_map(|key| permission(tags, key));
    match told {
        Some(Permission::Yes | Permission::Destination | Permission::Dismount) => false,
        // Who may walk through may push.
        Some(Permission::No(_)) => tags.get("bicycle").is_some() || !matches!(permission(tags, "foot"), Some(Permission::Yes)),
        None => {
            let too_narrow = matches!(
                barrier,
                "wall"
                    | "city_wall"
                    | "retaining_wall"
                    | "fence"
                    | "hedge"
                    | "ditch"
                    | "guard_rail"
                    | "jersey_barrier"
                    | "debris"
                    | "stile"
                    | "kissing_gate"
                    | "turnstile"
                    | "full-height_turnstile"
                    | "hampshire_gate"
                    | "horse_stile"
                    | "yes"
            );
            too_narrow || tags.is("locked", "yes")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tags::tags;
    use super::*;

    #[test]
    fn barriers_and_their_exceptions() {
        for passed in [
            "barrier=bollard",
            "barrier=cycle_barrier",
            "barrier=gate",
            "barrier=lift_gate access=private bicycle=yes",
            "barrier=gate access=no bicycle=permissive",
            "barrier=gate access=private foot=yes",
            "barrier=kissing_gate bicycle=yes",
            "barrier=stile bicycle=dismount",
            "barrier=bollard motor_vehicle=no",
            "highway=crossing bicycle=no",
        ] {
            assert!(!blocks(&tags(passed)), "{passed}");
        }
        for stopped in [
            "barrier=stile",
            "barrier=kissing_gate",
            "barrier=wall",
            "barrier=gate access=private",
            "barrier=gate locked=yes",
            "barrier=bollard bicycle=no foot=yes",
            "barrier=gate vehicle=no",
        ] {
            assert!(blocks(&tags(stopped)), "{stopped}");
        }
    }
}
