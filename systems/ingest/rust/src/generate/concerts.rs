//! The thirty concerts that people registered for. Bands, tours and halls are invented; some of their names need quotes in CSV.

pub(super) struct Concert {
    pub(super) name: &'static str,
    pub(super) date: &'static str,
    pub(super) venue: &'static str,
    /// The plainest ticket's price.
    pub(super) price_cents: u64,
}

const fn concert(name: &'static str, date: &'static str, venue: &'static str, price_cents: u64) -> Concert {
    Concert { name, date, venue, price_cents }
}

pub(super) const CONCERTS: [Concert; 30] = [
    concert("Midnight Harbors: Lanterns Tour", "2026-05-02", "Harbour Hall, Bristol", 4550),
    concert("The Paper Kites Orchestra", "2026-05-07", "Kestrel Arena, Denver", 6200),
    concert("Ana \"La Voz\" Ortega", "2026-05-09", "Teatro Solar, Valencia", 7810),
    concert("Copper & Pine", "2026-05-15", "Old Mill Amphitheater", 3900),
    concert("Northern Lights Festival, Day 1", "2026-05-22", "Lakeside Park, Oulu", 8500),
    concert("Northern Lights Festival, Day 2", "2026-05-23", "Lakeside Park, Oulu", 8500),
    concert("Velvet Antlers", "2026-05-29", "The \"Boiler Room\", Leeds", 4125),
    concert("Sixteen Summers Reunion", "2026-06-05", "Meridian Stadium, Austin", 9900),
    concert("Quiet Machines: Signal Tour", "2026-06-06", "Foundry 21, Chicago", 5475),
    concert("Queen of Sparrows", "2026-06-12", "Royal Assembly Rooms", 6650),
    concert("Sons of the Estuary", "2026-06-13", "Pier Pavilion, Brighton", 4840),
    concert("Élodie et les Marées", "2026-06-19", "Salle des Étoiles, Nantes", 5200),
    concert("Red Canyon Strings", "2026-06-20", "Canyon Bowl, Sedona", 7250),
    concert("Tokyo Static", "2026-06-26", "Shibuya Dome 東京", 8890),
    concert("The Longest Day: Solstice Live", "2026-06-21", "Standing Stones Field", 6100),
    concert("Harlow & the Tides", "2026-07-03", "Bayfront Shell, San Diego", 5590),
    concert("Brass Republic", "2026-07-04", "Liberty Gardens, Boston", 4700),
    concert("Glass Elevator: Ascending", "2026-07-10", "Skyline Theatre, Toronto", 6935),
    concert("Folk in the Orchard", "2026-07-11", "Appletree Farm, Hereford", 3375),
    concert("Marlowe Finch Trio", "2026-07-17", "Blue Door Jazz Club", 4260),
    concert("Electric Meadow, Opening Night", "2026-07-18", "Meadowlands Arena, Utrecht", 9150),
    concert("The Great Unplugging", "2026-07-24", "Chapel Hall, Edinburgh", 3780),
    concert("Ravens over Reykjavík", "2026-07-25", "Harpa Nova, Reykjavík", 7405),
    concert("Golden Hour with Ida Lund", "2026-07-31", "Tivoli Terrace, Aarhus", 5640),
    concert("Concrete Lullabies Tour", "2026-08-01", "Warehouse 9, Berlin", 4995),
    concert("The Secondhand Symphony", "2026-08-07", "City Concert Hall, Leipzig", 8120),
    concert("Prairie Thunder", "2026-08-08", "Grand Fairground, Omaha", 5325),
    concert("Opal Motel: Last Resort", "2026-08-14", "Desert Drive-In, Reno", 6480),
    concert("Saltwater Hymns", "2026-08-21", "Lighthouse Green, Cork", 4410),
    concert("Midnight Harbors: Farewell", "2026-08-29", "Harbour Hall, Bristol", 9725),
];
