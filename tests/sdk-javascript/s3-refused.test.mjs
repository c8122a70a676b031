// S3: what AWS refuses is refused, with its name, its status and its words.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, test } from "node:test";
import * as s3 from "@aws-sdk/client-s3";
import { Services, refused } from "./services.mjs";

const Bucket = "refusals";
const PART_MIN_BYTES = 5 << 20;
const NO_BUCKET = ["NoSuchBucket", 404, "The specified bucket does not exist"];
const NO_KEY = ["NoSuchKey", 404, "The specified key does not exist."];
const NO_UPLOAD = ["NoSuchUpload", 404, /^The specified upload does not exist\./];
const PRECONDITION = ["PreconditionFailed", 412, "At least one of the pre-conditions you specified did not hold"];

let services;
let client;
before(async () => {
  services = await Services.start();
  client = new s3.S3Client(services.settings());
  await send(new s3.CreateBucketCommand({ Bucket }));
});
after(() => services?.stop());

const send = (command) => client.send(command);
const put = (Key, Body = Key, more = {}) => send(new s3.PutObjectCommand({ Bucket, Key, Body, ...more }));

test("a bucket that is not there", async () => {
  const nowhere = { Bucket: "nowhere" };
  await refused(send(new s3.PutObjectCommand({ ...nowhere, Key: "key", Body: "x" })), ...NO_BUCKET);
  await refused(send(new s3.GetObjectCommand({ ...nowhere, Key: "key" })), ...NO_BUCKET);
  await refused(send(new s3.ListObjectsV2Command(nowhere)), ...NO_BUCKET);
  await refused(send(new s3.DeleteBucketCommand(nowhere)), ...NO_BUCKET);
  await refused(send(new s3.DeleteObjectsCommand({ ...nowhere, Delete: { Objects: [{ Key: "key" }] } })), ...NO_BUCKET);
  await refused(send(new s3.CreateMultipartUploadCommand({ ...nowhere, Key: "key" })), ...NO_BUCKET);
  await refused(send(new s3.HeadBucketCommand(nowhere)), "NotFound", 404);
});

test("a key that is not there", async () => {
  const error = await refused(send(new s3.GetObjectCommand({ Bucket, Key: "nothing" })), ...NO_KEY);
  assert.ok(error instanceof s3.NoSuchKey);
  assert.ok(error.$metadata.requestId, "an answer has its id");
  // A HEAD has no body to say more in.
  await refused(send(new s3.HeadObjectCommand({ Bucket, Key: "nothing" })), "NotFound", 404);
  await refused(send(new s3.CopyObjectCommand({ Bucket, Key: "copy", CopySource: `${Bucket}/nothing` })), ...NO_KEY);
});

test("ranges outside the object", async () => {
  await put("range", "0123456789");
  for (const Range of ["bytes=10-", "bytes=10-20", "bytes=-0"]) {
    await refused(send(new s3.GetObjectCommand({ Bucket, Key: "range", Range })), "InvalidRange", 416, "The requested range is not satisfiable");
  }
});

test("names and owners of buckets", async () => {
  for (const name of ["ab", "Capitals", "under_score", "192.168.5.4", "double..dot", "xn--reserved", "x".repeat(64), "-dash"]) {
    await refused(send(new s3.CreateBucketCommand({ Bucket: name })), "InvalidBucketName", 400, "The specified bucket is not valid.");
  }
  const elsewhere = { Bucket: "mine-already", CreateBucketConfiguration: { LocationConstraint: "eu-west-1" } };
  await send(new s3.CreateBucketCommand(elsewhere));
  const message = "Your previous request to create the named bucket succeeded and you already own it.";
  await refused(send(new s3.CreateBucketCommand(elsewhere)), "BucketAlreadyOwnedByYou", 409, message);
  const wrong = { Bucket: "in-nowhere", CreateBucketConfiguration: { LocationConstraint: "us-east-1" } };
  await refused(send(new s3.CreateBucketCommand(wrong)), "InvalidLocationConstraint", 400, "The specified location-constraint is not valid");
  const far = new s3.S3Client(services.settings({ region: "eu-west-1" }));
  await refused(
    far.send(new s3.CreateBucketCommand({ Bucket: "far", CreateBucketConfiguration: { LocationConstraint: "us-west-2" } })),
    ...["IllegalLocationConstraintException", 400],
    "The us-west-2 location constraint is incompatible for the region specific endpoint this request was sent to.",
  );
});

test("a bucket that is not empty", async () => {
  await send(new s3.CreateBucketCommand({ Bucket: "full" }));
  await send(new s3.PutObjectCommand({ Bucket: "full", Key: "key", Body: "x" }));
  await refused(send(new s3.DeleteBucketCommand({ Bucket: "full" })), "BucketNotEmpty", 409, "The bucket you tried to delete is not empty");
});

test("conditions that do not hold", async () => {
  const { ETag } = await put("condition", "1");
  await refused(put("condition", "2", { IfNoneMatch: "*" }), ...PRECONDITION);
  await refused(put("condition", "2", { IfMatch: '"0123456789abcdef0123456789abcdef"' }), ...PRECONDITION);
  await refused(put("absent", "2", { IfMatch: ETag }), ...NO_KEY);
  await refused(send(new s3.GetObjectCommand({ Bucket, Key: "condition", IfMatch: '"other"' })), ...PRECONDITION);
  const unchanged = await send(new s3.GetObjectCommand({ Bucket, Key: "condition", IfNoneMatch: ETag })).catch((error) => error);
  assert.equal(unchanged.$metadata.httpStatusCode, 304);
  // A HEAD has no body to say more in.
  const head = await send(new s3.HeadObjectCommand({ Bucket, Key: "condition", IfMatch: '"other"' })).catch((error) => error);
  assert.equal(head.$metadata.httpStatusCode, 412);
  assert.equal(await (await send(new s3.GetObjectCommand({ Bucket, Key: "condition" }))).Body.transformToString(), "1");
});

