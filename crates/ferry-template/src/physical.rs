//! Physical names: what `Ref` and `Fn::GetAtt` on a resource give. Nothing is deployed, so names, ids and ARNs are made in
//! AWS's shape from the stack and the logical id, the same at every load.
//!
//! A reference made this way is also how one resource finds another: see [`crate::directory`].

use crate::diagnostic::{Mark, Scope};
use crate::evaluate::{Absent, Evaluated, Evaluator, Memo};
use crate::resource::{Handling, Resource};

/// The API that SAM makes for `HttpApi` events without an `ApiId`.
pub(crate) const IMPLICIT_HTTP_API: &str = "ServerlessHttpApi";

/// Where a sandbox finds the local services. A queue's URL is asked as it stands, so it must lead there and not to AWS.
const LOCAL_AWS_URL: &str = "http://127.0.0.1:4566";

/// S3's and SQS's limits; CloudFormation, too, shortens the names that it makes.
const BUCKET_NAME_CHARS_MAX: usize = 63;
const QUEUE_NAME_CHARS_MAX: usize = 80;

impl<'t> Evaluator<'t> {
    /// What `Ref` gives for a resource; None when the template has no resource of that name.
    pub(crate) fn resource_reference(&self, logical_id: &str, mark: Mark, scope: Scope<'_>) -> Evaluated<Option<String>> {
        if !self.resources.contains_key(logical_id) {
            return Ok(self.generated(logical_id, scope)?.map(|generated| generated.reference));
        }
        let resource = self.referred(logical_id, mark, scope).ok_or(Absent::Failed)?;
        self.physical_id(resource, scope).map(Some)
    }

    /// What `Fn::GetAtt` gives; None when the template has no resource of that name.
    pub(crate) fn resource_attribute(&self, logical_id: &str, attribute: &str, mark: Mark, scope: Scope<'_>) -> Evaluated<Option<String>> {
        let value = if self.resources.contains_key(logical_id) {
            let resource = self.referred(logical_id, mark, scope).ok_or(Absent::Failed)?;
            self.attribute(resource, attribute, scope)?
        } else {
            let Some(generated) = self.generated(logical_id, scope)? else { return Ok(None) };
            generated.attributes.into_iter().find(|(name, _)| *name == attribute).map(|(_, value)| value)
        };
        if value.is_none() {
            let problem = format!("{logical_id} has no attribute {attribute} here");
            scope.error(mark, problem, "use Arn, or pass the value by a parameter");
        }
        value.map(Some).ok_or(Absent::Failed)
    }

    /// `Ref` of an existing resource.
    pub(crate) fn physical_id(&self, resource: &Resource<'t>, scope: Scope<'_>) -> Evaluated<String> {
        if resource.is_refused() {
            return Err(Absent::Failed);
        }
        let name = self.name(resource, scope)?;
        Ok(match resource.type_name {
            "AWS::SQS::Queue" => self.queue_url(&name),
            "AWS::ApiGatewayV2::Stage" => name,
            "AWS::Lambda::Version" | "AWS::Lambda::Alias" => self.version_arn(resource, &name, scope)?,
            _ if resource.handling == Handling::Layer => self.layer_arn(&name),
            _ if matches!(resource.handling, Handling::Api | Handling::ServerlessHttpApi | Handling::ServerlessWebSocketApi) => {
                self.api_id(resource.logical_id)
            }
            _ if matches!(resource.handling, Handling::Integration | Handling::Route) => identifier(resource.logical_id, 7),
            _ if resource.handling == Handling::Authorizer => identifier(resource.logical_id, 6),
            _ => name,
        })
    }

