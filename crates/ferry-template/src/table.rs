//! `AWS::DynamoDB::Table` and `AWS::Serverless::SimpleTable`: both become the `CreateTable` request that makes the table.
//!
//! What the request would be refused for and the template can be told by line is checked here: keys without a definition,
//! definitions without a key, capacity that does not go with the billing mode. DynamoDB checks the rest.

use serde_json::{Map, Value, json};

use crate::diagnostic::{Mark, Scope};
use crate::fields::{Fields, Shape, Treatment, shortened};
use crate::function::ferry;
use crate::model::Table;
use crate::resource::{Handling, Resource};
use crate::stack::Stack;
use Treatment::{Ignored, Read, Refused, Warned};

const IMPORT: &str = "Ferry takes nothing from S3: write the items after the start";

pub(crate) const SHAPE: Shape = &[
    ("AttributeDefinitions", Read),
    ("BillingMode", Read),
    ("GlobalSecondaryIndexes", Read),
    ("KeySchema", Read),
    ("LocalSecondaryIndexes", Read),
    ("ProvisionedThroughput", Read),
    ("StreamSpecification", Read),
    ("TableName", Read),
    ("TimeToLiveSpecification", Read),
    ("ContributorInsightsSpecification", Ignored),
    ("DeletionProtectionEnabled", Ignored),
    ("OnDemandThroughput", Ignored),
    ("PointInTimeRecoverySpecification", Ignored),
    ("ResourcePolicy", Ignored),
    ("SSESpecification", Ignored),
    ("TableClass", Ignored),
    ("Tags", Ignored),
    ("WarmThroughput", Ignored),
    ("KinesisStreamSpecification", Warned("changes are not sent to a stream")),
    ("ImportSourceSpecification", Refused(IMPORT)),
];

pub(crate) const SIMPLE: Shape = &[
    ("PrimaryKey", Read),
    ("ProvisionedThroughput", Read),
    ("TableName", Read),
    ("PointInTimeRecoverySpecification", Ignored),
    ("SSESpecification", Ignored),
    ("Tags", Ignored),
];

pub(crate) const PRIMARY_KEY: Shape = &[("Name", Read), ("Type", Read)];
pub(crate) const DEFINITION: Shape = &[("AttributeName", Read), ("AttributeType", Read)];
pub(crate) const KEY: Shape = &[("AttributeName", Read), ("KeyType", Read)];
pub(crate) const PROJECTION: Shape = &[("NonKeyAttributes", Read), ("ProjectionType", Read)];
pub(crate) const THROUGHPUT: Shape = &[("ReadCapacityUnits", Read), ("WriteCapacityUnits", Read)];
pub(crate) const STREAM: Shape = &[("StreamViewType", Read), ("ResourcePolicy", Ignored)];
pub(crate) const TIME_TO_LIVE: Shape = &[("AttributeName", Read), ("Enabled", Read)];
pub(crate) const INDEX: Shape = &[
    ("IndexName", Read),
    ("KeySchema", Read),
    ("Projection", Read),
    ("ProvisionedThroughput", Read),
    ("ContributorInsightsSpecification", Ignored),
    ("OnDemandThroughput", Ignored),
    ("ResourcePolicy", Ignored),
    ("WarmThroughput", Ignored),
];

const SIMPLE_TYPES: [(&str, &str); 3] = [("String", "S"), ("Number", "N"), ("Binary", "B")];
const BILLING: [(&str, bool); 2] = [("PROVISIONED", true), ("PAY_PER_REQUEST", false)];

pub(crate) fn read(stack: &Stack<'_>, resource: &Resource<'_>, scope: Scope<'_>) -> Option<Table> {
    ferry::refuse(resource.metadata, resource.type_name, scope);
    let simple = resource.handling == Handling::SimpleTable;
    let shape = if simple { SIMPLE } else { SHAPE };
    let fields = Fields::of_resource(&stack.evaluator, resource.mark, resource.properties, None, &[shape], scope);
    let name = stack.evaluator.name(resource, scope).ok()?;
    check_name(&name, &fields);
    let mut create = if simple { simple_request(&fields) } else { request(&fields) };
    create.insert("TableName".to_owned(), Value::String(name.clone()));
    let time_to_live = fields.map("TimeToLiveSpecification", TIME_TO_LIVE);
    let time_to_live = time_to_live.filter(|time| time.boolean("Enabled") == Some(true));
    Some(Table {
        logical_id: resource.logical_id.to_owned(),
        name,
        create: Value::Object(create),
        time_to_live: time_to_live.and_then(|time| time.required_text("AttributeName", "name the attribute that holds the epoch seconds")),
        line: resource.mark.line,
    })
}

