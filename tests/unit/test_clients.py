"""The clients of the handlers: how they wait and retry, what they send, and by which models."""

import hashlib
import json
import runpy
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import botocore
import notifier_clients
import processor_clients
import pytest
from botocore import handlers
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.loaders import Loader
from botocore.session import Session

import notifier
import processor
from tests.unit.conftest import aws_environment

BODY = b'{"transactionId":"order-1001"}'
CALLS: list[tuple[str, str, dict[str, Any]]] = [
    ("s3", "put_object", {"Bucket": "audit", "Key": "a.json", "Body": BODY, "IfNoneMatch": "*"}),
    ("s3", "head_object", {"Bucket": "audit", "Key": "a.json"}),
    ("s3", "head_bucket", {"Bucket": "audit"}),
    ("dynamodb", "put_item", {"TableName": "records", "Item": {"transactionId": {"S": "a"}}}),
    (
        "sns",
        "publish",
        {
            "TopicArn": "arn:aws:sns:ap-southeast-1:000000000000:events",
            "Message": "{}",
            "MessageAttributes": {"status": {"DataType": "String", "StringValue": "PROCESSED"}},
        },
    ),
]
OPERATIONS = [
    ("s3", ["HeadBucket", "HeadObject", "PutObject"]),
    ("dynamodb", ["PutItem"]),
    ("sns", ["Publish"]),
]
OF_ITS_TIME = {"X-Amz-Date", "Authorization", "amz-sdk-invocation-id"}


@pytest.fixture(autouse=True)
def _environment() -> Iterator[None]:
    with aws_environment():
        yield


def a_client(service: str) -> Any:  # noqa: ANN401 - any client
    """Make a client as the function does that uses the service."""
    module = notifier_clients if service == "sns" else processor_clients
    (client,) = module.create_clients(service)
    return client


class Answer:
    """The body of a success that says nothing."""

    def __init__(self, request: AWSPreparedRequest) -> None:
        published = b"<PublishResponse><PublishResult/></PublishResponse>"
        self._body = published if "//sns." in request.url else b""

    def stream(self) -> Iterator[bytes]:
        return iter([self._body])


def sent(client: Any, method: str, parameters: dict[str, Any]) -> AWSPreparedRequest:  # noqa: ANN401
    """Call a method; return the request that would have gone out."""
    requests: list[AWSPreparedRequest] = []

    def answer(request: AWSPreparedRequest, **_: object) -> AWSResponse:
        requests.append(request)
        return AWSResponse(request.url, 200, {}, Answer(request))  # type: ignore[arg-type] # all that is read

    client.meta.events.register("before-send", answer)
    getattr(client, method)(**parameters)
    (request,) = requests
    return request


def content(request: AWSPreparedRequest) -> tuple[object, ...]:
    headers = {name: value for name, value in request.headers.items() if name not in OF_ITS_TIME}
    body: Any = request.body
    return request.method, request.url, headers, body.read() if hasattr(body, "read") else body


@pytest.mark.parametrize("client", [processor.s3, processor.dynamodb, notifier.sns])
def test_a_client_waits_for_seconds_and_retries(client: Any) -> None:  # noqa: ANN401 - any client
    config = client.meta.config
    assert (config.connect_timeout, config.read_timeout) == (2, 5)
    assert config.retries == {"mode": "standard"}


def test_both_folders_hold_the_same_module() -> None:
    ours, theirs = (Path(str(module.__file__)) for module in (processor_clients, notifier_clients))
    assert ours.read_text(encoding="utf-8") == theirs.read_text(encoding="utf-8")


