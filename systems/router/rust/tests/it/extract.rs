//! Extracts drawn by hand, through the whole builder.

use proptest::prelude::*;
use router::build::{BuildError, DrivingSide, Report, build};
use router::city::City;
use router::city::encode::encode;
use router::parts::CityParts;
use router::route::{NoRoute, Router};

use crate::fixtures::place;
use crate::pbf::Map;
use crate::routes::ask;

fn try_build(bytes: &[u8]) -> Result<(CityParts, Report), BuildError> {
    build(|| Ok(bytes), DrivingSide::Right, &mut |_| ())
}

fn city(map: &Map) -> (Vec<u8>, Report) {
    let (parts, report) = try_build(&map.pbf()).expect("a network");
    (encode(&parts).unwrap(), report)
}

/// Highway classes ridden, or why not.
fn ride(bytes: &[u8], from: (i32, i32), to: (i32, i32)) -> Result<Vec<String>, NoRoute> {
    let mut router = Router::new(City::open(bytes).unwrap());
    let route = ask(&mut router, place(from.0, from.1), place(to.0, to.1))?;
    let city = router.city();
    let ridden = route.legs.iter().map(|leg| (leg.segment, city.class(city.way(leg.segment, leg.direction).unwrap().class).highway));
    Ok(ridden.map(|(segment, highway)| city.street_name(segment).unwrap_or(highway.name()).to_owned()).collect())
}

/// A ring road, always there and dear, so that whatever is tried inside it stays connected.
///
/// ```text
/// 4 ---------- 3
/// |            |
/// 1 ---------- 2      1 at (0, 0), 3 at (100, 50)
/// ```
fn ring() -> Map {
    let ring = Map::default().node(1, 0, 0, "").node(2, 100, 0, "").node(3, 100, 50, "").node(4, 0, 50, "");
    ring.way(&[1, 4, 3, 2], "highway=trunk")
}

/// Whether a rider takes the way 1-2 straight, forward and backward.
fn straight(tags: &str) -> (bool, bool) {
    let (bytes, _) = city(&ring().way(&[1, 2], tags));
    let one = |from, to| !ride(&bytes, from, to).unwrap().contains(&"trunk".to_owned());
    (one((0, 0), (100, 0)), one((100, 0), (0, 0)))
}

#[test]
fn tags_that_routers_get_wrong() {
    for (tags, expected) in [
        ("highway=residential", (true, true)),
        ("highway=residential oneway=yes", (true, false)),
        ("highway=residential oneway=-1", (false, true)),
        ("highway=residential oneway=yes oneway:bicycle=no", (true, true)),
        ("highway=residential junction=roundabout", (true, false)),
        ("highway=residential oneway=yes cycleway=opposite", (true, true)),
        ("highway=residential oneway=yes cycleway:left=opposite_lane", (true, true)),
        ("highway=residential oneway=yes cycleway:right=track", (true, false)),
        ("highway=residential oneway=yes cycleway:left=lane", (true, false)),
        ("highway=residential oneway=yes cycleway:left=track cycleway:left:oneway=no", (true, true)),
        ("highway=residential bicycle=no", (false, false)),
        ("highway=residential bicycle=use_sidepath", (false, false)),
        ("highway=residential bicycle=optional_sidepath", (true, true)),
        ("highway=residential oneway=yes bicycle=dismount", (true, true)),
        ("highway=service access=private", (false, false)),
        ("highway=service access=private bicycle=permissive", (true, true)),
        ("highway=residential access=destination", (true, true)),
        ("highway=footway", (true, true)),
        ("highway=steps", (true, true)),
        ("highway=motorway", (false, false)),
        ("highway=motorway bicycle=yes", (true, false)),
        ("highway=construction construction=residential", (false, false)),
        ("highway=pedestrian area=yes", (false, false)),
        ("route=ferry", (true, true)),
        ("route=ferry bicycle=no", (false, false)),
    ] {
        assert_eq!(straight(tags), expected, "{tags}");
    }
}

#[test]
fn a_barrier_cuts_the_way_and_can_be_ridden_up_to() {
    let through = |tags: &str| {
        let map = ring().node(9, 50, 0, tags).way(&[1, 9, 2], "highway=residential");
        let (bytes, report) = city(&map);
        (ride(&bytes, (0, 0), (100, 0)).unwrap().contains(&"trunk".to_owned()), ride(&bytes, (0, 0), (48, 0)).unwrap(), report.barriers)
    };
    assert_eq!(through("barrier=bollard"), (false, vec!["residential".to_owned()], 0));
    assert_eq!(through("barrier=stile"), (true, vec!["residential".to_owned()], 1));
    assert!(!through("barrier=stile bicycle=yes").0);
    assert_eq!(through("barrier=gate access=private"), (true, vec!["residential".to_owned()], 1));
}

#[test]
fn a_barrier_at_a_crossing_cuts_every_way_there() {
    let map = ring().node(9, 50, 0, "barrier=stile").way(&[1, 9], "highway=residential").way(&[9, 2], "highway=residential");
    assert!(ride(&city(&map).0, (0, 0), (100, 0)).unwrap().contains(&"trunk".to_owned()));
}

