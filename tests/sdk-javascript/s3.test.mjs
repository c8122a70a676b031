// S3: what works, works as it does on AWS.

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { after, before, test } from "node:test";
import { crc32 } from "node:zlib";
import * as s3 from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { Services, pages } from "./services.mjs";

const PART_MIN_BYTES = 5 << 20;

let services;
let client;
before(async () => {
  services = await Services.start();
  client = new s3.S3Client(services.settings());
});
after(() => services?.stop());

const send = (command) => client.send(command);

async function bucket(Bucket) {
  await send(new s3.CreateBucketCommand({ Bucket }));
  return Bucket;
}

async function bytes(answer) {
  return Buffer.from(await answer.Body.transformToByteArray());
}

/** A checksum as S3 writes it: base64 of the big-endian number. */
function crc32Text(body) {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return sum.toString("base64");
}

test("buckets have regions, and are listed in pages", async () => {
  const make = (Bucket, LocationConstraint) =>
    send(new s3.CreateBucketCommand({ Bucket, ...(LocationConstraint && { CreateBucketConfiguration: { LocationConstraint } }) }));
  assert.equal((await make("regions-1")).Location, "/regions-1");
  await make("regions-2", "eu-central-1");
  await make("regions-3", "ap-south-1");
  assert.equal((await send(new s3.HeadBucketCommand({ Bucket: "regions-2" }))).BucketRegion, "eu-central-1");
  assert.equal((await send(new s3.GetBucketLocationCommand({ Bucket: "regions-3" }))).LocationConstraint, "ap-south-1");
  assert.equal((await send(new s3.GetBucketLocationCommand({ Bucket: "regions-1" }))).LocationConstraint, undefined);

  const first = await send(new s3.ListBucketsCommand({ Prefix: "regions-", MaxBuckets: 2 }));
  assert.deepEqual(first.Buckets.map((found) => [found.Name, found.BucketRegion]), [["regions-1", "us-east-1"], ["regions-2", "eu-central-1"]]);
  assert.equal(first.Prefix, "regions-");
  assert.ok(first.Buckets[0].CreationDate instanceof Date);
  const rest = await send(new s3.ListBucketsCommand({ Prefix: "regions-", MaxBuckets: 2, ContinuationToken: first.ContinuationToken }));
  assert.deepEqual(rest.Buckets.map((found) => found.Name), ["regions-3"]);
  assert.equal(rest.ContinuationToken, undefined);
  const all = await pages(s3.paginateListBuckets({ client, pageSize: 1 }, { Prefix: "regions-" }));
  assert.deepEqual(all.map((page) => page.Buckets.length), [1, 1, 1]);
  const there = await send(new s3.ListBucketsCommand({ BucketRegion: "ap-south-1", MaxBuckets: 10 }));
  assert.deepEqual(there.Buckets.map((found) => found.Name), ["regions-3"]);

  await send(new s3.DeleteBucketCommand({ Bucket: "regions-3" }));
  assert.equal((await send(new s3.ListBucketsCommand({ Prefix: "regions-" }))).Buckets.length, 2);
  await s3.waitUntilBucketNotExists({ client, maxWaitTime: 30 }, { Bucket: "regions-3" });
});

test("an object comes back whole, in part, and by its head", async () => {
  const Bucket = await bucket("objects");
  const body = randomBytes(100_000);
  const put = await send(
    new s3.PutObjectCommand({
      ...{ Bucket, Key: "key", Body: body, ContentType: "text/csv", CacheControl: "no-cache", ContentDisposition: "inline" },
      Metadata: { author: "Ada", "word-count": "12" },
    }),
  );
  assert.equal(put.ETag, `"${createHash("md5").update(body).digest("hex")}"`);
  const got = await send(new s3.GetObjectCommand({ Bucket, Key: "key" }));
  assert.deepEqual(await bytes(got), body);
  assert.deepEqual([got.ContentType, got.CacheControl, got.ContentDisposition, got.ContentLength], ["text/csv", "no-cache", "inline", 100_000]);
  assert.deepEqual(got.Metadata, { author: "Ada", "word-count": "12" });
  for (const [Range, from, to] of [["bytes=0-9", 0, 10], ["bytes=-5", 99_995, 100_000], ["bytes=99990-", 99_990, 100_000], ["bytes=99990-999999", 99_990, 100_000]]) {
    const part = await send(new s3.GetObjectCommand({ Bucket, Key: "key", Range }));
    assert.equal(part.$metadata.httpStatusCode, 206);
    assert.equal(part.ContentRange, `bytes ${from}-${to - 1}/100000`);
    assert.deepEqual(await bytes(part), body.subarray(from, to));
  }
  const head = await send(new s3.HeadObjectCommand({ Bucket, Key: "key" }));
  assert.deepEqual([head.ContentLength, head.ETag, head.AcceptRanges], [100_000, put.ETag, "bytes"]);
  assert.ok(Math.abs(head.LastModified - Date.now()) < 60_000);
  await send(new s3.PutObjectCommand({ Bucket, Key: "key", Body: "" }));
  assert.equal((await bytes(await send(new s3.GetObjectCommand({ Bucket, Key: "key" })))).length, 0);
});

