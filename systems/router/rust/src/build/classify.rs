//! One way's tags -> what each direction of it costs.

use super::access::{Access, Dropped, access, class};
use super::direction::{Directions, DrivingSide, directions};
use super::infra::infra;
use super::surface::surface;
use super::tags::Tags;
use crate::city::Direction;
use crate::street::{Highway, Infra};
use crate::stress;

/// A way that a bicycle may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usable {
    pub highway: Highway,
    /// What it offers and its stress factor in percent, along the way, unless that direction is closed.
    pub forward: Option<(Infra, u32)>,
    pub backward: Option<(Infra, u32)>,
    /// Fixed cost of getting on, in cost units.
    pub boarding: u32,
}

/// What a way is to a rider; `None` when it is no street at all.
pub fn classify(tags: &Tags<'_>, side: DrivingSide) -> Option<Result<Usable, Dropped>> {
    Some(class(tags)?.and_then(|highway| usable(tags, highway, side)))
}

fn usable(tags: &Tags<'_>, highway: Highway, side: DrivingSide) -> Result<Usable, Dropped> {
    let access = access(tags, highway)?;
    let open = if on_foot(access, highway) { BOTH } else { directions(tags, highway)? };
    let surface = surface(tags, highway);
    let one = |direction| {
        let infra = infra(tags, highway, access, open, side, direction);
        (infra, stress::factor(highway, infra, surface, access.destination_only))
    };
    Ok(Usable {
        highway,
        forward: open.forward.then(|| one(Direction::Forward)),
        backward: open.backward.then(|| one(Direction::Backward)),
        boarding: if highway == Highway::Ferry { stress::FERRY_BOARDING } else { 0 },
    })
}

const BOTH: Directions = Directions { forward: true, backward: true, flow: None };

fn on_foot(access: Access, highway: Highway) -> bool {
    access.on_foot || highway == Highway::Steps
}

#[cfg(test)]
mod tests {
    use super::super::tags::tags;
    use super::*;

    #[test]
    fn who_pushes_may_walk_against_a_oneway() {
        let street = classify(&tags("highway=residential oneway=yes bicycle=dismount"), DrivingSide::Right).unwrap().unwrap();
        assert_eq!((street.forward, street.backward), (Some((Infra::Walk, stress::WALK)), Some((Infra::Walk, stress::WALK))));
    }

    #[test]
    fn a_contraflow_lane_makes_the_two_directions_differ() {
        let street = classify(&tags("highway=secondary oneway=yes cycleway=opposite_lane"), DrivingSide::Right).unwrap().unwrap();
        assert_eq!(street.forward, Some((Infra::None, 280)));
        assert_eq!(street.backward, Some((Infra::Lane, 180)));
    }
}
