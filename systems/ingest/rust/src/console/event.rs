//! What Console is invoked with: a message from a WebSocket route, or a piece of work from itself.

use serde::Deserialize;

use super::conduct::Conduct;
use crate::message::Connection;

/// API Gateway's event of a WebSocket route, or `{"conduct": …}`.
#[derive(Debug, Deserialize)]
pub struct Event {
    pub conduct: Option<Conduct>,
    #[serde(rename = "requestContext")]
    pub request_context: Option<RequestContext>,
    #[serde(default)]
    pub body: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestContext {
    pub route_key: String,
    pub connection_id: String,
    pub domain_name: String,
    pub stage: String,
}

impl RequestContext {
    pub fn connection(&self) -> Connection {
        Connection { id: self.connection_id.clone(), endpoint: format!("https://{}/{}", self.domain_name, self.stage) }
    }
}
