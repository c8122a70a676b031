//! SAM and CloudFormation templates as a typed model, with located errors.
//!
//! The way in is [`load()`]: a path and parameter values go in, a [`Template`] or every located problem comes out ([`parse`] is
//! the same without a file, [`discover`] finds the files). [`model`] is what the rest of Ferry programs against; nothing
//! outside this crate sees YAML.
//!
//! The text becomes a tree of located values (`read`, `node`). `stack` puts the sections in order; `evaluate` replaces
//! parameters, conditions and functions by values, with names in AWS's shape (`physical`); `fields` reads properties by
//! tables that say for each whether it is read, ignored or refused; `function`, `layer`, `http_api`, `web_socket_api`, `table`,
//! `bucket` and `queue` make the model, and find each other through `directory`. docs/template.md is the same for users.
//!
//! Nothing is skipped in silence: what is not known, and what would change an answer, is an error.

mod bucket;
mod diagnostic;
mod directory;
#[cfg(test)]
mod documented;
mod evaluate;
mod fields;
mod function;
mod globals;
mod http_api;
mod layer;
mod limits;
mod load;
pub mod model;
mod node;
mod parameters;
mod physical;
mod physics;
mod queue;
mod read;
mod resource;
mod stack;
mod table;
mod web_socket_api;

pub use diagnostic::{Diagnostic, Mark, TemplateErrors};
pub use load::{discover, load, parse};
pub use model::{
    Architecture, Bucket, BuildMethod, CodeSource, Cors, EqualRule, FerryMetadata, Function, FunctionUrl, HttpApi, HttpRoute,
    IdentitySource, InvokeMode, Layer, LogFormat, Network, Physics, Queue, RequestAuthorizer, RouteSelection, SelectionPart, Table,
    Template, WebSocketApi, WebSocketRoute,
};
pub use web_socket_api::selection::RouteSelectionError;
