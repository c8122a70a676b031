// The `context` argument of a handler, as documented for Node.js.

import { named } from "./errors.mjs";

/** What both kinds of handlers get; callbacks and `done` are added where the runtime still has them. */
export function makeContext({ requestId, headers }, env) {
  const deadline = Number(headers["lambda-runtime-deadline-ms"]);
  return {
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    awsRequestId: requestId,
    invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
    clientContext: jsonHeader(headers, "lambda-runtime-client-context"),
    identity: jsonHeader(headers, "lambda-runtime-cognito-identity"),
    tenantId: headers["lambda-runtime-aws-tenant-id"],
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
}

/** The trace of this invocation, where tracing libraries look for it. */
export function setTrace({ headers }, env) {
  const trace = headers["lambda-runtime-trace-id"];
  if (trace === undefined) delete env._X_AMZN_TRACE_ID;
  else env._X_AMZN_TRACE_ID = trace;
}

function jsonHeader(headers, name) {
  if (!headers[name]) return undefined;
  try {
    return JSON.parse(headers[name]);
  } catch (error) {
    throw named("Runtime.PlatformError", `the header ${name} is not JSON: ${error.message}`);
  }
}
