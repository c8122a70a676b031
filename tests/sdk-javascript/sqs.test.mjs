// SQS: standard queues as they are on AWS, and what is refused.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";
import * as sqs from "@aws-sdk/client-sqs";
import { Services, pages, refused } from "./services.mjs";

const ACCOUNT = "123456789012";
const MESSAGE_MAX_BYTES = 1_048_576;
const NO_QUEUE = ["QueueDoesNotExist", 400, /^The specified queue does not exist\b/];

let services;
let client;
before(async () => {
  services = await Services.start();
  client = new sqs.SQSClient(services.settings());
});
after(() => services?.stop());

const send = (command) => client.send(command);
const md5 = (text) => createHash("md5").update(text).digest("hex");

async function queue(QueueName, Attributes = {}) {
  return (await send(new sqs.CreateQueueCommand({ QueueName, Attributes }))).QueueUrl;
}

async function attributes(QueueUrl, ...AttributeNames) {
  return (await send(new sqs.GetQueueAttributesCommand({ QueueUrl, AttributeNames }))).Attributes;
}

const put = (QueueUrl, MessageBody, more = {}) => send(new sqs.SendMessageCommand({ QueueUrl, MessageBody, ...more }));
const batch = (QueueUrl, ...Entries) => send(new sqs.SendMessageBatchCommand({ QueueUrl, Entries }));

async function receive(QueueUrl, more = {}) {
  return (await send(new sqs.ReceiveMessageCommand({ QueueUrl, ...more }))).Messages ?? [];
}

/** Receives until `count` messages have come. A standard queue may hand out fewer at once than it has. */
async function receiveAll(QueueUrl, count, more = {}) {
  const messages = [];
  for (let round = 0; messages.length < count && round < 20; round += 1) {
    messages.push(...(await receive(QueueUrl, { MaxNumberOfMessages: 10, WaitTimeSeconds: 1, ...more })));
  }
  assert.equal(messages.length, count);
  return messages;
}

test("the life of a queue", async () => {
  const QueueUrl = await queue("life", { VisibilityTimeout: "45", DelaySeconds: "0" });
  assert.ok(QueueUrl.endsWith(`/${ACCOUNT}/life`), QueueUrl);
  assert.equal(await queue("life", { VisibilityTimeout: "45" }), QueueUrl, "made again as it is");
  assert.equal((await send(new sqs.GetQueueUrlCommand({ QueueName: "life" }))).QueueUrl, QueueUrl);
  const all = await attributes(QueueUrl, "All");
  assert.equal(all.QueueArn, `arn:aws:sqs:us-east-1:${ACCOUNT}:life`);
  assert.deepEqual([all.VisibilityTimeout, all.MessageRetentionPeriod, all.ApproximateNumberOfMessages], ["45", "345600", "0"]);
  await send(new sqs.SetQueueAttributesCommand({ QueueUrl, Attributes: { VisibilityTimeout: "60" } }));
  assert.deepEqual(await attributes(QueueUrl, "VisibilityTimeout"), { VisibilityTimeout: "60" });
  await send(new sqs.TagQueueCommand({ QueueUrl, Tags: { team: "seats" } }));
  assert.deepEqual((await send(new sqs.ListQueueTagsCommand({ QueueUrl }))).Tags, { team: "seats" });
  await queue("life-2");
  const listed = await pages(sqs.paginateListQueues({ client, pageSize: 1 }, { QueueNamePrefix: "life" }));
  assert.deepEqual(listed.flatMap((page) => page.QueueUrls ?? []).map((url) => url.split("/").at(-1)), ["life", "life-2"]);
  await send(new sqs.DeleteQueueCommand({ QueueUrl }));
  await refused(send(new sqs.GetQueueUrlCommand({ QueueName: "life" })), ...NO_QUEUE);
});