@pytest.mark.parametrize("region", ["ap-southeast-1", "us-east-1", "cn-north-1", "us-gov-west-1"])
@pytest.mark.parametrize(("service", "method", "parameters"), CALLS)
def test_a_client_sends_what_it_would_by_the_whole_models(
    service: str,
    method: str,
    parameters: dict[str, Any],
    region: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", region)
    ours = a_client(service)
    whole = Session().create_client(service, config=processor_clients.CONFIG)
    whole.meta.events.register("request-created", processor_clients.send_at_once)
    assert content(sent(ours, method, parameters)) == content(sent(whole, method, parameters))


def test_an_object_is_signed_with_the_hash_of_what_it_holds_and_sent_at_once() -> None:
    headers = sent(a_client("s3"), "put_object", CALLS[0][2]).headers
    assert headers["x-amz-content-sha256"] == hashlib.sha256(BODY).hexdigest().encode()
    assert "Expect" not in headers


def test_a_client_goes_where_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://aws.example")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "https://s3.example")
    s3, dynamodb = processor_clients.create_clients("s3", "dynamodb")
    assert s3.meta.endpoint_url == "https://s3.example"
    assert dynamodb.meta.endpoint_url == "https://aws.example"


@pytest.mark.parametrize("service", ["dynamodb", "sns"])
def test_a_client_follows_the_models_in_aws_data_path(
    service: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = Loader().load_service_model(service, "service-2")
    model["metadata"]["serviceFullName"] = "Another"
    folder = tmp_path / service / model["metadata"]["apiVersion"]
    folder.mkdir(parents=True)
    (folder / "service-2.json").write_text(json.dumps(model), encoding="utf-8")
    monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path))
    assert a_client(service).meta.service_model.metadata["serviceFullName"] == "Another"


@pytest.mark.parametrize(("service", "operations"), OPERATIONS)
def test_a_client_has_the_operations_in_use_alone(service: str, operations: list[str]) -> None:
    client = a_client(service)
    assert sorted(client.meta.service_model.operation_names) == operations


@pytest.mark.parametrize(("service", "operations"), OPERATIONS)
def test_a_session_has_every_handler_of_botocore_that_its_operations_reach(
    service: str, operations: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [name for name, *_ in handlers.BUILTIN_HANDLERS]
    reached: list[str] = []
    # In place of each handler, one that notes by which name it was registered.
    recorders = [(name, lambda name=name, **_: reached.append(name)) for name in names]
    monkeypatch.setattr(handlers, "BUILTIN_HANDLERS", recorders)
    events = [
        ".".join((kind, *of))
        for kind in sorted({name.partition(".")[0] for name in names} - {"docs"})
        for of in [(), (service,), *((service, operation) for operation in operations)]
    ]

    def handled(session: Session) -> list[tuple[str, ...]]:
        found = []
        for event in events:
            reached.clear()
            session.get_component("event_emitter").emit(event)
            found.append((event, *reached))
        return found

    assert handled(processor_clients.ServicesSession((service,))) == handled(Session())


def test_credentials_that_are_not_in_the_environment_are_looked_for_as_botocore_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config"
    config.write_text(
        "[default]\nrole_arn = arn:aws:iam::000000000000:role/a\nsource_profile = keys\n"
        "[profile keys]\naws_access_key_id = none\naws_secret_access_key = none\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "where-a-role-is-asked-for")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    with pytest.raises(ValueError, match="Invalid endpoint: where-a-role-is-asked-for"):
        sent(a_client("sns"), "publish", CALLS[-1][2])


def test_a_folder_without_models_does_with_those_of_botocore(tmp_path: Path) -> None:
    copy = shutil.copy(str(notifier_clients.__file__), tmp_path)
    (sns,) = runpy.run_path(str(copy))["create_clients"]("sns")
    assert {"Publish", "Subscribe"} < set(sns.meta.service_model.operation_names)


@pytest.mark.parametrize("module", [processor_clients, notifier_clients])
def test_models_made_of_another_botocore_are_left_alone(module: ModuleType) -> None:
    path = Path(str(module.__file__)).with_suffix(".json")
    assert "endpoints" in module.trimmed_files(path, botocore.__version__)
    assert module.trimmed_files(path, "1.0.0") == {}
