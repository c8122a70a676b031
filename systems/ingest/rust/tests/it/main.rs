//! Through the library's public doors, against stand-ins of AWS.

mod console;
mod stand_in;
mod verify;