test("a message comes with its body, attributes and sums", async () => {
  const QueueUrl = await queue("messages");
  const MessageAttributes = {
    author: { DataType: "String", StringValue: "Ada" },
    size: { DataType: "Number.int", StringValue: "12" },
    picture: { DataType: "Binary", BinaryValue: new Uint8Array([0, 255]) },
  };
  const body = "grüezi <&> 🚢\n";
  // The SDK itself holds the body against the sums, there and back.
  const sent = await put(QueueUrl, body, { MessageAttributes });
  assert.equal(sent.MD5OfMessageBody, md5(body));
  assert.match(sent.MD5OfMessageAttributes, /^[0-9a-f]{32}$/);
  const [message] = await receive(QueueUrl, { MessageAttributeNames: ["All"], MessageSystemAttributeNames: ["All"], WaitTimeSeconds: 1 });
  assert.deepEqual([message.MessageId, message.Body, message.MD5OfBody], [sent.MessageId, body, md5(body)]);
  assert.equal(message.MD5OfMessageAttributes, sent.MD5OfMessageAttributes);
  assert.equal(message.MessageAttributes.author.StringValue, "Ada");
  assert.equal(message.MessageAttributes.size.DataType, "Number.int");
  assert.deepEqual([...message.MessageAttributes.picture.BinaryValue], [0, 255]);
  assert.equal(message.Attributes.ApproximateReceiveCount, "1");
  assert.ok(Math.abs(Number(message.Attributes.SentTimestamp) - Date.now()) < 60_000);
  assert.ok(Number(message.Attributes.ApproximateFirstReceiveTimestamp) >= Number(message.Attributes.SentTimestamp));
  assert.deepEqual(await receive(QueueUrl), [], "in flight");
  await send(new sqs.DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
  const left = await attributes(QueueUrl, "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible");
  assert.deepEqual(left, { ApproximateNumberOfMessages: "0", ApproximateNumberOfMessagesNotVisible: "0" });
  // Only what is asked for comes along.
  await put(QueueUrl, "plain", { MessageAttributes });
  const [bare] = await receive(QueueUrl, { MessageAttributeNames: ["author"], WaitTimeSeconds: 1 });
  assert.deepEqual([Object.keys(bare.MessageAttributes), bare.Attributes], [["author"], undefined]);
});

test("batches: sent, received, deleted, each entry with its own result", async () => {
  const QueueUrl = await queue("batches");
  const sent = await batch(QueueUrl, ...Array.from({ length: 10 }, (_, id) => ({ Id: `m${id}`, MessageBody: `${id}` })));
  assert.deepEqual(sent.Successful.map((entry) => entry.Id).sort(), Array.from({ length: 10 }, (_, id) => `m${id}`));
  assert.equal(sent.Failed?.length ?? 0, 0);
  const messages = await receiveAll(QueueUrl, 10);
  assert.deepEqual(messages.map((message) => message.Body).sort(), Array.from({ length: 10 }, (_, id) => `${id}`));
  const Entries = messages.slice(0, 9).map(({ ReceiptHandle }, id) => ({ Id: `d${id}`, ReceiptHandle }));
  const deleted = await send(new sqs.DeleteMessageBatchCommand({ QueueUrl, Entries: [...Entries, { Id: "wrong", ReceiptHandle: "wrong" }] }));
  assert.equal(deleted.Successful.length, 9);
  assert.deepEqual(deleted.Failed.map((entry) => [entry.Id, entry.Code, entry.SenderFault]), [["wrong", "ReceiptHandleIsInvalid", true]]);
  const { ApproximateNumberOfMessagesNotVisible } = await attributes(QueueUrl, "ApproximateNumberOfMessagesNotVisible");
  assert.equal(ApproximateNumberOfMessagesNotVisible, "1");
});

test("a long poll ends when a message comes", async () => {
  const QueueUrl = await queue("polls");
  const waiting = receive(QueueUrl, { WaitTimeSeconds: 20 });
  await put(QueueUrl, "now");
  assert.deepEqual((await waiting).map((message) => message.Body), ["now"]);
  const start = performance.now();
  assert.deepEqual(await receive(QueueUrl, { WaitTimeSeconds: 1 }), []);
  assert.ok(performance.now() - start > 900, "it waited the second it was given");
});

test("visibility: shortened, and a message that comes again", async () => {
  const QueueUrl = await queue("visibility", { VisibilityTimeout: "600" });
  await put(QueueUrl, "again");
  const [first] = await receive(QueueUrl, { WaitTimeSeconds: 1 });
  await send(new sqs.ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle: first.ReceiptHandle, VisibilityTimeout: 0 }));
  const [second] = await receive(QueueUrl, { WaitTimeSeconds: 5, MessageSystemAttributeNames: ["ApproximateReceiveCount"] });
  assert.deepEqual([second.MessageId, second.Attributes.ApproximateReceiveCount], [first.MessageId, "2"]);
  assert.notEqual(second.ReceiptHandle, first.ReceiptHandle);
  const Entries = [{ Id: "a", ReceiptHandle: second.ReceiptHandle, VisibilityTimeout: 1 }];
  assert.equal((await send(new sqs.ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }))).Successful.length, 1);
  // It becomes visible by itself, after that second.
  const [third] = await receive(QueueUrl, { WaitTimeSeconds: 20 });
  assert.equal(third.MessageId, first.MessageId);
});

