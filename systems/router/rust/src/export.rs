//! The same graph for the Python original: one JSON value a line, with costs worked out at the default stop.
//!
//! First line `{"version","states","segments","lon_scale","min_cost_per_unit"}`, then `{"state","node","point","turns"}` for every state of the routing graph (see
//! [`crate::expand`]; `node` is its junction, `turns` whether that has any), then for every segment
//! `{"segment","tail","head","length_mm","name","line","forward","backward"}` with tail and head junctions and a direction null or
//! `{"to","cost","physical","crash","intersection","highway","infra_type","arcs":[[arc, state, turn cost]]}`. Points are `[lon, lat]` in 1e-7 degree.

use std::io::{self, Write};

use serde::Serialize;

use crate::city::{City, Direction};
use crate::geo::Point;
use crate::limits::DEFAULT_COMFORT;
use crate::parts::Stop;
use crate::route::LegCosts;

/// Of the lines below; the city file has a version of its own.
const EXPORT_VERSION: u32 = 2;

#[derive(Serialize)]
struct Head {
    version: u32,
    states: usize,
    segments: usize,
    lon_scale: f64,
    min_cost_per_unit: f64,
}

#[derive(Serialize)]
struct State {
    state: u32,
    node: u32,
    point: [i32; 2],
    turns: bool,
}

#[derive(Serialize)]
struct Street<'a> {
    segment: u32,
    tail: u32,
    head: u32,
    length_mm: u32,
    name: Option<&'a str>,
    line: Vec<[i32; 2]>,
    forward: Option<Way>,
    backward: Option<Way>,
}

#[derive(Serialize)]
struct Way {
    /// State at its end.
    to: u32,
    cost: u32,
    physical: i64,
    crash: i64,
    intersection: i64,
    highway: &'static str,
    infra_type: &'static str,
    /// Arc, state it leaves, cost of the turn.
    arcs: Vec<[u32; 3]>,
}

/// Writes the whole city.
///
/// # Errors
/// What `out` says.
pub fn export(city: &City<'_>, out: &mut impl Write) -> io::Result<()> {
    let header = city.header();
    let head = Head {
        version: EXPORT_VERSION,
        states: city.state_count(),
        segments: city.segments().len(),
        lon_scale: header.lon_scale,
        min_cost_per_unit: header.min_cost_per_unit,
    };
    line(out, &head)?;
    for state in 0..header.states {
        let node = city.state_node(state);
        line(out, &State { state, node, point: pair(city.point(node)), turns: city.has_turns(node) })?;
    }
    let stop = city.stop(city.stop_near(DEFAULT_COMFORT));
    let (mut points, mut states) = (Vec::new(), Vec::new());
    for (id, segment) in (0_u32..).zip(city.segments()) {
        city.line(id, &mut points);
        let street = Street {
            segment: id,
            tail: segment.tail,
            head: segment.head,
            length_mm: segment.length_mm,
            name: city.street_name(id),
            line: points.iter().copied().map(pair).collect(),
            forward: way(city, stop, id, Direction::Forward, &mut states),
            backward: way(city, stop, id, Direction::Backward, &mut states),
        };
        line(out, &street)?;
    }
    out.flush()
}

fn pair(point: Point) -> [i32; 2] {
    [point.lon_e7, point.lat_e7]
}

fn way(city: &City<'_>, stop: Stop, segment: u32, direction: Direction, states: &mut Vec<u32>) -> Option<Way> {
    let costs = city.way_costs(segment, direction)?;
    let LegCosts { effort: _, physical, crash, intersection } = LegCosts::of(&costs, stop);
    let class = city.class(city.way(segment, direction)?.class);
    city.states_of(city.segment(segment).from(direction), states);
    let of_state = |state: &u32| {
        let state = *state;
        city.arcs(state)
            .filter(move |arc| city.street(*arc) == (segment, direction))
            .map(move |arc| [arc, state, city.turn_cost(city.turn(arc), stop)])
    };
    Some(Way {
        to: city.state_after(segment, direction)?,
        cost: costs.cost(stop),
        physical,
        crash,
        intersection,
        highway: class.highway.name(),
        infra_type: class.infra.name(),
        arcs: states.iter().flat_map(of_state).collect(),
    })
}

fn line(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    out.write_all(b"\n")
}
