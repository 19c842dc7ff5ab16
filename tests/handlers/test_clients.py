"""The clients of the handlers: how they wait and retry, and what they send."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.awsrequest import AWSPreparedRequest
from botocore.client import BaseClient
from botocore.session import Session

from clients import (
    CONFIG,
    MissingConfiguration,
    ModelFiles,
    Models,
    ServiceSession,
    create_clients,
    resource_name,
)
from notifier import notifier
from processor import processor
from tests.handlers.aws_environment import aws_environment
from tests.handlers.goldens import AUDIT_OBJECT

PUT = {"Bucket": "audit", "Key": "a.json", "Body": AUDIT_OBJECT, "IfNoneMatch": "*"}


@pytest.fixture(autouse=True)
def _environment() -> Iterator[None]:
    with aws_environment():
        yield


class Held(Exception):
    """The request does not go out."""


def sent(service: str, method: str, parameters: dict[str, Any]) -> AWSPreparedRequest:
    """Call a method of a new client; return the request that would have gone out."""
    (client,) = create_clients(service)
    return sent_by(client, method, parameters)


def sent_by(client: BaseClient, method: str, parameters: dict[str, Any]) -> AWSPreparedRequest:
    requests: list[AWSPreparedRequest] = []

    def hold(request: AWSPreparedRequest, **_: object) -> None:
        requests.append(request)
        raise Held

    client.meta.events.register("before-send", hold)
    with pytest.raises(Held):
        getattr(client, method)(**parameters)
    (request,) = requests
    return request


def test_each_client_waits_for_seconds_and_retries() -> None:
    made = (processor.s3, processor.dynamodb, notifier.sns)
    for client in (*made, *create_clients("s3", "dynamodb", "sns")):
        config = client.meta.config
        assert (config.connect_timeout, config.read_timeout) == (2, 5)
        assert config.retries == {"mode": "standard"}


@pytest.mark.parametrize("value", ["", None])
def test_a_missing_environment_variable_is_named(
    value: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NAME", raising=False)
    if value is not None:
        monkeypatch.setenv("NAME", value)
    with pytest.raises(MissingConfiguration) as caught:
        resource_name("NAME")
    assert str(caught.value) == "NAME: the environment variable is not set"


@pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")  # old botocore
def test_an_object_is_signed_with_the_hash_of_its_body_and_sent_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Newer versions of botocore would add a CRC in a trailer; the template tells them not to."""
    monkeypatch.setenv("AWS_REQUEST_CHECKSUM_CALCULATION", "when_required")
    request = sent("s3", "put_object", PUT)
    body: Any = request.body
    assert body.read() == AUDIT_OBJECT  # not in chunks
    headers: dict[str, Any] = {name.lower(): value for name, value in request.headers.items()}
    assert headers["x-amz-content-sha256"] == hashlib.sha256(AUDIT_OBJECT).hexdigest().encode()
    assert not headers.keys() & {"expect", "x-amz-trailer", "transfer-encoding", "content-encoding"}
    assert [name for name in headers if name.startswith("x-amz-checksum-")] == []


def content(request: AWSPreparedRequest) -> tuple[str, bytes, dict[str, Any]]:
    """Return the address, the body and the headers that are the same in each request."""
    body: Any = request.body
    headers = {name.lower(): value for name, value in request.headers.items()}
    for name in ("amz-sdk-invocation-id", "authorization", "expect", "x-amz-date"):
        headers.pop(name, None)
    return request.url, body.read() if hasattr(body, "read") else body, headers


@pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")  # old botocore
@pytest.mark.parametrize(
    ("service", "method", "parameters"),
    [
        ("s3", "put_object", PUT),
        ("s3", "head_object", {"Bucket": "audit", "Key": "a.json"}),
        ("dynamodb", "put_item", {"TableName": "records", "Item": {"id": {"S": "a"}}}),
        ("sns", "publish", {"TopicArn": "arn:aws:sns:ap-southeast-1:0:topic", "Message": "a"}),
    ],
)
def test_a_client_sends_what_a_client_of_a_plain_session_sends(
    service: str, method: str, parameters: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The session leaves handlers and services out; none may be missed."""
    monkeypatch.setenv("AWS_REQUEST_CHECKSUM_CALCULATION", "when_required")
    plain = Session().create_client(service, config=CONFIG)
    assert content(sent(service, method, parameters)) == content(sent_by(plain, method, parameters))


def test_a_client_uses_the_endpoints_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://aws.example")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "https://s3.example")
    s3, dynamodb = create_clients("s3", "dynamodb")
    assert s3.meta.endpoint_url == "https://s3.example"
    assert dynamodb.meta.endpoint_url == "https://aws.example"


def test_an_empty_endpoint_means_that_of_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    """The template sets the variable always; its parameter is empty on AWS."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "")
    (dynamodb,) = create_clients("dynamodb")
    assert dynamodb.meta.endpoint_url == "https://dynamodb.ap-southeast-1.amazonaws.com"


def test_credentials_that_are_not_in_the_environment_are_found_as_botocore_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config"
    config.write_text(
        "[default]\nrole_arn = arn:aws:iam::000000000000:role/a\nsource_profile = keys\n"
        "[profile keys]\naws_access_key_id = none\naws_secret_access_key = none\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "where-a-role-is-assumed")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    with pytest.raises(ValueError, match="Invalid endpoint: where-a-role-is-assumed"):
        sent("s3", "put_object", PUT)


def test_a_session_knows_the_models_of_its_services_alone() -> None:
    loader: Any = ServiceSession(("sns",)).get_component("data_loader")
    assert isinstance(loader, Models)
    assert isinstance(loader.file_loader, ModelFiles)
    assert loader.list_available_services("service-2") == ["sns"]


@pytest.mark.parametrize(
    ("event", "registered"),
    [
        ("sent.sns", True),
        ("sent.*.Publish", True),
        ("sent", True),
        ("sent.ec2", False),
        ("docs.sns.Publish", False),
    ],
)
def test_a_session_registers_handlers_of_its_services_but_none_for_documentation(
    event: str, *, registered: bool
) -> None:
    session = ServiceSession(("sns",))
    for _ in range(2):
        session.register(event, lambda **_: "called", unique_id="once")
    answers = [
        answer for _, answer in session.emit(event.replace("*", "sns")) if answer == "called"
    ]
    assert answers == (["called"] if registered else [])
