// The physics as an SDK meets them: what its own retry survives, and what reaches the program.

import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import * as ddb from "@aws-sdk/client-dynamodb";
import * as s3 from "@aws-sdk/client-s3";
import { Services, refused } from "./services.mjs";

const Bucket = "faults";
const TableName = "Faults";
const BODY = Buffer.alloc(200_000, "ferry ");
/** So slow that after what a table has on credit nothing flows in while a test runs. */
const SLOW_PER_S = 0.001;

let services;
let once;
let patient;
before(async () => {
  services = await Services.start();
  const clients = (changes) => ({ s3: new s3.S3Client(services.settings(changes)), ddb: new ddb.DynamoDBClient(services.settings(changes)) });
  once = clients({});
  // The SDK's default, named: three attempts.
  patient = clients({ maxAttempts: 3 });
  await once.s3.send(new s3.CreateBucketCommand({ Bucket }));
  await once.s3.send(new s3.PutObjectCommand({ Bucket, Key: "key", Body: BODY }));
  await once.ddb.send(
    new ddb.CreateTableCommand({
      ...{ TableName, BillingMode: "PAY_PER_REQUEST" },
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
    }),
  );
});
afterEach(() => services.physics({}));
after(() => services?.stop());

const get = () => new s3.GetObjectCommand({ Bucket, Key: "key" });
const item = (id) => ({ id: { S: `${id}` } });
const put = (id) => new ddb.PutItemCommand({ TableName, Item: item(id) });
const fault = (service, operation, more) => services.physics({ faults: [{ service, operation, ...more }] });

async function count() {
  return (await once.ddb.send(new ddb.ScanCommand({ TableName, Select: "COUNT", ConsistentRead: true }))).Count;
}

test("503 and 500: the second attempt is answered", async () => {
  const names = { 503: ["SlowDown", "ServiceUnavailable"], 500: ["InternalError", "InternalServerError"] };
  for (const [kind, [ofS3, ofDynamoDb]] of Object.entries(names)) {
    await fault("*", "*", { kind, at: [1, 3] });
    const got = await patient.s3.send(get());
    assert.equal(got.$metadata.attempts, 2, kind);
    assert.deepEqual(Buffer.from(await got.Body.transformToByteArray()), BODY);
    assert.equal((await patient.ddb.send(put(kind))).$metadata.attempts, 2, kind);
    await fault("*", "*", { kind, rate: 1 });
    const refusal = await refused(once.s3.send(get()), ofS3, Number(kind));
    assert.equal(refusal.$metadata.attempts, 1);
    const exhausted = await refused(patient.ddb.send(put("never")), ofDynamoDb, Number(kind));
    assert.equal(exhausted.$metadata.attempts, 3);
  }
});

test("every nth call", async () => {
  await fault("s3", "HeadObject", { kind: "503", nth: 3 });
  const statuses = [];
  for (let call = 1; call <= 6; call += 1) {
    const head = new s3.HeadObjectCommand({ Bucket, Key: "key" });
    statuses.push((await once.s3.send(head).catch((error) => error)).$metadata.httpStatusCode);
  }
  assert.deepEqual(statuses, [200, 200, 503, 200, 200, 503]);
  const { calls, faults } = await services.counted("s3", "HeadObject");
  assert.deepEqual([calls, faults], [6, 2]);
});

test("a reset before the operation: nothing happened, and the second attempt writes", async () => {
  await fault("dynamodb", "PutItem", { kind: "reset", at: [1, 2] });
  const before = await count();
  const error = await once.ddb.send(put("reset-before")).catch((error) => error);
  assert.ok(["ECONNRESET", "EPIPE"].includes(error.code), `${error.stack}`);
  assert.equal(await count(), before);
  assert.equal((await patient.ddb.send(put("reset-before"))).$metadata.attempts, 2);
  assert.equal(await count(), before + 1);
});

test("a reset after the operation: it happened, and a conditional retry meets its own write", async () => {
  await fault("dynamodb", "PutItem", { kind: "reset", when: "after", at: [1, 2] });
  const error = await once.ddb.send(put("reset-after")).catch((error) => error);
  assert.ok(["ECONNRESET", "EPIPE"].includes(error.code), `${error.stack}`);
  assert.ok((await once.ddb.send(new ddb.GetItemCommand({ TableName, Key: item("reset-after") }))).Item);
  const conditional = new ddb.PutItemCommand({ TableName, Item: item("twice"), ConditionExpression: "attribute_not_exists(id)" });
  const met = await refused(patient.ddb.send(conditional), "ConditionalCheckFailedException", 400);
  assert.equal(met.$metadata.attempts, 2);
});