test("checksums: the SDK's own CRC32 both ways, and each other kind", async () => {
  const Bucket = await bucket("checksums");
  const body = randomBytes(70_000);
  const put = await send(new s3.PutObjectCommand({ Bucket, Key: "key", Body: body }));
  assert.equal(put.ChecksumCRC32, crc32Text(body));
  assert.equal(put.ChecksumType, "FULL_OBJECT");
  const head = await send(new s3.HeadObjectCommand({ Bucket, Key: "key", ChecksumMode: "ENABLED" }));
  assert.equal(head.ChecksumCRC32, crc32Text(body));
  // The SDK asks for the checksum by itself and holds the body against it.
  const got = await send(new s3.GetObjectCommand({ Bucket, Key: "key" }));
  assert.equal(got.ChecksumCRC32, crc32Text(body));
  assert.deepEqual(await bytes(got), body);
  for (const ChecksumAlgorithm of ["CRC32C", "SHA1", "SHA256"]) {
    const named = await send(new s3.PutObjectCommand({ Bucket, Key: ChecksumAlgorithm, Body: body, ChecksumAlgorithm }));
    assert.ok(named[`Checksum${ChecksumAlgorithm}`], ChecksumAlgorithm);
    const read = await send(new s3.GetObjectCommand({ Bucket, Key: ChecksumAlgorithm }));
    assert.equal(read[`Checksum${ChecksumAlgorithm}`], named[`Checksum${ChecksumAlgorithm}`]);
    assert.deepEqual(await bytes(read), body);
  }
});

test("a stream is sent in chunks, its checksum after it", async () => {
  const Bucket = await bucket("streams");
  const body = randomBytes(300_000);
  const watched = new s3.S3Client(services.settings());
  let headers;
  watched.middlewareStack.add((next) => (call) => ((headers = call.request.headers), next(call)), { step: "finalizeRequest", priority: "low" });
  const pieces = Array.from({ length: 10 }, (_, piece) => body.subarray(piece * 30_000, (piece + 1) * 30_000));
  const put = await watched.send(new s3.PutObjectCommand({ Bucket, Key: "key", Body: Readable.from(pieces, { objectMode: false }), ContentLength: body.length }));
  assert.equal(headers["x-amz-trailer"], "x-amz-checksum-crc32");
  assert.equal(headers["x-amz-content-sha256"], "STREAMING-UNSIGNED-PAYLOAD-TRAILER");
  assert.match(headers["content-encoding"], /aws-chunked/);
  assert.equal(put.ChecksumCRC32, crc32Text(body));
  const got = await send(new s3.GetObjectCommand({ Bucket, Key: "key" }));
  assert.equal(got.ContentEncoding, undefined, "aws-chunked is of the request, not of the object");
  assert.deepEqual(await bytes(got), body);
});

test("keys that XML and URLs find hard", async () => {
  const Bucket = await bucket("keys");
  const keys = ["a b+c%2F", "é/ü/日本語", "q?x=1&y=2#z", "<&>\"'", "🚢", "a//b", "trailing/", "(!*')", "~$;:@,="];
  for (const Key of keys) await send(new s3.PutObjectCommand({ Bucket, Key, Body: Key }));
  const listed = await pages(s3.paginateListObjectsV2({ client, pageSize: 4 }, { Bucket }));
  assert.deepEqual(
    listed.flatMap((page) => page.Contents.map((found) => found.Key)),
    keys.toSorted((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right))),
  );
  for (const Key of keys) {
    assert.equal(await (await send(new s3.GetObjectCommand({ Bucket, Key }))).Body.transformToString(), Key);
    await send(new s3.CopyObjectCommand({ Bucket, Key: `copy of ${Key}`, CopySource: encodeURIComponent(`${Bucket}/${Key}`) }));
    assert.equal(await (await send(new s3.GetObjectCommand({ Bucket, Key: `copy of ${Key}` }))).Body.transformToString(), Key);
  }
});

