"""GET /transaction/{transactionId}: the record, read from the table without a function."""

from http import HTTPStatus
from typing import Any

from troposphere import GetAtt, Sub, iam
from troposphere.dynamodb import Table

from contract import FIELDS, RECORD
from template.api_models import record_model, transaction_id
from template.api_responses import RETRY_AFTER, error_body

FOUND, MISSING, UNREADABLE = (
    str(status.value)
    for status in (HTTPStatus.OK, HTTPStatus.NOT_FOUND, HTTPStatus.SERVICE_UNAVAILABLE)
)
NOT_RECORDED = "No transaction with this ID is recorded"
NOT_READ = "The record cannot be read; try again"


def get_operation(table: Table, role: iam.Role) -> dict[str, Any]:
    """Return the operation, whose responses must include each status of the integration."""
    return {
        "operationId": "getTransaction",
        "summary": "Read the record of a transaction back.",
        "security": [{"apiKey": []}],
        "parameters": [
            {"name": "transactionId", "in": "path", "required": True, "schema": transaction_id()}
        ],
        "responses": {
            FOUND: _response("The record", "Record"),
            MISSING: _response(NOT_RECORDED, "Refusal"),
            UNREADABLE: _response(NOT_READ, "Refusal", **{"Retry-After": RETRY_AFTER}),
        },
        "x-amazon-apigateway-integration": query(table, role),
    }


def query(table: Table, role: iam.Role) -> dict[str, Any]:
    """Return the integration, which maps every error of DynamoDB to 503, as most are transient.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
    """
    return {
        "type": "aws",
        "httpMethod": "POST",
        "uri": Sub("arn:${AWS::Partition}:apigateway:${AWS::Region}:dynamodb:action/Query"),
        "credentials": GetAtt(role, "Arn"),
        # A request body is not passed on.
        "passthroughBehavior": "never",
        "requestTemplates": {"application/json": Sub(_query_template(table))},
        "responses": {
            FOUND: _integration_response(FOUND, _record()),
            "default": _integration_response(
                UNREADABLE, error_body(NOT_READ), ("Retry-After", "1")
            ),
        },
    }


def _query_template(table: Table) -> str:
    """Return the template of the query, in which invalid characters become `/`.

    No ID contains `/`, so client input can neither change the query nor match another ID.
    DynamoDB rejects keys of more than 2,048 bytes, so an ID that is too long becomes `/` too.
    """
    field = FIELDS["transactionId"]
    too_long = f".{{{field.schema['maxLength'] + 1},}}"
    sent = "$input.params('transactionId')"
    return f"""\
#set($id = {sent}.replaceAll('[^{field.characters}]', '/').replaceAll('{too_long}', '/'))
{{"TableName": "${{{table.title}}}",
"KeyConditionExpression": "transactionId = :id",
"ExpressionAttributeValues": {{":id": {{"S": "$id"}}}},
"ConsistentRead": true,
"Limit": 1}}
"""


def _record() -> str:
    """Return the template of the record with its fields, or of a 404."""
    model = record_model()
    members = {name: f'"{name}": {_value(name, model)}' for name in model["properties"]}
    required = ",\n".join(members[name] for name in model["required"])
    optional = "".join(
        f"#if($record.{name}),\n{members[name]}#end\n"
        for name in members
        if name not in model["required"]
    )
    return f"""\
#if($input.path('$.Count') == 0)
#set($context.responseOverride.status = {MISSING})
{error_body(NOT_RECORDED)}
#else
{"#set($record = $input.path('$.Items[0]'))\n" if optional else ""}\
{{{required}{optional}}}
#end
"""


def _value(name: str, model: dict[str, Any]) -> str:
    # DynamoDB's JSON has numbers as strings: the amount stays a string, the timestamp does not.
    attribute = f"$.Items[0].{name}.{RECORD[name].stored_as}"
    integer = model["properties"][name]["type"] == "integer"
    return f"$input.{'path' if integer else 'json'}('{attribute}')"


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


def _response(description: str, schema: str, **headers: dict[str, Any]) -> dict[str, Any]:
    reference = {"$ref": f"#/components/schemas/{schema}"}
    return {
        "description": description,
        "headers": {"Cache-Control": {"schema": {"type": "string"}}, **headers},
        "content": {"application/json": {"schema": reference}},
    }
