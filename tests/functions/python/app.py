"""The plainest Python function: the event back, with a greeting, and a few ways to misbehave."""

import os
import sys
import threading
import time

counted = 0


def count():
    """Counts milliseconds for as long as it is let run."""
    global counted
    while True:
        time.sleep(0.001)
        counted += 1


def handler(event, context):
    match event.get("do"):
        case "raise":
            raise ValueError("asked to fail")
        case "exit":
            os._exit(3)
        case "print":
            print("a line from the handler")
        case "count":
            threading.Thread(target=count, daemon=True).start()
        case "counted":
            return counted
        case "environment":
            return dict(os.environ)
        case "context":
            return {
                "aws_request_id": context.aws_request_id,
                "memory_limit_in_mb": context.memory_limit_in_mb,
                "remaining_ms": context.get_remaining_time_in_millis(),
                "invoked_function_arn": context.invoked_function_arn,
                "client_context": context.client_context and context.client_context.custom,
                "version": sys.version_info[:2],
            }
    return {"hello": event.get("name")}
