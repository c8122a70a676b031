//! Resources as they stand in the template, and what becomes of each type: [`TYPES`] is the whole list.

use crate::diagnostic::{Mark, Scope, suggest};
use crate::node::{Entry, Map, Node};

/// A resource that CloudFormation would create, not yet evaluated.
#[derive(Debug)]
pub(crate) struct Resource<'t> {
    pub(crate) logical_id: &'t str,
    pub(crate) mark: Mark,
    pub(crate) type_name: &'t str,
    pub(crate) handling: Handling,
    pub(crate) properties: Option<&'t Map>,
    pub(crate) metadata: Option<&'t Map>,
    /// SAM's `IgnoreGlobals`.
    pub(crate) ignore_globals: Option<&'t Node>,
    /// Name of the condition that decides whether it exists.
    pub(crate) condition: Option<&'t Node>,
}

/// What Ferry does with a resource type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Handling {
    ServerlessFunction,
    LambdaFunction,
    FunctionUrl,
    EventInvokeConfig,
    Layer,
    ServerlessHttpApi,
    Api,
    Integration,
    Route,
    Stage,
    Table,
    SimpleTable,
    Bucket,
    Queue,
    Authorizer,
    RouteResponse,
    ServerlessWebSocketApi,
    /// Changes nothing that runs on one machine.
    Ignored,
    /// Changes what callers see: an error with the reason.
    Refused(&'static str),
    /// Not in [`TYPES`]; reported where it stands.
    Unknown,
}

const REST: &str = "REST APIs are not served: use AWS::Serverless::HttpApi, or a function URL";
const SOURCE: &str = "event source mappings are not run: invoke the function directly, or keep it out by a Condition";
const NESTED: &str = "nested stacks are not read: name the other template with -t";

/// Every resource type that Ferry knows.
pub(crate) const TYPES: [(&str, Handling); 62] = [
    ("AWS::Serverless::Function", Handling::ServerlessFunction),
    ("AWS::Serverless::HttpApi", Handling::ServerlessHttpApi),
    ("AWS::Serverless::LayerVersion", Handling::Layer),
    ("AWS::Lambda::Function", Handling::LambdaFunction),
    ("AWS::Lambda::Url", Handling::FunctionUrl),
    ("AWS::Lambda::EventInvokeConfig", Handling::EventInvokeConfig),
    ("AWS::Lambda::LayerVersion", Handling::Layer),
    ("AWS::ApiGatewayV2::Api", Handling::Api),
    ("AWS::ApiGatewayV2::Integration", Handling::Integration),
    ("AWS::ApiGatewayV2::Route", Handling::Route),
    ("AWS::ApiGatewayV2::Stage", Handling::Stage),
    ("AWS::Serverless::SimpleTable", Handling::SimpleTable),
    ("AWS::DynamoDB::Table", Handling::Table),
    ("AWS::S3::Bucket", Handling::Bucket),
    ("AWS::SQS::Queue", Handling::Queue),
    ("AWS::ApiGatewayV2::Authorizer", Handling::Authorizer),
    ("AWS::ApiGatewayV2::RouteResponse", Handling::RouteResponse),
    ("AWS::Serverless::WebSocketApi", Handling::ServerlessWebSocketApi),
    ("AWS::ApiGatewayV2::Deployment", Handling::Ignored),
    ("AWS::ApplicationAutoScaling::ScalableTarget", Handling::Ignored),
    ("AWS::ApplicationAutoScaling::ScalingPolicy", Handling::Ignored),
    ("AWS::CDK::Metadata", Handling::Ignored),
    ("AWS::CloudWatch::Alarm", Handling::Ignored),
    ("AWS::CloudWatch::CompositeAlarm", Handling::Ignored),
    ("AWS::CloudWatch::Dashboard", Handling::Ignored),
    ("AWS::CodeDeploy::Application", Handling::Ignored),
    ("AWS::CodeDeploy::DeploymentGroup", Handling::Ignored),
    ("AWS::IAM::ManagedPolicy", Handling::Ignored),
    ("AWS::IAM::Policy", Handling::Ignored),
    ("AWS::IAM::Role", Handling::Ignored),
    ("AWS::IAM::RolePolicy", Handling::Ignored),
    ("AWS::KMS::Alias", Handling::Ignored),
    ("AWS::KMS::Key", Handling::Ignored),
    ("AWS::Lambda::Alias", Handling::Ignored),
    ("AWS::Lambda::LayerVersionPermission", Handling::Ignored),
    ("AWS::Lambda::Permission", Handling::Ignored),
    ("AWS::Lambda::Version", Handling::Ignored),
    ("AWS::Logs::LogGroup", Handling::Ignored),
    ("AWS::Logs::MetricFilter", Handling::Ignored),
    ("AWS::Logs::SubscriptionFilter", Handling::Ignored),
    ("AWS::S3::BucketPolicy", Handling::Ignored),
    ("AWS::SQS::QueuePolicy", Handling::Ignored),
    ("AWS::XRay::Group", Handling::Ignored),
    ("AWS::XRay::SamplingRule", Handling::Ignored),
    ("AWS::Serverless::Api", Handling::Refused(REST)),
    ("AWS::ApiGateway::Account", Handling::Refused(REST)),
    ("AWS::ApiGateway::Authorizer", Handling::Refused(REST)),
    ("AWS::ApiGateway::Deployment", Handling::Refused(REST)),
    ("AWS::ApiGateway::Method", Handling::Refused(REST)),
    ("AWS::ApiGateway::Resource", Handling::Refused(REST)),
    ("AWS::ApiGateway::RestApi", Handling::Refused(REST)),
    ("AWS::ApiGateway::Stage", Handling::Refused(REST)),
    ("AWS::ApiGatewayV2::IntegrationResponse", Handling::Refused("only functions are integrated, whose answers are not mapped: remove it")),
    ("AWS::ApiGatewayV2::Model", Handling::Refused("messages are not validated: keep it out by a Condition")),
    ("AWS::ApiGatewayV2::ApiMapping", Handling::Refused("custom domains are not served: keep it out by a Condition")),
    ("AWS::ApiGatewayV2::DomainName", Handling::Refused("custom domains are not served: keep it out by a Condition")),
    ("AWS::ApiGatewayV2::VpcLink", Handling::Refused("private integrations are not served: keep it out by a Condition")),
    ("AWS::Lambda::EventSourceMapping", Handling::Refused(SOURCE)),
    ("AWS::Serverless::Application", Handling::Refused(NESTED)),
    ("AWS::CloudFormation::Stack", Handling::Refused(NESTED)),
    ("AWS::Serverless::StateMachine", Handling::Refused("state machines are not run: keep it out by a Condition")),
    ("AWS::Serverless::Connector", Handling::Refused("connectors are not read: write the environment variables and policies out")),
];

