//! Many invocations with crashes among them.
