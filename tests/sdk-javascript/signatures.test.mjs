// Services with a secret: what is signed with it passes, all else is refused as each service refuses it.

import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { after, before, test } from "node:test";
import { DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import * as s3 from "@aws-sdk/client-s3";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { CREDENTIALS, Services, refused } from "./services.mjs";

const Bucket = "signed";
const MISMATCH = /^The request signature we calculated does not match the signature you provided\. Check your /;
const MINUTE_MS = 60_000;

let services;
let client;
before(async () => {
  services = await Services.start({ secret: true });
  client = new s3.S3Client(services.settings());
  await client.send(new s3.CreateBucketCommand({ Bucket }));
  await client.send(new s3.PutObjectCommand({ Bucket, Key: "a b/ü", Body: "hello" }));
});
after(() => services?.stop());

const calls = {
  s3: (changes) => new s3.S3Client(services.settings(changes)).send(new s3.GetObjectCommand({ Bucket, Key: "a b/ü" })),
  dynamodb: (changes) => new DynamoDBClient(services.settings(changes)).send(new ListTablesCommand({})),
  sts: (changes) => new STSClient(services.settings(changes)).send(new GetCallerIdentityCommand({})),
};

test("the right secret, in every region", async () => {
  for (const region of ["us-east-1", "eu-central-1"]) {
    assert.equal(await (await calls.s3({ region })).Body.transformToString(), "hello");
    assert.deepEqual((await calls.dynamodb({ region })).TableNames, []);
    assert.equal((await calls.sts({ region })).Account, "123456789012");
  }
  const body = Readable.from([Buffer.from("str"), Buffer.from("eam")], { objectMode: false });
  await client.send(new s3.PutObjectCommand({ Bucket, Key: "stream", Body: body, ContentLength: 6 }));
  assert.equal(await (await client.send(new s3.GetObjectCommand({ Bucket, Key: "stream" }))).Body.transformToString(), "stream");
});

test("a wrong secret", async () => {
  const wrong = { credentials: { ...CREDENTIALS, secretAccessKey: "wrong" } };
  await refused(calls.s3(wrong), "SignatureDoesNotMatch", 403, MISMATCH);
  await refused(calls.dynamodb(wrong), "InvalidSignatureException", 400, MISMATCH);
  await refused(calls.sts(wrong), "SignatureDoesNotMatch", 403, MISMATCH);
});

test("an unknown key", async () => {
  const unknown = { credentials: { ...CREDENTIALS, accessKeyId: "AKIAUNKNOWN" } };
  await refused(calls.s3(unknown), "InvalidAccessKeyId", 403, /^The AWS Access Key Id you provided does not exist in our records\./);
  await refused(calls.dynamodb(unknown), "UnrecognizedClientException", 400, /^The security token included in the request is invalid\b/);
  await refused(calls.sts(unknown), "InvalidClientTokenId", 403, /^The security token included in the request is invalid\b/);
});

test("a clock that is 20 minutes off", async () => {
  const late = { systemClockOffset: -20 * MINUTE_MS };
  const slow = new s3.S3Client(services.settings(late));
  const get = () => slow.send(new s3.GetObjectCommand({ Bucket, Key: "a b/ü" }));
  await refused(get(), "RequestTimeTooSkewed", 403, /^The difference between the request time and the current time is too large\./);
  assert.equal(await (await get()).Body.transformToString(), "hello", "the SDK has set its clock by the refusal's date");
  await refused(calls.dynamodb(late), "InvalidSignatureException", 400, /^Signature expired\b/);
});

async function errorOf(answer) {
  const text = await answer.text();
  const part = (name) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1];
  return [answer.status, part("Code"), part("Message")];
}

test("presigned URLs: true, of now, and for what they were made", async () => {
  const presign = (command, more) => getSignedUrl(client, command, { expiresIn: 60, ...more });
  const get = new s3.GetObjectCommand({ Bucket, Key: "a b/ü" });
  assert.equal(await (await fetch(await presign(get))).text(), "hello");
  // The SDK puts the metadata into the URL, and the checksum of the empty body, which S3 does not heed there.
  const put = await presign(new s3.PutObjectCommand({ Bucket, Key: "put", Metadata: { from: "url" } }));
  const sent = await fetch(put, { method: "PUT", body: "sent" });
  assert.equal(sent.status, 200, await sent.text());
  const stored = await client.send(new s3.GetObjectCommand({ Bucket, Key: "put" }));
  assert.equal(await stored.Body.transformToString(), "sent");
  assert.deepEqual(stored.Metadata, { from: "url" });

  const expired = await presign(get, { signingDate: new Date(Date.now() - 2 * MINUTE_MS) });
  assert.deepEqual(await errorOf(await fetch(expired)), [403, "AccessDenied", "Request has expired"]);
  const url = await presign(get);
  for (const changed of [url.replace("a%20b", "other"), url.replace("X-Amz-Expires=60", "X-Amz-Expires=600"), `${url}&versionId=1`]) {
    const [status, code, message] = await errorOf(await fetch(changed));
    assert.deepEqual([status, code], [403, "SignatureDoesNotMatch"], changed);
    assert.match(message, MISMATCH);
  }
  assert.deepEqual((await errorOf(await fetch(url, { method: "DELETE" }))).slice(0, 2), [403, "SignatureDoesNotMatch"]);
  assert.deepEqual((await errorOf(await fetch(`${services.url}/${Bucket}/put`))).slice(0, 2), [403, "AccessDenied"]);
  const week = presign(get, { expiresIn: 604_801 });
  await assert.rejects(week, /one week/, "the SDK knows this limit itself");
});