const ATTRIBUTES: [&str; 11] = [
    "Condition",
    "Connectors",
    "CreationPolicy",
    "DeletionPolicy",
    "DependsOn",
    "IgnoreGlobals",
    "Metadata",
    "Properties",
    "Type",
    "UpdatePolicy",
    "UpdateReplacePolicy",
];

impl<'t> Resource<'t> {
    /// The resource of one entry of `Resources`, or None when it is not even one.
    pub(crate) fn read(entry: &'t Entry, scope: Scope<'_>) -> Option<Self> {
        let Some(map) = entry.node.as_map() else {
            scope.error(entry.mark, format!("this resource is {}", entry.node.kind()), "write a map with `Type` and `Properties`");
            return None;
        };
        if entry.key.is_empty() || entry.key.len() > 255 || !entry.key.chars().all(|c| c.is_ascii_alphanumeric()) {
            scope.error(
                entry.mark,
                "this logical id is not made of letters and digits alone",
                "rename the resource, as CloudFormation asks",
            );
        }

        for attribute in map.entries.iter().filter(|attribute| !ATTRIBUTES.contains(&attribute.key.as_str())) {
            let problem = format!("unknown resource attribute `{}`", attribute.key);
            scope.error(attribute.mark, problem, suggest(&attribute.key, ATTRIBUTES));
        }
        let Some(type_name) = map.get("Type").and_then(Node::as_scalar) else {
            scope.error(entry.mark, "this resource has no Type", "add one, such as `Type: AWS::Serverless::Function`");
            return None;
        };
        let part = |name: &str| {
            let node = map.get(name)?;
            let map = node.as_map();
            if map.is_none() {
                scope.error(node.mark, format!("{name} is {}", node.kind()), "write a map");
            }
            map
        };
        let handling = TYPES.iter().find(|(name, _)| *name == type_name).map_or(Handling::Unknown, |(_, handling)| *handling);
        Some(Self {
            logical_id: &entry.key,
            mark: entry.mark,
            type_name,
            handling,
            properties: part("Properties"),
            metadata: part("Metadata"),
            ignore_globals: map.get("IgnoreGlobals"),
            condition: map.get("Condition"),
        })
    }

    /// True when nothing is known about it, so that a reference to it cannot be followed.
    pub(crate) fn is_refused(&self) -> bool {
        matches!(self.handling, Handling::Refused(_) | Handling::Unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_type_is_listed_twice() {
        let mut names: Vec<&str> = TYPES.iter().map(|(name, _)| *name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), TYPES.len());
    }
}
