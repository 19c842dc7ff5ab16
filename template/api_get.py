"""The two reads, each a query without a function: of a record, and of how a request ended."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from troposphere import GetAtt, Sub, iam
from troposphere.dynamodb import Table

from contract import OUTCOME, RECORD
from template.api_models import outcome_model, record_model
from template.api_responses import RETRY_AFTER, error_body

FOUND, MISSING, UNREADABLE = (
    str(status.value)
    for status in (HTTPStatus.OK, HTTPStatus.NOT_FOUND, HTTPStatus.SERVICE_UNAVAILABLE)
)
NOT_RECORDED = "No transaction with this ID is recorded"
RECORD_UNREADABLE = "The record cannot be read; try again"
NO_OUTCOME = "No request with this ID has an outcome yet; try again"
OUTCOME_UNREADABLE = "The outcome cannot be read; try again"
RETRY = '#set($context.responseOverride.header.Retry-After = "1")\n'


def get_record(table: Table, role: iam.Role) -> dict[str, Any]:
    """Return the operation that reads the record of a transaction."""
    found = _members(record_model(), {name: field.stored_as for name, field in RECORD.items()})
    template = _answer(found, _refusal(MISSING, NOT_RECORDED), RECORD_UNREADABLE)
    return {
        "operationId": "getTransaction",
        "summary": "Read the record of a transaction back.",
        **_request("transactionId"),
        "responses": {
            FOUND: _response("The record", "Record"),
            MISSING: _response(NOT_RECORDED, "Refusal"),
            UNREADABLE: _response(RECORD_UNREADABLE, "Refusal", retry=True),
        },
        "x-amazon-apigateway-integration": _query(
            table, role, "transactionId", template, RECORD_UNREADABLE
        ),
    }


def get_outcome(table: Table, role: iam.Role) -> dict[str, Any]:
    """Return the operation that reads how a request ended.

    To a client, the request of another API key has no outcome. The reason of a FAILED contains
    names of roles and accounts, which are for operators.
    """
    found = _members(outcome_model(), OUTCOME, reason="$item.status.S == 'REJECTED'")
    template = _answer(
        found,
        RETRY + _refusal(MISSING, NO_OUTCOME),
        OUTCOME_UNREADABLE,
        visible_if="$item.apiKeyId.S == $context.identity.apiKeyId",
    )
    return {
        "operationId": "getRequest",
        "summary": "Read how a request ended.",
        **_request("requestId"),
        "responses": {
            FOUND: _response("The outcome", "Outcome"),
            MISSING: _response(NO_OUTCOME, "Refusal", retry=True),
            UNREADABLE: _response(OUTCOME_UNREADABLE, "Refusal", retry=True),
        },
        "x-amazon-apigateway-integration": _query(
            table, role, "requestId", template, OUTCOME_UNREADABLE
        ),
    }


def _request(name: str) -> dict[str, Any]:
    """Return the parts of an operation that describe its request."""
    parameter = {"name": name, "in": "path", "required": True, "schema": RECORD[name].schema}
    return {"security": [{"apiKey": []}], "parameters": [parameter]}


def _query(
    table: Table, role: iam.Role, key: str, template: str, unreadable: str
) -> dict[str, Any]:
    """Return the integration, which maps every error of DynamoDB to 503, as most are transient.

    A query counts its items; the response of GetItem does not tell absence from an error.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
    """
    return {
        "type": "aws",
        "httpMethod": "POST",
        "uri": Sub("arn:${AWS::Partition}:apigateway:${AWS::Region}:dynamodb:action/Query"),
        "credentials": GetAtt(role, "Arn"),
        # A request body is not passed on.
        "passthroughBehavior": "never",
        "requestTemplates": {"application/json": Sub(_query_template(table, key))},
        "responses": {
            FOUND: _integration_response(FOUND, template),
            "default": _integration_response(
                UNREADABLE, error_body(unreadable), ("Retry-After", "1")
            ),
        },
    }


def _query_template(table: Table, key: str) -> str:
    """Return the template of the query, in which invalid characters become `/`.

    No ID contains `/`, so client input can neither change the query nor match another ID.
    DynamoDB rejects keys of more than 2,048 bytes, so an ID that is too long becomes `/` too.
    """
    field = RECORD[key]
    too_long = f".{{{field.schema['maxLength'] + 1},}}"
    sent = f"$input.params('{key}')"
    return f"""\
#set($id = {sent}.replaceAll('[^{field.characters}]', '/').replaceAll('{too_long}', '/'))
{{"TableName": "${{{table.title}}}",
"KeyConditionExpression": "{key} = :id",
"ExpressionAttributeValues": {{":id": {{"S": "$id"}}}},
"ConsistentRead": true,
"Limit": 1}}
"""


def _answer(found: str, missing: str, unreadable: str, *, visible_if: str = "") -> str:
    """Return the template of the response: an item that is not visible is missing.

    A response without a count of 0 or 1 is no answer of DynamoDB's.
    """
    one, none = (f"$input.path('$.Count') == {count}" for count in (1, 0))
    visible, absent = (f"{one} && {visible_if}", f"{none} || {one}") if visible_if else (one, none)
    return f"""\
#set($item = $input.path('$.Items[0]'))
#if({visible})
{found}
#elseif({absent})
{missing}
#else
{RETRY}{_refusal(UNREADABLE, unreadable)}
#end
"""


def _members(model: dict[str, Any], kinds: Mapping[str, str], **conditions: str) -> str:
    """Return the template of a JSON object with the item's attributes, some under a condition.

    DynamoDB's JSON has numbers as strings: an amount stays a string, a timestamp does not.
    """
    members = {}
    for name, schema in model["properties"].items():
        read = "path" if schema.get("type") == "integer" else "json"
        members[name] = f"\"{name}\": $input.{read}('$.Items[0].{name}.{kinds[name]}')"
    required = ",\n".join(members.pop(name) for name in model["required"])
    optional = "".join(
        f"#if({conditions.get(name, f'$item.{name}')}),\n{member}#end\n"
        for name, member in members.items()
    )
    return f"{{{required}{optional}}}"


def _refusal(status: str, message: str) -> str:
    return f"#set($context.responseOverride.status = {status})\n{error_body(message)}"


def _integration_response(status: str, template: str, *headers: tuple[str, str]) -> dict[str, Any]:
    # A 404 is cacheable by default, but the record may exist later.
    return {
        "statusCode": status,
        "responseTemplates": {"application/json": template},
        "responseParameters": {
            f"method.response.header.{name}": f"'{value}'"
            for name, value in (("Cache-Control", "no-store"), *headers)
        },
    }


def _response(description: str, schema: str, *, retry: bool = False) -> dict[str, Any]:
    headers = {"Cache-Control": {"schema": {"type": "string"}}}
    return {
        "description": description,
        "headers": headers | ({"Retry-After": RETRY_AFTER} if retry else {}),
        "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}},
    }
