//! A metro made of a drawn town: read back by our own builder and, element by element, by `osmpbf`.

use std::io::Cursor;

use osmpbf::{Element, ElementReader};
use proptest::prelude::*;
use router::build::mirror::{MirrorError, mirror};
use router::build::{Plan, build_with};

use crate::pbf::Map;

/// A town whose streets leave it on all four sides; a restriction at its middle, 9.
fn town() -> Map {
    let map = Map::default().node(1, -1000, 0, "").node(2, 1000, 30, "").node(3, 0, -500, "").node(4, 20, 500, "").node(
        9,
        0,
        0,
        "highway=traffic_signals",
    );
    let map = map
        .way(&[9, 3], "highway=tertiary")
        .way(&[9, 4], "highway=tertiary")
        .way(&[9, 1], "highway=residential name=West")
        .way(&[9, 2], "highway=residential");
    map.way(&[1, 4], "building=yes").restriction([1, 9, 3], "restriction=no_left_turn")
}

fn mirrored(map: &Map, grid: [u32; 2]) -> Result<Vec<u8>, MirrorError> {
    let mut bytes = Vec::new();
    mirror(|| Ok(Cursor::new(map.pbf())), &mut bytes, grid, &mut |_| ())?;
    Ok(bytes)
}

#[test]
fn tiles_join_and_are_all_there() {
    let bytes = mirrored(&town(), [2, 3]).unwrap();
    let (parts, report) = build_with(|| Ok(Cursor::new(bytes.clone())), &Plan::default(), &mut |_| ()).unwrap();
    // 6 middles, 5 ends a tile of which neighbours share: 7 seams inside, 10 ends at the rim.
    assert_eq!((report.connected.nodes, report.network.nodes, report.components), (6 + 7 + 10, 23, 1));
    assert_eq!((parts.streets.len(), report.nodes_missing, report.restrictions.get("held to")), (24, 0, Some(&6)));
    let plain = build_with(|| Ok(Cursor::new(town().pbf())), &Plan::default(), &mut |_| ()).unwrap().1;
    let expected_km = plain.connected.length_km * 6.0 * 0.97;
    assert!((report.connected.length_km / expected_km - 1.0).abs() < 0.01, "{} km of {expected_km}", report.connected.length_km);
}

#[test]
fn ids_are_unique_ascending_and_restrictions_swap_sides() {
    let bytes = mirrored(&town(), [2, 2]).unwrap();
    let (mut nodes, mut ways, mut turns, mut signals) = (Vec::new(), Vec::new(), Vec::new(), 0);
    ElementReader::new(Cursor::new(bytes))
        .for_each(|element| match element {
            Element::DenseNode(node) => {
                nodes.push(node.id());
                signals += usize::from(node.tags().any(|tag| tag == ("highway", "traffic_signals")));
            }
            Element::Way(way) => {
                assert!(way.tags().all(|(key, _)| key != "building"));
                ways.push((way.id(), way.refs().collect::<Vec<_>>()));
            }
            Element::Relation(relation) => {
                turns.push(relation.tags().find(|(key, _)| *key == "restriction").map(|(_, value)| value.to_owned()).unwrap());
                let roles: Vec<_> = relation.members().map(|member| member.role().unwrap().to_owned()).collect();
                assert_eq!(roles, ["from", "via", "to"]);
            }
            Element::Node(_) => unreachable!("nodes are dense"),
        })
        .unwrap();
    assert!(nodes.is_sorted_by(|a, b| a < b) && ways.is_sorted_by(|a, b| a.0 < b.0));
    assert!(ways.iter().flat_map(|way| &way.1).all(|id| nodes.binary_search(id).is_ok()), "every node of a way is there");
    assert_eq!((signals, ways.len()), (4, 16));
    assert_eq!(turns, ["no_left_turn", "no_right_turn", "no_right_turn", "no_left_turn"]);
}

#[test]
fn what_cannot_be_mirrored_is_refused() {
    assert!(matches!(mirrored(&Map::default().node(1, 0, 0, "").way(&[1], "building=yes"), [2, 2]), Err(MirrorError::Empty)));
    let wide = Map::default().node(1, -100_000, -50_000, "").node(2, 100_000, 50_000, "").node(3, 0, 0, "").way(&[1, 3, 2], "highway=path");
    assert!(matches!(mirrored(&wide, [16, 16]), Err(MirrorError::TooLarge { .. })));
}

proptest! {
    #[test]
    fn damaged_extracts_never_panic(changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
        let mut bytes = town().pbf();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        let mut out = Vec::new();
        if mirror(|| Ok(Cursor::new(bytes.clone())), &mut out, [2, 2], &mut |_| ()).is_ok() {
            let _ = build_with(|| Ok(Cursor::new(out.clone())), &Plan::default(), &mut |_| ());
        }
    }
}
