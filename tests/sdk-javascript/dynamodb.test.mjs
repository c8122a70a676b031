// DynamoDB: what works, works as it does on AWS.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as ddb from "@aws-sdk/client-dynamodb";
import * as lib from "@aws-sdk/lib-dynamodb";
import { Services, pages, refused } from "./services.mjs";

const DIGITS_38 = "12345678901234567890123456789012345678";

let services;
let client;
let documents;
before(async () => {
  services = await Services.start();
  client = new ddb.DynamoDBClient(services.settings());
  documents = lib.DynamoDBDocumentClient.from(client);
});
after(() => services?.stop());

const send = (command) => client.send(command);
const ask = (command) => documents.send(command);

async function table(TableName, more = {}) {
  await send(
    new ddb.CreateTableCommand({
      TableName,
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }, { AttributeName: "at", AttributeType: "N" }],
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }, { AttributeName: "at", KeyType: "RANGE" }],
      BillingMode: "PAY_PER_REQUEST",
      ...more,
    }),
  );
  return TableName;
}

test("the life of a table", async () => {
  const TableName = "Life";
  const created = await send(
    new ddb.CreateTableCommand({
      TableName,
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 7 },
      Tags: [{ Key: "team", Value: "seats" }],
    }),
  );
  const { TableArn } = created.TableDescription;
  assert.equal(TableArn, `arn:aws:dynamodb:us-east-1:123456789012:table/${TableName}`);
  await ddb.waitUntilTableExists({ client, maxWaitTime: 30, minDelay: 1 }, { TableName });
  const { Table } = await send(new ddb.DescribeTableCommand({ TableName }));
  assert.equal(Table.TableStatus, "ACTIVE");
  assert.ok(Table.CreationDateTime instanceof Date);
  assert.deepEqual([Table.ProvisionedThroughput.ReadCapacityUnits, Table.ProvisionedThroughput.WriteCapacityUnits], [5, 7]);
  assert.deepEqual((await send(new ddb.ListTagsOfResourceCommand({ ResourceArn: TableArn }))).Tags, [{ Key: "team", Value: "seats" }]);
  assert.ok((await send(new ddb.ListTablesCommand({}))).TableNames.includes(TableName));

  await send(new ddb.UpdateTableCommand({ TableName, BillingMode: "PAY_PER_REQUEST" }));
  await ddb.waitUntilTableExists({ client, maxWaitTime: 30, minDelay: 1 }, { TableName });
  const changed = await send(new ddb.DescribeTableCommand({ TableName }));
  assert.equal(changed.Table.BillingModeSummary.BillingMode, "PAY_PER_REQUEST");

  const deleted = await send(new ddb.DeleteTableCommand({ TableName }));
  assert.equal(deleted.TableDescription.TableName, TableName);
  await ddb.waitUntilTableNotExists({ client, maxWaitTime: 30, minDelay: 1 }, { TableName });
  assert.ok(!(await send(new ddb.ListTablesCommand({}))).TableNames.includes(TableName));
});

test("tables are listed in pages", async () => {
  for (const name of ["List1", "List2", "List3"]) await table(name);
  const listed = await pages(ddb.paginateListTables({ client, pageSize: 1 }, {}));
  assert.ok(listed.length >= 3 && listed.every((page) => page.TableNames.length <= 1));
  assert.deepEqual(listed.flatMap((page) => page.TableNames).filter((name) => name.startsWith("List")), ["List1", "List2", "List3"]);
});

test("every type comes back", async () => {
  const TableName = await table("Types");
  const item = {
    ...{ id: "ü", at: 78.1, flag: false, nothing: null, empty: "", list: [1, "two", { deep: ["ü", ""] }], map: {} },
    bytes: new Uint8Array([0, 255]),
    names: new Set(["a", "b"]),
    numbers: new Set([1, -2.5]),
  };
  await ask(new lib.PutCommand({ TableName, Item: item }));
  const { Item } = await ask(new lib.GetCommand({ TableName, Key: { id: "ü", at: 78.1 }, ConsistentRead: true }));
  assert.deepEqual(Item, item);
  assert.equal((await ask(new lib.GetCommand({ TableName, Key: { id: "none", at: 1 } }))).Item, undefined);
});

