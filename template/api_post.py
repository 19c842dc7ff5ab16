"""POST /transaction: passes every valid body to the validator asynchronously."""

from typing import Any

from troposphere import Sub

from template.stages import Stage


def post_operation(receiver: Stage) -> dict[str, Any]:
    """Return the operation."""
    return {
        "operationId": "postTransaction",
        "summary": "Accept a transaction; its outcome is published to the topic.",
        "security": [{"apiKey": []}],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": {"$ref": "#/components/schemas/Transaction"}}
            },
        },
        "responses": {
            "202": {
                "description": "Accepted",
                "content": {
                    "application/json": {"schema": {"$ref": "#/components/schemas/Accepted"}}
                },
            }
        },
        "x-amazon-apigateway-request-validator": "body",
        "x-amazon-apigateway-integration": asynchronous_invocation(receiver),
    }


def asynchronous_invocation(receiver: Stage) -> dict[str, Any]:
    """Return the integration, asynchronous because destinations need asynchronous invocations.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-integration-async.html
    """
    return {
        "type": "aws",
        "httpMethod": "POST",
        "uri": Sub(
            "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/"
            f"${{{receiver.function.title}.Arn}}/invocations"
        ),
        "requestParameters": {"integration.request.header.X-Amz-Invocation-Type": "'Event'"},
        "passthroughBehavior": "never",
        "requestTemplates": {
            "application/json": (
                '{"requestId": "$context.requestId",'
                ' "receivedAt": $context.requestTimeEpoch,'
                ' "apiKeyId": "$context.identity.apiKeyId",'
                " \"transaction\": $input.json('$')}"
            )
        },
        "responses": {
            "default": {
                "statusCode": "202",
                "responseTemplates": {
                    "application/json": '{"requestId": "$context.requestId", "status": "ACCEPTED"}'
                },
            }
        },
    }
