//! The packed file: its bytes, and what is refused.

use proptest::prelude::*;
use router::city::encode::{encode, write_file};
use router::city::format::{HEADER_BYTES, SectionKind};
use router::city::map::map_file;
use router::city::{City, CityError, Direction};
use router::http::handle;
use router::parts::{CityParts, Stop, StreetPart, TurnPart, TurnRule, WayPart};
use router::route::Router;
use xxhash_rust::xxh3::xxh3_64;

use crate::fixtures::{parts, place, random_parts_with_turns, square, square_parts};
use crate::function::event;

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap())
}

const SLOTS: usize = 104 + 242 * 8;

/// Offsets and values worked out by hand from `format`, not read back through it: reader and writer could share a mistake.
#[test]
fn the_layout_by_hand() {
    let bytes = square();
    assert_eq!(&bytes[..8], b"BIKECITY");
    assert_eq!((u32_at(&bytes, 8), &bytes[12..16]), (3, &[1, 2, 3, 4][..]), "version, byte order");
    assert_eq!((u32_at(&bytes, 16), u64_at(&bytes, 24)), (4096, bytes.len() as u64));
    // 4 nodes, 4 segments; 4 states; 2 two-way and 2 one-way streets: 6 arcs; 2 names and that of the free turn.
    assert_eq!([32, 36, 40, 44, 48].map(|at| u32_at(&bytes, at)), [4, 4, 4, 6, 3]);
    let slot = |kind: SectionKind| SLOTS + 32 * kind as usize;
    let start = |kind: SectionKind| u64_at(&bytes, slot(kind) + 8) as usize;
    assert_eq!([0, 4].map(|at| u32_at(&bytes, SLOTS + at)), [1, 1], "the first section's kind and element");
    assert_eq!([8, 16].map(|at| u64_at(&bytes, SLOTS + at)), [4096, 4], "its place and length");
    assert_eq!(&bytes[4096..4100], b"city");
    let word = |kind: SectionKind, index: u32| u32_at(&bytes, start(kind) + 4 * index as usize);
    // 0 -> 1; 1 -> 0, 1 -> 3; 2 -> 3, 2 -> 0; 3 -> 2: segment × 2 + against its line.
    for (node, ways) in [(0, &[0][..]), (1, &[1, 2]), (2, &[4, 6]), (3, &[5])] {
        let state = word(SectionKind::NodeState, node);
        assert_eq!(word(SectionKind::StateNode, state), node);
        let arcs = word(SectionKind::FirstOut, state)..word(SectionKind::FirstOut, state + 1);
        assert_eq!(arcs.map(|arc| word(SectionKind::ArcWay, arc)).collect::<Vec<_>>(), ways);
    }
    assert_eq!(u32_at(&bytes, start(SectionKind::NodePoint)).cast_signed(), 249_000_000, "longitude of node 0");
    // 20,000 east and 1,000 south, then as much north, zigzag, seven bits a byte.
    let line = start(SectionKind::Lines);
    assert_eq!(&bytes[line..line + 10], [0xC0, 0xB8, 0x02, 0xCF, 0x0F, 0xC0, 0xB8, 0x02, 0xD0, 0x0F]);
    let segment = start(SectionKind::Segments) + 32;
    assert_eq!([0, 4, 12].map(|at| u32_at(&bytes, segment + at)), [1, 3, 10], "tail, head, end of the first line");
    assert_eq!(&bytes[segment + 16..segment + 32], [0, 0, 0, 0, 0, 0, 100, 0, 255, 255, 0, 0, 0, 0, 100, 0], "open, closed");
    let names = start(SectionKind::NameBytes);
    assert_eq!(&bytes[names..names + 10], "Åkergatan".as_bytes());
    assert_eq!(u64_at(&bytes, 4088), xxh3_64(&bytes[..4088]), "the header's checksum is its last word");
}

#[test]
fn what_was_packed_is_read_back() {
    let bytes = square();
    let city = City::open(&bytes).unwrap();
    assert_eq!(city.check(), Ok(()));
    let mut line = Vec::new();
    city.line(0, &mut line);
    assert_eq!((city.street_name(0), city.street_name(1), line.len()), (Some("Long \"Street\""), None, 3));
    assert_eq!((city.name(), city.report(), city.node_count(), city.stop_count()), ("city", "{}", 4, 11));
    assert_eq!((city.stop(5).comfort_pct, city.stop(5).stress_weight), (50, 256));
    assert_eq!([-1.0, 0.0, 0.04, 0.05, 0.5, 0.97, 7.0].map(|comfort| city.stop_near(comfort)), [0, 0, 0, 1, 5, 10, 10]);
    assert_eq!(city.turn_kind(0).name, "free");
}