    fn attribute(&self, resource: &Resource<'t>, attribute: &str, scope: Scope<'_>) -> Evaluated<Option<String>> {
        if resource.is_refused() {
            return Err(Absent::Failed);
        }
        let name = self.name(resource, scope)?;
        let value = match (resource.type_name, attribute) {
            ("AWS::Serverless::Function" | "AWS::Lambda::Function", "Arn") => self.function_arn(&name),
            ("AWS::Serverless::LayerVersion" | "AWS::Lambda::LayerVersion", "LayerVersionArn") => self.layer_arn(&name),
            ("AWS::Lambda::Url", "FunctionUrl") => self.function_url(resource.logical_id),
            ("AWS::Lambda::Url", "FunctionArn") => match self.property(resource, "TargetFunctionArn", scope)? {
                Some(target) => self.function_arn(function_name(&target)),
                None => return Ok(None),
            },
            ("AWS::ApiGatewayV2::Api" | "AWS::Serverless::HttpApi" | "AWS::Serverless::WebSocketApi", "ApiEndpoint") => {
                let endpoint = self.api_endpoint(resource.logical_id);
                if self.is_web_socket_api(resource, scope) { endpoint.replacen("https:", "wss:", 1) } else { endpoint }
            }
            ("AWS::ApiGatewayV2::Api" | "AWS::Serverless::HttpApi" | "AWS::Serverless::WebSocketApi", "ApiId") => {
                self.api_id(resource.logical_id)
            }
            ("AWS::ApiGatewayV2::Route", "RouteId") => identifier(resource.logical_id, 7),
            ("AWS::ApiGatewayV2::Authorizer", "AuthorizerId") => identifier(resource.logical_id, 6),
            ("AWS::SQS::Queue", "QueueUrl") => self.queue_url(&name),
            ("AWS::SQS::Queue", "QueueName") => name,
            ("AWS::S3::Bucket", "DomainName") => format!("{name}.s3.{}", self.pseudo.url_suffix),
            ("AWS::S3::Bucket", "RegionalDomainName") => {
                format!("{name}.s3.{}.{}", bucket_region(resource).unwrap_or(&self.pseudo.region), self.pseudo.url_suffix)
            }
            ("AWS::S3::Bucket", "Arn") => format!("arn:{}:s3:::{name}", self.pseudo.partition),
            ("AWS::IAM::Role", "Arn") => self.role_arn(&name),
            ("AWS::DynamoDB::Table" | "AWS::Serverless::SimpleTable", "Arn") => self.arn("dynamodb", &format!("table/{name}")),
            ("AWS::SQS::Queue", "Arn") => self.arn("sqs", &name),
            ("AWS::Logs::LogGroup", "Arn") => self.arn("logs", &format!("log-group:{name}:*")),
            ("AWS::KMS::Key", "Arn") => self.arn("kms", &format!("key/{name}")),
            ("AWS::Lambda::Version", "Version") => "1".to_owned(),
            _ => return Ok(None),
        };
        Ok(Some(value))
    }

    /// The resource's own name: from its name property, or made from stack and logical id. A function's is its logical id,
    /// so that `ferry invoke Hello` finds it.
    pub(crate) fn name(&self, resource: &Resource<'t>, scope: Scope<'_>) -> Evaluated<String> {
        let id = resource.logical_id;
        let known = self.name_memo.borrow().get(id).cloned();
        match known {
            Some(Memo::Done(name)) => return name,
            Some(Memo::Begun) => {
                scope.error(resource.mark, format!("the name of {id} depends on itself"), "break the circle");
                return Err(Absent::Failed);
            }
            None => {}
        }
        self.name_memo.borrow_mut().insert(id.to_owned(), Memo::Begun);
        let given = match name_property(resource.type_name) {
            Some(property) => self.property(resource, property, scope),
            None => Ok(None),
        };
        let name = given.map(|given| given.unwrap_or_else(|| self.default_name(resource)));
        self.name_memo.borrow_mut().insert(id.to_owned(), Memo::Done(name.clone()));
        name
    }

    fn default_name(&self, resource: &Resource<'t>) -> String {
        let stacked = format!("{}-{}", self.pseudo.stack_name, resource.logical_id);
        match resource.handling {
            Handling::ServerlessFunction | Handling::LambdaFunction => resource.logical_id.to_owned(),
            Handling::Bucket => fitted(stacked.to_lowercase(), BUCKET_NAME_CHARS_MAX),
            Handling::Queue => fitted(stacked, QUEUE_NAME_CHARS_MAX),
            _ => stacked,
        }
    }

