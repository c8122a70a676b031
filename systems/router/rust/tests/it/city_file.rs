//! The packed file: its bytes, and what is refused.

use proptest::prelude::*;
use router::city::encode::{CityParts, encode, write_file};
use router::city::format::{HEADER_BYTES, SectionKind};
use router::city::map::map_file;
use router::city::{City, CityError};
use router::http::handle;
use router::route::Router;
use xxhash_rust::xxh3::xxh3_64;

use crate::fixtures::{random_parts, square};
use crate::function::event;

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap())
}

/// Offsets and values worked out by hand from `format`, not read back through it: reader and writer could share a mistake.
#[test]
fn the_layout_by_hand() {
    let bytes = square();
    assert_eq!(&bytes[..8], b"BIKECITY");
    assert_eq!((u32_at(&bytes, 8), &bytes[12..16]), (1, &[1, 2, 3, 4][..]), "version, byte order");
    assert_eq!((u32_at(&bytes, 16), u32_at(&bytes, 20), u64_at(&bytes, 24)), (2048, 13, bytes.len() as u64));
    // 4 nodes; 2 two-way and 2 one-way streets: 6 arcs, 4 segments; 3 + 2 + 2 + 2 points; 2 names.
    assert_eq!([32, 36, 40, 44, 48].map(|at| u32_at(&bytes, at)), [4, 6, 4, 9, 2]);
    // The section table starts after the reserved words: 104 + 114 × 8.
    let slot = |index: usize| 1016 + 32 * index;
    assert_eq!(
        (u32_at(&bytes, slot(0)), u32_at(&bytes, slot(0) + 4), u64_at(&bytes, slot(0) + 8), u64_at(&bytes, slot(0) + 16)),
        (1, 4, 2048, 20)
    );
    let first_out: Vec<u32> = (0..5).map(|i| u32_at(&bytes, 2048 + 4 * i)).collect();
    // 0 -> 1; 1 -> 0, 1 -> 3; 2 -> 3, 2 -> 0; 3 -> 2.
    assert_eq!(first_out, [0, 1, 3, 5, 6]);
    assert_eq!(u64_at(&bytes, slot(1) + 8), 2048 + 64, "the next 64-byte boundary");
    let heads: Vec<u32> = (0..6).map(|i| u32_at(&bytes, 2112 + 4 * i)).collect();
    assert_eq!(heads, [1, 0, 3, 3, 0, 2]);
    let on: Vec<u32> = (0..6).map(|i| u32_at(&bytes, 2048 + 3 * 64 + 4 * i)).collect();
    assert_eq!(on, [0, 1, 2, 4, 6, 5], "segment × 2 + against its line");
    assert_eq!(u32_at(&bytes, 2048 + 4 * 64).cast_signed(), 249_000_000, "longitude of node 0");
    let name_bytes = u64_at(&bytes, slot(9) + 8) as usize;
    assert_eq!(&bytes[name_bytes..name_bytes + 10], "Åkergatan".as_bytes());
    assert_eq!(u64_at(&bytes, 2040), xxh3_64(&bytes[..2040]), "the header's checksum is its last word");
}

#[test]
fn what_was_packed_is_read_back() {
    let bytes = square();
    let city = City::parse(&bytes).unwrap();
    let street = city.segment(0);
    assert_eq!((city.name(street), city.name(city.segment(1))), (Some("Long \"Street\""), None));
    assert_eq!((city.line(0).len(), city.report()), (3, "{}"));
    assert_eq!((street.highway().name(), city.node_count()), ("residential", 4));
}

#[test]
fn any_changed_byte_is_an_error() {
    let mut bytes = square();
    for at in 0..bytes.len() {
        for flip in [0x01, 0x80, 0xFF] {
            bytes[at] ^= flip;
            assert!(City::parse(&bytes).is_err(), "byte {at} ^ {flip:#x} went unnoticed");
            bytes[at] ^= flip;
        }
    }
    assert!(City::parse(&bytes).is_ok());
}

#[test]
fn any_missing_or_added_byte_is_an_error() {
    let mut bytes = square();
    for length in 0..bytes.len() {
        assert!(City::parse(&bytes[..length]).is_err(), "cut to {length} bytes");
    }
    bytes.push(0);
    assert!(matches!(City::parse(&bytes), Err(CityError::Length { .. })));
}

#[test]
fn the_message_names_the_cause() {
    let bytes = square();
    let changed = |at: usize, value: u8| {
        let mut bytes = bytes.clone();
        bytes[at] = value;
        City::parse(&bytes).unwrap_err()
    };
    assert_eq!(City::parse(&bytes[..100]).unwrap_err(), CityError::Short { found: 100, needed: HEADER_BYTES });
    assert_eq!(changed(0, b'X'), CityError::Magic);
    assert_eq!(changed(8, 9), CityError::Version { found: 9 });
    assert_eq!(changed(12, 4), CityError::ByteOrder);
    assert_eq!(changed(200, 1), CityError::Checksum { part: "header".into() });
    assert_eq!(changed(2048, 1), CityError::Checksum { part: "section FirstOut".into() });
    assert_eq!(changed(bytes.len() - 1, 1), CityError::Checksum { part: "section Report".into() });
    assert!(matches!(City::parse(&bytes[..bytes.len() - 64]).unwrap_err(), CityError::Length { .. }));
}

