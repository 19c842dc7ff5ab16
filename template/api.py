"""The REST API: its routes in one OpenAPI document, its usage plan and its key."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from troposphere import Ref, Sub, Template, apigateway, serverless
from troposphere.dynamodb import Table

from template import policies
from template.api_get import get_outcome, get_record
from template.api_models import PATH, RECORD_PATH, REQUEST_PATH, schemas
from template.api_responses import REQUEST_ID, RETRY_AFTER, gateway_responses
from template.parameters import named, skip_checks
from template.settings import Settings
from template.stages import Stage

API = "TransactionApi"
STAGE = "prod"

LOCATION = REQUEST_PATH.removeprefix("/").replace("{requestId}", "$requestId")
"""Relative to the URL of the POST, so that it holds below any base path."""


@dataclass(frozen=True)
class Api:
    """The API, its usage plan and its key."""

    api: serverless.Api
    usage_plan: apigateway.UsagePlan
    key: apigateway.ApiKey

    @property
    def url(self) -> Sub:
        """URL of the stage."""
        return Sub(
            f"https://${{{self.api.title}}}.execute-api.${{AWS::Region}}.${{AWS::URLSuffix}}/"
            f"{STAGE}"
        )

    @property
    def endpoint(self) -> Sub:
        """URL to POST transactions to; a record is one segment below it."""
        return Sub(self.url.data["Fn::Sub"] + PATH)


def post_transaction() -> dict[str, serverless.ApiEvent]:
    """Return the route's event: SAM adds the permission, and `sam local` serves the route."""
    event = serverless.ApiEvent("PostTransaction", Path=PATH, Method="post", RestApiId=Ref(API))
    return {event.title: event}


def add_api(
    template: Template, settings: Settings, receiver: Stage, records: Table, outcomes: Table
) -> Api:
    """Add the API, which passes valid bodies to the receiver and reads both tables."""
    reader = template.add_resource(
        policies.role(
            "ApiRole",
            "api",
            "apigateway",
            [policies.read_transactions(records), policies.read_outcomes(outcomes)],
        )
    )
    api = template.add_resource(
        serverless.Api(
            API,
            Name=named("transaction-api"),
            StageName=STAGE,
            EndpointConfiguration=serverless.EndpointConfiguration(Type="REGIONAL"),
            OpenApiVersion="3.0.1",  # otherwise SAM adds a second stage named "Stage"
            TracingEnabled=True,
            # For each method, over all keys; the usage plan limits each key.
            MethodSettings=[
                apigateway.MethodSetting(
                    HttpMethod="*",
                    ResourcePath="/*",
                    ThrottlingRateLimit=settings.stage_rate_limit,
                    ThrottlingBurstLimit=settings.stage_burst_limit,
                )
            ],
            DefinitionBody=openapi(
                {
                    PATH: {"post": post_operation(receiver)},
                    RECORD_PATH: {"get": get_record(records, reader)},
                    REQUEST_PATH: {"get": get_outcome(outcomes, reader)},
                },
                [
                    receiver.function.FunctionName,
                    records.TableName,
                    outcomes.TableName,
                    reader.RoleName,
                ],
            ),
            **skip_checks(
                CKV_AWS_76="Access logs need an account-wide role; the validator logs all that is "
                "accepted, and X-Ray traces it",
                CKV_AWS_120="A POST response cannot be cached, and a GET response can change",
            ),
        )
    )
    key = template.add_resource(
        apigateway.ApiKey("TransactionApiKey", Name=named("transaction-api-key"), Enabled=True)
    )
    usage_plan = template.add_resource(
        apigateway.UsagePlan(
            "TransactionUsagePlan",
            UsagePlanName=named("transaction-usage-plan"),
            ApiStages=[apigateway.ApiStage(ApiId=Ref(api), Stage=Ref(f"{API}.Stage"))],
            Throttle=apigateway.ThrottleSettings(
                RateLimit=settings.rate_limit, BurstLimit=settings.burst_limit
            ),
            Quota=apigateway.QuotaSettings(Limit=settings.daily_quota, Period="DAY"),
        )
    )
    template.add_resource(
        apigateway.UsagePlanKey(
            "TransactionUsagePlanKey",
            KeyId=Ref(key),
            KeyType="API_KEY",
            UsagePlanId=Ref(usage_plan),
        )
    )
    return Api(api, usage_plan, key)


def openapi(paths: dict[str, Any], used: Iterable[Sub]) -> dict[str, Any]:
    """Return the OpenAPI document with API Gateway's extensions.

    SAM makes a deployment when the document's text changes. The text refers to the resources that
    the API uses by logical ID, so it also contains their names.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
    """
    return {
        "openapi": "3.0.1",
        "info": {
            "title": named("transaction-api"),
            "version": "1.0",
            "description": Sub("Uses " + ", ".join(name.data["Fn::Sub"] for name in used)),
        },
        "x-amazon-apigateway-api-key-source": "HEADER",
        "x-amazon-apigateway-request-validators": {
            "body": {"validateRequestBody": True, "validateRequestParameters": False}
        },
        "x-amazon-apigateway-gateway-responses": gateway_responses(),
        "paths": paths,
        "components": {
            "schemas": schemas(),
            "securitySchemes": {"apiKey": {"type": "apiKey", "name": "x-api-key", "in": "header"}},
        },
    }


def post_operation(receiver: Stage) -> dict[str, Any]:
    """Return the operation."""
    return {
        "operationId": "postTransaction",
        "summary": "Accept a transaction; its outcome is found at the Location of the response.",
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
                "headers": {
                    "Location": {
                        "schema": {"type": "string"},
                        "description": "Where the outcome is found, relative to the request",
                    },
                    "Retry-After": RETRY_AFTER,
                },
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
                REQUEST_ID + '{"requestId": "$requestId",'
                ' "receivedAt": $context.requestTimeEpoch,'
                ' "apiKeyId": "$context.identity.apiKeyId",'
                " \"transaction\": $input.json('$')}"
            )
        },
        "responses": {
            "default": {
                "statusCode": "202",
                "responseTemplates": {
                    "application/json": REQUEST_ID
                    + f'#set($context.responseOverride.header.Location = "{LOCATION}")\n'
                    + '{"requestId": "$requestId", "status": "ACCEPTED"}'
                },
                "responseParameters": {"method.response.header.Retry-After": "'1'"},
            }
        },
    }
