//! The front doors through real sockets, over a scripted `Invoke`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics, in its helpers too")]

mod bounds;
mod configuration;
mod double;
mod event_invocations;
mod function_url;
mod harness;
mod http_api;
mod invoke;
mod pages;
mod response_stream;
mod socket;
mod web_socket;
mod web_socket_authorizer;
mod web_socket_endings;
mod web_socket_management;
