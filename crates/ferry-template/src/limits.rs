//! The bounds on what a template may ask of its reader. Each is far above any real stack; each keeps a hostile or broken file
//! from costing memory, stack or time without end.

/// Bytes of one template: CloudFormation's own limit for a template kept in S3.
pub(crate) const TEMPLATE_BYTES_MAX: usize = 1024 * 1024;

/// Levels of nested maps and lists. Reading, merging and dropping a template recurse this deep.
pub(crate) const NESTING_MAX: usize = 64;

/// Keys of one map: CloudFormation takes 500 resources and 200 of anything else. Keys are looked up one after the other.
pub(crate) const KEYS_MAX: usize = 2000;

/// Values and text bytes that YAML aliases may add to a template, together.
pub(crate) const ALIAS_WEIGHT_MAX: usize = 4 * 1024 * 1024;

/// Depth of evaluation: nested values plus the chain of names, parameters and conditions that they lead to.
pub(crate) const EVALUATION_DEPTH_MAX: usize = 256;

/// Weight of everything that evaluation makes for one template, in the unit of [`ALIAS_WEIGHT_MAX`].
pub(crate) const EVALUATED_WEIGHT_MAX: usize = 16 * 1024 * 1024;

/// Errors or warnings kept for one template; the rest are counted.
pub(crate) const DIAGNOSTICS_MAX: usize = 100;

/// Bytes of one parameter value, as in CloudFormation.
pub(crate) const PARAMETER_BYTES_MAX: usize = 4096;

/// Bytes of all of a function's environment variables, names and values, as in Lambda.
pub(crate) const ENVIRONMENT_BYTES_MAX: usize = 4096;

/// Layers of one function, as in Lambda.
pub(crate) const LAYERS_MAX: usize = 5;