test("no answer: the client's own time limit, then another attempt", async () => {
  await fault("s3", "GetObject", { kind: "timeout", at: [1] });
  const client = new s3.S3Client(services.settings({ maxAttempts: 2, requestHandler: { requestTimeout: 300, throwOnRequestTimeout: true } }));
  const got = await client.send(get());
  assert.equal(got.$metadata.attempts, 2);
  await got.Body.transformToByteArray();
});

test("half a body is an error of the body, not half a file", async () => {
  await fault("s3", "GetObject", { kind: "truncate", at: [1] });
  const got = await patient.s3.send(get());
  assert.equal(got.ContentLength, BODY.length, "the announced length stays");
  await assert.rejects(got.Body.transformToByteArray(), (error) => ["ECONNRESET", "ERR_STREAM_PREMATURE_CLOSE"].includes(error.code) || /aborted|premature/i.test(error.message));
  assert.deepEqual(Buffer.from(await (await patient.s3.send(get())).Body.transformToByteArray()), BODY);
});

test("a provisioned table without capacity", async () => {
  await services.physics({ tables: { [TableName]: { write_per_s: SLOW_PER_S, read_per_s: SLOW_PER_S, burst_s: 1 } } });
  // A table always has its first write on credit.
  await once.ddb.send(put("credit"));
  const error = await refused(
    once.ddb.send(put("throttled")),
    ...["ProvisionedThroughputExceededException", 400],
    /^The level of configured provisioned throughput for the table was exceeded\. Consider increasing your provisioning level with the UpdateTable API/,
  );
  assert.ok(error instanceof ddb.ProvisionedThroughputExceededException);
  assert.equal(error.ThrottlingReasons?.[0].reason, "TableWriteProvisionedThroughputExceeded");
  const exhausted = await refused(patient.ddb.send(put("throttled")), "ProvisionedThroughputExceededException", 400);
  assert.equal(exhausted.$metadata.attempts, 3, "throttling is retried");
  const batch = new ddb.BatchWriteItemCommand({ RequestItems: { [TableName]: [1, 2].map((id) => ({ PutRequest: { Item: item(id) } })) } });
  await refused(once.ddb.send(batch), "ProvisionedThroughputExceededException", 400);
});

test("an on-demand table beyond what it takes", async () => {
  await services.physics({ tables: { "*": { write_per_s: SLOW_PER_S, burst_s: 1, mode: "on-demand" } } });
  await once.ddb.send(put("credit"));
  const error = await refused(once.ddb.send(put("throttled")), "ThrottlingException", 400, /^Throughput exceeds the current capacity of your table or index\./);
  assert.equal(error.throttlingReasons?.[0].reason, "TableWriteKeyRangeThroughputExceeded");
});

test("throttling that passes is survived", async () => {
  // Four writes a second: the SDK's wait after throttling is long enough for one to flow in.
  await services.physics({ tables: { [TableName]: { write_per_s: 4, burst_s: 0 } } });
  const steady = new ddb.DynamoDBClient(services.settings({ maxAttempts: 10 }));
  const before = await count();
  let attempts = 0;
  for (let id = 0; id < 4; id += 1) attempts += (await steady.send(put(`steady-${id}`))).$metadata.attempts;
  assert.ok(attempts > 4, `${attempts} attempts`);
  assert.equal(await count(), before + 4);
});

test("a batch written in part hands back the rest", async () => {
  await services.physics({ tables: { [TableName]: { write_per_s: 100, burst_s: 0 } } });
  const before = await count();
  let rest = Array.from({ length: 25 }, (_, id) => ({ PutRequest: { Item: item(`part-${id}`) } }));
  const handed = [];
  while (rest.length > 0) {
    const written = await patient.ddb.send(new ddb.BatchWriteItemCommand({ RequestItems: { [TableName]: rest } }));
    const unprocessed = written.UnprocessedItems[TableName] ?? [];
    assert.deepEqual(unprocessed, rest.slice(rest.length - unprocessed.length), "the last of them, as they were sent");
    rest = unprocessed;
    handed.push(rest.length);
  }
  assert.ok(handed[0] > 0 && handed[0] < 25, `${handed}`);
  assert.equal(await count(), before + 25);
});