    /// Whether an API is of `ProtocolType: WEBSOCKET`.
    pub(crate) fn is_web_socket_api(&self, resource: &Resource<'t>, scope: Scope<'_>) -> bool {
        let declared = || matches!(self.property(resource, "ProtocolType", scope), Ok(Some(protocol)) if protocol == "WEBSOCKET");
        resource.handling == Handling::ServerlessWebSocketApi || (resource.handling == Handling::Api && declared())
    }

    pub(crate) fn property(&self, resource: &Resource<'t>, property: &str, scope: Scope<'_>) -> Evaluated<Option<String>> {
        let Some(node) = resource.properties.and_then(|properties| properties.get(property)) else { return Ok(None) };
        match self.evaluate(node, scope) {
            Ok(value) => match value.as_scalar() {
                Some(text) => Ok(Some(text.to_owned())),
                None => {
                    scope.error(node.mark, format!("{property} of {} is {}", resource.logical_id, value.kind()), "write a text");
                    Err(Absent::Failed)
                }
            },
            Err(Absent::NoValue) => Ok(None),
            Err(Absent::Failed) => Err(Absent::Failed),
        }
    }

    fn version_arn(&self, resource: &Resource<'t>, name: &str, scope: Scope<'_>) -> Evaluated<String> {
        let function = self.property(resource, "FunctionName", scope)?.unwrap_or_default();
        let qualifier = if resource.type_name == "AWS::Lambda::Alias" { name } else { "1" };
        Ok(format!("{}:{qualifier}", self.function_arn(function_name(&function))))
    }

    /// Resources that SAM makes beside a declared one and that templates refer to.
    fn generated(&self, logical_id: &str, scope: Scope<'_>) -> Evaluated<Option<Generated>> {
        if logical_id == IMPLICIT_HTTP_API {
            let attributes = vec![("ApiEndpoint", self.api_endpoint(logical_id)), ("ApiId", self.api_id(logical_id))];
            return Ok(Some(Generated { reference: self.api_id(logical_id), attributes }));
        }
        let parent = |suffix: &str| {
            let parent = self.resources.get(logical_id.strip_suffix(suffix)?)?;
            (parent.handling == Handling::ServerlessFunction).then_some(parent)
        };
        if parent("Role").is_some() {
            let name = format!("{}-{logical_id}", self.pseudo.stack_name);
            return Ok(Some(Generated { attributes: vec![("Arn", self.role_arn(&name))], reference: name }));
        }
        let Some(function) = parent("Url") else { return Ok(None) };
        let arn = self.function_arn(&self.name(function, scope)?);
        let attributes = vec![("FunctionUrl", self.function_url(logical_id)), ("FunctionArn", arn.clone())];
        Ok(Some(Generated { reference: arn, attributes }))
    }

    fn arn(&self, service: &str, resource: &str) -> String {
        format!("arn:{}:{service}:{}:{}:{resource}", self.pseudo.partition, self.pseudo.region, self.pseudo.account_id)
    }

    pub(crate) fn function_arn(&self, name: &str) -> String {
        self.arn("lambda", &format!("function:{name}"))
    }

    fn layer_arn(&self, name: &str) -> String {
        self.arn("lambda", &format!("layer:{name}:1"))
    }

    fn role_arn(&self, name: &str) -> String {
        format!("arn:{}:iam::{}:role/{name}", self.pseudo.partition, self.pseudo.account_id)
    }

    fn queue_url(&self, name: &str) -> String {
        format!("{LOCAL_AWS_URL}/{}/{name}", self.pseudo.account_id)
    }

    pub(crate) fn api_id(&self, logical_id: &str) -> String {
        identifier(&format!("{}/{logical_id}", self.pseudo.stack_name), 10)
    }

    fn api_endpoint(&self, logical_id: &str) -> String {
        format!("https://{}.execute-api.{}.{}", self.api_id(logical_id), self.pseudo.region, self.pseudo.url_suffix)
    }

