"""The functions of a WebSocket API: one that talks, one that guards it."""

import json

# Close codes of the connections that have ended, in this sandbox.
left = []


def handler(event, context):
    request = event["requestContext"]
    match request["eventType"]:
        case "CONNECT":
            if event["queryStringParameters"].get("as") == "nobody":
                return {"statusCode": 403, "body": "nobody is not welcome"}
            offered = event["headers"].get("Sec-WebSocket-Protocol", "").split(",")
            return {"statusCode": 200, "headers": {"Sec-WebSocket-Protocol": offered[0]} if offered[0] else {}}
        case "DISCONNECT":
            left.append(request["disconnectStatusCode"])
            return {"statusCode": 200}
    if request["routeKey"] == "fail":
        raise ValueError("asked to fail")
    answer = {
        "route": request["routeKey"],
        "heard": event["body"],
        "connection": request["connectionId"],
        "principal": request["authorizer"]["principalId"],
        "left": left,
    }
    return {"statusCode": 200, "body": json.dumps(answer)}


def guard(event, context):
    token = event["queryStringParameters"]["token"]
    if token == "stranger":
        raise Exception("Unauthorized")
    effect = "Allow" if token == "friend" else "Deny"
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": event["methodArn"]}
    return {"principalId": token, "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
