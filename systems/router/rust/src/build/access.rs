//! Who may use a way: the rows of [`super`]'s table on class and access.

use super::tags::Tags;
use crate::street::Highway;

/// How a cyclist may use a way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Access {
    pub on_foot: bool,
    pub destination_only: bool,
}

/// Why a way is not in the graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dropped {
    /// A class that bicycles may not use.
    ClosedClass,
    /// Not a street: raceway, corridor, platform, …
    OtherClass,
    /// Proposed, under construction, gone.
    NotBuilt,
    Area,
    /// `bicycle=no`, or nobody but motors may.
    Forbidden,
    /// Private, or for certain people only.
    Private,
    /// Riders must use the way beside it.
    UseSidepath,
    Terrain,
    /// A oneway whose direction changes.
    Reversible,
    /// Fewer than two of its nodes are in the extract.
    NoNodes,
}

impl Dropped {
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::ClosedClass => "class closed to bicycles",
            Self::OtherClass => "not a street",
            Self::NotBuilt => "not built",
            Self::Area => "area",
            Self::Forbidden => "bicycles forbidden",
            Self::Private => "private",
            Self::UseSidepath => "use sidepath",
            Self::Terrain => "mountain path",
            Self::Reversible => "reversible",
            Self::NoNodes => "nodes not in the extract",
        }
    }
}

/// The class of a way; `None` when it is no street and no ferry at all.
pub fn class(tags: &Tags<'_>) -> Option<Result<Highway, Dropped>> {
    let Some(value) = tags.get("highway") else {
        return tags.is("route", "ferry").then_some(Ok(Highway::Ferry));
    };
    Some(match value.strip_suffix("_link").unwrap_or(value) {
        "motorway" => Ok(Highway::Motorway),
        "trunk" => Ok(Highway::Trunk),
        "primary" => Ok(Highway::Primary),
        "secondary" => Ok(Highway::Secondary),
        "tertiary" => Ok(Highway::Tertiary),
        "unclassified" => Ok(Highway::Unclassified),
        "residential" => Ok(Highway::Residential),
        "living_street" => Ok(Highway::LivingStreet),
        "service" => Ok(Highway::Service),
        "road" => Ok(Highway::Road),
        "busway" => Ok(Highway::Busway),
        "track" => Ok(Highway::Track),
        "cycleway" => Ok(Highway::Cycleway),
        "path" => Ok(Highway::Path),
        "footway" => Ok(Highway::Footway),
        "pedestrian" => Ok(Highway::Pedestrian),
        "bridleway" => Ok(Highway::Bridleway),
        "steps" => Ok(Highway::Steps),
        "construction" | "proposed" | "planned" | "abandoned" | "disused" | "razed" | "demolished" | "dismantled" | "removed" | "no" => {
            Err(Dropped::NotBuilt)
        }
        _ => Err(Dropped::OtherClass),
    })
}

/// What an access tag's value says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Permission {
    Yes,
    Destination,
    Dismount,
    No(Dropped),
}

/// Values that say nothing known are as good as no tag.
pub(super) fn permission(tags: &Tags<'_>, key: &str) -> Option<Permission> {
    match tags.get(key)? {
        "yes" | "designated" | "permissive" | "official" | "allowed" | "optional_sidepath" | "discouraged" => Some(Permission::Yes),
        "destination" | "customers" | "delivery" => Some(Permission::Destination),
        "dismount" => Some(Permission::Dismount),
        "use_sidepath" => Some(Permission::No(Dropped::UseSidepath)),
        "no" => Some(Permission::No(Dropped::Forbidden)),
        "private" | "permit" | "residents" | "employees" | "members" | "military" | "restricted" | "agricultural" | "forestry"
        | "emergency" => Some(Permission::No(Dropped::Private)),
        _ => None,
    }
}

const RIDE: Access = Access { on_foot: false, destination_only: false };
const PUSH: Access = Access { on_foot: true, destination_only: false };

/// Whether and how a bicycle may use a way of class `highway`.
pub fn access(tags: &Tags<'_>, highway: Highway) -> Result<Access, Dropped> {
    if tags.is("area", "yes") {
        return Err(Dropped::Area);
    }
    if tags.get("sac_scale").is_some_and(|scale| !matches!(scale, "hiking" | "strolling")) {
        return Err(Dropped::Terrain);
    }
    match permission(tags, "bicycle") {
        Some(Permission::Yes) => return Ok(RIDE),
        Some(Permission::Destination) => return Ok(Access { destination_only: true, ..RIDE }),
        Some(Permission::Dismount) => return Ok(PUSH),
        Some(Permission::No(why)) => return Err(why),
        None => {}
    }
    // A cycleway is signed for bicycles: `vehicle` is not meant for it.
    match permission(tags, "vehicle").filter(|_| highway != Highway::Cycleway) {
        Some(Permission::No(why)) => return push(tags, highway, why),
        Some(Permission::Destination) => return by_class(tags, highway).map(|access| Access { destination_only: true, ..access }),
        // `vehicle=yes` lifts what `access` says of everybody.
        Some(Permission::Yes) => return by_class(tags, highway),
        Some(Permission::Dismount) | None => {}
    }
    match permission(tags, "access") {
        Some(Permission::No(why)) => match permission(tags, "foot") {
            Some(Permission::Yes) => Ok(PUSH),
            Some(Permission::Destination) => Ok(Access { destination_only: true, ..PUSH }),
            // `access=no` with nobody excepted is closed, whoever owns it.
            _ => Err(if why == Dropped::Forbidden { Dropped::Private } else { why }),
        },
        Some(Permission::Destination) => by_class(tags, highway).map(|access| Access { destination_only: true, ..access }),
        Some(Permission::Yes | Permission::Dismount) | None => by_class(tags, highway),
    }
}

