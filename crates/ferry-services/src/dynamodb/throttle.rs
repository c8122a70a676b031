//! The answers of a table that has no capacity left, as the real service gives them today: the type by the table's capacity mode, and
//! `ThrottlingReasons` naming what was exceeded and of which table (API reference, `ThrottlingReason`).

use dynoxide::DynoxideError;
use dynoxide::errors::CancellationReason;
use http::StatusCode;
use serde_json::json;

use super::capacity::Side;
use super::wire::{AVAILABILITY, NAMESPACE, Refusal};
use crate::physics::CapacityMode;

const PROVISIONED: &str = "The level of configured provisioned throughput for the table was exceeded. Consider increasing your \
                           provisioning level with the UpdateTable API.";
const ON_DEMAND: &str = "Throughput exceeds the current capacity of your table or index. DynamoDB is automatically scaling your table or \
                         index so please try again shortly. If exceptions persist, check if you have a hot key: \
                         https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html";

/// The error of a whole call, of which so many calls or items were refused.
pub(super) fn refusal(mode: CapacityMode, side: Side, table_arn: &str, throttled: u64) -> Refusal {
    let side = match side {
        Side::Read => "Read",
        Side::Write => "Write",
    };
    // A growing on-demand table is short of partitions, not of a limit that somebody set.
    let reasons = |limit: &str| json!([{ "reason": format!("Table{side}{limit}"), "resource": table_arn }]);
    let body = match mode {
        CapacityMode::Provisioned => json!({
            "__type": format!("{NAMESPACE}#ProvisionedThroughputExceededException"),
            "message": PROVISIONED,
            "ThrottlingReasons": reasons("ProvisionedThroughputExceeded"),
        }),
        // The one error whose reasons are written small.
        CapacityMode::OnDemand => json!({
            "__type": format!("{AVAILABILITY}#ThrottlingException"),
            "message": ON_DEMAND,
            "throttlingReasons": reasons("KeyRangeThroughputExceeded"),
        }),
    };
    Refusal { status: StatusCode::BAD_REQUEST, body: body.to_string(), throttled }
}

/// The error of a transaction: of each of its operations, the mode of the table that has no capacity for it.
pub(super) fn cancellation(operation: &str, refused: &[Option<CapacityMode>]) -> Refusal {
    let reasons: Vec<CancellationReason> = refused
        .iter()
        .map(|refused| {
            let (code, message) = match refused {
                None => ("None", None),
                Some(CapacityMode::Provisioned) => ("ProvisionedThroughputExceeded", Some(PROVISIONED)),
                Some(CapacityMode::OnDemand) => ("ThrottlingError", Some(ON_DEMAND)),
            };
            CancellationReason { code: code.to_owned(), message: message.map(str::to_owned), item: None }
        })
        .collect();
    let codes: Vec<&str> = reasons.iter().map(|reason| reason.code.as_str()).collect();
    let codes = codes.join(", ");
    let message = format!("Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]");
    let throttled = refused.iter().flatten().count() as u64;
    Refusal { throttled, ..Refusal::of(operation, DynoxideError::TransactionCanceledException(message, reasons)) }
}
