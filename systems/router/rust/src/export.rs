//! The same graph for the Python original: one JSON value a line.
//!
//! First line `{"version","nodes","segments","lon_scale","min_cost_per_unit"}`, then `{"node","point"}` for every node, then for every segment
//! `{"segment","tail","head","length_mm","name","highway","line","forward","backward"}`, where a direction is null or
//! `{"arc","cost","tie","infra_type"}`. Points are `[lon, lat]` in 1e-7 degree.

use std::io::{self, Write};

use serde::Serialize;

use crate::city::{City, Direction, Segment};
use crate::geo::Point;
use crate::search::tie;

#[derive(Serialize)]
struct Head {
    version: u32,
    nodes: usize,
    segments: usize,
    lon_scale: f64,
    min_cost_per_unit: f64,
}

#[derive(Serialize)]
struct Node {
    node: u32,
    point: [i32; 2],
}

#[derive(Serialize)]
struct Street<'a> {
    segment: u32,
    tail: u32,
    head: u32,
    length_mm: u32,
    name: Option<&'a str>,
    highway: &'static str,
    line: Vec<[i32; 2]>,
    forward: Option<Arc>,
    backward: Option<Arc>,
}

#[derive(Serialize)]
struct Arc {
    arc: u32,
    cost: u32,
    tie: u32,
    infra_type: &'static str,
}

/// Writes the whole city.
///
/// # Errors
/// What `out` says.
pub fn export(city: &City<'_>, out: &mut impl Write) -> io::Result<()> {
    let header = city.header();
    let head = Head {
        version: header.version,
        nodes: city.node_count(),
        segments: city.segments().len(),
        lon_scale: header.lon_scale,
        min_cost_per_unit: header.min_cost_per_unit,
    };
    line(out, &head)?;
    for node in 0..header.nodes {
        line(out, &Node { node, point: pair(city.point(node)) })?;
    }
    for (id, segment) in (0_u32..).zip(city.segments()) {
        let street = Street {
            segment: id,
            tail: segment.tail,
            head: segment.head,
            length_mm: segment.length_mm,
            name: city.name(segment),
            highway: segment.highway().name(),
            line: city.line(id).iter().copied().map(pair).collect(),
            forward: arc(city, segment, Direction::Forward),
            backward: arc(city, segment, Direction::Backward),
        };
        line(out, &street)?;
    }
    out.flush()
}

fn pair(point: Point) -> [i32; 2] {
    [point.lon_e7, point.lat_e7]
}

fn arc(city: &City<'_>, segment: &Segment, direction: Direction) -> Option<Arc> {
    let arc = segment.arc(direction)?;
    Some(Arc { arc, cost: city.cost(arc), tie: tie(arc), infra_type: segment.infra(direction).name() })
}

fn line(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    out.write_all(b"\n")
}