/// The default of a class, where no tag speaks of bicycles.
fn by_class(tags: &Tags<'_>, highway: Highway) -> Result<Access, Dropped> {
    use Highway as H;
    match highway {
        _ if tags.is("motorroad", "yes") => Err(Dropped::ClosedClass),
        H::Motorway | H::Busway => Err(Dropped::ClosedClass),
        H::Footway | H::Pedestrian | H::Bridleway | H::Steps => push(tags, highway, Dropped::Forbidden),
        H::Path if tags.is("foot", "designated") || tags.is("horse", "designated") => push(tags, highway, Dropped::Forbidden),
        H::Trunk
        | H::Primary
        | H::Secondary
        | H::Tertiary
        | H::Unclassified
        | H::Residential
        | H::LivingStreet
        | H::Service
        | H::Road
        | H::Track
        | H::Cycleway
        | H::Path
        | H::Ferry => Ok(RIDE),
    }
}

/// Pushing is walking: allowed unless `foot` (or, without it, `access`) denies it.
fn push(tags: &Tags<'_>, highway: Highway, otherwise: Dropped) -> Result<Access, Dropped> {
    if matches!(highway, Highway::Motorway | Highway::Busway) || tags.is("motorroad", "yes") {
        return Err(otherwise);
    }
    match permission(tags, "foot").or_else(|| permission(tags, "access")) {
        Some(Permission::No(_)) => Err(otherwise),
        Some(Permission::Destination) => Ok(Access { destination_only: true, ..PUSH }),
        Some(Permission::Yes | Permission::Dismount) | None => Ok(PUSH),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tags::tags;
    use super::*;

    fn of(text: &str) -> Result<Access, Dropped> {
        let tags = tags(text);
        class(&tags).expect("a street").and_then(|highway| access(&tags, highway))
    }

    const RIDE_TO_DESTINATION: Access = Access { on_foot: false, destination_only: true };

    #[test]
    fn rides() {
        for text in [
            "highway=residential",
            "highway=trunk",
            "highway=primary_link",
            "highway=cycleway",
            "highway=cycleway vehicle=no",
            "highway=path",
            "highway=path foot=designated bicycle=designated",
            "highway=footway bicycle=yes",
            "highway=footway bicycle=designated",
            "highway=pedestrian bicycle=permissive",
            "highway=service access=private bicycle=yes",
            "highway=residential access=no vehicle=yes",
            "highway=residential bicycle=optional_sidepath",
            "highway=motorway bicycle=yes",
            "highway=trunk motorroad=yes bicycle=designated",
            "highway=busway bicycle=yes",
            "highway=path sac_scale=hiking",
            "highway=residential motor_vehicle=no",
            "highway=residential access=unheard_of",
            "route=ferry",
        ] {
            assert_eq!(of(text), Ok(RIDE), "{text}");
        }
    }

    #[test]
    fn rides_to_a_destination() {
        for text in [
            "highway=residential access=destination",
            "highway=service access=customers",
            "highway=residential vehicle=destination",
            "highway=track bicycle=destination",
        ] {
            assert_eq!(of(text), Ok(RIDE_TO_DESTINATION), "{text}");
        }
    }

    #[test]
    fn pushes() {
        for text in [
            "highway=footway",
            "highway=pedestrian",
            "highway=steps",
            "highway=bridleway",
            "highway=path foot=designated",
            "highway=path horse=designated",
            "highway=residential bicycle=dismount",
            "highway=cycleway bicycle=dismount",
            "highway=track vehicle=no",
            "highway=track vehicle=private",
            "highway=service access=private foot=yes",
        ] {
            assert_eq!(of(text), Ok(PUSH), "{text}");
        }
    }

    #[test]
    fn stays_away() {
        for (text, why) in [
            ("highway=motorway", Dropped::ClosedClass),
            ("highway=motorway_link", Dropped::ClosedClass),
            ("highway=trunk motorroad=yes", Dropped::ClosedClass),
            ("highway=trunk motorroad=yes vehicle=no", Dropped::Forbidden),
            ("highway=busway", Dropped::ClosedClass),
            ("highway=raceway", Dropped::OtherClass),
            ("highway=corridor", Dropped::OtherClass),
            ("highway=platform bicycle=yes", Dropped::OtherClass),
            ("highway=construction construction=cycleway", Dropped::NotBuilt),
            ("highway=proposed", Dropped::NotBuilt),
            ("highway=pedestrian area=yes bicycle=yes", Dropped::Area),
            ("highway=residential bicycle=no", Dropped::Forbidden),
            ("highway=footway foot=no", Dropped::Forbidden),
            ("highway=track vehicle=no foot=no", Dropped::Forbidden),
            ("highway=residential bicycle=private", Dropped::Private),
            ("highway=service access=private", Dropped::Private),
            ("highway=service access=no", Dropped::Private),
            ("highway=secondary bicycle=use_sidepath", Dropped::UseSidepath),
            ("highway=path sac_scale=demanding_mountain_hiking", Dropped::Terrain),
            ("route=ferry bicycle=no", Dropped::Forbidden),
        ] {
            assert_eq!(of(text), Err(why), "{text}");
        }
        assert!(class(&tags("waterway=river")).is_none());
    }
}
