//! Compare a function with its replacement.
