// DynamoDB: what AWS refuses is refused, with its name, its status and its words.
//
// Of wrong values and expressions the writes of a single item say "1 validation error detected: ", all other operations do not; some
// words differ too. AWS checks the two in two places.

import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import * as ddb from "@aws-sdk/client-dynamodb";
import { Services, refused } from "./services.mjs";

const TableName = "Refusals";
const VALIDATION = ["ValidationException", 400];
const ITEM_MAX_BYTES = 400 * 1024;
const OF_ONE = "1 validation error detected: ";
const DUPLICATES = "Provided list of item keys contains duplicates";
const EMPTY_KEY = "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: id";

let services;
let client;
before(async () => {
  services = await Services.start();
  client = new ddb.DynamoDBClient(services.settings());
  await send(
    new ddb.CreateTableCommand({
      TableName,
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      BillingMode: "PAY_PER_REQUEST",
    }),
  );
});
beforeEach(async () => {
  assert.equal((await send(new ddb.ScanCommand({ TableName, Select: "COUNT" }))).Count, 0, "what is refused leaves nothing");
});
after(() => services?.stop());

const send = (command) => client.send(command);
const put = (Item, more = {}) => send(new ddb.PutItemCommand({ TableName, Item, ...more }));
const write = (requests) => send(new ddb.BatchWriteItemCommand({ RequestItems: { [TableName]: requests } }));
const puts = (...items) => write(items.map((Item) => ({ PutRequest: { Item } })));
const remove = (id) => send(new ddb.DeleteItemCommand({ TableName, Key: { id: { S: id } } }));
const numbered = (count) => Array.from({ length: count }, (_, id) => ({ id: { S: `${id}` } }));

test("batches of wrong length", async () => {
  await refused(puts(...numbered(26)), ...VALIDATION, /Member must have length less than or equal to 25/);
  await refused(write([]), ...VALIDATION, /Member must have length greater than or equal to 1/);
  await refused(send(new ddb.BatchWriteItemCommand({ RequestItems: {} })), ...VALIDATION, "The requestItems parameter is required for BatchWriteItem");
  const read = (Keys) => send(new ddb.BatchGetItemCommand({ RequestItems: { [TableName]: { Keys } } }));
  await refused(read(numbered(101)), ...VALIDATION, /Too many items requested for the BatchGetItem call|less than or equal to 100/);
  await puts(...numbered(25));
  await write(numbered(25).map((Key) => ({ DeleteRequest: { Key } })));
});

test("keys twice in a batch", async () => {
  await refused(puts({ id: { S: "1" } }, { id: { S: "2" } }, { id: { S: "1" }, other: { N: "1" } }), ...VALIDATION, DUPLICATES);
  const both = [{ PutRequest: { Item: { id: { S: "1" } } } }, { DeleteRequest: { Key: { id: { S: "1" } } } }];
  await refused(write(both), ...VALIDATION, DUPLICATES);
  const Keys = [{ id: { S: "1" } }, { id: { S: "1" } }];
  await refused(send(new ddb.BatchGetItemCommand({ RequestItems: { [TableName]: { Keys } } })), ...VALIDATION, DUPLICATES);
});

test("an item of 400 KB, and of one byte more", async () => {
  // The size of an item is that of its names and values.
  const text = (bytes) => ({ id: { S: "1" }, text: { S: "x".repeat(bytes - "id1text".length) } });
  const message = "Item size has exceeded the maximum allowed size";
  await refused(put(text(ITEM_MAX_BYTES + 1)), ...VALIDATION, message);
  await refused(puts(text(ITEM_MAX_BYTES + 1)), ...VALIDATION, message);
  // Two bytes each in UTF-8.
  await refused(put({ id: { S: "1" }, text: { S: "ü".repeat(ITEM_MAX_BYTES / 2) } }), ...VALIDATION, message);
  await put(text(ITEM_MAX_BYTES));
  const grow = { TableName, Key: { id: { S: "1" } }, UpdateExpression: "SET b = :b", ExpressionAttributeValues: { ":b": { S: "" } } };
  await refused(send(new ddb.UpdateItemCommand(grow)), ...VALIDATION, "Item size to update has exceeded the maximum allowed size");
  await puts(text(ITEM_MAX_BYTES));
  assert.equal((await send(new ddb.GetItemCommand({ TableName, Key: { id: { S: "1" } } }))).Item.text.S.length, ITEM_MAX_BYTES - 7);
  await remove("1");
});

