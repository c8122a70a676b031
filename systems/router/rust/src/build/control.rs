//! What stands at a node: barriers, signals, stop signs, crossings.

use super::barrier::blocks;
use super::tags::Tags;

/// Marks of a node, as bits. Signs face one direction of their way, or, untagged, both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Marks(u8);

impl Marks {
    /// Stops bicycles.
    pub const BLOCKS: Self = Self(1);
    pub const SIGNALS_FORWARD: Self = Self(1 << 1);
    pub const SIGNALS_BACKWARD: Self = Self(1 << 2);
    /// Stop or give way.
    pub const YIELD_FORWARD: Self = Self(1 << 3);
    pub const YIELD_BACKWARD: Self = Self(1 << 4);
    pub const ALL_WAY_STOP: Self = Self(1 << 5);
    /// A marked crossing.
    pub const MARKED: Self = Self(1 << 6);
    pub const ISLAND: Self = Self(1 << 7);

    #[must_use]
    pub const fn has(self, mark: Self) -> bool {
        self.0 & mark.0 != 0
    }

    #[must_use]
    pub const fn with(self, mark: Self) -> Self {
        Self(self.0 | mark.0)
    }

    #[must_use]
    pub const fn has_signals(self) -> bool {
        self.has(Self::SIGNALS_FORWARD) || self.has(Self::SIGNALS_BACKWARD)
    }

    /// What the tags of a node say.
    #[must_use]
    pub fn of(tags: &Tags<'_>) -> Self {
        let mut marks = Self::default();
        if blocks(tags) {
            marks = marks.with(Self::BLOCKS);
        }
        let facing = |keys: [&str; 2], [forward, backward]: [Self; 2]| match keys.into_iter().find_map(|key| tags.get(key)) {
            Some("forward") => forward,
            Some("backward") => backward,
            _ => forward.with(backward),
        };
        let yields = || facing(["direction", "stop:direction"], [Self::YIELD_FORWARD, Self::YIELD_BACKWARD]);
        match tags.get("highway") {
            Some("traffic_signals") => {
                marks = marks.with(facing(["traffic_signals:direction", "direction"], [Self::SIGNALS_FORWARD, Self::SIGNALS_BACKWARD]));
            }
            Some("stop") if matches!(tags.get("stop"), Some("all" | "4way" | "all_way")) => marks = marks.with(Self::ALL_WAY_STOP),
            Some("stop" | "give_way") => marks = marks.with(yields()),
            _ => {}
        }
        let is_crossing = tags.is("highway", "crossing") || tags.get("crossing").is_some();
        if is_crossing && !tags.is("crossing", "no") {
            marks = marks.with(crossing(tags));
        }
        marks
    }
}

fn crossing(tags: &Tags<'_>) -> Marks {
    let mut marks = Marks::default();
    if tags.is("crossing", "traffic_signals") || tags.is("crossing:signals", "yes") {
        marks = marks.with(Marks::SIGNALS_FORWARD).with(Marks::SIGNALS_BACKWARD);
    }
    let marked = matches!(tags.get("crossing"), Some("marked" | "zebra" | "uncontrolled" | "traffic_signals"))
        || tags.get("crossing:markings").is_some_and(|value| value != "no")
        || tags.get("crossing_ref").is_some();
    if marked {
        marks = marks.with(Marks::MARKED);
    }
    if tags.is("crossing:island", "yes") || tags.is("crossing", "island") || tags.is("traffic_calming", "island") {
        marks = marks.with(Marks::ISLAND);
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::super::tags::tags;
    use super::*;

    #[test]
    fn signs_and_the_ways_they_face() {
        let of = |text: &str| Marks::of(&tags(text));
        assert!(of("highway=traffic_signals").has(Marks::SIGNALS_FORWARD) && of("highway=traffic_signals").has(Marks::SIGNALS_BACKWARD));
        let one = of("highway=traffic_signals traffic_signals:direction=backward");
        assert!(one.has(Marks::SIGNALS_BACKWARD) && !one.has(Marks::SIGNALS_FORWARD));
        assert!(
            of("highway=stop direction=forward").has(Marks::YIELD_FORWARD)
                && !of("highway=stop direction=forward").has(Marks::YIELD_BACKWARD)
        );
        assert!(of("highway=stop stop=all").has(Marks::ALL_WAY_STOP) && !of("highway=stop stop=all").has(Marks::YIELD_FORWARD));
        assert!(of("highway=give_way").has(Marks::YIELD_BACKWARD));
        assert!(of("highway=crossing crossing=traffic_signals").has_signals());
        assert!(of("highway=crossing crossing=zebra crossing:island=yes").has(Marks::ISLAND));
        assert!(
            of("highway=crossing crossing=uncontrolled").has(Marks::MARKED) && !of("highway=crossing crossing=unmarked").has(Marks::MARKED)
        );
        assert_eq!(of("highway=crossing crossing=no"), Marks::default());
        assert_eq!(of("barrier=wall"), Marks::BLOCKS);
    }
}
