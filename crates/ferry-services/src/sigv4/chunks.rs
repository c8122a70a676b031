//! Streams whose chunks are signed each (`STREAMING-AWS4-HMAC-SHA256-PAYLOAD`): the framed body passes unchanged, and every chunk
//! is held against its signature, which covers the one before. A false one breaks the body off.
//!
//! ```text
//! 400;chunk-signature=<64 hex>\r\n <1,024 bytes> \r\n
//! 0;chunk-signature=<64 hex>\r\n
//! x-amz-checksum-crc32:<base64>\r\n x-amz-trailer-signature:<64 hex>\r\n        (with -TRAILER only)
//! \r\n
//! ```

use std::pin::Pin;
use std::task::{Context, Poll};

use aws_sigv4::sign::v4::calculate_signature;
use bytes::Bytes;
use http::request::Parts;
use http_body::{Body as HttpBody, Frame, SizeHint};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::verify::{Verified, hex};
use crate::body::{Body, BodyError, RequestBody};

/// A line before a chunk: a size of 16 digits and a signature of 64.
const LINE_BYTES_MAX: usize = 256;
/// All trailers with their signature.
const TRAILERS_BYTES_MAX: usize = 16 * 1024;
const TRAILER_SIGNATURE: &[u8] = b"x-amz-trailer-signature:";

/// Why a signed stream breaks off.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(crate) enum ChunkError {
    #[error("the signature of chunk {number} does not match")]
    Signature { number: u64 },
    #[error("the signature of the trailers does not match")]
    TrailerSignature,
    #[error("the framing of chunk {number} is malformed")]
    Framing { number: u64 },
    #[error("the body ends within chunk {number}")]
    CutShort { number: u64 },
}

/// Wraps the body of a request whose chunks are signed; leaves every other body as it is.
pub(crate) fn check_chunks(head: &Parts, body: RequestBody, verified: Verified) -> RequestBody {
    let kind = head.headers.get("x-amz-content-sha256").and_then(|kind| kind.to_str().ok());
    let trailers = match kind {
        Some("STREAMING-AWS4-HMAC-SHA256-PAYLOAD") => false,
        Some("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER") => true,
        _ => return body,
    };
    Body::new(CheckedBody { body, checker: Checker::new(verified, trailers) })
}

struct CheckedBody {
    body: RequestBody,
    checker: Checker,
}

impl HttpBody for CheckedBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        Poll::Ready(match std::task::ready!(polled) {
            Some(Ok(frame)) => match frame.data_ref().map_or(Ok(()), |data| self.checker.feed(data)) {
                Ok(()) => Some(Ok(frame)),
                Err(error) => Some(Err(error.into())),
            },
            None => self.checker.end().err().map(|error| Err(error.into())),
            broken => broken,
        })
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

struct Checker {
    verified: Verified,
    /// Whether trailers follow the last chunk.
    trailers: bool,
    /// Of the chunk before; of the request at first.
    previous: String,
    number: u64,
    state: State,
}

enum State {
    /// The line before a chunk, as far as it is read.
    Line(Vec<u8>),
    Data {
        left: u64,
        hasher: Sha256,
        signature: String,
    },
    /// The line end after a chunk's data.
    DataEnd {
        left: usize,
    },
    /// All after the line of the last chunk.
    Trailers(Vec<u8>),
}

impl Checker {
    fn new(verified: Verified, trailers: bool) -> Self {
        Self { previous: verified.signature.signature.clone(), verified, trailers, number: 1, state: State::Line(Vec::new()) }
    }

    fn feed(&mut self, mut bytes: &[u8]) -> Result<(), ChunkError> {
        while !bytes.is_empty() {
            bytes = self.step(bytes)?;
        }
        Ok(())
    }

    /// Takes some of the bytes and gives back the rest.
    fn step<'a>(&mut self, bytes: &'a [u8]) -> Result<&'a [u8], ChunkError> {
        let framing = ChunkError::Framing { number: self.number };
        match &mut self.state {
            State::Line(line) => {
                let end = bytes.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |at| at + 1);
                line.extend_from_slice(&bytes[..end]);
                if line.len() > LINE_BYTES_MAX {
                    return Err(framing);
                }
                if line.ends_with(b"\r\n") {
                    let (left, signature) = read_line(line).ok_or(framing)?;
                    self.state = State::Data { left, hasher: Sha256::new(), signature };
                    if left == 0 {
                        self.end_chunk()?;
                    }
                }
                Ok(&bytes[end..])
            }
            State::Data { left, hasher, .. } => {
                let (data, rest) = bytes.split_at(usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len()));
                hasher.update(data);
                *left -= data.len() as u64;
                if *left == 0 {
                    self.end_chunk()?;
                }
                Ok(rest)
            }
            State::DataEnd { left } => {
                let expected = if *left == 2 { b'\r' } else { b'\n' };
                if bytes[0] != expected {
                    return Err(framing);
                }
                *left -= 1;
                if *left == 0 {
                    self.number += 1;
                    self.state = State::Line(Vec::new());
                }
                Ok(&bytes[1..])
            }
            State::Trailers(trailers) => {
                trailers.extend_from_slice(bytes);
                if trailers.len() > TRAILERS_BYTES_MAX { Err(framing) } else { Ok(&[]) }
            }
        }
    }

    /// All data of a chunk have passed.
    fn end_chunk(&mut self) -> Result<(), ChunkError> {
        let State::Data { hasher, signature, .. } = std::mem::replace(&mut self.state, State::DataEnd { left: 2 }) else { return Ok(()) };
        let data_hash = hasher.finalize();
        let empty = Sha256::digest(b"");
        let is_last = data_hash == empty;
        let expected = self.sign("AWS4-HMAC-SHA256-PAYLOAD", &format!("{}\n{}", hex(&empty), hex(&data_hash)));
        if !same(&expected, signature.as_bytes()) {
            return Err(ChunkError::Signature { number: self.number });
        }
        self.previous = expected;
        if is_last {
            self.state = State::Trailers(Vec::new());
        }
        Ok(())
    }

    /// The body is over.
    fn end(&mut self) -> Result<(), ChunkError> {
        let State::Trailers(text) = &self.state else { return Err(ChunkError::CutShort { number: self.number }) };
        if !self.trailers {
            return Ok(());
        }
        let mut canonical = Vec::new();
        let mut signature = None;
        for line in text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty()) {
            match line.strip_prefix(TRAILER_SIGNATURE) {
                Some(value) => signature = Some(value.trim_ascii()),
                None => {
                    canonical.extend_from_slice(line);
                    canonical.push(b'\n');
                }
            }
        }
        let expected = self.sign("AWS4-HMAC-SHA256-TRAILER", &hex(&Sha256::digest(&canonical)));
        if signature.is_some_and(|signature| same(&expected, signature)) { Ok(()) } else { Err(ChunkError::TrailerSignature) }
    }

    fn sign(&self, algorithm: &str, what: &str) -> String {
        let signature = &self.verified.signature;
        let to_sign = format!("{algorithm}\n{}\n{}\n{}\n{what}", signature.date, signature.credential.scope(), self.previous);
        calculate_signature(&self.verified.signing_key, to_sign.as_bytes())
    }
}

