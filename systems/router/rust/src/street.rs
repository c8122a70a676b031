//! The words for what a street is: class, lane, surface. Each is stored as one byte.

/// Defines a byte-sized enum with its stored number and, for answers, its name.
macro_rules! stored {
    ($(#[$doc:meta])* $name:ident { $($(#[$item_doc:meta])* $item:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum $name { $($(#[$item_doc])* $item,)+ }

        impl $name {
            pub const ALL: [Self; [$($text),+].len()] = [$(Self::$item),+];

            /// From its stored byte.
            #[must_use]
            pub fn from_byte(byte: u8) -> Option<Self> {
                Self::ALL.get(usize::from(byte)).copied()
            }

            /// From its name.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.into_iter().find(|known| known.name() == name)
            }

            #[must_use]
            pub const fn to_byte(self) -> u8 {
                self as u8
            }

            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$item => $text,)+ }
            }
        }
    };
}

stored! {
    /// OpenStreetMap's `highway` class; a `_link` counts as the class it links. A ferry line is a class of its own.
    Highway {
        Motorway = "motorway",
        Trunk = "trunk",
        Primary = "primary",
        Secondary = "secondary",
        Tertiary = "tertiary",
        Unclassified = "unclassified",
        Residential = "residential",
        LivingStreet = "living_street",
        Service = "service",
        Road = "road",
        Busway = "busway",
        Track = "track",
        Cycleway = "cycleway",
        Path = "path",
        Footway = "footway",
        Pedestrian = "pedestrian",
        Bridleway = "bridleway",
        Steps = "steps",
        Ferry = "ferry",
    }
}

stored! {
    /// What a street offers a rider in one direction, from least to most separation, then what is not riding on a street.
    Infra {
        None = "none",
        /// Sharrows, or a lane shared with buses.
        SharedLane = "shared_lane",
        /// A painted lane.
        Lane = "lane",
        /// `bicycle_road` or `cyclestreet`: motor traffic is a guest.
        BicycleStreet = "bicycle_street",
        /// A way of its own beside the carriageway.
        Track = "track",
        /// Away from motor traffic: cycleway, path, or a walkers' way open to riders.
        Path = "path",
        /// Get off and push.
        Walk = "walk",
        Steps = "steps",
        StepsWithRamp = "steps_with_ramp",
        Ferry = "ferry",
    }
}

stored! {
    /// What the wheels meet, from smoothest to roughest.
    Surface {
        Smooth = "smooth",
        Blocks = "blocks",
        Compact = "compact",
        Sett = "sett",
        Loose = "loose",
        Cobbles = "cobbles",
        Soft = "soft",
    }
}