/// Makes every checksum right again, as a forger would.
fn sign(bytes: &mut [u8]) {
    for index in 0..SectionKind::ALL.len() {
        let slot = 1016 + 32 * index;
        let (start, length) = (u64_at(bytes, slot + 8) as usize, u64_at(bytes, slot + 16) as usize);
        let end = start.saturating_add(length).checked_next_multiple_of(64).unwrap_or(usize::MAX);
        if let Some(section) = bytes.get(start..end) {
            let checksum = xxh3_64(section);
            bytes[slot + 24..slot + 32].copy_from_slice(&checksum.to_le_bytes());
        }
    }
    let checksum = xxh3_64(&bytes[..2040]);
    bytes[2040..2048].copy_from_slice(&checksum.to_le_bytes());
}

/// A file may be forged with right checksums: it is refused or answers, and never panics.
fn survives(bytes: &[u8]) {
    let Ok(city) = City::parse(bytes) else { return };
    let mut router = Router::new(city);
    for (from, to) in [((60.17, 24.9), (60.172, 24.904)), ((60.172, 24.9), (60.17, 24.902)), ((60.1701, 24.9039), (60.17, 24.9))] {
        let body = format!("{{\"origin\":[{},{}],\"destination\":[{},{}]}}", from.0, from.1, to.0, to.1);
        assert!([200, 422].contains(&handle(&mut router, &event(&body)).status_code));
    }
}

#[test]
fn a_forged_byte_anywhere_never_panics() {
    let original = square();
    for at in 0..original.len() {
        for flip in [0x01, 0x40, 0xFF] {
            let mut bytes = original.clone();
            bytes[at] ^= flip;
            sign(&mut bytes);
            survives(&bytes);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn forged_words_never_panic(parts in random_parts(), forged in proptest::collection::vec((any::<prop::sample::Index>(), any::<u32>()), 1..4)) {
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
        prop_assert!(City::parse(&bytes).is_err());
    }

    #[test]
    fn packing_is_deterministic_and_reads_back(parts in random_parts()) {
        let bytes = encode(&parts).unwrap();
        prop_assert_eq!(&bytes, &encode(&parts).unwrap());
        let city = City::parse(&bytes).unwrap();
        for (segment, part) in (0..).zip(&parts.streets) {
            prop_assert_eq!(city.line(segment), &part.line[..]);
            let packed = city.segment(segment);
            let costs = [packed.forward_arc, packed.backward_arc].map(|arc| (arc != u32::MAX).then(|| city.cost(arc)));
            prop_assert_eq!(costs, [part.forward.map(|f| f.0), part.backward.map(|b| b.0)]);
        }
    }
}

#[test]
fn what_is_no_city_is_not_packed() {
    let empty = CityParts::default();
    assert!(City::parse(&encode(&empty).unwrap()).is_ok(), "an empty city is one");
    let nodes = vec![crate::fixtures::place(0, 0), crate::fixtures::place(5, 5)];
    let good = crate::fixtures::street(&nodes, 0, 1, true, true);
    let pack = |change: fn(&mut router::city::encode::StreetPart)| {
        let mut street = good.clone();
        change(&mut street);
        encode(&CityParts { nodes: nodes.clone(), streets: vec![street], names: Vec::new(), report: String::new() })
    };
    assert!(pack(|_| ()).is_ok());
    assert!(pack(|street| street.head = 2).is_err());
    assert!(pack(|street| street.line.truncate(1)).is_err());
    assert!(pack(|street| street.length_mm = 0).is_err());
    assert!(pack(|street| street.name = Some(0)).is_err());
    assert!(pack(|street| (street.forward, street.backward) = (None, None)).is_err());
    assert!(pack(|street| street.forward.as_mut().unwrap().0 = 0).is_err());
}

#[test]
fn a_file_is_written_whole_and_mapped() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("city.graph");
    write_file(&path, &square()).unwrap();
    let map = map_file(&path).unwrap();
    assert_eq!(City::parse(&map).unwrap().node_count(), 4);
    // Replaced under the mapping: the old one still stands.
    write_file(&path, b"other").unwrap();
    assert!(City::parse(&map).is_ok());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left behind");
    std::fs::write(&path, b"").unwrap();
    assert!(map_file(&path).unwrap_err().to_string().contains("city.graph"));
    assert!(map_file(&folder.path().join("none")).is_err());
}