test("a delayed message waits, also for itself alone", async () => {
  const QueueUrl = await queue("delays");
  await put(QueueUrl, "later", { DelaySeconds: 2 });
  assert.deepEqual(await attributes(QueueUrl, "ApproximateNumberOfMessagesDelayed"), { ApproximateNumberOfMessagesDelayed: "1" });
  assert.deepEqual(await receive(QueueUrl), []);
  assert.deepEqual((await receive(QueueUrl, { WaitTimeSeconds: 20 })).map((message) => message.Body), ["later"]);
});

test("after maxReceiveCount a message goes to the dead-letter queue", async () => {
  const dead = await queue("dead");
  const { QueueArn } = await attributes(dead, "QueueArn");
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: QueueArn, maxReceiveCount: 2 });
  const QueueUrl = await queue("source", { RedrivePolicy, VisibilityTimeout: "0" });
  const { MessageId } = await put(QueueUrl, "poison", { MessageAttributes: { a: { DataType: "String", StringValue: "1" } } });
  for (const count of ["1", "2"]) {
    const [message] = await receive(QueueUrl, { WaitTimeSeconds: 5, MessageSystemAttributeNames: ["ApproximateReceiveCount"] });
    assert.equal(message.Attributes.ApproximateReceiveCount, count);
  }
  assert.deepEqual(await receive(QueueUrl, { WaitTimeSeconds: 1 }), []);
  const [buried] = await receive(dead, { WaitTimeSeconds: 5, MessageAttributeNames: ["All"], MessageSystemAttributeNames: ["All"] });
  assert.deepEqual([buried.MessageId, buried.Body, buried.MessageAttributes.a.StringValue], [MessageId, "poison", "1"]);
  assert.equal(buried.Attributes.DeadLetterQueueSourceArn, (await attributes(QueueUrl, "QueueArn")).QueueArn);
  const sources = await send(new sqs.ListDeadLetterSourceQueuesCommand({ QueueUrl: dead }));
  assert.deepEqual(sources.queueUrls, [QueueUrl]);
});

test("a purge empties the queue", async () => {
  const QueueUrl = await queue("purges");
  await put(QueueUrl, "1");
  await send(new sqs.PurgeQueueCommand({ QueueUrl }));
  assert.deepEqual(await attributes(QueueUrl, "ApproximateNumberOfMessages"), { ApproximateNumberOfMessages: "0" });
  await refused(send(new sqs.PurgeQueueCommand({ QueueUrl })), "PurgeQueueInProgress", 403, /^Only one PurgeQueue operation on purges is allowed every 60 seconds\./);
});

test("queues that are not there, or there otherwise", async () => {
  const QueueUrl = `${services.url}/${ACCOUNT}/nowhere`;
  const error = await refused(put(QueueUrl, "x"), ...NO_QUEUE);
  assert.ok(error instanceof sqs.QueueDoesNotExist);
  // The name that the error had before SQS spoke JSON, and that programs still test for.
  assert.equal(error.Error.Code, "AWS.SimpleQueueService.NonExistentQueue");
  await refused(receive(QueueUrl), ...NO_QUEUE);
  await refused(attributes(QueueUrl, "All"), ...NO_QUEUE);
  await refused(send(new sqs.GetQueueUrlCommand({ QueueName: "nowhere" })), ...NO_QUEUE);
  await queue("otherwise", { VisibilityTimeout: "10" });
  await refused(queue("otherwise", { VisibilityTimeout: "11" }), "QueueNameExists", 400, /A queue already exists with the same name and a different value for attribute/);
  await refused(queue("dots.and spaces"), "InvalidParameterValue", 400, /Can only include alphanumeric characters, hyphens, or underscores\. 1 to 80 in length/);
  await refused(queue("colours", { Colour: "blue" }), "InvalidAttributeName", 400, "Unknown Attribute Colour.");
  await refused(queue("long", { VisibilityTimeout: "43201" }), "InvalidAttributeValue", 400, "Invalid value for the parameter VisibilityTimeout.");
});

