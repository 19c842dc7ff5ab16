"""The REST API: its OpenAPI body, request model and refusals, and the usage plan with its key."""

import runpy
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from troposphere import Ref, Sub, Template, apigateway, serverless

from template.findings import accept
from template.functions import Stage
from template.parameters import named
from template.settings import Settings

API = "TransactionApi"
STAGE = "prod"
PATH = "/transaction"

_CURRENCIES = Path(__file__).parents[1] / "src" / "validator" / "currencies.py"


@dataclass(frozen=True)
class Api:
    """The API and what lets clients in."""

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
        """URL to POST transactions to."""
        return Sub(self.url.data["Fn::Sub"] + PATH)


def post_transaction() -> dict[str, serverless.ApiEvent]:
    """Declare the route on its function: SAM adds the permission, `sam local` serves it."""
    event = serverless.ApiEvent("PostTransaction", Path=PATH, Method="post", RestApiId=Ref(API))
    return {event.title: event}


def add_api(template: Template, settings: Settings, receiver: Stage) -> Api:
    """Add POST /transaction, which hands every well-formed body to the receiver."""
    api = template.add_resource(
        serverless.Api(
            API,
            Name=named("transaction-api"),
            StageName=STAGE,
            EndpointConfiguration=serverless.EndpointConfiguration(Type="REGIONAL"),
            OpenApiVersion="3.0.1",  # without it SAM adds a second stage, called "Stage"
            TracingEnabled=True,
            DefinitionBody=openapi(receiver),
            **accept(
                CKV_AWS_76="Access logs need a role that belongs to the whole account; what is "
                "accepted is logged by the validator, and X-Ray traces all of it",
                CKV_AWS_120="The answer to a POST cannot be cached",
            ),
        )
    )
    key = template.add_resource(
        apigateway.ApiKey(
            "TransactionApiKey",
            Name=named("transaction-api-key"),
            Enabled=True,
        )
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


def openapi(receiver: Stage) -> dict[str, Any]:
    """Describe the API in OpenAPI with API Gateway's extensions.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
    """
    return {
        "openapi": "3.0.1",
        "info": {"title": named("transaction-api"), "version": "1.0"},
        "x-amazon-apigateway-api-key-source": "HEADER",
        "x-amazon-apigateway-request-validators": {
            "body": {"validateRequestBody": True, "validateRequestParameters": False}
        },
        "x-amazon-apigateway-gateway-responses": gateway_responses(),
        "paths": {
            PATH: {
                "post": {
                    "operationId": "postTransaction",
                    "summary": "Accept a transaction; its outcome is told on the topic.",
                    "security": [{"apiKey": []}],
                    "requestBody": {
                        "required": True,
                        "content": {
                            "application/json": {
                                "schema": {"$ref": "#/components/schemas/Transaction"}
                            }
                        },
                    },
                    "responses": {
                        "202": {
                            "description": "Accepted",
                            "content": {
                                "application/json": {
                                    "schema": {"$ref": "#/components/schemas/Accepted"}
                                }
                            },
                        }
                    },
                    "x-amazon-apigateway-request-validator": "body",
                    "x-amazon-apigateway-integration": asynchronous_invocation(receiver),
                }
            }
        },
        "components": {
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
            },
            "securitySchemes": {"apiKey": {"type": "apiKey", "name": "x-api-key", "in": "header"}},
        },
    }


def asynchronous_invocation(receiver: Stage) -> dict[str, Any]:
    """Queue the event and answer at once: destinations fire for asynchronous invocations only.

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


def request_model() -> dict[str, Any]:
    r"""Describe a transaction in the part of JSON schema draft 4 that API Gateway enforces.

    The patterns end in `(?![\s\S])`, since `$` lets a trailing newline through.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
    """
    return {
        "type": "object",
        "required": ["transactionId", "amount", "currency", "source"],
        "additionalProperties": False,
        "properties": {
            "transactionId": {
                "type": "string",
                "pattern": r"^[A-Za-z0-9][A-Za-z0-9._-]*(?![\s\S])",
                "maxLength": 64,
            },
            "amount": {"type": "number", "minimum": 0.0001, "maximum": 999_999_999_999},
            "currency": {"enum": currencies()},
            "source": {
                "type": "string",
                "pattern": r"^[A-Za-z0-9][A-Za-z0-9 ._-]*(?![\s\S])",
                "maxLength": 64,
            },
        },
    }


def currencies() -> list[str]:
    """List the currencies that the validator knows; the handlers' folders are no packages."""
    return sorted(runpy.run_path(str(_CURRENCIES))["MINOR_UNITS"])


def gateway_responses() -> dict[str, Any]:
    """Give every refusal of the gateway one JSON shape.

    Their templates know no VTL, and validation errors carry raw quotes: fixed texts only.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
    """
    model = (
        "The body must be one JSON object with transactionId (1 to 64 of A-Z a-z 0-9 . _ -), "
        "amount (a number from 0.0001 to 999999999999), currency (an active ISO 4217 code), "
        "source (1 to 64 of A-Z a-z 0-9 space . _ -) and nothing else; see docs/api.md"
    )
    return {
        "DEFAULT_4XX": _refusal(None, "The request cannot be served"),
        "DEFAULT_5XX": _refusal(None, "The request failed; try again"),
        "BAD_REQUEST_BODY": _refusal(HTTPStatus.BAD_REQUEST, model),
        "INVALID_API_KEY": _refusal(
            HTTPStatus.FORBIDDEN, "The header x-api-key is missing or holds no valid key"
        ),
        # What AWS calls a missing token is a path or method that does not exist.
        "MISSING_AUTHENTICATION_TOKEN": _refusal(
            HTTPStatus.NOT_FOUND, f"There is nothing here but POST {PATH}"
        ),
        "RESOURCE_NOT_FOUND": _refusal(
            HTTPStatus.NOT_FOUND, f"There is nothing here but POST {PATH}"
        ),
        "REQUEST_TOO_LARGE": _refusal(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The body is larger than 10 MB"
        ),
        "UNSUPPORTED_MEDIA_TYPE": _refusal(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "The Content-Type must be application/json"
        ),
        "THROTTLED": _refusal(
            HTTPStatus.TOO_MANY_REQUESTS, "Too many requests; try again", retry_after=1
        ),
        "QUOTA_EXCEEDED": _refusal(
            HTTPStatus.TOO_MANY_REQUESTS, "The quota of the day is used up", retry_after=3_600
        ),
        "INTEGRATION_FAILURE": _refusal(
            HTTPStatus.GATEWAY_TIMEOUT, "The transaction was not handed over; try again"
        ),
        "INTEGRATION_TIMEOUT": _refusal(
            HTTPStatus.GATEWAY_TIMEOUT, "The transaction may not have been handed over; try again"
        ),
    }


def _refusal(
    status: HTTPStatus | None, message: str, *, retry_after: int | None = None
) -> dict[str, Any]:
    response: dict[str, Any] = {
        "responseTemplates": {
            "application/json": f'{{"message": "{message}", "requestId": "$context.requestId"}}'
        }
    }
    if status is not None:
        response["statusCode"] = str(status.value)
    if retry_after is not None:
        header = "gatewayresponse.header.Retry-After"
        response["responseParameters"] = {header: f"'{retry_after}'"}
    return response