test("keys that are empty, missing, too long or of another type", async () => {
  await refused(put({ id: { S: "" } }), ...VALIDATION, EMPTY_KEY);
  await refused(puts({ id: { S: "" } }), ...VALIDATION, EMPTY_KEY);
  await refused(send(new ddb.GetItemCommand({ TableName, Key: { id: { S: "" } } })), ...VALIDATION, EMPTY_KEY);
  await refused(put({ other: { S: "x" } }), ...VALIDATION, "One or more parameter values were invalid: Missing the key id in the item");
  await refused(put({ id: { N: "1" } }), ...VALIDATION, "One or more parameter values were invalid: Type mismatch for key id expected: S actual: N");
  await refused(puts({ other: { S: "x" } }), ...VALIDATION, "The provided key element does not match the schema");
  await refused(send(new ddb.GetItemCommand({ TableName, Key: { id: { N: "1" } } })), ...VALIDATION, "The provided key element does not match the schema");
  const large = "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes";
  await refused(put({ id: { S: "x".repeat(2_049) } }), ...VALIDATION, large);
  await put({ id: { S: "x".repeat(2_048) } });
  await remove("x".repeat(2_048));
});

test("numbers that DynamoDB does not store", async () => {
  const cases = [
    ["1".repeat(39), "Attempting to store more than 38 significant digits in a Number"],
    [`0.${"1".repeat(39)}`, "Attempting to store more than 38 significant digits in a Number"],
    ["1E126", "Number overflow. Attempting to store a number with magnitude larger than supported range"],
    ["-1E126", "Number overflow. Attempting to store a number with magnitude larger than supported range"],
    ["1E-131", "Number underflow. Attempting to store a number with magnitude smaller than supported range"],
    ["12a", "The parameter cannot be converted to a numeric value: 12a"],
    ["", "The parameter cannot be converted to a numeric value: "],
    ["NaN", "The parameter cannot be converted to a numeric value: NaN"],
  ];
  for (const [N, message] of cases) {
    for (const value of [{ N }, { L: [{ M: { a: { N } } }] }, { NS: [N] }]) {
      const item = { id: { S: "1" }, value };
      await refused(put(item), ...VALIDATION, `${OF_ONE}${message}`);
      await refused(puts({ id: { S: "good" } }, item), ...VALIDATION, message);
    }
  }
  for (const N of ["1".repeat(38), `${"1".repeat(38)}000`, "9.9999999999999999999999999999999999999E+125", "1E-130", "000000000000000000000000000000000000000000001"]) {
    await put({ id: { S: "1" }, amount: { N } });
  }
  await remove("1");
});

test("sets, empty or with one thing twice", async () => {
  const invalid = "One or more parameter values were invalid: ";
  const cases = [
    [{ SS: [] }, `${invalid}An string set  may not be empty`, `${invalid}An string set  may not be empty`],
    [{ SS: ["a", "a"] }, `${invalid}Input collection ["a", "a"] contains duplicates.`, `${invalid}Input collection [a, a] contains duplicates.`],
    [{ NS: ["1", "1.0"] }, `${invalid}Input collection contains duplicates.`, "Input collection contains duplicates"],
  ];
  for (const [set, ofOne, ofBatch] of cases) {
    await refused(put({ id: { S: "1" }, set }), ...VALIDATION, `${OF_ONE}${ofOne}`);
    await refused(puts({ id: { S: "1" }, set }), ...VALIDATION, ofBatch);
  }
});