#[test]
fn segments_end_at_junctions_and_keep_the_points_between() {
    // 1 - 8 - 9 - 2 with a side street at 9; 8 is only a bend.
    let map = ring().node(8, 20, 3, "").node(9, 50, 0, "").node(10, 50, 20, "");
    let map = map.way(&[1, 8, 9, 2], "highway=residential name=Main").way(&[9, 10], "highway=residential name=Side");
    let (bytes, report) = city(&map);
    assert_eq!((report.connected.nodes, report.connected.segments), (4, 4), "1, 2, 9, 10: the corners 3 and 4 are bends, too");
    let read = City::open(&bytes).unwrap();
    let mut line = Vec::new();
    let bent = (0..4).find(|segment| {
        read.line(*segment, &mut line);
        line.contains(&place(20, 3))
    });
    assert_eq!((bent.is_some(), line.len()), (true, 3));
    assert_eq!(ride(&bytes, (0, 0), (50, 15)).unwrap(), ["Main", "Side"]);
}

#[test]
fn loops_crossings_and_drawing_slips() {
    let map = ring().node(8, 50, 0, "").node(9, 60, 10, "").node(10, 40, 10, "");
    // A lollipop: out to 8, round 9 and 10, back over 8, with one node drawn twice.
    let map = map.way(&[1, 8, 9, 9, 10, 8], "highway=residential name=Lollipop").way(&[8, 2], "highway=residential name=On");
    let (bytes, report) = city(&map);
    assert_eq!(report.connected.segments, 4, "ring, stick, loop, on");
    assert_eq!(ride(&bytes, (0, 0), (100, 0)).unwrap(), ["Lollipop", "On"]);
    // From the far side of the loop either way round is as long; it must come out.
    assert_eq!(ride(&bytes, (50, 10), (100, 0)).unwrap(), ["Lollipop", "On"]);
}

#[test]
fn what_is_cut_off_is_dropped_and_counted() {
    let map = ring().node(20, 50, -20, "").node(21, 60, -20, "").way(&[20, 21], "highway=residential");
    // A one-way street into nowhere.
    let map = map.node(22, 120, 0, "").way(&[2, 22], "highway=residential oneway=yes");
    // A way that leaves the extract: 99 is not in it.
    let map = map.way(&[1, 99, 2], "highway=residential").way(&[98, 99], "highway=residential").way(&[1, 2], "building=yes");
    let (bytes, report) = city(&map);
    assert_eq!((report.ways_read, report.ways_used, report.nodes_missing), (5, 4, 2));
    assert_eq!(report.ways_dropped.into_iter().collect::<Vec<_>>(), [("nodes not in the extract", 1)]);
    assert_eq!((report.network.segments, report.connected.segments), (3, 1));
    assert!(report.components >= 3);
    assert_eq!(City::open(&bytes).unwrap().node_count(), 2);
}

#[test]
fn the_same_extract_gives_the_same_bytes() {
    let map = ring().way(&[1, 3], "highway=cycleway").way(&[2, 4], "highway=path");
    assert_eq!(city(&map).0, city(&map).0);
}

#[test]
fn what_is_no_extract_is_said_clearly() {
    let message = |bytes: &[u8]| format!("{:#}", anyhow::Error::from(try_build(bytes).unwrap_err()));
    assert!(message(b"").contains("empty"), "{}", message(b""));
    assert!(message(b"PK\x03\x04 this is a zip").contains("block 0"), "{}", message(b"PK\x03\x04 this is a zip"));
    let no_streets = Map::default().node(1, 0, 0, "").way(&[1, 1], "building=yes").pbf();
    assert!(message(&no_streets).contains("no street network"));
    let whole = ring().pbf();
    assert!(message(&whole[..whole.len() - 5]).contains("block 1"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn damaged_extracts_never_panic(changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8), cut in any::<prop::sample::Index>()) {
        let map = ring().node(9, 50, 0, "barrier=stile").way(&[1, 9, 2], "highway=residential name=A oneway=-1");
        let mut bytes = map.pbf();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        bytes.truncate(cut.index(bytes.len() * 2) + 1);
        if let Ok((parts, _)) = try_build(&bytes) {
            let packed = encode(&parts).unwrap();
            prop_assert_eq!(City::open(&packed).unwrap().check(), Ok(()));
        }
    }

    #[test]
    fn random_tags_never_panic(tags in proptest::collection::vec("(highway|oneway|bicycle|access|cycleway|cycleway:left|cycleway:left:oneway|oneway:bicycle|surface|junction|area)=(yes|no|-1|opposite_lane|lane|track|residential|footway|steps|private|sett|roundabout|reversible|destination)", 0..6)) {
        let mut keys = std::collections::BTreeMap::new();
        for tag in &tags {
            let (key, value) = tag.split_once('=').unwrap();
            keys.insert(key, value);
        }
        let tags: Vec<String> = keys.into_iter().map(|(key, value)| format!("{key}={value}")).collect();
        let (parts, _) = try_build(&ring().way(&[1, 2], &tags.join(" ")).pbf()).unwrap();
        prop_assert_eq!(City::open(&encode(&parts).unwrap()).unwrap().check(), Ok(()));
    }
}