test("numbers of 38 digits are kept exactly", async () => {
  const TableName = await table("Numbers");
  // A document client changes the client it is made of.
  const exact = lib.DynamoDBDocumentClient.from(new ddb.DynamoDBClient(services.settings()), { unmarshallOptions: { wrapNumbers: true } });
  const texts = [DIGITS_38, `-${DIGITS_38}`, `0.${DIGITS_38}`, "9.9999999999999999999999999999999999999E+125", "1E-130", "-1E-130", "0"];
  await exact.send(new lib.PutCommand({ TableName, Item: { id: "exact", at: 1, texts: texts.map((text) => lib.NumberValue.from(text)) } }));
  const { Item } = await exact.send(new lib.GetCommand({ TableName, Key: { id: "exact", at: 1 } }));
  const plain = ["99999999999999999999999999999999999999", "0".repeat(88)].join("");
  const tiny = `0.${"0".repeat(129)}1`;
  const expected = [texts[0], texts[1], texts[2], plain, tiny, `-${tiny}`, "0"];
  assert.deepEqual(Item.texts.map((number) => number.value), expected);
  // Numbers are equal by value, however they are written.
  await send(new ddb.PutItemCommand({ TableName, Item: { id: { S: "zeros" }, at: { N: "0078.10" } } }));
  const read = await send(new ddb.GetItemCommand({ TableName, Key: { id: { S: "zeros" }, at: { N: "7.81e1" } } }));
  assert.equal(read.Item.at.N, "78.1");
  // DynamoDB adds in decimal, not in floats.
  const added = await exact.send(
    new lib.UpdateCommand({
      ...{ TableName, Key: { id: "sum", at: 1 }, ReturnValues: "ALL_NEW" },
      UpdateExpression: "SET amount = :a + :b",
      ExpressionAttributeValues: { ":a": lib.NumberValue.from("0.1"), ":b": lib.NumberValue.from("0.2") },
    }),
  );
  assert.equal(added.Attributes.amount.value, "0.3");
});

test("updates, and what they give back", async () => {
  const TableName = await table("Updates");
  const Key = { id: "1", at: 1 };
  const update = (UpdateExpression, ExpressionAttributeValues, ReturnValues, more = {}) =>
    ask(new lib.UpdateCommand({ TableName, Key, UpdateExpression, ExpressionAttributeValues, ReturnValues, ...more }));
  await update("SET #n = :n, tags = :tags, seats = if_not_exists(seats, :zero) + :two", { ":n": "Ada", ":tags": new Set(["a", "b"]), ":zero": 0, ":two": 2 }, "NONE", {
    ExpressionAttributeNames: { "#n": "name" },
  });
  const old = await update("ADD seats :two, tags :c", { ":two": 2, ":c": new Set(["c"]) }, "UPDATED_OLD");
  assert.deepEqual(old.Attributes, { seats: 2, tags: new Set(["a", "b"]) });
  const fresh = await update("DELETE tags :gone SET history = list_append(if_not_exists(history, :none), :one)", { ":gone": new Set(["a", "b"]), ":none": [], ":one": ["x"] }, "UPDATED_NEW");
  assert.deepEqual(fresh.Attributes, { tags: new Set(["c"]), history: ["x"] });
  const all = await update("REMOVE history[0], tags", undefined, "ALL_NEW");
  assert.deepEqual(all.Attributes, { ...Key, name: "Ada", seats: 4, history: [] });
  const replaced = await ask(new lib.PutCommand({ TableName, Item: { ...Key, only: true }, ReturnValues: "ALL_OLD" }));
  assert.deepEqual(replaced.Attributes, all.Attributes);
  const deleted = await ask(new lib.DeleteCommand({ TableName, Key, ReturnValues: "ALL_OLD" }));
  assert.deepEqual(deleted.Attributes, { ...Key, only: true });
  assert.equal((await ask(new lib.DeleteCommand({ TableName, Key, ReturnValues: "ALL_OLD" }))).Attributes, undefined);
});

