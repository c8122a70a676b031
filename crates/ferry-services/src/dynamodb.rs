//! DynamoDB: dynoxide called in process, behind the front, with the capacity that real tables have.
//!
//! A request's way: [`DynamoDb::call`] reads the body and hands it to a blocking thread, of which only a few work at once; there
//! [`operations`] carries it out: [`wire`] (and [`read_batch`], for the one operation that loads are made of) reads it, [`capacity`]
//! admits it, dynoxide does it, and what it used is settled ([`consumption`]). What capacity refuses is answered as the real service
//! does ([`throttle`], [`batch`], [`transaction`]).

mod arns;
mod batch;
mod capacity;
mod consumption;
mod item;
mod limits;
mod load;
mod operations;
mod page;
mod read_batch;
mod schema;
mod sound;
mod statement;
mod throttle;
mod transaction;
mod wire;

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use dynoxide::{Database, DynoxideError};
use futures_util::future::BoxFuture;
use http::header::{HeaderName, HeaderValue};
use http::request::Parts;
use http::{Request, Response, StatusCode};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::body::{RequestBody, ResponseBody, collect};
use crate::front::error::{FrontError, FrontErrorKind, WireFamily};
use crate::front::wire::{JSON_1_0, answer};
use crate::resource::{Resource, ResourceError};
use crate::service::{Call, Service, Throttled};
use crate::settings::ServicesSettings;

use capacity::Book;
pub use capacity::TableReport;
use operations::{Done, Handle, Tables};
use wire::Refusal;

/// Beside each other in `X-Amz-Target`: the tables' API and the streams'.
const TARGETS: [&str; 2] = ["DynamoDB_20120810.", "DynamoDBStreams_20120810."];
const CRC32: HeaderName = HeaderName::from_static("x-amz-crc32");
/// Within the data folder.
const FILE: &str = "dynamodb.sqlite";

/// Why the tables could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum DynamoDbError {
    #[error("the folder {} cannot be made", .path.display())]
    Folder {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("the tables in {} cannot be opened: move the file away to begin with none", .path.display())]
    Open {
        path: PathBuf,
        #[source]
        source: DynoxideError,
    },
    #[error("the path {} is not UTF-8, which SQLite asks for", .path.display())]
    Path { path: PathBuf },
    #[error("tables in memory cannot be made")]
    Memory(#[source] DynoxideError),
}

/// The tables, behind the front.
#[derive(Debug)]
pub struct DynamoDb {
    tables: Arc<Tables>,
    /// One permit for each operation at work.
    slots: Semaphore,
    ttl_swept: Mutex<Instant>,
}

impl DynamoDb {
    /// Opens the tables of the data folder, or none in memory where there is no folder.
    pub fn open(settings: &ServicesSettings) -> Result<Self, DynamoDbError> {
        let db = match &settings.data_dir {
            Some(folder) => open_file(folder)?,
            None => Database::memory().map_err(DynamoDbError::Memory)?,
        };
        let tables = Tables {
            db: Handle(db),
            book: Book::new(),
            arns: arns::Arns::new(&settings.region, &settings.account_id),
            schemas: schema::Schemas::default(),
        };
        Ok(Self { tables: Arc::new(tables), slots: Semaphore::new(limits::OPERATIONS_MAX), ttl_swept: Mutex::new(Instant::now()) })
    }

    async fn respond(&self, request: Request<RequestBody>, call: &Call) -> Response<ResponseBody> {
        let (head, body) = request.into_parts();
        let Some(operation) = operation_of(&head) else {
            return refused(Refusal::new(wire::CORAL, "UnknownOperationException", None));
        };
        let body = match collect(body, limits::REQUEST_BYTES_MAX).await {
            Ok(body) => body,
            Err(error) => return self.error(&call.body_error(error)),
        };
        self.sweep_ttl_when_due();
        // The semaphore is never closed.
        let _permit = self.slots.acquire().await;
        let tables = Arc::clone(&self.tables);
        tables.book.follow(&call.physics);
        let work = tokio::task::spawn_blocking(move || match std::str::from_utf8(&body) {
            Ok(body) => tables.run(operation, body),
            Err(_) => Err(Refusal::not_json()),
        });
        match work.await {
            Ok(Ok(done)) => answered(done),
            Ok(Err(refusal)) => refused(refusal),
            Err(panic) => refused(internal_error(&panic.to_string())),
        }
    }