/// Opened and checked whole.
fn check(bytes: &[u8]) -> Result<(), CityError> {
    City::open(bytes)?.check()
}

#[test]
fn any_changed_byte_is_an_error() {
    let mut bytes = square();
    for at in 0..bytes.len() {
        for flip in [0x01, 0x80, 0xFF] {
            bytes[at] ^= flip;
            assert!(check(&bytes).is_err(), "byte {at} ^ {flip:#x} went unnoticed");
            bytes[at] ^= flip;
        }
    }
    assert!(check(&bytes).is_ok());
}

#[test]
fn any_missing_or_added_byte_is_an_error() {
    let mut bytes = square();
    for length in 0..bytes.len() {
        assert!(City::open(&bytes[..length]).is_err(), "cut to {length} bytes");
    }
    bytes.push(0);
    assert!(matches!(City::open(&bytes), Err(CityError::Length { .. })));
}

#[test]
fn the_message_names_the_cause() {
    let bytes = square();
    let changed = |at: usize, value: u8| {
        let mut bytes = bytes.clone();
        bytes[at] = value;
        check(&bytes).unwrap_err()
    };
    assert_eq!(check(&bytes[..100]).unwrap_err(), CityError::Short { found: 100, needed: HEADER_BYTES });
    assert_eq!(check(b"PK").unwrap_err(), CityError::Magic);
    assert_eq!(changed(0, b'X'), CityError::Magic);
    assert_eq!(changed(8, 9), CityError::Version { found: 9 });
    assert_eq!(changed(12, 4), CityError::ByteOrder);
    assert_eq!(changed(200, 1), CityError::Checksum { part: "header".into() });
    assert_eq!(changed(4096, 1), CityError::Checksum { part: "section CityName".into() });
    assert_eq!(changed(bytes.len() - 1, 1), CityError::Checksum { part: "section IndexStops".into() });
    assert!(matches!(check(&bytes[..bytes.len() - 64]).unwrap_err(), CityError::Length { .. }));
}

/// Makes every checksum right again, as a forger would.
fn sign(bytes: &mut [u8]) {
    for index in 0..SectionKind::ALL.len() {
        let slot = SLOTS + 32 * index;
        let (start, length) = (u64_at(bytes, slot + 8) as usize, u64_at(bytes, slot + 16) as usize);
        let end = start.saturating_add(length).checked_next_multiple_of(64).unwrap_or(usize::MAX);
        if let Some(section) = bytes.get(start..end) {
            let checksum = xxh3_64(section);
            bytes[slot + 24..slot + 32].copy_from_slice(&checksum.to_le_bytes());
        }
    }
    let checksum = xxh3_64(&bytes[..4088]);
    bytes[4088..4096].copy_from_slice(&checksum.to_le_bytes());
}

fn with_turns() -> Vec<u8> {
    let turns = vec![TurnPart { from: (0, Direction::Forward), to: (0, Direction::Backward), rule: TurnRule::Forbidden }];
    encode(&CityParts { turns, ..square_parts() }).unwrap()
}

/// A file may be damaged or forged: it is refused or answers, and never panics.
fn survives(bytes: &[u8]) {
    let Ok(city) = City::open(bytes) else { return };
    let _ = city.check();
    let mut router = Router::new(city);
    for (from, to) in [((60.17, 24.9), (60.172, 24.904)), ((60.172, 24.9), (60.17, 24.902)), ((60.1701, 24.9039), (60.17, 24.9))] {
        let body = format!("{{\"origin\":[{},{}],\"destination\":[{},{}]}}", from.0, from.1, to.0, to.1);
        assert!([200, 422, 500].contains(&handle(&mut router, &event(&body)).status_code));
    }
    // What a map or an isochrone reads.
    let mut line = Vec::new();
    for segment in (0..).take(city.segments().len()) {
        city.line(segment, &mut line);
        for way in Direction::BOTH.into_iter().filter_map(|direction| city.way(segment, direction)) {
            let _ = (city.class(way.class), city.street_name(segment));
        }
    }
    let Some(origin) = router.snap(place(10, 0)) else { return };
    let _ = router.reach(&origin, city.stop_near(0.5), 60_000);
}