test("queries: keys, order, filters, projections, indexes", async () => {
  const TableName = await table("Queries", {
    AttributeDefinitions: ["id", "city", "at", "seats"].map((AttributeName) => ({ AttributeName, AttributeType: ["at", "seats"].includes(AttributeName) ? "N" : "S" })),
    GlobalSecondaryIndexes: [
      {
        IndexName: "ByCity",
        KeySchema: [{ AttributeName: "city", KeyType: "HASH" }, { AttributeName: "at", KeyType: "RANGE" }],
        Projection: { ProjectionType: "INCLUDE", NonKeyAttributes: ["title"] },
      },
    ],
    LocalSecondaryIndexes: [
      {
        IndexName: "BySeats",
        KeySchema: [{ AttributeName: "id", KeyType: "HASH" }, { AttributeName: "seats", KeyType: "RANGE" }],
        Projection: { ProjectionType: "ALL" },
      },
    ],
  });
  const items = Array.from({ length: 24 }, (_, at) => ({
    ...{ id: at % 2 ? "odd" : "even", at, seats: 100 - at, title: `t${at}`, hidden: true },
    ...(at % 3 === 0 && { city: "Oulu" }),
  }));
  await ask(new lib.BatchWriteCommand({ RequestItems: { [TableName]: items.map((Item) => ({ PutRequest: { Item } })) } }));
  const query = (more) => ask(new lib.QueryCommand({ TableName, ...more }));

  const between = await query({ KeyConditionExpression: "id = :id AND #at BETWEEN :a AND :b", ExpressionAttributeNames: { "#at": "at" }, ExpressionAttributeValues: { ":id": "odd", ":a": 3, ":b": 9 }, ScanIndexForward: false });
  assert.deepEqual(between.Items.map((item) => item.at), [9, 7, 5, 3]);
  const filtered = await query({
    ...{ KeyConditionExpression: "id = :id", FilterExpression: "seats > :s AND begins_with(title, :t)", ProjectionExpression: "title" },
    ExpressionAttributeValues: { ":id": "even", ":s": 84, ":t": "t1" },
  });
  assert.deepEqual([filtered.Count, filtered.ScannedCount, filtered.Items], [3, 12, [{ title: "t10" }, { title: "t12" }, { title: "t14" }]]);
  const city = await query({ IndexName: "ByCity", KeyConditionExpression: "city = :c", ExpressionAttributeValues: { ":c": "Oulu" } });
  assert.deepEqual(city.Items.map((item) => item.at), [0, 3, 6, 9, 12, 15, 18, 21]);
  assert.deepEqual(city.Items[1], { id: "odd", at: 3, city: "Oulu", title: "t3" }, "what the index holds, no more");
  const seats = await query({ IndexName: "BySeats", KeyConditionExpression: "id = :id AND seats < :s", ExpressionAttributeValues: { ":id": "odd", ":s": 80 } });
  assert.deepEqual(seats.Items.map((item) => item.seats), [77, 79]);
  const count = await query({ Select: "COUNT", KeyConditionExpression: "id = :id", ExpressionAttributeValues: { ":id": "odd" } });
  assert.deepEqual([count.Count, count.Items], [12, undefined]);
  const paged = await pages(lib.paginateQuery({ client: documents, pageSize: 5 }, { TableName, IndexName: "ByCity", KeyConditionExpression: "city = :c", ExpressionAttributeValues: { ":c": "Oulu" } }));
  assert.deepEqual(paged.map((page) => page.Count), [5, 3]);
  assert.deepEqual(Object.keys(paged[0].LastEvaluatedKey).sort(), ["at", "city", "id"]);
});