fn same(expected: &str, given: &[u8]) -> bool {
    expected.as_bytes().ct_eq(given).into()
}

/// `400;chunk-signature=<signature>`
fn read_line(line: &[u8]) -> Option<(u64, String)> {
    let (size, signature) = std::str::from_utf8(line).ok()?.trim_ascii_end().split_once(";chunk-signature=")?;
    Some((u64::from_str_radix(size, 16).ok()?, signature.to_owned()))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use aws_sigv4::sign::v4::generate_signing_key;
    use proptest::prelude::*;

    use super::*;
    use crate::sigv4::{Credential, Signature};

    /// The example of "Signature Calculations for the Authorization Header: Transferring Payload in Multiple Chunks" in the S3 API
    /// reference: 65 KB of the letter a.
    fn example() -> (Checker, Vec<u8>) {
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_369_353_600);
        let key = generate_signing_key("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", time, "us-east-1", "s3");
        let signature = Signature {
            credential: Credential::parse("AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request").unwrap(),
            signed_headers: Vec::new(),
            signature: "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9".to_owned(),
            date: "20130524T000000Z".to_owned(),
            presigned: None,
        };
        let mut body = Vec::new();
        for (size, signature) in [
            (65_536, "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648"),
            (1_024, "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497"),
            (0, "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9"),
        ] {
            body.extend_from_slice(format!("{size:x};chunk-signature={signature}\r\n").as_bytes());
            body.extend(std::iter::repeat_n(b'a', size));
            body.extend_from_slice(b"\r\n");
        }
        (Checker::new(Verified { signature, signing_key: key.as_ref().to_vec() }, false), body)
    }

    fn check(mut checker: Checker, body: &[u8], piece: usize) -> Result<(), ChunkError> {
        body.chunks(piece).try_for_each(|piece| checker.feed(piece))?;
        checker.end()
    }

    #[test]
    fn the_example_of_aws_is_true_however_it_is_cut() {
        for piece in [1, 7, 1_000, 65_536, usize::MAX] {
            let (checker, body) = example();
            assert_eq!(check(checker, &body, piece), Ok(()), "pieces of {piece}");
        }
    }

    #[test]
    fn trailers_need_their_signature() {
        let (mut checker, mut body) = example();
        checker.trailers = true;
        body.truncate(body.len() - 2);
        body.extend_from_slice(b"x-amz-checksum-crc32:AAAAAA==\r\n");
        assert_eq!(check(checker, &body, 999), Err(ChunkError::TrailerSignature));
        // What the true one is, the checker itself says.
        let (mut checker, _) = example();
        checker.feed(&body).unwrap();
        let signature = checker.sign("AWS4-HMAC-SHA256-TRAILER", &hex(&Sha256::digest(b"x-amz-checksum-crc32:AAAAAA==\n")));
        body.extend_from_slice(format!("x-amz-trailer-signature:{signature}\r\n\r\n").as_bytes());
        let (mut checker, _) = example();
        checker.trailers = true;
        assert_eq!(check(checker, &body, 999), Ok(()));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_changed_byte_and_any_cut_is_found(at in 0_usize..66_846, flip in 1_u8.., cut in 0_usize..66_700) {
            let (checker, mut body) = example();
            prop_assert!(check(checker, &body[..cut], 4_096).is_err());
            let (checker, _) = example();
            let at = at.min(body.len() - 3);
            // The digits of a size may be written in either case.
            prop_assume!(!(flip == 0x20 && body[at].is_ascii_alphabetic()));
            body[at] ^= flip;
            prop_assert!(check(checker, &body, 4_096).is_err());
        }

        #[test]
        fn any_bytes_are_read_or_refused(body in proptest::collection::vec(prop_oneof![Just(b'0'), Just(b'\r'), Just(b'\n'), Just(b';'), any::<u8>()], 0..600)) {
            let (checker, _) = example();
            prop_assert!(check(checker, &body, 13).is_err());
        }
    }
}
