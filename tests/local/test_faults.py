"""Injected faults reach a client's error handling and retries."""

import time
from collections.abc import Iterator

import boto3
import pytest
import requests
from botocore.config import Config
from botocore.exceptions import ClientError
from mypy_boto3_s3.client import S3Client

from local.lifecycle import Engine

ONCE = Config(retries={"total_max_attempts": 1})


@pytest.fixture
def faults(engine: Engine) -> Iterator[str]:
    url = f"{engine.endpoint_url}/_local/faults"
    yield url
    assert requests.delete(url, timeout=10).status_code == 204
    assert requests.get(url, timeout=10).json() == []


@pytest.fixture(scope="module")
def s3(engine: Engine) -> S3Client:
    client = boto3.client("s3", config=ONCE, **engine.connection)
    client.create_bucket(
        Bucket="faulty", CreateBucketConfiguration={"LocationConstraint": "ap-southeast-1"}
    )
    return client


def test_a_fault_strikes_as_often_as_it_says(faults: str, s3: S3Client) -> None:
    fault = {
        "service": "s3",
        "operation": "PutObject",
        "code": "SlowDown",
        "message": "Reduce your rate",
        "status": 503,
        "times": 1,
    }
    made = requests.post(faults, json=fault, timeout=10)

    with pytest.raises(ClientError) as raised:
        s3.put_object(Bucket="faulty", Key="a")
    s3.put_object(Bucket="faulty", Key="a")

    assert raised.value.response["Error"]["Code"] == "SlowDown"
    assert raised.value.response["Error"]["Message"] == "Reduce your rate"
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
    assert made.status_code == 201
    assert requests.get(faults, timeout=10).json() == [
        {
            **fault,
            "id": made.json()["id"],
            "times": 0,
            "latency_seconds": 0.0,
            "containing": "",
        }
    ]


def test_a_fault_strikes_matching_calls_until_it_is_removed(faults: str, s3: S3Client) -> None:
    requests.post(
        faults,
        json={"service": "s3", "operation": "PutObject", "code": "No", "containing": "b.json"},
        timeout=10,
    )

    s3.put_object(Bucket="faulty", Key="a.json")
    for _ in range(2):
        with pytest.raises(ClientError, match="No"):
            s3.put_object(Bucket="faulty", Key="b.json")


def test_a_fault_is_removed_alone(faults: str) -> None:
    fault = {"service": "s3", "operation": "PutObject", "code": "No"}
    first, second = (requests.post(faults, json=fault, timeout=10).json()["id"] for _ in range(2))
    for number in (first, second + 1):
        assert requests.delete(faults, params={"id": number}, timeout=10).status_code == 204
    assert [one["id"] for one in requests.get(faults, timeout=10).json()] == [second]


def test_a_fault_may_only_delay(faults: str, s3: S3Client) -> None:
    requests.post(
        faults,
        json={"service": "s3", "operation": "PutObject", "latency_seconds": 0.4},
        timeout=10,
    )

    start = time.monotonic()
    s3.put_object(Bucket="faulty", Key="a.json")

    assert time.monotonic() - start > 0.4


def test_a_fault_with_an_unknown_field_is_rejected(faults: str) -> None:
    response = requests.post(faults, json={"service": "s3", "color": "red"}, timeout=10)

    assert (response.status_code, response.text) == (
        400,
        "Fault.__init__() got an unexpected keyword argument 'color'\n",
    )
