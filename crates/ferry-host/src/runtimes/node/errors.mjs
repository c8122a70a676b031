// Errors of the runtime itself, and errors of any kind in the shapes that Lambda reports and logs.

/** An error whose type is `name`: Lambda's error types are not JavaScript classes. */
export function named(name, message) {
  const error = new Error(message);
  error.name = name;
  error.stack = `${name}: ${message}${error.stack.slice(error.stack.indexOf("\n"))}`;
  return error;
}

export function unhandledRejection(reason, promise) {
  const error = named("Runtime.UnhandledPromiseRejection", String(reason));
  if (isError(reason) && reason.stack) error.stack = `${error.name}: ${reason.stack}`;
  return Object.assign(error, { reason, promise });
}

/** For a promise that can never settle any more, because nothing is left that could settle it. */
export function nodeJsExit() {
  return named(
    "Runtime.NodeJsExit",
    "The Lambda runtime client detected an unexpected Node.js exit code. This is most commonly caused by a Promise " +
      "that was never settled. For more information, see https://nodejs.org/docs/latest/api/process.html#process_exit_codes",
  );
}

/** The body of an error report: `{errorType, errorMessage, trace}`. Anything may be thrown. */
export function describe(error) {
  try {
    if (isError(error)) {
      return { errorType: error.name ?? "Error", errorMessage: error.message ?? "", trace: String(error.stack ?? "").split("\n") };
    }
    return { errorType: typeof error, errorMessage: String(error), trace: [] };
  } catch {
    return { errorType: "handled", errorMessage: "the error could not be read: reading its name, message or stack throws", trace: [] };
  }
}

/** The error as Lambda's text log shows it: own properties too, such as `code`. */
export function toLogJson(error) {
  if (!isError(error)) return JSON.stringify(describe(error));
  const shown = { errorType: error.name, errorMessage: error.message, code: error.code };
  try {
    // `promise` of a rejection says nothing, and its `reason` would otherwise be an empty object.
    const { promise: _, ...own } = error;
    if (isError(own.reason)) own.reason = describe(own.reason);
    return JSON.stringify({ ...shown, ...own, stack: String(error.stack ?? "").split("\n") });
  } catch {
    return JSON.stringify(describe(error));
  }
}

/** A header takes visible ASCII only; an error's name may be anything. */
export function headerSafe(text) {
  return String(text).replace(/[^\x20-\x7e]/g, "?");
}

/** `instanceof` fails for errors of another realm (`vm` contexts). */
export function isError(value) {
  return value instanceof Error || Object.prototype.toString.call(value) === "[object Error]";
}