fn check_name(name: &str, fields: &Fields<'_>) {
    let letters = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    if letters && (3..=255).contains(&name.len()) {
        return;
    }
    let mark = fields.entry("TableName").map_or(fields.mark, |entry| entry.node.mark);
    let problem = format!("the table name `{}` is not one that DynamoDB takes", shortened(name));
    fields.scope.error(mark, problem, "write 3 to 255 letters, digits, -, _ and . in TableName");
}

fn simple_request(fields: &Fields<'_>) -> Map<String, Value> {
    let key = fields.map("PrimaryKey", PRIMARY_KEY);
    let name = key.as_ref().and_then(|key| key.text("Name")).unwrap_or_else(|| "id".to_owned());
    let kind = key.as_ref().and_then(|key| key.choice("Type", &SIMPLE_TYPES)).unwrap_or("S");
    let mut request = Map::new();
    request.insert("AttributeDefinitions".to_owned(), json!([{ "AttributeName": name, "AttributeType": kind }]));
    request.insert("KeySchema".to_owned(), json!([{ "AttributeName": name, "KeyType": "HASH" }]));
    let throughput = throughput(fields);
    request.insert("BillingMode".to_owned(), json!(if throughput.is_some() { "PROVISIONED" } else { "PAY_PER_REQUEST" }));
    request.extend(throughput.map(|throughput| ("ProvisionedThroughput".to_owned(), throughput)));
    request
}

fn request(fields: &Fields<'_>) -> Map<String, Value> {
    let mut definitions = Definitions::read(fields);
    let provisioned = fields.choice("BillingMode", &BILLING).unwrap_or(true);
    let mut request = Map::new();
    let mut set = |name: &str, value: Option<Value>| request.extend(value.map(|value| (name.to_owned(), value)));
    set("KeySchema", Some(key_schema(fields, &mut definitions)));
    set("BillingMode", Some(json!(if provisioned { "PROVISIONED" } else { "PAY_PER_REQUEST" })));
    set("ProvisionedThroughput", capacity(fields, provisioned));
    for (key, global) in [("GlobalSecondaryIndexes", true), ("LocalSecondaryIndexes", false)] {
        let indexes: Vec<Value> =
            fields.maps(key, INDEX).iter().map(|index| self::index(index, &mut definitions, global && provisioned, global)).collect();
        set(key, (!indexes.is_empty()).then_some(Value::Array(indexes)));
    }
    let stream = fields.map("StreamSpecification", STREAM);
    set("StreamSpecification", stream.map(|stream| json!({ "StreamEnabled": true, "StreamViewType": view_type(&stream) })));
    set("AttributeDefinitions", Some(definitions.finish(fields)));
    request
}