#[test]
fn a_forged_byte_anywhere_never_panics() {
    let original = with_turns();
    for at in 0..original.len() {
        for flip in [0x01, 0x40, 0xFF] {
            let mut bytes = original.clone();
            bytes[at] ^= flip;
            survives(&bytes);
            sign(&mut bytes);
            survives(&bytes);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn forged_words_never_panic(parts in random_parts_with_turns(), forged in proptest::collection::vec((any::<prop::sample::Index>(), any::<u32>()), 1..4)) {
        let mut bytes = encode(&parts).unwrap();
        for (at, word) in forged {
            let at = at.index(bytes.len() / 4) * 4;
            bytes[at..at + 4].copy_from_slice(&word.to_le_bytes());
        }
        sign(&mut bytes);
        survives(&bytes);
    }

    #[test]
    fn random_bytes_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..5000)) {
        prop_assert!(City::open(&bytes).is_err());
    }

    #[test]
    fn packing_is_deterministic_and_reads_back(parts in random_parts_with_turns()) {
        let bytes = encode(&parts).unwrap();
        prop_assert_eq!(&bytes, &encode(&parts).unwrap());
        let city = City::open(&bytes).unwrap();
        prop_assert_eq!(city.check(), Ok(()));
        let mut line = Vec::new();
        for (segment, part) in (0..).zip(&parts.streets) {
            city.line(segment, &mut line);
            prop_assert_eq!(&line, &part.line);
            prop_assert_eq!([city.way(segment, Direction::Forward), city.way(segment, Direction::Backward)], [part.forward, part.backward].map(|way| {
                let other = if way == part.forward { part.backward } else { part.forward };
                way.map(|way| WayPart { descent_dm: if other.is_some() { way.descent_dm } else { 0 }, ..way })
            }));
        }
    }
}

#[test]
fn what_is_no_city_is_not_packed() {
    let empty = CityParts::default();
    assert_eq!(check(&encode(&empty).unwrap()), Ok(()), "an empty city is one");
    let nodes = vec![crate::fixtures::place(0, 0), crate::fixtures::place(5, 5)];
    let good = crate::fixtures::street(&nodes, 0, 1, true, true);
    let pack = |change: fn(&mut StreetPart)| {
        let mut street = good.clone();
        change(&mut street);
        encode(&parts(nodes.clone(), vec![street]))
    };
    assert!(pack(|_| ()).is_ok());
    assert!(pack(|street| street.head = 2).is_err());
    assert!(pack(|street| street.line.truncate(1)).is_err());
    assert!(pack(|street| street.length_mm = 0).is_err());
    assert!(pack(|street| street.name = Some(0)).is_err());
    assert!(pack(|street| (street.forward, street.backward) = (None, None)).is_err());
    assert!(pack(|street| street.forward.as_mut().unwrap().class = 9).is_err());
    assert!(pack(|street| street.line[0].lon_e7 += 1).is_err());
    let city = |change: fn(&mut CityParts)| {
        let mut parts = parts(nodes.clone(), vec![good.clone()]);
        change(&mut parts);
        encode(&parts).map(|_| ())
    };
    assert_eq!(city(|_| ()), Ok(()));
    assert!(city(|parts| parts.name = "No Name".into()).is_err());
    assert!(city(|parts| parts.stops = vec![Stop { comfort_pct: 50, stress_weight: 1 }; 2]).is_err());
    assert!(city(|parts| parts.classes[0].effort_pct = 99).is_err());
    assert!(city(|parts| parts.turns = vec![TurnPart { from: (0, Direction::Forward), to: (1, Direction::Forward), rule: TurnRule::Forbidden }]).is_err());
}

#[test]
fn a_file_is_written_whole_and_mapped() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("city.graph");
    write_file(&path, &square()).unwrap();
    let map = map_file(&path).unwrap();
    assert_eq!(City::open(&map).unwrap().node_count(), 4);
    // Replaced under the mapping: the old one still stands.
    write_file(&path, b"other").unwrap();
    assert_eq!(check(&map), Ok(()));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left behind");
    std::fs::write(&path, b"").unwrap();
    assert!(map_file(&path).unwrap_err().to_string().contains("city.graph"));
    assert!(map_file(&folder.path().join("none")).is_err());
}
