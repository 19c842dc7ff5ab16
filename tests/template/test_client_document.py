"""The client document: everything that clients can send and receive."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from build_template import main
from template.api_get import NOT_READ, NOT_RECORDED
from template.api_models import record_model, request_model
from tests.template.reading import Json
from tests.template.test_api import ERRORS


@pytest.fixture(scope="module")
def document() -> Json:
    result = CliRunner().invoke(main, ["--openapi"])
    assert result.exit_code == 0
    found: Json = json.loads(result.output)
    return found


def error_response(*messages: str, **more: object) -> Json:
    schema = {"$ref": "#/components/schemas/Refusal"}
    content = {"application/json": {"schema": schema}}
    return {"description": " / ".join(messages), "content": content, **more}


MESSAGE = {kind: text for kind, (_, text) in ERRORS.items()}
RETRY_AFTER = {
    "Retry-After": {
        "description": "Seconds to wait before a retry",
        "required": True,
        "schema": {"type": "integer", "minimum": 1},
    }
}
NO_STORE = {"Cache-Control": {"schema": {"type": "string"}}}


def test_it_has_two_operations(document: Json) -> None:
    assert {path: list(item) for path, item in document["paths"].items()} == {
        "/transaction": ["post"],
        "/transaction/{transactionId}": ["get"],
    }


def test_a_transaction_is_posted_with_a_key_and_a_body_for_one_of_these_responses(
    document: Json,
) -> None:
    accepted = {"$ref": "#/components/schemas/Accepted"}
    transaction = {"$ref": "#/components/schemas/Transaction"}
    assert document["paths"]["/transaction"]["post"] == {
        "operationId": "postTransaction",
        "summary": "Accept a transaction; its outcome is published to the topic.",
        "security": [{"apiKey": []}],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": transaction}},
        },
        "responses": {
            "202": {
                "description": "Accepted",
                "content": {"application/json": {"schema": accepted}},
            },
            "400": error_response(MESSAGE["BAD_REQUEST_BODY"]),
            "403": error_response(MESSAGE["INVALID_API_KEY"]),
            "404": error_response(MESSAGE["MISSING_AUTHENTICATION_TOKEN"]),
            "413": error_response(MESSAGE["REQUEST_TOO_LARGE"]),
            "415": error_response(MESSAGE["UNSUPPORTED_MEDIA_TYPE"]),
            "429": error_response(
                MESSAGE["THROTTLED"], MESSAGE["QUOTA_EXCEEDED"], headers=RETRY_AFTER
            ),
            "500": error_response(MESSAGE["DEFAULT_5XX"]),
            "504": error_response(MESSAGE["INTEGRATION_FAILURE"], MESSAGE["INTEGRATION_TIMEOUT"]),
        },
    }


def test_a_record_is_read_with_a_key_and_its_id_for_one_of_these_responses(document: Json) -> None:
    record = {"$ref": "#/components/schemas/Record"}
    assert document["paths"]["/transaction/{transactionId}"]["get"] == {
        "operationId": "getTransaction",
        "summary": "Read the record of a transaction back.",
        "security": [{"apiKey": []}],
        "parameters": [
            {
                "name": "transactionId",
                "in": "path",
                "required": True,
                "schema": request_model()["properties"]["transactionId"],
            }
        ],
        "responses": {
            "200": {
                "description": "The record",
                "headers": NO_STORE,
                "content": {"application/json": {"schema": record}},
            },
            "403": error_response(MESSAGE["INVALID_API_KEY"]),
            "404": error_response(
                NOT_RECORDED, MESSAGE["MISSING_AUTHENTICATION_TOKEN"], headers=NO_STORE
            ),
            "429": error_response(
                MESSAGE["THROTTLED"], MESSAGE["QUOTA_EXCEEDED"], headers=RETRY_AFTER
            ),
            "500": error_response(MESSAGE["DEFAULT_5XX"]),
            "503": error_response(NOT_READ, headers=NO_STORE | RETRY_AFTER),
            "504": error_response(MESSAGE["INTEGRATION_FAILURE"], MESSAGE["INTEGRATION_TIMEOUT"]),
        },
    }


def test_it_describes_requests_and_responses(document: Json) -> None:
    assert document["components"] == {
        "schemas": {
            "Transaction": request_model(),
            "Accepted": {
                "type": "object",
                "required": ["requestId", "status"],
                "properties": {
                    "requestId": {"type": "string"},
                    "status": {"type": "string", "enum": ["ACCEPTED"]},
                },
            },
            "Record": record_model(),
            "Refusal": {
                "type": "object",
                "required": ["message", "requestId"],
                "additionalProperties": False,
                "properties": {"message": {"type": "string"}, "requestId": {"type": "string"}},
            },
        },
        "securitySchemes": {"apiKey": {"type": "apiKey", "name": "x-api-key", "in": "header"}},
    }


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