test("batches of wrong shape", async () => {
  const QueueUrl = await queue("refusals");
  const entries = (count) => Array.from({ length: count }, (_, id) => ({ Id: `${id}`, MessageBody: "x" }));
  const several = await refused(batch(QueueUrl, ...entries(11)), "TooManyEntriesInBatchRequest", 400, "Maximum number of entries per request are 10. You have sent 11.");
  assert.equal(several.Error.Code, "AWS.SimpleQueueService.TooManyEntriesInBatchRequest");
  await refused(batch(QueueUrl, ...entries(1), ...entries(1)), "BatchEntryIdsNotDistinct", 400, "Id 0 repeated.");
  await refused(batch(QueueUrl), "EmptyBatchRequest", 400, "There should be at least one SendMessageBatchRequestEntry in the request.");
  const wrongId = batch(QueueUrl, { Id: "a b", MessageBody: "x" });
  await refused(wrongId, "InvalidBatchEntryId", 400, /can only contain alphanumeric characters, hyphens and underscores\. It can be at most 80 letters long\.$/);
  const half = "x".repeat(MESSAGE_MAX_BYTES / 2 + 1);
  const large = batch(QueueUrl, { Id: "1", MessageBody: half }, { Id: "2", MessageBody: half });
  await refused(large, "BatchRequestTooLong", 400, `Batch requests cannot be longer than ${MESSAGE_MAX_BYTES} bytes. You have sent ${MESSAGE_MAX_BYTES + 2} bytes.`);
  assert.deepEqual(await attributes(QueueUrl, "ApproximateNumberOfMessages"), { ApproximateNumberOfMessages: "0" }, "a refused batch sends nothing");
});

test("messages that are too long, empty or of characters that XML has not", async () => {
  const QueueUrl = await queue("contents");
  const long = `One or more parameters are invalid. Reason: Message must be shorter than ${MESSAGE_MAX_BYTES} bytes.`;
  await refused(put(QueueUrl, "x".repeat(MESSAGE_MAX_BYTES + 1)), "InvalidParameterValue", 400, long);
  await put(QueueUrl, "x".repeat(MESSAGE_MAX_BYTES));
  await refused(put(QueueUrl, "a\u0000b"), "InvalidMessageContents", 400);
  await refused(put(QueueUrl, ""), "MissingParameter", 400, "The request must contain the parameter MessageBody.");
  await refused(put(QueueUrl, "x", { DelaySeconds: 901 }), "InvalidParameterValue", 400, /^Value 901 for parameter DelaySeconds is invalid\. Reason: /);
  const many = Object.fromEntries(Array.from({ length: 11 }, (_, name) => [`a${name}`, { DataType: "String", StringValue: "1" }]));
  await refused(put(QueueUrl, "x", { MessageAttributes: many }), "InvalidParameterValue", 400, /Number of message attributes \[11\] exceeds the allowed maximum \[10\]/);
  await refused(receive(QueueUrl, { MaxNumberOfMessages: 11 }), "InvalidParameterValue", 400, /^Value 11 for parameter MaxNumberOfMessages is invalid\. Reason: Must be between 1 and 10, if provided\./);
  await refused(receive(QueueUrl, { WaitTimeSeconds: 21 }), "InvalidParameterValue", 400, /^Value 21 for parameter WaitTimeSeconds is invalid\. Reason: /);
});

test("receipt handles that are none, or of a message that is gone", async () => {
  const QueueUrl = await queue("handles");
  await refused(send(new sqs.DeleteMessageCommand({ QueueUrl, ReceiptHandle: "wrong" })), "ReceiptHandleIsInvalid", 404, /^The input receipt handle .*is (invalid|not a valid receipt handle)\./);
  await put(QueueUrl, "x");
  const [{ ReceiptHandle }] = await receive(QueueUrl, { WaitTimeSeconds: 1 });
  await send(new sqs.DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
  // Deleting is done once and may be asked for again.
  await send(new sqs.DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
});

test("the physics of SQS: its own retry survives a 503", async () => {
  const QueueUrl = await queue("faulty");
  await services.physics({ faults: [{ service: "sqs", operation: "SendMessage", kind: "503", at: [1] }] });
  const patient = new sqs.SQSClient(services.settings({ maxAttempts: 3 }));
  const sent = await patient.send(new sqs.SendMessageCommand({ QueueUrl, MessageBody: "x" }));
  assert.equal(sent.$metadata.attempts, 2);
  await services.physics({});
});
