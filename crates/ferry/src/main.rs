//! The command `ferry`.

fn main() {}
