//! Why a file is not a city.

use super::format::SectionKind;

/// Each message ends in what to do about it where the reader of the message can do something.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum CityError {
    #[error("the city file has {found} bytes and its header alone takes {needed}: it was cut short, copy or build it again")]
    Short { found: usize, needed: usize },
    #[error("this is not a city file: it does not begin with \"BIKECITY\"; make one with `router-build`")]
    Magic,
    #[error(
        "the city file is of version {found} and this router reads version {}: build it again with this router's `router-build`",
        super::format::VERSION
    )]
    Version { found: u32 },
    #[error("the city file was written in another byte order: build it on a little-endian machine, as Lambda's are")]
    ByteOrder,
    #[error("the city file's header says {expected} bytes, the file has {found}: it was cut short or joined, copy or build it again")]
    Length { expected: u64, found: usize },
    #[error("the city file's bytes lie at an odd address: map the file or read it into memory aligned to 8 bytes")]
    Alignment,
    #[error("the city file is damaged: the {part} does not match its checksum; copy or build it again")]
    Checksum { part: String },
    #[error("the city file is damaged: section slot {slot}: {problem}; build it again")]
    Slot { slot: usize, problem: &'static str },
    #[error("the city file is inconsistent: {section:?} at {index}: {problem}; build it again")]
    Invariant { section: SectionKind, index: usize, problem: &'static str },
}
