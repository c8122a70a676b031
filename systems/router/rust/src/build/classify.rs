//! One way's tags -> what a rider should know of each direction of it.

use super::access::{Access, Dropped, access, class};
use super::direction::{Directions, DrivingSide, directions};
use super::infra::infra;
use super::setting;
use super::speed;
use super::surface::surface;
use super::tags::Tags;
use crate::city::Direction;
use crate::profile::Profile;
use crate::street::Highway;
use crate::stress::Facts;

/// A way that a bicycle may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usable {
    pub highway: Highway,
    /// Along the way, unless that direction is closed.
    pub forward: Option<Facts>,
    pub backward: Option<Facts>,
    pub roundabout: bool,
    /// On a bridge or in a tunnel.
    pub off_ground: bool,
}

/// What a way is to a rider; `None` when it is no street at all.
pub fn classify(tags: &Tags<'_>, side: DrivingSide, profile: &Profile) -> Option<Result<Usable, Dropped>> {
    Some(class(tags)?.and_then(|highway| usable(tags, highway, side, profile)))
}

fn usable(tags: &Tags<'_>, highway: Highway, side: DrivingSide, profile: &Profile) -> Result<Usable, Dropped> {
    let access = access(tags, highway)?;
    let open = if on_foot(access, highway) { BOTH } else { directions(tags, highway)? };
    let one = |direction| facts(tags, highway, access, open, side, direction, profile);
    Ok(Usable {
        highway,
        forward: open.forward.then(|| one(Direction::Forward)),
        backward: open.backward.then(|| one(Direction::Backward)),
        roundabout: matches!(tags.get("junction"), Some("roundabout" | "circular")),
        off_ground: setting::off_ground(tags),
    })
}

fn facts(
    tags: &Tags<'_>,
    highway: Highway,
    access: Access,
    open: Directions,
    side: DrivingSide,
    direction: Direction,
    profile: &Profile,
) -> Facts {
    let infra = infra(tags, highway, access, open, side, direction);
    // The profile has every class: it is laid over the default.
    let (speed_kmh, lanes, lit, vehicles, parking) =
        profile.untagged.get(highway).map_or((50, 2, true, 0, false), |row| (row.speed_kmh, row.lanes, row.lit, row.vehicles, row.parking));
    let oneway = open.flow.is_some();
    let (lanes, laned) = speed::lanes(tags, direction, oneway, lanes);
    Facts {
        highway,
        infra,
        surface: surface(tags, highway),
        speed_kmh: speed::limit_kmh(tags, direction).unwrap_or(speed_kmh),
        lanes,
        laned,
        oneway,
        vehicles,
        parking: setting::parking(tags, parking),
        width_cm: setting::width_cm(tags, infra),
        lit: setting::lit(tags, lit),
        tunnel: setting::tunnel(tags),
        destination_only: access.destination_only,
    }
}

const BOTH: Directions = Directions { forward: true, backward: true, flow: None };

fn on_foot(access: Access, highway: Highway) -> bool {
    access.on_foot || highway == Highway::Steps
}

#[cfg(test)]
mod tests {
    use super::super::tags::tags;
    use super::*;
    use crate::street::Infra;

    fn of(text: &str) -> Usable {
        classify(&tags(text), DrivingSide::Right, &Profile::default()).unwrap().unwrap()
    }

    #[test]
    fn who_pushes_may_walk_against_a_oneway() {
        let street = of("highway=residential oneway=yes bicycle=dismount");
        assert_eq!([street.forward, street.backward].map(|way| way.map(|facts| facts.infra)), [Some(Infra::Walk); 2]);
    }

    #[test]
    fn a_contraflow_lane_makes_the_two_directions_differ() {
        let street = of("highway=secondary oneway=yes cycleway=opposite_lane");
        assert_eq!([street.forward, street.backward].map(|way| way.map(|facts| facts.infra)), [Some(Infra::None), Some(Infra::Lane)]);
    }

    #[test]
    fn tags_or_defaults() {
        let plain = of("highway=secondary").forward.unwrap();
        assert_eq!((plain.speed_kmh, plain.lanes, plain.laned, plain.lit, plain.destination_only), (50, 1, true, true, false));
        let tagged = of("highway=secondary maxspeed=40mph lanes=5 lit=no access=destination tunnel=yes").forward.unwrap();
        assert_eq!((tagged.speed_kmh, tagged.lanes, tagged.lit, tagged.destination_only, tagged.tunnel), (64, 3, false, true, true));
        assert!(of("highway=tertiary junction=roundabout").roundabout && of("highway=path bridge=yes").off_ground);
    }
}
