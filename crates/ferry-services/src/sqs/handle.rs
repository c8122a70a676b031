//! Receipt handles: which receive of which message of which queue. A client sees base64.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use uuid::Uuid;

const BYTES: usize = 16 + 16 + 8 + 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ReceiptHandle {
    /// Of the queue: one that was deleted and made again knows none of the older handles.
    pub(super) queue: Uuid,
    pub(super) message: Uuid,
    pub(super) sequence: u64,
    /// The message's receive count; each receive has a handle of its own.
    pub(super) receive_count: u32,
}

impl ReceiptHandle {
    pub(super) fn write(&self) -> String {
        let mut bytes = Vec::with_capacity(BYTES);
        bytes.extend_from_slice(self.queue.as_bytes());
        bytes.extend_from_slice(self.message.as_bytes());
        bytes.extend_from_slice(&self.sequence.to_be_bytes());
        bytes.extend_from_slice(&self.receive_count.to_be_bytes());
        BASE64_STANDARD.encode(bytes)
    }

    /// None for what was never a handle.
    pub(super) fn read(text: &str) -> Option<Self> {
        let bytes = BASE64_STANDARD.decode(text).ok()?;
        let (queue, rest) = bytes.split_first_chunk::<16>()?;
        let (message, rest) = rest.split_first_chunk::<16>()?;
        let (sequence, rest) = rest.split_first_chunk::<8>()?;
        let receive_count: [u8; 4] = rest.try_into().ok()?;
        Some(Self {
            queue: Uuid::from_bytes(*queue),
            message: Uuid::from_bytes(*message),
            sequence: u64::from_be_bytes(*sequence),
            receive_count: u32::from_be_bytes(receive_count),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn handles_come_back_and_rubbish_is_none(queue: u128, message: u128, sequence: u64, receive_count: u32, rubbish in ".{0,80}") {
            let handle = ReceiptHandle { queue: Uuid::from_u128(queue), message: Uuid::from_u128(message), sequence, receive_count };
            prop_assert_eq!(ReceiptHandle::read(&handle.write()), Some(handle));
            if let Some(read) = ReceiptHandle::read(&rubbish) {
                prop_assert_eq!(read.write(), rubbish);
            }
        }
    }
}
