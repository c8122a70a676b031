//! Checksums of objects and parts: the five algorithms, what a client declares, and the checksum of a multipart object out of those
//! of its parts (composite, or for the CRCs of the full object).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use crc_fast::CrcAlgorithm;
use s3s::crypto::{self, Checksum as _};
use s3s::dto::{ChecksumAlgorithm, ChecksumType};
use serde::{Deserialize, Serialize};

/// A checksum algorithm under S3's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Algorithm {
    Crc32,
    Crc32c,
    Crc64Nvme,
    Sha1,
    Sha256,
}

/// Whether a multipart object's checksum is over its bytes or over the checksums of its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Kind {
    FullObject,
    Composite,
}

/// A checksum as S3 answers it: base64, with `-N` behind it when it is a composite of N parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Checksum {
    pub(crate) algorithm: Algorithm,
    pub(crate) value: String,
    pub(crate) kind: Kind,
}

impl Algorithm {
    const ALL: [Self; 5] = [Self::Crc32, Self::Crc32c, Self::Crc64Nvme, Self::Sha1, Self::Sha256];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Crc32 => ChecksumAlgorithm::CRC32,
            Self::Crc32c => ChecksumAlgorithm::CRC32C,
            Self::Crc64Nvme => ChecksumAlgorithm::CRC64NVME,
            Self::Sha1 => ChecksumAlgorithm::SHA1,
            Self::Sha256 => ChecksumAlgorithm::SHA256,
        }
    }

    /// By S3's name in either case ("CRC32", "crc32").
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name().eq_ignore_ascii_case(name))
    }

    /// By the name of the header or trailer that carries its value ("x-amz-checksum-crc32").
    pub(crate) fn of_header(name: &str) -> Option<Self> {
        Self::of_name(name.get(..15).filter(|start| start.eq_ignore_ascii_case("x-amz-checksum-")).and(name.get(15..))?)
    }

    pub(crate) fn header(self) -> String {
        format!("x-amz-checksum-{}", self.name().to_ascii_lowercase())
    }

    /// Bytes of a raw checksum.
    fn width(self) -> usize {
        match self {
            Self::Crc32 | Self::Crc32c => 4,
            Self::Crc64Nvme => 8,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }

    /// The kind of a multipart upload that names none.
    pub(crate) fn default_kind(self) -> Kind {
        if self == Self::Crc64Nvme { Kind::FullObject } else { Kind::Composite }
    }

    /// CRC64NVME exists of full objects only, the SHAs of parts only.
    pub(crate) fn allows(self, kind: Kind) -> bool {
        match self {
            Self::Crc32 | Self::Crc32c => true,
            Self::Crc64Nvme => kind == Kind::FullObject,
            Self::Sha1 | Self::Sha256 => kind == Kind::Composite,
        }
    }

    /// Whether this is the base64 of a checksum of the right width.
    pub(crate) fn is_value(self, value: &str) -> bool {
        BASE64.decode(value).is_ok_and(|raw| raw.len() == self.width())
    }
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::FullObject => ChecksumType::FULL_OBJECT,
            Self::Composite => ChecksumType::COMPOSITE,
        }
    }
}

/// A running checksum.
pub(crate) enum Digest {
    Crc32(crypto::Crc32),
    Crc32c(crypto::Crc32c),
    Crc64Nvme(crypto::Crc64Nvme),
    Sha1(crypto::Sha1),
    Sha256(crypto::Sha256),
}

impl Digest {
    pub(crate) fn new(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Crc32 => Self::Crc32(crypto::Crc32::new()),
            Algorithm::Crc32c => Self::Crc32c(crypto::Crc32c::new()),
            Algorithm::Crc64Nvme => Self::Crc64Nvme(crypto::Crc64Nvme::new()),
            Algorithm::Sha1 => Self::Sha1(crypto::Sha1::new()),
            Algorithm::Sha256 => Self::Sha256(crypto::Sha256::new()),
        }
    }

    pub(crate) fn algorithm(&self) -> Algorithm {
        match self {
            Self::Crc32(_) => Algorithm::Crc32,
            Self::Crc32c(_) => Algorithm::Crc32c,
            Self::Crc64Nvme(_) => Algorithm::Crc64Nvme,
            Self::Sha1(_) => Algorithm::Sha1,
            Self::Sha256(_) => Algorithm::Sha256,
        }
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Crc32(digest) => digest.update(bytes),
            Self::Crc32c(digest) => digest.update(bytes),
            Self::Crc64Nvme(digest) => digest.update(bytes),
            Self::Sha1(digest) => digest.update(bytes),
            Self::Sha256(digest) => digest.update(bytes),
        }
    }

    pub(crate) fn finish(self) -> Checksum {
        let algorithm = self.algorithm();
        let value = match self {
            Self::Crc32(digest) => BASE64.encode(digest.finalize()),
            Self::Crc32c(digest) => BASE64.encode(digest.finalize()),
            Self::Crc64Nvme(digest) => BASE64.encode(digest.finalize()),
            Self::Sha1(digest) => BASE64.encode(digest.finalize()),
            Self::Sha256(digest) => BASE64.encode(digest.finalize()),
        };
        Checksum { algorithm, value, kind: Kind::FullObject }
    }
}