fn view_type(stream: &Fields<'_>) -> &'static str {
    let types = ["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"].map(|name| (name, name));
    if stream.entry("StreamViewType").is_none() {
        stream.scope.error(stream.mark, "StreamViewType is missing", "write one, such as NEW_AND_OLD_IMAGES");
    }
    stream.choice("StreamViewType", &types).unwrap_or("KEYS_ONLY")
}

/// What `AttributeDefinitions` says, and which of it keys use: DynamoDB takes neither more nor less.
struct Definitions {
    /// Name, type, place, used.
    all: Vec<(String, &'static str, Mark, bool)>,
}

impl Definitions {
    fn read(fields: &Fields<'_>) -> Self {
        let types = ["S", "N", "B"].map(|name| (name, name));
        let mut all = Vec::new();
        for definition in fields.maps("AttributeDefinitions", DEFINITION) {
            let name = definition.required_text("AttributeName", "name the attribute");
            if definition.entry("AttributeType").is_none() {
                definition.scope.error(definition.mark, "AttributeType is missing", "write S, N or B");
            }
            let kind = definition.choice("AttributeType", &types).unwrap_or("S");
            all.extend(name.map(|name| (name, kind, definition.mark, false)));
        }
        Self { all }
    }

    fn used(&mut self, name: &str, mark: Mark, scope: Scope<'_>) {
        match self.all.iter_mut().find(|(known, ..)| known == name) {
            Some((.., used)) => *used = true,
            None => scope.error(mark, format!("the key `{}` has no type", shortened(name)), "define it in AttributeDefinitions"),
        }
    }

    fn finish(self, fields: &Fields<'_>) -> Value {
        for (name, _, mark, _) in self.all.iter().filter(|(.., used)| !used) {
            let problem = format!("`{}` is defined, but no key has it", shortened(name));
            fields.scope.error(*mark, problem, "define the attributes of keys alone: items have what others they like");
        }
        self.all.into_iter().map(|(name, kind, ..)| json!({ "AttributeName": name, "AttributeType": kind })).collect()
    }
}

fn key_schema(fields: &Fields<'_>, definitions: &mut Definitions) -> Value {
    let types = ["HASH", "RANGE"].map(|name| (name, name));
    let mut schema = Vec::new();
    for key in fields.maps("KeySchema", KEY) {
        let Some(name) = key.required_text("AttributeName", "name the attribute") else { continue };
        definitions.used(&name, key.mark, key.scope);
        schema.push((name, key.choice("KeyType", &types).unwrap_or_default()));
    }
    let kinds: Vec<&str> = schema.iter().map(|(_, kind)| *kind).collect();
    if !matches!(kinds.as_slice(), ["HASH"] | ["HASH", "RANGE"]) {
        let mark = fields.entry("KeySchema").map_or(fields.mark, |entry| entry.mark);
        fields.scope.error(mark, "a KeySchema is one HASH key, and at most one RANGE key after it", "write them in this order");
    }
    schema.into_iter().map(|(name, kind)| json!({ "AttributeName": name, "KeyType": kind })).collect()
}

fn index(fields: &Fields<'_>, definitions: &mut Definitions, provisioned: bool, global: bool) -> Value {
    let mut index = Map::new();
    let name = fields.required_text("IndexName", "name the index");
    index.extend(name.map(|name| ("IndexName".to_owned(), Value::String(name))));
    index.insert("KeySchema".to_owned(), key_schema(fields, definitions));
    let types = ["ALL", "KEYS_ONLY", "INCLUDE"].map(|name| (name, name));
    match fields.map("Projection", PROJECTION) {
        Some(projection) => {
            let mut value = json!({ "ProjectionType": projection.choice("ProjectionType", &types).unwrap_or("KEYS_ONLY") });
            let attributes: Vec<String> = projection.texts("NonKeyAttributes", false).into_iter().map(|(name, _)| name).collect();
            if !attributes.is_empty() {
                value["NonKeyAttributes"] = json!(attributes);
            }
            index.insert("Projection".to_owned(), value);
        }
        None => fields.scope.error(fields.mark, "Projection is missing", "write `Projection: { ProjectionType: ALL }`"),
    }
    if global {
        index.extend(capacity(fields, provisioned).map(|throughput| ("ProvisionedThroughput".to_owned(), throughput)));
    }
    Value::Object(index)
}

/// `ProvisionedThroughput`, which a table on demand may not have and any other must.
fn capacity(fields: &Fields<'_>, provisioned: bool) -> Option<Value> {
    match (throughput(fields), provisioned) {
        (Some(throughput), true) => Some(throughput),
        (None, true) => {
            if fields.entry("ProvisionedThroughput").is_none() {
                let remedy = "write the capacity units, or `BillingMode: PAY_PER_REQUEST` on the table";
                fields.scope.error(fields.mark, "ProvisionedThroughput is missing", remedy);
            }
            None
        }
        (Some(_), false) => {
            let mark = fields.entry("ProvisionedThroughput").map_or(fields.mark, |entry| entry.mark);
            fields.scope.error(mark, "a table with BillingMode PAY_PER_REQUEST has no ProvisionedThroughput", "keep one of the two");
            None
        }
        (None, false) => None,
    }
}

fn throughput(fields: &Fields<'_>) -> Option<Value> {
    let throughput = fields.map("ProvisionedThroughput", THROUGHPUT)?;
    let units = |key: &str| {
        throughput.required_text(key, "write a number of units")?;
        throughput.number(key, 1..=1_000_000, " (units)")
    };
    let (read, write) = (units("ReadCapacityUnits"), units("WriteCapacityUnits"));
    Some(json!({ "ReadCapacityUnits": read?, "WriteCapacityUnits": write? }))
}