test("scans: pages of a count, pages of a megabyte, segments", async () => {
  const TableName = await table("Scans");
  const text = "x".repeat(60_000);
  const items = Array.from({ length: 40 }, (_, at) => ({ id: `${at % 7}`, at, text }));
  for (let first = 0; first < items.length; first += 20) {
    await ask(new lib.BatchWriteCommand({ RequestItems: { [TableName]: items.slice(first, first + 20).map((Item) => ({ PutRequest: { Item } })) } }));
  }
  const limited = await pages(lib.paginateScan({ client: documents, pageSize: 15 }, { TableName, ProjectionExpression: "id" }));
  assert.deepEqual(limited.map((page) => page.Count).filter(Boolean), [15, 15, 10]);
  const whole = await pages(lib.paginateScan({ client: documents }, { TableName, ConsistentRead: true }));
  assert.ok(whole.length >= 3, `2.4 MB in ${whole.length} pages`);
  assert.equal(new Set(whole.flatMap((page) => page.Items.map((item) => item.at))).size, 40);
  const segments = await Promise.all([0, 1, 2].map((Segment) => pages(lib.paginateScan({ client: documents }, { TableName, Segment, TotalSegments: 3 }))));
  const found = segments.flat().flatMap((page) => page.Items.map((item) => item.at));
  assert.deepEqual(found.sort((left, right) => left - right), items.map((item) => item.at));
});

test("batches, with the capacity they used", async () => {
  const TableName = await table("Batches");
  const puts = Array.from({ length: 24 }, (_, at) => ({ PutRequest: { Item: { id: "b", at } } }));
  await ask(new lib.PutCommand({ TableName, Item: { id: "old", at: 1 } }));
  const RequestItems = { [TableName]: [...puts, { DeleteRequest: { Key: { id: "old", at: 1 } } }] };
  const written = await ask(new lib.BatchWriteCommand({ RequestItems, ReturnConsumedCapacity: "TOTAL" }));
  assert.deepEqual(written.UnprocessedItems, {});
  assert.deepEqual(written.ConsumedCapacity, [{ TableName, CapacityUnits: 25 }]);
  const Keys = Array.from({ length: 100 }, (_, at) => ({ id: "b", at }));
  const read = await ask(new lib.BatchGetCommand({ RequestItems: { [TableName]: { Keys, ConsistentRead: true } } }));
  assert.equal(read.Responses[TableName].length, 24);
  assert.deepEqual(read.UnprocessedKeys, {});
  assert.equal((await ask(new lib.GetCommand({ TableName, Key: { id: "old", at: 1 } }))).Item, undefined);
});

test("a condition that fails says what is there", async () => {
  const TableName = await table("Conditions");
  const Item = { id: "1", at: 1, seats: 5 };
  await ask(new lib.PutCommand({ TableName, Item }));
  const name = ["ConditionalCheckFailedException", 400, "The conditional request failed"];
  const silent = await refused(ask(new lib.PutCommand({ TableName, Item, ConditionExpression: "attribute_not_exists(id)" })), ...name);
  assert.equal(silent.Item, undefined);
  const told = { ReturnValuesOnConditionCheckFailure: "ALL_OLD" };
  const update = { TableName, Key: { id: "1", at: 1 }, ConditionExpression: "seats > :s", ExpressionAttributeValues: { ":s": 9 }, ...told };
  const error = await refused(ask(new lib.UpdateCommand({ ...update, UpdateExpression: "REMOVE seats" })), ...name);
  assert.ok(error instanceof ddb.ConditionalCheckFailedException);
  const expected = { id: { S: "1" }, at: { N: "1" }, seats: { N: "5" } };
  assert.deepEqual(error.Item, expected);
  assert.deepEqual((await refused(ask(new lib.DeleteCommand(update)), ...name)).Item, expected);
  assert.deepEqual((await refused(ask(new lib.PutCommand({ TableName, Item: { id: "1", at: 1 }, ConditionExpression: "attribute_not_exists(id)", ...told })), ...name)).Item, expected);
  assert.deepEqual((await ask(new lib.GetCommand({ TableName, Key: { id: "1", at: 1 } }))).Item, Item);
});

