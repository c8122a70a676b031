// STS: who one is.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { Services, refused } from "./services.mjs";

let services;
before(async () => {
  services = await Services.start();
});
after(() => services?.stop());

test("the caller has an account, a user and a name", async () => {
  const { Account, Arn, UserId } = await new STSClient(services.settings()).send(new GetCallerIdentityCommand({}));
  assert.equal(Account, "123456789012");
  assert.match(Arn, /^arn:aws:(iam|sts)::123456789012:/);
  assert.ok(UserId);
});

test("what is not served says so", async () => {
  const role = new AssumeRoleCommand({ RoleArn: "arn:aws:iam::123456789012:role/somebody", RoleSessionName: "session" });
  await refused(new STSClient(services.settings()).send(role), "InvalidAction", 400, /AssumeRole/);
});