    fn function_url(&self, logical_id: &str) -> String {
        let id = identifier(&format!("{}/{logical_id}", self.pseudo.stack_name), 32);
        format!("https://{id}.lambda-url.{}.on.aws/", self.pseudo.region)
    }
}

struct Generated {
    reference: String,
    attributes: Vec<(&'static str, String)>,
}

/// The property that names a resource of this type.
fn name_property(type_name: &str) -> Option<&'static str> {
    Some(match type_name {
        "AWS::Serverless::Function" | "AWS::Lambda::Function" => "FunctionName",
        "AWS::Serverless::LayerVersion" | "AWS::Lambda::LayerVersion" => "LayerName",
        "AWS::Serverless::SimpleTable" | "AWS::DynamoDB::Table" => "TableName",
        "AWS::S3::Bucket" => "BucketName",
        "AWS::SQS::Queue" => "QueueName",
        "AWS::ApiGatewayV2::Stage" => "StageName",
        "AWS::Lambda::Alias" => "Name",
        "AWS::IAM::Role" => "RoleName",
        "AWS::Logs::LogGroup" => "LogGroupName",
        "AWS::CloudWatch::Alarm" => "AlarmName",
        _ => return None,
    })
}

/// `Metadata.Ferry.Region`, where it is written out.
fn bucket_region<'t>(resource: &Resource<'t>) -> Option<&'t str> {
    resource.metadata?.get("Ferry")?.as_map()?.get("Region")?.as_scalar()
}

/// A name of ASCII letters within a service's limit: what is cut off is told apart by a hash.
fn fitted(name: String, chars_max: usize) -> String {
    const HASH_CHARS: usize = 12;
    if name.len() <= chars_max {
        return name;
    }
    let kept: String = name.chars().take(chars_max - HASH_CHARS - 1).collect();
    format!("{}-{}", kept.trim_end_matches('-'), identifier(&name, HASH_CHARS))
}

/// The function's name in any of the forms that name one: name, ARN with or without qualifier, partial ARN, or API Gateway's
/// invocation URI.
pub(crate) fn function_name(reference: &str) -> &str {
    let reference = reference.split_once("/functions/").map_or(reference, |(_, arn)| arn.trim_end_matches("/invocations"));
    let name = reference.rsplit_once(":function:").map_or(reference, |(_, name)| name);
    let name = name.strip_prefix("function:").unwrap_or(name);
    name.split_once(':').map_or(name, |(name, _)| name)
}

/// An id like those AWS hands out: lower-case letters and digits, always the same for one seed (FNV-1a, stretched).
fn identifier(seed: &str, length: usize) -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut mix = |byte: u8| {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        hash
    };
    seed.bytes().for_each(|byte| {
        mix(byte);
    });
    let letter = |hash: u64| LETTERS.get(usize::try_from(hash >> 59).unwrap_or(0)).map_or('a', |letter| char::from(*letter));
    (0..length).map(|_| letter(mix(0))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_found_in_every_form_of_its_name() {
        for reference in [
            "Hello",
            "Hello:PROD",
            "function:Hello",
            "123456789012:function:Hello",
            "arn:aws:lambda:us-east-1:123456789012:function:Hello",
            "arn:aws:lambda:us-east-1:123456789012:function:Hello:7",
            "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:Hello/invocations",
        ] {
            assert_eq!(function_name(reference), "Hello", "{reference}");
        }
    }

    #[test]
    fn names_that_are_too_long_are_cut_and_stay_apart() {
        assert_eq!(fitted("shop-files".to_owned(), 63), "shop-files");
        let (one, other) = (fitted(format!("{}a", "x".repeat(80)), 63), fitted(format!("{}b", "x".repeat(80)), 63));
        assert_eq!((one.len(), other.len()), (63, 63));
        assert_ne!(one, other);
    }

    #[test]
    fn identifiers_are_stable_and_differ() {
        assert_eq!(identifier("stack/Api", 10), identifier("stack/Api", 10));
        assert_ne!(identifier("stack/Api", 10), identifier("stack/Bpi", 10));
        assert_eq!(identifier("stack/Api", 32).len(), 32);
    }
}