test("transactions: all or nothing, once by their token", async () => {
  const TableName = await table("Transactions");
  const put = (id, more = {}) => ({ Put: { TableName, Item: { id, at: 1 }, ConditionExpression: "attribute_not_exists(id)", ...more } });
  const write = (TransactItems, ClientRequestToken) => ask(new lib.TransactWriteCommand({ TransactItems, ClientRequestToken }));
  await write([put("1"), put("2")], "token-1");
  await write([put("1"), put("2")], "token-1");
  await refused(write([put("3")], "token-1"), "IdempotentParameterMismatchException", 400);
  const told = { ReturnValuesOnConditionCheckFailure: "ALL_OLD" };
  const error = await refused(
    write([put("4"), put("1", told), { Delete: { TableName, Key: { id: "2", at: 1 } } }]),
    ...["TransactionCanceledException", 400],
    "Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed, None]",
  );
  assert.deepEqual(error.CancellationReasons.map((reason) => reason.Code), ["None", "ConditionalCheckFailed", "None"]);
  assert.equal(error.CancellationReasons[1].Message, "The conditional request failed");
  assert.deepEqual(error.CancellationReasons[1].Item, { id: { S: "1" }, at: { N: "1" } });
  const get = (id) => ({ Get: { TableName, Key: { id, at: 1 } } });
  const read = await ask(new lib.TransactGetCommand({ TransactItems: [get("1"), get("4"), get("2")] }));
  assert.deepEqual(read.Responses.map((response) => response.Item?.id), ["1", undefined, "2"]);
  await write([
    { ConditionCheck: { TableName, Key: { id: "1", at: 1 }, ConditionExpression: "attribute_exists(id)" } },
    { Update: { TableName, Key: { id: "2", at: 1 }, UpdateExpression: "SET seats = :s", ExpressionAttributeValues: { ":s": 3 } } },
  ]);
  assert.equal((await ask(new lib.GetCommand({ TableName, Key: { id: "2", at: 1 } }))).Item.seats, 3);
});

test("time to live is kept and told", async () => {
  const TableName = await table("Expiring");
  const TimeToLiveSpecification = { AttributeName: "expires", Enabled: true };
  const off = await send(new ddb.DescribeTimeToLiveCommand({ TableName }));
  assert.equal(off.TimeToLiveDescription.TimeToLiveStatus, "DISABLED");
  const set = await send(new ddb.UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
  assert.deepEqual(set.TimeToLiveSpecification, TimeToLiveSpecification);
  const on = await send(new ddb.DescribeTimeToLiveCommand({ TableName }));
  assert.deepEqual(on.TimeToLiveDescription, { TimeToLiveStatus: "ENABLED", AttributeName: "expires" });
});

test("statements of PartiQL", async () => {
  // AT is a word of the language: the attribute stands in quotes.
  const TableName = await table("Statements");
  const run = (Statement, Parameters) => ask(new lib.ExecuteStatementCommand({ Statement, Parameters }));
  await run(`INSERT INTO "${TableName}" VALUE {'id': ?, 'at': ?, 'seats': 5}`, ["1", 1]);
  await run(`UPDATE "${TableName}" SET seats = 6 WHERE id = ? AND "at" = ?`, ["1", 1]);
  assert.deepEqual((await run(`SELECT seats FROM "${TableName}" WHERE id = ?`, ["1"])).Items, [{ seats: 6 }]);
  await refused(run(`INSERT INTO "${TableName}" VALUE {'id': '1', 'at': 1}`), "DuplicateItemException", 400, "Duplicate primary key exists in table");
  const several = await ask(
    new lib.BatchExecuteStatementCommand({ Statements: ["1", "none"].map((id) => ({ Statement: `SELECT * FROM "${TableName}" WHERE id = ? AND "at" = 1`, Parameters: [id] })) }),
  );
  assert.deepEqual(several.Responses.map((response) => response.Item?.seats), [6, undefined]);
  await run(`DELETE FROM "${TableName}" WHERE id = '1' AND "at" = 1`);
  assert.deepEqual((await run(`SELECT * FROM "${TableName}"`)).Items, []);
});
