//! The first route of a process: each step asks for the pages that it will read before it reads the first. See [`crate::city::prefetch`].

use crate::cch::{Door, Pieces, Query};
use crate::city::City;
use crate::city::prefetch::Prefetch;
use crate::geo::Point;

/// Pages of each array round a place where a climb begins, and at the end of the index, where all climbs meet: queries read most of these.
const AROUND_PAGES: usize = 7;
/// Round an entry on the way.
const BESIDE_PAGES: usize = 1;

/// What finding the street nearest to a place reads.
pub(super) fn snapping(city: &City<'_>, places: &[Point]) {
    let mut pages = Prefetch::default();
    places.iter().for_each(|place| city.grid().want(city, &mut pages, *place));
    pages.flush(city);
    let near: Vec<u32> = places.iter().filter_map(|place| city.grid().near(*place, 1.0).next()).collect();
    near.iter().for_each(|segment| city.want_near(&mut pages, *segment));
    pages.flush(city);
    for segment in near {
        city.want_line(&mut pages, segment);
    }
    pages.flush(city);
}

/// Of the index, what a query reads.
pub(super) fn climbs(city: &City<'_>, stop: usize, doors: [&[Door]; 2]) {
    let mut pages = Prefetch::default();
    let index = city.index();
    let varying = index.weights.len() / index.stops.len().max(1);
    let last = u32::try_from(index.nodes.len().saturating_sub(1)).unwrap_or(0);
    let starts: Vec<u32> = doors.iter().flat_map(|doors| doors.iter().map(|door| door.node)).chain([last]).collect();
    for node in &starts {
        pages.element(city, index.nodes, *node as usize, AROUND_PAGES);
    }
    pages.flush(city);
    for node in starts {
        let Some(node) = index.nodes.get(node as usize) else { continue };
        let (first, first_varying) = (node.first as usize, node.first_varying as usize);
        pages.element(city, index.head_depth, first.min(index.head_depth.len().saturating_sub(1)), AROUND_PAGES);
        let line = first.saturating_sub(first_varying).min(index.lines.len().saturating_sub(1));
        pages.element(city, index.lines, line, AROUND_PAGES);
        let weight = (stop * varying + first_varying).min(((stop + 1) * varying).saturating_sub(1));
        pages.element(city, index.weights, weight, AROUND_PAGES);
    }
    pages.flush(city);
}

/// Of the index, what unpacking reads: level by level.
pub(super) fn unpacking(city: &City<'_>, stop: usize, query: &Query) {
    let Ok(index) = city.index().index(stop) else { return };
    let mut pages = Prefetch::default();
    let mut entries: Vec<u32> = query.entries().collect();
    // Children have lower numbers, so a sound file ends this; and no file makes it longer than a route.
    let mut left = city.state_count();
    while !entries.is_empty() && entries.len() <= left {
        left -= entries.len();
        for entry in &entries {
            pages.element(city, city.index().ways, *entry as usize, BESIDE_PAGES);
        }
        pages.flush(city);
        for first in entries.iter().filter_map(|entry| index.alternatives_at(*entry)) {
            pages.element(city, city.index().alternatives, first, BESIDE_PAGES);
        }
        pages.flush(city);
        let mut finer = Vec::with_capacity(entries.len() * 2);
        for pieces in entries.iter().filter_map(|entry| index.pieces(*entry)) {
            match pieces {
                Pieces::Entries(two) => finer.extend(two),
                Pieces::Run(first) => pages.element(city, city.index().runs, first as usize, 0),
            }
        }
        entries = finer;
    }
    pages.flush(city);
}

/// What legs, their lines and their names are made from.
pub(super) fn streets(city: &City<'_>, arcs: &[u32]) {
    let mut pages = Prefetch::default();
    arcs.iter().for_each(|arc| city.want_arc(&mut pages, *arc));
    pages.flush(city);
    arcs.iter().for_each(|arc| city.want_segment(&mut pages, city.street(*arc).0));
    pages.flush(city);
    for arc in arcs {
        let segment = city.street(*arc).0;
        city.want_line(&mut pages, segment);
        city.want_name_place(&mut pages, segment);
    }
    pages.flush(city);
    arcs.iter().for_each(|arc| city.want_name(&mut pages, city.street(*arc).0));
    pages.flush(city);
}