    /// Items whose time to live is over go when somebody uses the tables, at most every so often.
    fn sweep_ttl_when_due(&self) {
        let mut swept = self.ttl_swept.lock().unwrap_or_else(PoisonError::into_inner);
        if swept.elapsed() < limits::TTL_SWEEP_INTERVAL {
            return;
        }
        *swept = Instant::now();
        let tables = Arc::clone(&self.tables);
        // What fails is tried again with the next sweep.
        tokio::task::spawn_blocking(move || tables.db.0.sweep_ttl());
    }

    async fn create_table(&self, resource: &Resource, request: &Value, time_to_live: Option<&str>) -> Result<Vec<String>, ResourceError> {
        let tables = Arc::clone(&self.tables);
        let body = request.to_string();
        let time_to_live = time_to_live.map(|attribute| {
            let enabled = json!({ "AttributeName": attribute, "Enabled": true });
            json!({ "TableName": resource.name(), "TimeToLiveSpecification": enabled }).to_string()
        });
        let work = tokio::task::spawn_blocking(move || {
            tables.run("CreateTable", &body)?;
            time_to_live.map_or(Ok(()), |body| tables.run("UpdateTimeToLive", &body).map(drop))
        });
        match work.await {
            Ok(Ok(())) => Ok(Vec::new()),
            Ok(Err(refusal)) if refusal.body.contains("ResourceInUseException") => Ok(Vec::new()),
            Ok(Err(refusal)) => Err(ResourceError::new(resource, refusal.body)),
            Err(panic) => Err(ResourceError::new(resource, panic)),
        }
    }
}

impl Service for DynamoDb {
    fn name(&self) -> &'static str {
        "dynamodb"
    }

    fn operation(&self, head: &Parts) -> Cow<'static, str> {
        operation_of(head).unwrap_or("Unknown").into()
    }

    fn call<'a>(&'a self, request: Request<RequestBody>, call: &'a Call) -> BoxFuture<'a, Response<ResponseBody>> {
        Box::pin(self.respond(request, call))
    }

    fn error(&self, error: &FrontError) -> Response<ResponseBody> {
        let (status, code) = error.kind.code(WireFamily::Json);
        let namespace = if matches!(error.kind, FrontErrorKind::InternalError) { wire::NAMESPACE } else { wire::CORAL };
        refused(Refusal { status, ..Refusal::new(namespace, code, Some(&error.kind.message(WireFamily::Json))) })
    }

    fn create<'a>(&'a self, resource: &'a Resource) -> Option<BoxFuture<'a, Result<Vec<String>, ResourceError>>> {
        match resource {
            Resource::Table { request, time_to_live, .. } => Some(Box::pin(self.create_table(resource, request, time_to_live.as_deref()))),
            Resource::Bucket { .. } | Resource::Queue { .. } => None,
        }
    }

    fn tables(&self) -> Vec<TableReport> {
        self.tables.book.report()
    }

    fn reset_counters(&self) {
        self.tables.book.reset_counts();
    }
}

fn open_file(folder: &Path) -> Result<Database, DynamoDbError> {
    std::fs::create_dir_all(folder).map_err(|source| DynamoDbError::Folder { path: folder.to_owned(), source })?;
    let path = folder.join(FILE);
    let text = path.to_str().ok_or_else(|| DynamoDbError::Path { path: path.clone() })?;
    let failed = |source| DynamoDbError::Open { path: path.clone(), source };
    let db = Database::new(text).map_err(failed)?;
    // By its name the end of a bulk load; what it sets is `synchronous = NORMAL`: with a write-ahead log nothing that was answered is
    // lost when the process dies, and no write waits for the disk.
    db.disable_bulk_loading().map_err(failed)?;
    Ok(db)
}

fn operation_of(head: &Parts) -> Option<&'static str> {
    let target = head.headers.get("x-amz-target")?.to_str().ok()?;
    operations::find(TARGETS.iter().find_map(|prefix| target.strip_prefix(prefix))?)
}

fn answered(done: Done) -> Response<ResponseBody> {
    respond(StatusCode::OK, done.body, done.throttled)
}

fn refused(refusal: Refusal) -> Response<ResponseBody> {
    respond(refusal.status, refusal.body, refusal.throttled)
}

/// The SDKs check the sum, and take a body that does not match for a broken connection.
fn respond(status: StatusCode, body: String, throttled: u64) -> Response<ResponseBody> {
    let sum = HeaderValue::from(crc32fast::hash(body.as_bytes()));
    let mut response = answer(status, JSON_1_0, body);
    response.headers_mut().insert(CRC32, sum);
    if throttled > 0 {
        response.extensions_mut().insert(Throttled(throttled));
    }
    response
}

fn internal_error(message: &str) -> Refusal {
    Refusal { status: StatusCode::INTERNAL_SERVER_ERROR, ..Refusal::new(wire::NAMESPACE, "InternalServerError", Some(message)) }
}
