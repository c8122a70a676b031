//! The router through its public doors.

mod city_file;
mod extract;
mod fixtures;
mod function;
mod helsinki;
mod oracle;
mod pbf;
mod routes;
