"""The AWS of the simulation replies and stores as the local engine does, call by call."""

import hashlib
import json
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from local.lifecycle import REGION, Engine
from tests.polling import eventually
from tests.simulation.aws import KEYS, OK, Aws, Call, Reply
from tests.simulation.clients import METHODS, Gate, Stub
from tests.simulation.executions import record
from tests.simulation.offline import ENVIRONMENT
from tests.simulation.queues import Event
from tests.simulation.versions import ROOT, Version, load
from tests.simulation.workload import Request

SEQUENCES, LENGTH = 200, 4
SERVICES = {"put_object": "s3", "head_object": "s3", "put_item": "dynamodb", "publish": "sns"}
TYPES = {"transactionId": "S", "timestamp": "N", "requestId": "S"}


@pytest.fixture
def version(monkeypatch: pytest.MonkeyPatch) -> Version:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    return load("today", ROOT / "src")


@pytest.fixture
def clients(engine: Engine) -> Iterator[dict[str, Any]]:
    """Create the stores on the engine, and a queue that receives what is published."""
    made: dict[str, Any] = {
        name: boto3.client(name, **engine.connection) for name in ("s3", "dynamodb", "sns", "sqs")
    }
    bucket = ENVIRONMENT["S3_BUCKET"]
    made["s3"].create_bucket(
        Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    made["s3"].put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for table, names in KEYS.items():
        made["dynamodb"].create_table(
            TableName=table,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": TYPES[name]} for name in names
            ],
            KeySchema=[
                {"AttributeName": name, "KeyType": kind}
                for name, kind in zip(names, ("HASH", "RANGE"), strict=False)
            ],
        )
    topic = made["sns"].create_topic(Name="events")["TopicArn"]
    queue = made["sqs"].create_queue(QueueName="simulated")["QueueUrl"]
    made["sns"].subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=f"arn:aws:sqs:{REGION}:000000000000:simulated",
        Attributes={"RawMessageDelivery": "true"},
    )
    assert topic == ENVIRONMENT["SNS_TOPIC_ARN"]
    made["queue"] = queue
    yield made
    for table in KEYS:
        made["dynamodb"].delete_table(TableName=table)


def calls_in_use(version: Version, chance: random.Random, prefix: str) -> list[Call]:
    """Return calls that the handlers make for random events, in random order."""
    made: list[Call] = []

    def keep(call: Call) -> Reply:
        made.append(call)
        return OK

    version.use(Gate(keep), "stub")
    for _ in range(3):
        request = Request(
            request_id=f"{prefix}-{chance.choice('12')}",
            transaction_id=f"{prefix}-{chance.choice('ab')}",
            amount=chance.choice(["1", "2"]),
            key=chance.choice(["k1", "k2"]),
        )
        validated = version.modules["validator"].lambda_handler(request.event, None)
        event = record(Event("validator", request.event, ""), validated, "Success")
        processed = version.modules["processor"].lambda_handler(event, None)
        head = {name: made[-2].parameters[name] for name in ("Bucket", "Key")}
        made.append(Call("HeadObject", head))
        result = processed | {"status": chance.choice(["PROCESSED", "DUPLICATE", "CONFLICT"])}
        fails = chance.random() < 0.5
        outcome = record(
            Event("processor", event, ""),
            {"errorMessage": "no"} if fails else result,
            "RetriesExhausted" if fails else "Success",
        )
        version.modules["notifier"].lambda_handler(outcome, None)
    chance.shuffle(made)
    return made[:LENGTH]


def reply_of(client: Any, call: Call) -> tuple[str, object]:
    """Make a call; return its error code, or the metadata if it returns any."""
    method = next(name for name, operation in METHODS.items() if operation == call.operation)
    try:
        response = getattr(client, method)(**call.parameters)
    except ClientError as error:
        return error.response["Error"]["Code"], None
    return "", response.get("Metadata") or None


def stored_on(clients: dict[str, Any]) -> tuple[Any, ...]:
    """Return what the engine stores: versions of objects, oldest first, and items."""
    pages = (
        clients["s3"]
        .get_paginator("list_object_versions")
        .paginate(Bucket=ENVIRONMENT["S3_BUCKET"])
    )
    versions = [
        (one["Key"], one["ETag"].strip('"')) for page in pages for one in page.get("Versions", [])
    ]
    tables = [
        [
            item
            for page in clients["dynamodb"].get_paginator("scan").paginate(TableName=table)
            for item in page["Items"]
        ]
        for table in KEYS
    ]
    return Counter(versions), *map(_sorted, tables)


def stored_in(aws: Aws) -> tuple[Any, ...]:
    versions = [
        (key, hashlib.md5(version.body, usedforsecurity=False).hexdigest())
        for key, found in aws.objects.items()
        for version in found
    ]
    return Counter(versions), *(_sorted(aws.items(table)) for table in KEYS)


def _sorted(items: list[Any]) -> list[str]:
    return sorted(json.dumps(item, sort_keys=True) for item in items)


def test_the_simulation_replies_and_stores_as_the_engine_does(
    version: Version, clients: dict[str, Any]
) -> None:
    chance, replies = random.Random(5), Counter[str]()
    aws = {"botocore": Aws(), "stub": Aws()}
    gate = Gate(aws["botocore"].apply)
    created = {service: client for (_, service), client in version.clients.items()}
    stub = Stub(Gate(aws["stub"].apply))
    for number in range(SEQUENCES):
        calls = calls_in_use(version, chance, f"s{number}")
        version.use(gate, "botocore")
        for call in calls:
            method = next(m for m, operation in METHODS.items() if operation == call.operation)
            real = reply_of(clients[SERVICES[method]], call)
            assert reply_of(created[SERVICES[method]], call) == real, (number, call)
            assert reply_of(stub, call) == real, (number, call)
            replies[f"{call.operation} {real[0]}".rstrip()] += 1

    assert sum(replies.values()) == SEQUENCES * LENGTH
    assert replies.keys() == {
        *METHODS.values(),
        "PutObject PreconditionFailed",
        "HeadObject 404",
        "PutItem ConditionalCheckFailedException",
    }
    assert stored_in(aws["botocore"]) == stored_in(aws["stub"]) == stored_on(clients)
    published = Counter(message["Message"] for message in aws["stub"].messages)
    received: Counter[str] = Counter()

    def all_received() -> bool:
        found = clients["sqs"].receive_message(
            QueueUrl=clients["queue"], MaxNumberOfMessages=10, WaitTimeSeconds=1
        )
        received.update(message["Body"] for message in found.get("Messages", []))
        return sum(received.values()) >= sum(published.values())

    eventually(all_received)
    assert received == published
    assert published == Counter(message["Message"] for message in aws["botocore"].messages)