test("lists have pages, prefixes and a start", async () => {
  const Bucket = await bucket("lists");
  const keys = ["a/1", "a/2", "b/1", "c", "d"];
  for (const Key of keys) await send(new s3.PutObjectCommand({ Bucket, Key, Body: Key }));
  const first = await send(new s3.ListObjectsV2Command({ Bucket, MaxKeys: 2 }));
  assert.deepEqual([first.KeyCount, first.IsTruncated, first.MaxKeys, first.Name], [2, true, 2, Bucket]);
  const rest = await send(new s3.ListObjectsV2Command({ Bucket, ContinuationToken: first.NextContinuationToken }));
  assert.deepEqual(rest.Contents.map((found) => found.Key), ["b/1", "c", "d"]);
  assert.deepEqual([rest.IsTruncated, rest.NextContinuationToken], [false, undefined]);
  const grouped = await pages(s3.paginateListObjectsV2({ client, pageSize: 1 }, { Bucket, Delimiter: "/" }));
  assert.deepEqual(grouped.flatMap((page) => (page.CommonPrefixes ?? []).map((found) => found.Prefix)), ["a/", "b/"]);
  assert.deepEqual(grouped.flatMap((page) => (page.Contents ?? []).map((found) => found.Key)), ["c", "d"]);
  const inside = await send(new s3.ListObjectsV2Command({ Bucket, Prefix: "a/", StartAfter: "a/1" }));
  assert.deepEqual(inside.Contents.map((found) => [found.Key, found.Size, found.StorageClass]), [["a/2", 3, "STANDARD"]]);
  const empty = await send(new s3.ListObjectsV2Command({ Bucket, Prefix: "nothing" }));
  assert.deepEqual([empty.KeyCount, empty.Contents], [0, undefined]);
});

test("objects are deleted, one and many, there or not", async () => {
  const Bucket = await bucket("deletes");
  for (const Key of ["1", "2", "3"]) await send(new s3.PutObjectCommand({ Bucket, Key, Body: Key }));
  assert.equal((await send(new s3.DeleteObjectCommand({ Bucket, Key: "1" }))).$metadata.httpStatusCode, 204);
  assert.equal((await send(new s3.DeleteObjectCommand({ Bucket, Key: "1" }))).$metadata.httpStatusCode, 204);
  const named = { Objects: [{ Key: "2" }, { Key: "never there" }] };
  const deleted = await send(new s3.DeleteObjectsCommand({ Bucket, Delete: named }));
  assert.deepEqual(deleted.Deleted.map((found) => found.Key).sort(), ["2", "never there"]);
  assert.equal(deleted.Errors, undefined);
  const quiet = await send(new s3.DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: "3" }], Quiet: true } }));
  assert.equal(quiet.Deleted, undefined);
  assert.equal((await send(new s3.ListObjectsV2Command({ Bucket }))).KeyCount, 0);
});

test("a copy keeps or replaces the metadata", async () => {
  const Bucket = await bucket("copies");
  await send(new s3.PutObjectCommand({ Bucket, Key: "from", Body: "hello", Metadata: { a: "1" }, ContentType: "text/plain" }));
  const source = { Bucket, CopySource: `${Bucket}/from` };
  const copied = await send(new s3.CopyObjectCommand({ ...source, Key: "kept" }));
  assert.equal(copied.CopyObjectResult.ETag, `"${createHash("md5").update("hello").digest("hex")}"`);
  const kept = await send(new s3.HeadObjectCommand({ Bucket, Key: "kept" }));
  assert.deepEqual([kept.Metadata, kept.ContentType], [{ a: "1" }, "text/plain"]);
  await send(new s3.CopyObjectCommand({ ...source, Key: "replaced", MetadataDirective: "REPLACE", Metadata: { b: "2" }, ContentType: "text/csv" }));
  const replaced = await send(new s3.HeadObjectCommand({ Bucket, Key: "replaced" }));
  assert.deepEqual([replaced.Metadata, replaced.ContentType], [{ b: "2" }, "text/csv"]);
});

test("lib-storage uploads a stream of unknown length in parts", async () => {
  const Bucket = await bucket("uploads");
  const body = randomBytes(2 * PART_MIN_BYTES + 1_000);
  const stream = Readable.from(Array.from({ length: 11 }, (_, piece) => body.subarray(piece << 20, (piece + 1) << 20)), { objectMode: false });
  const upload = new Upload({ client, params: { Bucket, Key: "large", Body: stream, Metadata: { from: "stream" } } });
  const progress = [];
  upload.on("httpUploadProgress", ({ loaded }) => progress.push(loaded));
  const done = await upload.done();
  assert.match(done.ETag, /^"[0-9a-f]{32}-3"$/);
  assert.match(done.ChecksumCRC32, /-3$/, "a checksum of the parts' checksums");
  assert.equal(progress.at(-1), body.length);
  const got = await send(new s3.GetObjectCommand({ Bucket, Key: "large" }));
  assert.deepEqual(await bytes(got), body);
  assert.deepEqual(got.Metadata, { from: "stream" });
  const second = await send(new s3.GetObjectCommand({ Bucket, Key: "large", PartNumber: 2 }));
  assert.equal(second.PartsCount, 3);
  assert.deepEqual(await bytes(second), body.subarray(PART_MIN_BYTES, 2 * PART_MIN_BYTES));
  const small = await new Upload({ client, params: { Bucket, Key: "small", Body: "one part" } }).done();
  assert.equal(small.ETag, `"${createHash("md5").update("one part").digest("hex")}"`);
});

