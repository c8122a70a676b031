//! The services through their public door.
