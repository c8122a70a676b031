//! SAM and CloudFormation templates as a typed model, with located errors.
//!
//! The way in is [`load`]: a path and parameter values go in, a [`Template`] or every located
//! problem comes out. [`model`] is what the rest of Ferry programs against; nothing outside this crate sees YAML.

pub mod model;

pub use model::{
    Architecture, BuildMethod, CodeSource, Cors, EqualRule, FerryMetadata, Function, FunctionUrl, HttpApi, HttpRoute, InvokeMode, Layer,
    LogFormat, Network, Template,
};
