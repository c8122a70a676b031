"""Talks to AWS with boto3 as any function would: no endpoint, key or region stands here. One try each, so that a fault is seen."""

import json
import os

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

CONFIG = Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=5)
TABLE, BUCKET = os.environ["TABLE"], os.environ["BUCKET"]

s3 = boto3.client("s3", config=CONFIG)
dynamodb = boto3.client("dynamodb", config=CONFIG)


def read(key):
    try:
        return s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode()
    except ClientError as error:
        return {"status": error.response["ResponseMetadata"]["HTTPStatusCode"], "code": error.response["Error"]["Code"]}


def copy():
    """Every object becomes an item."""
    keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket=BUCKET)["Contents"]]
    for key in keys:
        dynamodb.put_item(TableName=TABLE, Item={"id": {"S": key}, "text": {"S": read(key)}})
    return keys


def add():
    """One item more than there were."""
    count = dynamodb.scan(TableName=TABLE, Select="COUNT", ConsistentRead=True)["Count"]
    dynamodb.put_item(TableName=TABLE, Item={"id": {"S": str(count)}})
    return count


def handler(event, context):
    match event["do"]:
        case "read":
            return read(event["key"])
        case "copy":
            return copy()
        case "add":
            return add()
        case "send":
            sqs = boto3.client("sqs", config=CONFIG)
            return sqs.send_message(QueueUrl=os.environ["QUEUE"], MessageBody=event["body"])["MD5OfMessageBody"]
        case "ask":
            answer = boto3.client("lambda", config=CONFIG).invoke(FunctionName=os.environ["OTHER"], Payload=json.dumps({"name": "Ada"}))
            return json.loads(answer["Payload"].read())
        case "who":
            return boto3.client("sts", config=CONFIG).get_caller_identity()["Account"]
        case "endpoints":
            return {name: value for name, value in os.environ.items() if name.startswith("AWS_ENDPOINT_URL")}