test("multipart by hand: parts in any order, copied ones, and aborted ones", async () => {
  const Bucket = await bucket("parts");
  const of = { Bucket, Key: "joined" };
  const first = randomBytes(PART_MIN_BYTES);
  await send(new s3.PutObjectCommand({ Bucket, Key: "source", Body: "0123456789" }));
  const { UploadId } = await send(new s3.CreateMultipartUploadCommand({ ...of, ContentType: "text/csv" }));
  const copied = await send(new s3.UploadPartCopyCommand({ ...of, UploadId, PartNumber: 7, CopySource: `${Bucket}/source`, CopySourceRange: "bytes=2-4" }));
  const sent = await send(new s3.UploadPartCommand({ ...of, UploadId, PartNumber: 2, Body: first }));
  const listed = await send(new s3.ListPartsCommand({ ...of, UploadId }));
  assert.deepEqual(listed.Parts.map((part) => [part.PartNumber, part.Size]), [[2, PART_MIN_BYTES], [7, 3]]);
  const uploads = await send(new s3.ListMultipartUploadsCommand({ Bucket }));
  assert.deepEqual(uploads.Uploads.map((upload) => [upload.Key, upload.UploadId]), [["joined", UploadId]]);
  const Parts = [{ PartNumber: 2, ETag: sent.ETag }, { PartNumber: 7, ETag: copied.CopyPartResult.ETag }];
  await send(new s3.CompleteMultipartUploadCommand({ ...of, UploadId, MultipartUpload: { Parts } }));
  assert.deepEqual(await bytes(await send(new s3.GetObjectCommand(of))), Buffer.concat([first, Buffer.from("234")]));
  assert.equal((await send(new s3.HeadObjectCommand(of))).ContentType, "text/csv");

  const aborted = await send(new s3.CreateMultipartUploadCommand({ Bucket, Key: "aborted" }));
  await send(new s3.UploadPartCommand({ Bucket, Key: "aborted", UploadId: aborted.UploadId, PartNumber: 1, Body: "x" }));
  const abort = await send(new s3.AbortMultipartUploadCommand({ Bucket, Key: "aborted", UploadId: aborted.UploadId }));
  assert.equal(abort.$metadata.httpStatusCode, 204);
  assert.equal((await send(new s3.ListMultipartUploadsCommand({ Bucket }))).Uploads, undefined);
  assert.equal((await send(new s3.ListObjectsV2Command({ Bucket, Prefix: "aborted" }))).KeyCount, 0);
});

test("conditions that hold", async () => {
  const Bucket = await bucket("conditions");
  const put = (Body, conditions) => send(new s3.PutObjectCommand({ Bucket, Key: "key", Body, ...conditions }));
  const { ETag } = await put("1", { IfNoneMatch: "*" });
  const changed = await put("2", { IfMatch: ETag });
  assert.notEqual(changed.ETag, ETag);
  const read = await send(new s3.GetObjectCommand({ Bucket, Key: "key", IfMatch: changed.ETag, IfNoneMatch: ETag }));
  assert.equal(await read.Body.transformToString(), "2");
});

test("presigned URLs, used without the SDK", async () => {
  const Bucket = await bucket("presigned");
  const put = await getSignedUrl(client, new s3.PutObjectCommand({ Bucket, Key: "a b/ü", ContentType: "text/csv" }), { expiresIn: 60 });
  const sent = await fetch(put, { method: "PUT", body: "a,b\n", headers: { "content-type": "text/csv" } });
  assert.equal(sent.status, 200, await sent.text());
  const named = { Bucket, Key: "a b/ü", ResponseContentType: "text/x-test", ResponseContentDisposition: 'attachment; filename="a.csv"' };
  const get = await getSignedUrl(client, new s3.GetObjectCommand(named), { expiresIn: 60 });
  const got = await fetch(get);
  assert.equal(await got.text(), "a,b\n");
  assert.deepEqual([got.headers.get("content-type"), got.headers.get("content-disposition")], ["text/x-test", 'attachment; filename="a.csv"']);
  const part = await fetch(get, { headers: { range: "bytes=2-2" } });
  assert.deepEqual([part.status, await part.text()], [206, "b"]);
  assert.equal((await send(new s3.HeadObjectCommand({ Bucket, Key: "a b/ü" }))).ContentType, "text/csv");
});