test("multipart uploads that cannot be completed", async () => {
  const of = { Bucket, Key: "parts" };
  const { UploadId } = await send(new s3.CreateMultipartUploadCommand(of));
  const part = async (PartNumber, Body) => ({ PartNumber, ETag: (await send(new s3.UploadPartCommand({ ...of, UploadId, PartNumber, Body }))).ETag });
  const large = await part(1, randomBytes(PART_MIN_BYTES));
  const small = await part(2, "small");
  const last = await part(3, "last");
  const complete = (...Parts) => send(new s3.CompleteMultipartUploadCommand({ ...of, UploadId, MultipartUpload: { Parts } }));
  await refused(complete(small, large), "InvalidPartOrder", 400, "The list of parts was not in ascending order. Parts must be ordered by part number.");
  await refused(complete(large, small, last), "EntityTooSmall", 400, "Your proposed upload is smaller than the minimum allowed size");
  await refused(complete(large, { ...small, ETag: large.ETag }), "InvalidPart", 400, /^One or more of the specified parts could not be found\./);
  await refused(complete(large, { PartNumber: 9, ETag: last.ETag }), "InvalidPart", 400);
  const none = send(new s3.CompleteMultipartUploadCommand({ ...of, UploadId, MultipartUpload: { Parts: [] } }));
  await refused(none, "MalformedXML", 400);
  await refused(send(new s3.UploadPartCommand({ ...of, UploadId, PartNumber: 10_001, Body: "x" })), "InvalidArgument", 400, /^Part number must be an integer between 1 and 10000, inclusive/);
  // None of it has ended the upload.
  await complete(large, last);

  const gone = await send(new s3.CreateMultipartUploadCommand(of));
  await send(new s3.AbortMultipartUploadCommand({ ...of, UploadId: gone.UploadId }));
  await refused(send(new s3.UploadPartCommand({ ...of, UploadId: gone.UploadId, PartNumber: 1, Body: "x" })), ...NO_UPLOAD);
  await refused(send(new s3.ListPartsCommand({ ...of, UploadId: gone.UploadId })), ...NO_UPLOAD);
  const again = send(new s3.CompleteMultipartUploadCommand({ ...of, UploadId: gone.UploadId, MultipartUpload: { Parts: [large] } }));
  await refused(again, ...NO_UPLOAD);
  await refused(send(new s3.AbortMultipartUploadCommand({ ...of, UploadId: "never" })), ...NO_UPLOAD);
});

test("bodies that are not what was announced", async () => {
  const zeros = (length) => Buffer.alloc(length).toString("base64");
  await refused(put("digest", "hello", { ChecksumSHA256: zeros(32) }), "BadDigest", 400, "The SHA256 you specified did not match the calculated checksum.");
  await refused(put("digest", "hello", { ChecksumCRC32: zeros(4) }), "BadDigest", 400, "The CRC32 you specified did not match the calculated checksum.");
  await refused(put("digest", "hello", { ContentMD5: zeros(16) }), "BadDigest", 400, "The Content-MD5 you specified did not match what we received.");
  await refused(put("digest", "hello", { ContentMD5: "short" }), "InvalidDigest", 400, "The Content-MD5 you specified was invalid.");
  await refused(send(new s3.GetObjectCommand({ Bucket, Key: "digest" })), ...NO_KEY);
});

test("keys, metadata and lists beyond the limits", async () => {
  await put("k".repeat(1_024), "x");
  await refused(put("k".repeat(1_025), "x"), "KeyTooLongError", 400, "Your key is too long");
  const large = { Metadata: { a: "x".repeat(2_048) } };
  await refused(put("metadata", "x", large), "MetadataTooLarge", 400, "Your metadata headers exceed the maximum allowed metadata size");
  const Objects = Array.from({ length: 1_001 }, (_, number) => ({ Key: `${number}` }));
  const message = "The XML you provided was not well-formed or did not validate against our published schema";
  await refused(send(new s3.DeleteObjectsCommand({ Bucket, Delete: { Objects } })), "MalformedXML", 400, message);
  await refused(send(new s3.DeleteObjectsCommand({ Bucket, Delete: { Objects: [] } })), "MalformedXML", 400);
  await refused(send(new s3.ListObjectsV2Command({ Bucket, ContinuationToken: "not one" })), "InvalidArgument", 400, "The continuation token provided is incorrect");
  await refused(send(new s3.ListBucketsCommand({ MaxBuckets: 10_001 })), "InvalidArgument", 400);
  const self = { Bucket, Key: "self", CopySource: `${Bucket}/self` };
  await put("self", "x");
  await refused(send(new s3.CopyObjectCommand(self)), "InvalidRequest", 400, /^This copy request is illegal because it is trying to copy an object to itself without changing/);
});

test("what is not served says so", async () => {
  await refused(send(new s3.GetBucketPolicyCommand({ Bucket })), "NotImplemented", 501, /GetBucketPolicy/);
});
