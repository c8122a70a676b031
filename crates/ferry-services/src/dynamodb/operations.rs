//! DynamoDB's operations: which there are, and how each is carried out. Those that take no capacity are handed through.

use dynoxide::{Database, DynoxideError};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::arns::Arns;
use super::capacity::Book;
use super::schema::Schemas;
use super::wire::{self, Refusal};
use super::{batch, item, statement, transaction};

/// Every operation there is, streams' included.
const OPERATIONS: [&str; 28] = [
    "BatchExecuteStatement",
    "BatchGetItem",
    "BatchWriteItem",
    "CreateTable",
    "DeleteItem",
    "DeleteTable",
    "DescribeStream",
    "DescribeTable",
    "DescribeTimeToLive",
    "ExecuteStatement",
    "ExecuteTransaction",
    "GetItem",
    "GetRecords",
    "GetShardIterator",
    "ListStreams",
    "ListTables",
    "ListTagsOfResource",
    "PutItem",
    "Query",
    "Scan",
    "SearchVectors",
    "TagResource",
    "TransactGetItems",
    "TransactWriteItems",
    "UntagResource",
    "UpdateItem",
    "UpdateTable",
    "UpdateTimeToLive",
];

/// The operation of this name, if there is one.
pub(super) fn find(name: &str) -> Option<&'static str> {
    OPERATIONS.binary_search(&name).ok().map(|index| OPERATIONS[index])
}

/// What the operations work on.
#[derive(Debug)]
pub(super) struct Tables {
    pub(super) db: Handle,
    pub(super) book: Book,
    pub(super) arns: Arns,
    pub(super) schemas: Schemas,
}

/// dynoxide's database, which has no `Debug`.
pub(super) struct Handle(pub(super) Database);

impl std::fmt::Debug for Handle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Database")
    }
}

/// An operation that took place: its answer, and how many of its items were handed back for want of capacity.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) body: String,
    pub(super) throttled: u64,
}

impl Done {
    pub(super) fn of<A: Serialize>(answer: &A) -> Result<Self, Refusal> {
        Ok(Self { body: wire::write(answer)?, throttled: 0 })
    }
}

impl Tables {
    /// Carries out an operation of [`OPERATIONS`]. Blocks while it reads and writes tables.
    pub(super) fn run(&self, operation: &'static str, body: &str) -> Result<Done, Refusal> {
        let db = &self.db.0;
        match operation {
            "BatchWriteItem" => batch::write(self, body),
            "BatchGetItem" => batch::get(self, body),
            "PutItem" => item::put(self, body),
            "UpdateItem" => item::update(self, body),
            "DeleteItem" => item::delete(self, body),
            "GetItem" => item::get(self, body),
            "Query" => item::query(self, body),
            "Scan" => item::scan(self, body),
            "TransactWriteItems" => transaction::write(self, body),
            "TransactGetItems" => transaction::get(self, body),
            "ExecuteStatement" => statement::execute(self, body),
            "BatchExecuteStatement" => statement::execute_batch(self, body),
            "ExecuteTransaction" => statement::execute_transaction(self, body),
            "SearchVectors" => self.through(operation, body, |request| db.search_vectors(request)),
            _ => self.run_on_tables(operation, body),
        }
    }

    /// Operations on tables and streams, whose requests and answers hold ARNs.
    fn run_on_tables(&self, operation: &'static str, body: &str) -> Result<Done, Refusal> {
        let db = &self.db.0;
        let body = &*self.arns.inward(body);
        let done = match operation {
            "CreateTable" => self.through(operation, body, |request| db.create_table(request)),
            "DeleteTable" => self.through(operation, body, |request| db.delete_table(request)),
            "DescribeTable" => self.through(operation, body, |request| db.describe_table(request)),
            "ListTables" => self.through(operation, body, |request| db.list_tables(request)),
            "UpdateTable" => self.through(operation, body, |request| db.update_table(request)),
            "UpdateTimeToLive" => self.through(operation, body, |request| db.update_time_to_live(request)),
            "DescribeTimeToLive" => self.through(operation, body, |request| db.describe_time_to_live(request)),
            "TagResource" => self.through(operation, body, |request| db.tag_resource(request)),
            "UntagResource" => self.through(operation, body, |request| db.untag_resource(request)),
            "ListTagsOfResource" => self.through(operation, body, |request| db.list_tags_of_resource(request)),
            "ListStreams" => self.through(operation, body, |request| db.list_streams(request)),
            "DescribeStream" => self.through(operation, body, |request| db.describe_stream(request)),
            "GetShardIterator" => self.through(operation, body, |request| db.get_shard_iterator(request)),
            "GetRecords" => self.through(operation, body, |request| db.get_records(request)),
            _ => Err(Refusal::new(wire::CORAL, "UnknownOperationException", None)),
        };
        if matches!(operation, "CreateTable" | "DeleteTable" | "UpdateTable") {
            self.schemas.forget();
        }
        done.map(|done| Done { body: self.arns.outward(done.body), ..done })
            .map_err(|refusal| Refusal { body: self.arns.outward(refusal.body), ..refusal })
    }

    /// The refusal of an operation on a table that does not exist.
    pub(super) fn check_exists(&self, operation: &str, table: &str) -> Result<(), Refusal> {
        match self.schemas.get(&self.db.0, table) {
            Some(_) => Ok(()),
            None => Err(Refusal::of(operation, DynoxideError::ResourceNotFoundException("Requested resource not found".to_owned()))),
        }
    }

    fn through<Q: DeserializeOwned, A: Serialize>(
        &self,
        operation: &str,
        body: &str,
        act: impl FnOnce(Q) -> dynoxide::Result<A>,
    ) -> Result<Done, Refusal> {
        let answer = act(wire::read(operation, body)?).map_err(|error| Refusal::of(operation, error))?;
        Done::of(&answer)
    }
}