test("tables that are not there, or there already", async () => {
  const nowhere = { TableName: "Nowhere" };
  const gone = ["ResourceNotFoundException", 400, "Requested resource not found"];
  const Key = { id: { S: "1" } };
  const error = await refused(send(new ddb.GetItemCommand({ ...nowhere, Key })), ...gone);
  assert.ok(error instanceof ddb.ResourceNotFoundException);
  await refused(send(new ddb.PutItemCommand({ ...nowhere, Item: Key })), ...gone);
  await refused(send(new ddb.ScanCommand(nowhere)), ...gone);
  await refused(send(new ddb.BatchWriteItemCommand({ RequestItems: { Nowhere: [{ PutRequest: { Item: Key } }] } })), ...gone);
  await refused(send(new ddb.BatchGetItemCommand({ RequestItems: { Nowhere: { Keys: [Key] } } })), ...gone);
  await refused(send(new ddb.DescribeTableCommand(nowhere)), "ResourceNotFoundException", 400, "Requested resource not found: Table: Nowhere not found");
  await refused(send(new ddb.DeleteTableCommand(nowhere)), "ResourceNotFoundException", 400, "Requested resource not found: Table: Nowhere not found");
  const create = (more) =>
    send(
      new ddb.CreateTableCommand({
        ...{ TableName, BillingMode: "PAY_PER_REQUEST" },
        AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
        KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
        ...more,
      }),
    );
  await refused(create({}), "ResourceInUseException", 400, `Table already exists: ${TableName}`);
  await refused(create({ TableName: "ab" }), ...VALIDATION, /at least 3 characters long|greater than or equal to 3/);
  await refused(create({ TableName: "Keyless", KeySchema: [{ AttributeName: "other", KeyType: "HASH" }] }), ...VALIDATION, /Some index key attributes are not defined in AttributeDefinitions|Some AttributeDefinitions/);
  const index = { TableName, IndexName: "None", KeyConditionExpression: "id = :id", ExpressionAttributeValues: { ":id": { S: "1" } } };
  await refused(send(new ddb.QueryCommand(index)), ...VALIDATION, "The table does not have the specified index: None");
});

test("expressions that are wrong", async () => {
  const update = (UpdateExpression, values) =>
    send(new ddb.UpdateItemCommand({ TableName, Key: { id: { S: "1" } }, UpdateExpression, ExpressionAttributeValues: values }));
  const one = { ":v": { N: "1" } };
  await refused(update("SET name = :v", one), ...VALIDATION, `${OF_ONE}Invalid UpdateExpression: Attribute name is a reserved keyword; reserved keyword: name`);
  await refused(update("SET id = :v", one), ...VALIDATION, "One or more parameter values were invalid: Cannot update attribute id. This attribute is part of the key");
  await refused(update("SET a = :v", { ...one, ":w": { N: "2" } }), ...VALIDATION, `${OF_ONE}Value provided in ExpressionAttributeValues unused in expressions: keys: {:w}`);
  await refused(update("SET a = :w", one), ...VALIDATION, `${OF_ONE}Invalid UpdateExpression: An expression attribute value used in expression is not defined; attribute value: :w`);
  await refused(update("SET a = ", one), ...VALIDATION, `${OF_ONE}Invalid UpdateExpression: Syntax error; token: "<EOF>", near: "="`);
  const query = send(new ddb.QueryCommand({ TableName, KeyConditionExpression: "seat = :v", ExpressionAttributeValues: one }));
  await refused(query, ...VALIDATION, "Query condition missed key schema element: id");
});

test("transactions of wrong shape", async () => {
  const transact = (items) => send(new ddb.TransactWriteItemsCommand({ TransactItems: items.map((Item) => ({ Put: { TableName, Item } })) }));
  await refused(transact([{ id: { S: "1" } }, { id: { S: "1" } }]), ...VALIDATION, "Transaction request cannot include multiple operations on one item");
  await refused(transact(numbered(101)), ...VALIDATION, /Member must have length less than or equal to 100/);
});
