//! Tables, buckets and queues: what the local services are asked to make, and what is wrong before they are asked.

use ferry_template::{Bucket, Queue};
use serde_json::json;

use crate::{folder, map, parse, parse_with, rust_function, sam, told, without_path};

/// The errors of a table with these properties, which begin on line 5.
#[track_caller]
fn table_refused(properties: &str, problems: &[&str]) {
    let indented: String = properties.lines().map(|line| format!("    {line}\n")).collect();
    assert_eq!(told(&sam(&format!("T:\n  Type: AWS::DynamoDB::Table\n  Properties:\n{indented}"))), problems);
}

const KEYED: &str = "AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]\nKeySchema: [{ AttributeName: id, KeyType: HASH }]\n";

#[test]
fn a_table_is_its_create_table_request() {
    let template = parse(&sam("T:
  Type: AWS::DynamoDB::Table
  Properties:
    TableName: rows
    BillingMode: PAY_PER_REQUEST
    AttributeDefinitions:
      - { AttributeName: id, AttributeType: S }
      - { AttributeName: at, AttributeType: N }
      - { AttributeName: owner, AttributeType: B }
    KeySchema: [{ AttributeName: id, KeyType: HASH }, { AttributeName: at, KeyType: RANGE }]
    GlobalSecondaryIndexes:
      - IndexName: by-owner
        KeySchema: [{ AttributeName: owner, KeyType: HASH }]
        Projection: { ProjectionType: INCLUDE, NonKeyAttributes: [name, price] }
    LocalSecondaryIndexes:
      - IndexName: by-time
        KeySchema: [{ AttributeName: id, KeyType: HASH }, { AttributeName: at, KeyType: RANGE }]
        Projection: { ProjectionType: ALL }
    StreamSpecification: { StreamViewType: NEW_IMAGE }
    TimeToLiveSpecification: { AttributeName: expires, Enabled: true }
    Tags: [{ Key: a, Value: b }]"));
    let [table] = template.tables.as_slice() else { panic!("one table") };
    assert_eq!((table.logical_id.as_str(), table.name.as_str(), table.line), ("T", "rows", 3));
    assert_eq!(table.time_to_live.as_deref(), Some("expires"));
    assert_eq!(
        table.create,
        json!({
            "TableName": "rows",
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [
                { "AttributeName": "id", "AttributeType": "S" },
                { "AttributeName": "at", "AttributeType": "N" },
                { "AttributeName": "owner", "AttributeType": "B" },
            ],
            "KeySchema": [{ "AttributeName": "id", "KeyType": "HASH" }, { "AttributeName": "at", "KeyType": "RANGE" }],
            "GlobalSecondaryIndexes": [{
                "IndexName": "by-owner",
                "KeySchema": [{ "AttributeName": "owner", "KeyType": "HASH" }],
                "Projection": { "ProjectionType": "INCLUDE", "NonKeyAttributes": ["name", "price"] },
            }],
            "LocalSecondaryIndexes": [{
                "IndexName": "by-time",
                "KeySchema": [{ "AttributeName": "id", "KeyType": "HASH" }, { "AttributeName": "at", "KeyType": "RANGE" }],
                "Projection": { "ProjectionType": "ALL" },
            }],
            "StreamSpecification": { "StreamEnabled": true, "StreamViewType": "NEW_IMAGE" },
        })
    );
    assert_eq!(without_path(&template.warnings), Vec::<String>::new());
}

#[test]
fn provisioned_and_simple_tables() {
    let template = parse(&sam("T:
  Type: AWS::DynamoDB::Table
  Properties:
    AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]
    KeySchema: [{ AttributeName: id, KeyType: HASH }]
    ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 7 }
    TimeToLiveSpecification: { AttributeName: expires, Enabled: false }
S: { Type: AWS::Serverless::SimpleTable }
N:
  Type: AWS::Serverless::SimpleTable
  Properties: { TableName: numbers, PrimaryKey: { Name: n, Type: Number }, ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 2 } }"));
    let create: Vec<_> = template.tables.iter().map(|table| table.create.clone()).collect();
    let key = |name: &str| json!([{ "AttributeName": name, "KeyType": "HASH" }]);
    let definition = |name: &str, kind: &str| json!([{ "AttributeName": name, "AttributeType": kind }]);
    assert_eq!(
        create,
        [
            json!({ "TableName": "shop-T", "BillingMode": "PROVISIONED", "KeySchema": key("id"), "AttributeDefinitions": definition("id", "S"),
                    "ProvisionedThroughput": { "ReadCapacityUnits": 5, "WriteCapacityUnits": 7 } }),
            json!({ "TableName": "shop-S", "BillingMode": "PAY_PER_REQUEST", "KeySchema": key("id"), "AttributeDefinitions": definition("id", "S") }),
            json!({ "TableName": "numbers", "BillingMode": "PROVISIONED", "KeySchema": key("n"), "AttributeDefinitions": definition("n", "N"),
                    "ProvisionedThroughput": { "ReadCapacityUnits": 1, "WriteCapacityUnits": 2 } }),
        ]
    );
    assert_eq!(template.tables[0].time_to_live, None);
}

#[test]
fn tables_that_dynamodb_refuses() {
    let on_demand = format!("BillingMode: PAY_PER_REQUEST\n{KEYED}");
    let needs_capacity = "T: ProvisionedThroughput is missing; write the capacity units, or `BillingMode: PAY_PER_REQUEST` on the table";
    let schema = "a KeySchema is one HASH key, and at most one RANGE key after it; write them in this order";
    table_refused("BillingMode: PAY_PER_REQUEST", &[&format!("3:3: T: {schema}")]);
    table_refused(KEYED, &[&format!("3:3: {needs_capacity}")]);
    table_refused(
        &format!("{on_demand}ProvisionedThroughput: {{ ReadCapacityUnits: 1, WriteCapacityUnits: 1 }}"),
        &["9:7: T: a table with BillingMode PAY_PER_REQUEST has no ProvisionedThroughput; keep one of the two"],
    );
    table_refused(
        "BillingMode: PAY_PER_REQUEST\nAttributeDefinitions: [{ AttributeName: idd, AttributeType: S }]\nKeySchema: [{ AttributeName: id, KeyType: HASH }]",
        &[
            "7:30: T: `idd` is defined, but no key has it; define the attributes of keys alone: items have what others they like",
            "8:19: T: the key `id` has no type; define it in AttributeDefinitions",
        ],
    );
    table_refused(&on_demand.replace("HASH", "RANGE"), &[&format!("8:7: T: {schema}")]);
    table_refused(
        &on_demand.replace("AttributeType: S", "AttributeType: SS"),
        &["7:66: T: AttributeType cannot be `SS`; did you mean `S`?"],
    );
    table_refused(
        &format!("TableName: a b\n{on_demand}"),
        &["6:18: T: the table name `a b` is not one that DynamoDB takes; write 3 to 255 letters, digits, -, _ and . in TableName"],
    );
    table_refused(
        &format!("{on_demand}StreamSpecification: {{}}"),
        &["9:7: T: StreamViewType is missing; write one, such as NEW_AND_OLD_IMAGES"],
    );
    table_refused(
        &format!("{on_demand}ImportSourceSpecification: {{}}"),
        &["9:7: T: ImportSourceSpecification is not supported; Ferry takes nothing from S3: write the items after the start"],
    );
    table_refused(
        &format!("{on_demand}Keys: []\nGlobalSecondaryIndexes: {{}}"),
        &[
            "9:7: T: unknown property `Keys`; see docs/template.md for what is read",
            "10:31: T: GlobalSecondaryIndexes is a map; write a list of maps",
        ],
    );
    table_refused(
        &format!("{on_demand}GlobalSecondaryIndexes: [{{ IndexName: i, KeySchema: [{{ AttributeName: id, KeyType: HASH }}] }}]"),
        &["9:32: T: Projection is missing; write `Projection: { ProjectionType: ALL }`"],
    );
}

#[test]
fn a_bucket_has_a_name_a_region_and_objects() {
    let template = parse(&sam("B: { Type: AWS::S3::Bucket }
Far:
  Type: AWS::S3::Bucket
  Metadata: { Ferry: { Objects: ./data, Region: eu-west-1 } }
  Properties: { BucketName: far.away, Tags: [], VersioningConfiguration: { Status: Enabled } }"));
    assert_eq!(
        template.buckets,
        [
            Bucket { logical_id: "B".into(), name: "shop-b".into(), region: None, objects: None, line: 3 },
            Bucket {
                logical_id: "Far".into(),
                name: "far.away".into(),
                region: Some("eu-west-1".into()),
                objects: Some(folder("data")),
                line: 4
            },
        ]
    );
    assert_eq!(
        without_path(&template.warnings),
        ["7:51: Far: VersioningConfiguration has no effect here; one version of an object is kept"]
    );
}

#[test]
fn buckets_that_are_refused() {
    for (resource, problem) in [
        ("Properties: { BucketName: Shop }", "3:57: B: the bucket name `Shop` is not one that S3 takes; write 3 to 63 lower-case letters"),
        ("Properties: { BucketName: 10.0.0.1 }", "the bucket name `10.0.0.1` is not one that S3 takes"),
        ("Properties: { NotificationConfiguration: {} }", "NotificationConfiguration is not supported; events are not sent"),
        ("Properties: { Bucketname: shop }", "unknown property `Bucketname`; did you mean `BucketName`?"),
        ("Metadata: { Ferry: { Objects: ../data } }", "Objects `../data` is no folder inside the template's; name the folder of its files"),
        ("Metadata: { Ferry: { Objects: [data] } }", "Objects is a list; write a single value"),
        ("Metadata: { Ferry: { Region: Mars } }", "`Mars` is no region; write one, such as eu-west-1"),
        ("Metadata: { Ferry: { Regions: eu-west-1 } }", "unknown property `Regions`; did you mean `Region`?"),
    ] {
        let told = told(&sam(&format!("B: {{ Type: AWS::S3::Bucket, {resource} }}")));
        assert!(told.len() == 1 && told[0].contains(problem), "{resource}: {told:?}");
    }
}

#[test]
fn a_queue_has_the_attributes_of_create_queue() {
    let template = parse(&sam("Jobs:
  Type: AWS::SQS::Queue
  Properties:
    QueueName: jobs
    DelaySeconds: 1
    FifoQueue: false
    MaximumMessageSize: 262144
    MessageRetentionPeriod: 60
    ReceiveMessageWaitTimeSeconds: 20
    VisibilityTimeout: 43200
    RedrivePolicy: { deadLetterTargetArn: !GetAtt Failed.Arn, maxReceiveCount: 3 }
Failed: { Type: AWS::SQS::Queue }"));
    let redrive = r#"{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:123456789012:shop-Failed","maxReceiveCount":3}"#;
    assert_eq!(
        template.queues,
        [
            Queue {
                logical_id: "Jobs".into(),
                name: "jobs".into(),
                attributes: map(&[
                    ("DelaySeconds", "1"),
                    ("MaximumMessageSize", "262144"),
                    ("MessageRetentionPeriod", "60"),
                    ("ReceiveMessageWaitTimeSeconds", "20"),
                    ("RedrivePolicy", redrive),
                    ("VisibilityTimeout", "43200"),
                ]),
                line: 3
            },
            Queue { logical_id: "Failed".into(), name: "shop-Failed".into(), attributes: map(&[]), line: 14 },
        ]
    );
}

#[test]
fn queues_that_are_refused() {
    for (properties, problem) in [
        ("FifoQueue: true", "3:45: Q: FifoQueue is not supported; FIFO queues are not served: use a standard queue"),
        ("QueueName: jobs.fifo", "`jobs.fifo` names a FIFO queue; FIFO queues are not served"),
        ("ContentBasedDeduplication: true", "ContentBasedDeduplication is not supported; FIFO queues are not served"),
        ("QueueName: a.b", "the queue name `a.b` is not one that SQS takes; write up to 80 letters"),
        ("DelaySeconds: 901", "DelaySeconds `901` is out of bounds; write a whole number from 0 to 900 (seconds)"),
        ("MaximumMessageSize: 1023", "from 1024 to 1048576 (bytes)"),
        ("RedrivePolicy: { deadLetterTargetArn: 'arn:x', maxReceiveCount: 1 }", "deadLetterTargetArn `arn:x` is no queue of this template"),
        ("RedrivePolicy: { deadLetterTargetArn: !GetAtt Q.Arn }", "maxReceiveCount is missing"),
    ] {
        let told = told(&sam(&format!("Q: {{ Type: AWS::SQS::Queue, Properties: {{ {properties} }} }}")));
        assert!(told.len() == 1 && told[0].contains(problem), "{properties}: {told:?}");
    }
}

#[test]
fn names_that_would_be_too_long_are_shortened() {
    let id = "A".repeat(100);
    let template = parse(&sam(&format!("{id}: {{ Type: AWS::S3::Bucket }}\n{id}B: {{ Type: AWS::SQS::Queue }}")));
    assert_eq!((template.buckets[0].name.len(), template.queues[0].name.len()), (63, 80));
}

#[test]
fn two_tables_of_one_name_are_an_error() {
    let table = |id: &str| format!("{id}: {{ Type: AWS::Serverless::SimpleTable, Properties: {{ TableName: same }} }}\n");
    assert_eq!(told(&sam(&(table("A") + &table("B")))), ["4:3: B: A is named same too; give each a name of its own"]);
}

#[test]
fn references_give_what_exists_locally() {
    let text = rust_function(
        "Environment: { Variables: { QUEUE: !Ref Q, TABLE: !Ref T, ARN: !GetAtt T.Arn, BUCKET: !Ref B, DOMAIN: !GetAtt B.RegionalDomainName } }",
    ) + "  Q: { Type: AWS::SQS::Queue }\n  T: { Type: AWS::Serverless::SimpleTable }\n  B: { Type: AWS::S3::Bucket, Metadata: { Ferry: { Region: eu-west-1 } } }\n";
    let template = parse_with(&text, &[("AWS::Region", "us-west-2")]).unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(
        template.functions[0].environment,
        map(&[
            ("ARN", "arn:aws:dynamodb:us-west-2:123456789012:table/shop-T"),
            ("BUCKET", &template.buckets[0].name),
            ("DOMAIN", "shop-b.s3.eu-west-1.amazonaws.com"),
            ("QUEUE", "http://127.0.0.1:4566/123456789012/shop-Q"),
            ("TABLE", &template.tables[0].name),
        ])
    );
}

fn with_metadata(metadata: &str) -> String {
    format!("Metadata: {metadata}\nResources:\n  T: {{ Type: AWS::Logs::LogGroup }}\n")
}

#[test]
fn physics_is_a_json_document() {
    let physics = |metadata: &str| parse(&with_metadata(metadata)).physics.map(|physics| (physics.document, physics.line));
    assert_eq!(physics("{ Ferry: { Page: web } }"), None);
    assert_eq!(
        physics(
            "\n  Ferry:\n    Physics: { latency: [{ service: dynamodb, ms: 6 }], faults: ~, tables: { '*': { write_per_s: 1e3, mode: 'on-demand' } }, seed: '1', on: true }"
        ),
        Some((
            json!({ "latency": [{ "service": "dynamodb", "ms": 6 }], "faults": null, "tables": { "*": { "write_per_s": 1e3, "mode": "on-demand" } }, "seed": "1", "on": true }),
            3
        ))
    );
    for (metadata, problem) in [
        ("{ Ferry: { Physics: fast } }", "1:22: Physics is a single value; write a map of latency, faults, tables and seed"),
        ("{ Ferry: { Physics: { seed: !Ref Seed } } }", "Physics holds Ref; write the value itself"),
    ] {
        let told = told(&with_metadata(metadata));
        assert!(told.len() == 1 && told[0].contains(problem), "{metadata}: {told:?}");
    }
}
