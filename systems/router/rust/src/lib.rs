//! Bike routes by stress: from an OpenStreetMap extract to an answer.
//!
//! Two programs share this library. `router-build`, offline, reads an extract and writes a packed city file; `router`, the Lambda function, maps that file and answers `POST /route`.
//!
//! | module | what |
//! |---|---|
//! | [`build`] | extract -> street graph: which ways, which directions, which lanes; junctions; the connected part |
//! | [`profile`] | the cost model's constants: one TOML file |
//! | [`stress`] | what a street, a junction, a turn costs; Level of Traffic Stress |
//! | [`crash`], [`elevation`] | what crash records and height models make of streets |
//! | [`street`] | the words: highway class, infrastructure, surface |
//! | [`parts`] | what the builder hands to the file, and the one formula of cost |
//! | [`expand`] | the routing graph: junctions told apart by how one came to them, where turns matter |
//! | [`city`] | the packed file: layout, checks, writing, mapping |
//! | [`snap`], [`search`], [`route`] | place -> street; A*; both joined, with partial segments at the ends |
//! | [`profile`], [`retune`] | the numbers of the cost model; other numbers for a city that is built |
//! | [`http`], [`answer`] | request -> response, route -> JSON |
//! | [`export`], [`events`] | the same graph for the Python original; the questions both are asked |
//! | [`cch`] | the index: shortest paths in microseconds, for many comfort stops |
//! | [`polyline`] | a line as a short string |
//! | [`geo`], [`limits`] | fixed-point places and flat distance; every bound |
//!
//! Nothing here waits, logs or reads a clock. The Python original in `../python` gives the same answers to the last digit; where a rule exists
//! for that reason (rounding, ties), its module says so.

pub mod answer;
pub mod build;
pub mod cch;
pub mod city;
mod components;
pub mod crash;
pub mod elevation;
pub mod events;
pub mod expand;
pub mod export;
pub mod geo;
pub mod http;
pub mod limits;
pub mod parts;
pub mod polyline;
pub mod profile;
pub mod retune;
pub mod route;
pub mod search;
pub mod snap;
pub mod street;
pub mod stress;
