"""The API reference matches its document, and its examples are valid."""

import json

import pytest
from jsonschema import Draft4Validator

from template.client_document import client_document
from template.documents.reference import constraints, operations
from template.pipeline import build_template
from template.settings import Settings
from tests.docs.pipelines import Json
from tests.docs.reading import ROOT, Document


def response(description: str, schema: Json, **more: object) -> Json:
    content = {"application/json": {"schema": schema}}
    return {"description": description, "content": content, **more}


def a_document() -> Json:
    refusal = {"$ref": "#/components/schemas/Refusal"}
    digits = {"type": "string", "pattern": "^[0-9]+$"}
    accepted = {"type": "object", "properties": {"status": {"enum": ["ACCEPTED"]}}}
    codes = {"type": "string", "enum": list("ABCDEFGHI")}
    thing = {
        "type": "object",
        "required": ["size"],
        "additionalProperties": False,
        "properties": {"size": {"type": "number", "maximum": 1_000}, "code": codes},
    }
    post = {
        "summary": "Take a thing.",
        "security": [{"key": []}],
        "requestBody": {"content": {"application/json": {"schema": thing}}},
        "responses": {
            "202": response("Taken", accepted),
            "400": response("Wrong", refusal),
            "429": response("Later", refusal, headers={"Retry-After": {}}),
        },
    }
    get = {
        "summary": "Show a thing.",
        "security": [],
        "parameters": [{"name": "id", "in": "path", "schema": digits}],
        "responses": {"200": response("Here", {"type": "object", "properties": {"size": digits}})},
    }
    texts = {name: {"type": "string"} for name in ("message", "requestId")}
    return {
        "paths": {"/things": {"post": post}, "/things/{id}": {"get": get}},
        "components": {
            "schemas": {"Refusal": {"type": "object", "properties": texts}},
            "securitySchemes": {"key": {"name": "x-api-key"}},
        },
    }


REFERENCE = """\
### POST /things

Take a thing.

Required header: `x-api-key`.

The body is JSON:

| field | required | constraints |
| --- | --- | --- |
| `size` | yes | number, at most 1,000 |
| `code` | no | one of 9 values |

No other field is allowed.

<details><summary>All 9 of <code>code</code></summary>

A B C D E F G H I

</details>

Responses:

| status | description | headers |
| --- | --- | --- |
| 202 | Taken |  |
| 400 | Wrong |  |
| 429 | Later | `Retry-After` |

The body of 202: `{"status": "ACCEPTED"}`

The body of 400, 429: `{"message": "...", "requestId": "..."}`

### GET /things/{id}

Show a thing.

| parameter | in | constraints |
| --- | --- | --- |
| `id` | path | string, matching `^[0-9]+$` |

Responses:

| status | description | headers |
| --- | --- | --- |
| 200 | Here |  |

The body of 200: `{"size": "..."}`"""


def test_an_operation_is_described_with_its_request_and_responses() -> None:
    assert operations(a_document()) == REFERENCE


def test_a_body_with_additional_properties_has_no_such_sentence() -> None:
    document = a_document()
    post = document["paths"]["/things"]["post"]
    del post["requestBody"]["content"]["application/json"]["schema"]["additionalProperties"]
    assert operations(document) == REFERENCE.replace("No other field is allowed.\n\n", "")


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "integer", "minimum": 1}, "integer, at least 1"),
        (
            {"type": "string", "minLength": 1, "maxLength": 2},
            "string, at least 1 characters, at most 2 characters",
        ),
        ({"enum": ["A", "B"]}, "`A` or `B`"),
    ],
)
def test_describes_constraints_in_words(schema: Json, words: str) -> None:
    assert constraints(schema) == words


def test_the_examples_in_the_documents_are_valid() -> None:
    shown = [
        json.loads(line.text)
        for line in Document.read(ROOT / "docs" / "api.md").code_lines()
        if line.text.startswith('{"transactionId"')
    ]
    (accepted,) = [
        json.loads(line.text)
        for line in Document.read(ROOT / "docs" / "operations.md").code_lines()
        if line.text.startswith('{"requestId"')
    ]
    (outcome,) = [
        json.loads(line.text)
        for line in Document.read(ROOT / "docs" / "api.md").code_lines()
        if line.text.startswith('{"requestId"')
    ]
    schemas = client_document(build_template(Settings()))["components"]["schemas"]
    transaction, record = shown
    Draft4Validator(schemas["Transaction"]).validate(accepted["transaction"])
    Draft4Validator(schemas["Transaction"]).validate(transaction)
    Draft4Validator(schemas["Record"]).validate(record)
    Draft4Validator(schemas["Outcome"]).validate(outcome)
