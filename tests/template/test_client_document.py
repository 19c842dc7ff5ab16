"""The client document: everything that clients can send and receive."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from build_template import main
from contract import PROVENANCE
from template.api_get import NO_OUTCOME, NOT_RECORDED, OUTCOME_UNREADABLE, RECORD_UNREADABLE
from template.api_models import outcome_model, record_model, request_model
from tests.template.reading import Json
from tests.template.test_api import ERRORS


@pytest.fixture(scope="module")
def document() -> Json:
    result = CliRunner().invoke(main, ["--openapi"])
    assert result.exit_code == 0
    found: Json = json.loads(result.output)
    return found


MESSAGE = {kind: text for kind, (_, text) in ERRORS.items()}
EVERYWHERE = {
    "403": MESSAGE["INVALID_API_KEY"],
    "415": MESSAGE["UNSUPPORTED_MEDIA_TYPE"],
    "429": f"{MESSAGE['THROTTLED']} / {MESSAGE['QUOTA_EXCEEDED']}",
    "500": MESSAGE["DEFAULT_5XX"],
    "504": f"{MESSAGE['INTEGRATION_FAILURE']} / {MESSAGE['INTEGRATION_TIMEOUT']}",
}
POST = {
    **EVERYWHERE,
    "202": "Accepted",
    "400": MESSAGE["BAD_REQUEST_BODY"],
    "404": MESSAGE["MISSING_AUTHENTICATION_TOKEN"],
    "413": MESSAGE["REQUEST_TOO_LARGE"],
}
GET_RECORD = {
    **EVERYWHERE,
    "200": "The record",
    "404": f"{NOT_RECORDED} / {MESSAGE['MISSING_AUTHENTICATION_TOKEN']}",
    "503": RECORD_UNREADABLE,
}
GET_OUTCOME = {
    **EVERYWHERE,
    "200": "The outcome",
    "404": f"{NO_OUTCOME} / {MESSAGE['MISSING_AUTHENTICATION_TOKEN']}",
    "503": OUTCOME_UNREADABLE,
}


@pytest.mark.parametrize(
    ("path", "method", "described", "success", "headers"),
    [
        (
            "/transaction",
            "post",
            POST,
            "Accepted",
            {"202": ["Location", "Retry-After"], "429": ["Retry-After"]},
        ),
        (
            "/transaction/{transactionId}",
            "get",
            GET_RECORD,
            "Record",
            {
                "200": ["Cache-Control"],
                "404": ["Cache-Control"],
                "429": ["Retry-After"],
                "503": ["Cache-Control", "Retry-After"],
            },
        ),
        (
            "/request/{requestId}",
            "get",
            GET_OUTCOME,
            "Outcome",
            {
                "200": ["Cache-Control"],
                "404": ["Cache-Control", "Retry-After"],
                "429": ["Retry-After"],
                "503": ["Cache-Control", "Retry-After"],
            },
        ),
    ],
)
def test_it_has_every_response_of_an_operation(
    path: str,
    method: str,
    described: dict[str, str],
    success: str,
    headers: dict[str, list[str]],
    document: Json,
) -> None:
    assert list(document["paths"][path]) == [method]
    operation = document["paths"][path][method]
    responses = operation["responses"]
    assert operation["security"] == [{"apiKey": []}]
    assert {status: one["description"] for status, one in responses.items()} == described
    assert {
        status: sorted(one["headers"]) for status, one in responses.items() if "headers" in one
    } == headers
    for status, one in responses.items():
        name = success if status.startswith("2") else "Refusal"
        schema = {"$ref": f"#/components/schemas/{name}"}
        assert one["content"] == {"application/json": {"schema": schema}}


def test_a_header_is_required_where_every_response_of_the_status_has_it(document: Json) -> None:
    """The gateway's own 404, for a path that does not exist, has no headers of ours."""
    required = {
        (path, status, name)
        for path, operations in document["paths"].items()
        for operation in operations.values()
        for status, response in operation["responses"].items()
        for name, header in response.get("headers", {}).items()
        if header.get("required")
    }
    assert required == {
        ("/transaction", "202", "Retry-After"),
        ("/transaction/{transactionId}", "503", "Retry-After"),
        ("/request/{requestId}", "503", "Retry-After"),
        *((path, "429", "Retry-After") for path in document["paths"]),
    }


def test_it_describes_what_a_client_sends(document: Json) -> None:
    post = document["paths"]["/transaction"]["post"]
    (parameter,) = document["paths"]["/transaction/{transactionId}"]["get"]["parameters"]
    (request,) = document["paths"]["/request/{requestId}"]["get"]["parameters"]
    schema = {"$ref": "#/components/schemas/Transaction"}
    assert post["requestBody"]["content"] == {"application/json": {"schema": schema}}
    schemas = document["components"]["schemas"]
    assert (schemas["Transaction"], schemas["Record"]) == (request_model(), record_model())
    assert schemas["Outcome"] == outcome_model()
    assert parameter["schema"] == request_model()["properties"]["transactionId"]
    assert request["schema"] == PROVENANCE["requestId"].schema


def test_it_holds_nothing_but_openapi(document: Json) -> None:
    """The document has neither gateway extensions nor CloudFormation functions."""
    text = json.dumps(document)
    assert not [word for word in ("x-amazon", "Fn::", "${", "$context") if word in text]
    assert document.keys() == {"openapi", "info", "servers", "paths", "components"}
    assert (document["openapi"], document["info"]) == (
        "3.0.1",
        {"title": "Transaction API", "version": "1.0"},
    )
    assert document["servers"] == [
        {
            "url": "https://{api}.execute-api.{region}.amazonaws.com/prod",
            "variables": {"api": {"default": "api"}, "region": {"default": "ap-southeast-1"}},
        }
    ]


def test_it_goes_to_a_file_on_request_which_can_be_checked(tmp_path: Path) -> None:
    flags = ["--openapi", "--output", str(tmp_path / "openapi.json")]
    runner = CliRunner()
    shown = runner.invoke(main, ["--openapi"]).output
    assert runner.invoke(main, flags).output == f"Wrote {tmp_path}/openapi.json\n"
    assert (tmp_path / "openapi.json").read_text(encoding="utf-8") == shown
    checked = runner.invoke(main, [*flags, "--check"])
    assert (checked.exit_code, checked.output) == (0, f"{tmp_path}/openapi.json is up to date\n")
    (tmp_path / "openapi.json").write_text("{}\n", encoding="utf-8")
    stale = runner.invoke(main, [*flags, "--check"])
    assert (stale.exit_code, stale.output.splitlines()[-1]) == (
        1,
        f"{tmp_path}/openapi.json is stale: run python build_template.py {' '.join(flags)}",
    )


def test_standard_output_cannot_be_checked() -> None:
    result = CliRunner().invoke(main, ["--openapi", "--check"])
    assert result.exit_code == 2
    assert result.output.splitlines()[-1] == "Error: --openapi --check needs --output"