/// The checksum of a whole object out of its parts' (value, size). None when a part's value is not of this algorithm.
pub(crate) fn of_parts<'a>(algorithm: Algorithm, kind: Kind, parts: impl Iterator<Item = (&'a str, u64)>) -> Option<Checksum> {
    let parts: Vec<(Vec<u8>, u64)> = parts
        .map(|(value, size)| Some((BASE64.decode(value).ok().filter(|raw| raw.len() == algorithm.width())?, size)))
        .collect::<Option<_>>()?;
    let value = match kind {
        Kind::Composite => {
            let mut digest = Digest::new(algorithm);
            parts.iter().for_each(|(raw, _)| digest.update(raw));
            format!("{}-{}", digest.finish().value, parts.len())
        }
        Kind::FullObject => full_crc(algorithm, &parts)?,
    };
    Some(Checksum { algorithm, value, kind })
}

fn full_crc(algorithm: Algorithm, parts: &[(Vec<u8>, u64)]) -> Option<String> {
    let crc = match algorithm {
        Algorithm::Crc32 => CrcAlgorithm::Crc32IsoHdlc,
        Algorithm::Crc32c => CrcAlgorithm::Crc32Iscsi,
        Algorithm::Crc64Nvme => CrcAlgorithm::Crc64Nvme,
        Algorithm::Sha1 | Algorithm::Sha256 => return None,
    };
    let number = |raw: &[u8]| raw.iter().fold(0u64, |number, &byte| number << 8 | u64::from(byte));
    let (first, rest) = parts.split_first()?;
    let whole = rest.iter().fold(number(&first.0), |whole, (raw, size)| crc_fast::checksum_combine(crc, whole, number(raw), *size));
    Some(BASE64.encode(&whole.to_be_bytes()[8 - algorithm.width()..]))
}

/// Sets the field of an s3s output that belongs to this checksum's algorithm.
macro_rules! set_checksum {
    ($output:expr, $checksum:expr) => {
        if let Some(checksum) = $checksum {
            let value = Some(checksum.value.clone());
            match checksum.algorithm {
                $crate::s3::checksum::Algorithm::Crc32 => $output.checksum_crc32 = value,
                $crate::s3::checksum::Algorithm::Crc32c => $output.checksum_crc32c = value,
                $crate::s3::checksum::Algorithm::Crc64Nvme => $output.checksum_crc64nvme = value,
                $crate::s3::checksum::Algorithm::Sha1 => $output.checksum_sha1 = value,
                $crate::s3::checksum::Algorithm::Sha256 => $output.checksum_sha256 = value,
            }
        }
    };
}

/// The checksums that an s3s input names, each with its algorithm.
macro_rules! named_checksums {
    ($input:expr) => {
        [
            ($crate::s3::checksum::Algorithm::Crc32, $input.checksum_crc32.clone()),
            ($crate::s3::checksum::Algorithm::Crc32c, $input.checksum_crc32c.clone()),
            ($crate::s3::checksum::Algorithm::Crc64Nvme, $input.checksum_crc64nvme.clone()),
            ($crate::s3::checksum::Algorithm::Sha1, $input.checksum_sha1.clone()),
            ($crate::s3::checksum::Algorithm::Sha256, $input.checksum_sha256.clone()),
        ]
        .into_iter()
        .filter_map(|(algorithm, value)| Some((algorithm, value?)))
    };
}

pub(crate) use {named_checksums, set_checksum};

#[cfg(test)]
mod tests {
    use super::*;

    fn of(algorithm: Algorithm, bytes: &[u8]) -> String {
        let mut digest = Digest::new(algorithm);
        digest.update(bytes);
        digest.finish().value
    }

    #[test]
    fn full_object_crc_of_parts_is_the_crc_of_the_bytes() {
        let bytes: Vec<u8> = (0..100_000u32).map(|n| n.to_le_bytes()[1]).collect();
        for algorithm in [Algorithm::Crc32, Algorithm::Crc32c, Algorithm::Crc64Nvme] {
            let parts: Vec<(String, u64)> = bytes.chunks(33_333).map(|part| (of(algorithm, part), part.len() as u64)).collect();
            let whole = of_parts(algorithm, Kind::FullObject, parts.iter().map(|(value, size)| (value.as_str(), *size))).unwrap();
            assert_eq!(whole.value, of(algorithm, &bytes), "{algorithm:?}");
        }
    }

    #[test]
    fn known_values() {
        assert_eq!(of(Algorithm::Crc32, b"123456789"), BASE64.encode(0xCBF4_3926u32.to_be_bytes()));
        assert_eq!(of(Algorithm::Crc32c, b"123456789"), BASE64.encode(0xE306_9283u32.to_be_bytes()));
        assert_eq!(of(Algorithm::Crc64Nvme, b"123456789"), BASE64.encode(0xAE8B_1486_0A79_9888u64.to_be_bytes()));
        assert_eq!(Algorithm::of_header("X-Amz-Checksum-CRC32"), Some(Algorithm::Crc32));
        assert_eq!(Algorithm::of_header("x-amz-checksum-mode"), None);
        assert_eq!(Algorithm::of_header("x-amz"), None);
    }
}
