//! The plain loop that the original article measured, as a Lambda function with the event and the answer of `IngestRust`: the AWS SDK, the whole file in memory, 25 items at a time, one call at a time.
//!
//! It is the baseline for CPU per record, and the oracle of the loader: what it leaves in a table of a good file is what the loader must leave. It knows no bad rows, no deadline and no page.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use aws_credential_types::Credentials;
use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use ingest::client;
use ingest::message::{Calls, Format, Language, LoadAnswer, LoadRequest, LoadTimings};
use ingest::record::{AMOUNT, FIELDS, KEY};
use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};
use serde_json::{Value, json};

const BATCH_ITEMS: usize = 25;

/// One registration: its values in the order of [`FIELDS`].
type Row = [String; FIELDS.len()];

struct SeedLoop {
    s3: aws_sdk_s3::Client,
    dynamodb: aws_sdk_dynamodb::Client,
    bucket: String,
    table: String,
    memory_mb: u32,
}

fn main() -> Result<(), Error> {
    let variable = |name: &str| std::env::var_os(name).and_then(|value| value.into_string().ok()).filter(|value| !value.is_empty());
    let seed = SeedLoop::new(&client::Settings::from_env()?, variable)?;
    let handler = service_fn(|event: LambdaEvent<Value>| async {
        if event.payload.get("warm") == Some(&Value::Bool(true)) {
            return Ok::<_, Error>(json!({"warm": true, "runtime": "rust", "memory_mb": seed.memory_mb}));
        }
        let answer = seed.load(serde_json::from_value(event.payload)?).await.map_err(|error| format!("{error:#}"))?;
        Ok(serde_json::to_value(answer)?)
    });
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(Runtime::new(handler).run())
}

impl SeedLoop {
    fn new(settings: &client::Settings, variable: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let token = settings.session_token.clone();
        let credentials = Credentials::new(&settings.access_key_id, &settings.secret_access_key, token, None, "environment");
        let http = aws_smithy_http_client::Builder::new().build_http();
        let address = |service: &str| settings.endpoints.get(service).or(settings.endpoint.as_ref()).cloned();
        let mut s3 = aws_sdk_s3::Config::builder()
            .behavior_version(aws_sdk_s3::config::BehaviorVersion::latest())
            .credentials_provider(credentials.clone())
            .region(aws_sdk_s3::config::Region::new(settings.region.clone()))
            .http_client(http.clone())
            .force_path_style(true);
        s3.set_endpoint_url(address("s3"));
        let mut dynamodb = aws_sdk_dynamodb::Config::builder()
            .behavior_version(aws_sdk_dynamodb::config::BehaviorVersion::latest())
            .credentials_provider(credentials)
            .region(aws_sdk_dynamodb::config::Region::new(settings.region.clone()))
            .http_client(http);
        dynamodb.set_endpoint_url(address("dynamodb"));
        Ok(Self {
            s3: aws_sdk_s3::Client::from_conf(s3.build()),
            dynamodb: aws_sdk_dynamodb::Client::from_conf(dynamodb.build()),
            bucket: variable("SOURCE_BUCKET").context("SOURCE_BUCKET is not set")?,
            table: variable("TABLE_NAME").context("TABLE_NAME is not set")?,
            memory_mb: variable("AWS_LAMBDA_FUNCTION_MEMORY_SIZE").and_then(|size| size.parse().ok()).unwrap_or(0),
        })
    }

    async fn load(&self, request: LoadRequest) -> Result<LoadAnswer> {
        let began = Instant::now();
        let key = request.key.unwrap_or_else(|| request.format.default_key());
        let object = self.s3.get_object().bucket(&self.bucket).key(&key).send().await.context("cannot get the object")?;
        let bytes = object.body.collect().await.context("cannot read the object")?.into_bytes();
        let download = began.elapsed();
        let rows = parse(request.format, &bytes).context("cannot parse the object")?;
        let parse = began.elapsed() - download;
        let (mut written, mut calls) = (0, Calls::default());
        for batch in rows.chunks(BATCH_ITEMS) {
            written += self.write(batch, &mut calls).await?;
        }
        let total = began.elapsed();
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        let timings =
            LoadTimings { total_ms: ms(total), download_ms: ms(download), parse_ms: ms(parse), write_ms: ms(total - download - parse) };
        let records = rows.len() as u64;
        Ok(LoadAnswer {
            run: request.run.unwrap_or_else(|| uuid::Uuid::new_v4().to_string()),
            runtime: Language::Rust,
            format: request.format,
            records,
            written,
            rejected: 0,
            duplicates: records - written,
            dead_letters: None,
            complete: true,
            checkpoint: None,
            bytes: bytes.len() as u64,
            timings,
            calls,
            memory_mb: self.memory_mb,
        })
    }

    /// Writes up to 25 rows, again while the table gives any back. How many items they were.
    async fn write(&self, rows: &[Row], calls: &mut Calls) -> Result<u64> {
        let mut last: HashMap<&str, &Row> = HashMap::new();
        for row in rows {
            last.insert(&row[KEY], row);
        }
        let items = last.len() as u64;
        let mut left = last.into_values().map(put).collect::<Result<Vec<_>>>()?;
        while !left.is_empty() {
            let sent = self.dynamodb.batch_write_item().request_items(&self.table, left).send().await.context("cannot write a batch")?;
            calls.batch_write += 1;
            left = sent.unprocessed_items.unwrap_or_default().remove(&self.table).unwrap_or_default();
            calls.unprocessed_items += left.len() as u64;
            if !left.is_empty() {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
        Ok(items)
    }
}

fn put(row: &Row) -> Result<WriteRequest> {
    let mut item = PutRequest::builder();
    for (index, (name, value)) in FIELDS.iter().zip(row).enumerate() {
        let value = if index == AMOUNT { AttributeValue::N(value.clone()) } else { AttributeValue::S(value.clone()) };
        item = item.item(*name, value);
    }
    Ok(WriteRequest::builder().put_request(item.build().context("no item")?).build())
}

fn parse(format: Format, bytes: &[u8]) -> Result<Vec<Row>> {
    match format {
        Format::Csv => {
            let mut reader = csv::Reader::from_reader(bytes);
            reader.deserialize().map(|row| Ok(in_order(row?))).collect()
        }
        Format::Json => {
            let rows: Vec<HashMap<String, Value>> = serde_json::from_slice(bytes)?;
            let text = |value: Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            Ok(rows.into_iter().map(|row| in_order(row.into_iter().map(|(name, value)| (name, text(value))).collect())).collect())
        }
    }
}

fn in_order(mut row: HashMap<String, String>) -> Row {
    FIELDS.map(|name| row.remove(name).unwrap_or_default())
}
