//! Every bound of the front doors, in one place. AWS's figure where AWS has one.

use std::time::Duration;

/// Synchronous invocation payload, and the event that an HTTP door makes of a request.
pub(super) const INVOKE_PAYLOAD_BYTES_MAX: usize = 6 * 1024 * 1024;
/// Asynchronous invocation payload (256 KiB until October 2025).
pub(super) const EVENT_PAYLOAD_BYTES_MAX: usize = 1024 * 1024;
/// Answer of a buffered invocation that a streaming runtime wrote in parts.
pub(super) const BUFFERED_ANSWER_BYTES_MAX: usize = 6 * 1024 * 1024;
/// `X-Amz-Client-Context`, as base64.
pub(super) const CLIENT_CONTEXT_BYTES_MAX: usize = 3_583;
/// Body of any other Lambda operation. `CreateFunction` may bring 50 MB of zip, but it is not served.
pub(super) const OPERATION_BODY_BYTES_MAX: usize = 256 * 1024;
/// Request body of an HTTP API.
pub(super) const HTTP_API_BODY_BYTES_MAX: usize = 10 * 1024 * 1024;
/// JSON metadata before the eight NUL bytes of a streamed HTTP answer.
pub(super) const PRELUDE_BYTES_MAX: usize = 64 * 1024;

/// What is read and thrown away of a body over its limit, so that the client has sent all and reads the refusal
/// rather than a reset connection.
pub(super) const OVERSIZE_DISCARD_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Request line and headers together. API Gateway allows 10,240 bytes of headers, the Lambda API more.
pub(super) const HEADER_BYTES_MAX: usize = 64 * 1024;
/// From the first byte waited for to the end of the headers; also how long a connection may idle between requests.
pub(super) const HEADER_READ_TIMEOUT: Duration = Duration::from_secs(60);
/// From the end of the headers to the end of the body.
pub(super) const BODY_READ_TIMEOUT: Duration = Duration::from_secs(30);
/// Open connections over all listeners; further ones wait in the kernel's accept queue.
pub(super) const CONNECTIONS_MAX: usize = 2_048;
/// Pause after a failed `accept` (out of file descriptors), so that the loop does not spin.
pub(super) const ACCEPT_RETRY_DELAY: Duration = Duration::from_millis(50);

/// Events accepted and not yet settled, over all functions.
pub(super) const EVENT_QUEUE_EVENTS_MAX: usize = 10_000;
/// Their payloads together.
pub(super) const EVENT_QUEUE_BYTES_MAX: usize = 256 * 1024 * 1024;
/// Asynchronous invocations of one function at the same time. AWS goes on to the account's concurrency; one machine
/// would only start sandboxes that wait for each other's CPU.
pub(super) const EVENT_CONCURRENCY_MAX: usize = 16;

/// `ListFunctions` gives at most this many, whatever `MaxItems` says.
pub(super) const LIST_FUNCTIONS_PAGE_MAX: usize = 50;
/// `UpdateFunctionConfiguration`.
pub(super) const MEMORY_MIB: std::ops::RangeInclusive<u64> = 128..=10_240;
pub(super) const TIMEOUT_S: std::ops::RangeInclusive<u64> = 1..=900;
/// Names and values of the environment together.
pub(super) const ENVIRONMENT_BYTES_MAX: usize = 4 * 1024;

/// One file of a page, read whole.
pub(super) const PAGE_FILE_BYTES_MAX: u64 = 32 * 1024 * 1024;

// WebSocket APIs. The first four are API Gateway's "Quotas for configuring and running a WebSocket".
/// One frame of a client, and each frame that is sent to it; a larger one closes the connection with 1009.
pub(super) const WEB_SOCKET_FRAME_BYTES_MAX: usize = 32 * 1024;
/// One message, in either direction; a larger one of a client closes the connection with 1009.
pub(super) const WEB_SOCKET_MESSAGE_BYTES_MAX: usize = 128 * 1024;
/// Answer of an authorizer.
pub(super) const AUTHORIZER_ANSWER_BYTES_MAX: usize = 8 * 1024;
/// The longest that an authorizer may take (API Gateway gives it the integration's time).
pub(super) const AUTHORIZER_TIMEOUT: Duration = Duration::from_secs(29);
/// Messages that wait for one client to read them, each counted with [`WEB_SOCKET_MESSAGE_OVERHEAD_BYTES`] on top. API Gateway has
/// such a buffer, and an error for when it is full, but names no size.
pub(super) const WEB_SOCKET_OUTGOING_BYTES_MAX: usize = 512 * 1024;
pub(super) const WEB_SOCKET_MESSAGE_OVERHEAD_BYTES: usize = 256;
/// How long a POST to `@connections` waits for room in that buffer.
pub(super) const WEB_SOCKET_POST_WAIT: Duration = Duration::from_secs(1);
/// Messages of one connection that are handled at the same time; further ones are not read yet. API Gateway names no bound.
pub(super) const WEB_SOCKET_MESSAGES_AT_ONCE_MAX: usize = 16;
/// A client that takes nothing of a message for this long is given up.
pub(super) const WEB_SOCKET_WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// From an accepted `$connect` to the connection itself.
pub(super) const WEB_SOCKET_UPGRADE_TIMEOUT: Duration = Duration::from_secs(10);
/// What the closing handshake gets.
pub(super) const WEB_SOCKET_CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// Ports tried for one API, from its first one up, before giving up.
pub(super) const PORTS_TRIED_MAX: u16 = 100;
