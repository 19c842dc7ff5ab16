"""IAM enforcement of requests, of Lambda's calls in a role, and of function policies.

GET    /_local/denials   principal, action and resource of each denied call, as in CloudTrail
DELETE /_local/denials   clear the list
"""

import fnmatch
import os
from collections import deque
from collections.abc import Callable, Iterable
from http import HTTPStatus

from localemu.http import Request, Resource, Response
from localemu.services.apigateway.next_gen.execute_api.gateway_response import ApiConfigurationError
from localemu.services.apigateway.next_gen.execute_api.helpers import (
    get_lambda_function_arn_from_invocation_uri,
    get_source_arn,
)
from localemu.services.iam_enforcement.evaluator import Decision
from localemu.services.internal import get_internal_apis
from localemu.services.lambda_.invocation.models import lambda_stores
from localemu.utils.aws.arns import parse_arn

from local.engine.patching import Untyped, patch

IAM = "localemu.services.iam_enforcement"
INTEGRATIONS = "localemu.services.apigateway.next_gen.execute_api.integrations"
GATEWAY = {"Service": "apigateway.amazonaws.com"}
SESSION_KEYS = ("ASIA", "LSIA")
"""Prefixes of the access keys of assumed roles."""

MAX_DENIALS = 1_000

_denials: deque[dict[str, str]] = deque(maxlen=MAX_DENIALS)


@patch(f"{IAM}.enforcer:_build_conditions")
def count_loopback_as_tls(
    original: Callable[..., dict[str, str]], context: Untyped, caller: Untyped
) -> dict[str, str]:
    """Treat loopback as TLS, so that policies that deny plain HTTP apply as on AWS."""
    return {**original(context, caller), "aws:SecureTransport": "true"}


@patch(f"{IAM}.enforcer:IAMEnforcementHandler._is_internal_call")
def hold_services_to_roles(
    original: Callable[..., bool], context: Untyped, access_key: str | None
) -> bool:
    """Check Lambda's logs, dead-letter messages and destinations against the function's role.

    The engine creates a log group before each new stream; on AWS the group must already exist.
    """
    in_a_role = bool(access_key and access_key.startswith(SESSION_KEYS))
    if in_a_role and context.operation.name != "CreateLogGroup":
        return False
    return original(context, access_key)


@patch(f"{IAM}.enforcer:build_resource_arn")
def name_log_streams(original: Callable[..., str], **request: Untyped) -> str:
    """Return the ARN of the log stream, which a log group's ARN (`…:*`) matches."""
    arn = original(**request)
    stream = (request["request_params"] or {}).get("logStreamName")
    return f"{arn}:log-stream:{stream}" if request["service"] == "logs" and stream else arn


@patch(f"{IAM}.evaluator:PolicyEvaluator.evaluate")
def remember_denials(
    original: Callable[..., Decision],
    self: Untyped,
    caller: Untyped,
    action: str,
    resource: str,
    **rest: Untyped,
) -> Decision:
    """Record each call that is not allowed."""
    decision = original(self, caller, action, resource, **rest)
    if decision != Decision.ALLOW:
        _denials.append({"principal": caller.arn, "action": action, "resource": resource})
    return decision


class Denials:
    """The denied calls, oldest first."""

    def on_get(self, _request: Request) -> Response:
        """Return the denied calls."""
        return Response.for_json(list(_denials))

    def on_delete(self, _request: Request) -> Response:
        """Clear the denied calls."""
        _denials.clear()
        return Response(status=HTTPStatus.NO_CONTENT)


def serve_denials() -> None:
    """Register the endpoint."""
    get_internal_apis().add(Resource("/_local/denials", Denials()))


@patch(f"{INTEGRATIONS}.aws:RestApiAwsIntegration.invoke")
def check_function_policy(
    original: Callable[..., Untyped], self: Untyped, context: Untyped
) -> Untyped:
    """Return 500, as AWS does, unless a permission allows this method of this API.

    https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway.html
    """
    uri = context.integration_request["uri"]
    needed = ":lambda:path/" in uri and not context.integration.get("credentials")
    if needed and not _permitted(uri, get_source_arn(context)):
        raise ApiConfigurationError("Internal server error")
    return original(self, context)


def _permitted(uri: str, source: str) -> bool:
    enforced = os.environ.get("IAM_ENFORCEMENT") == "1"
    return not enforced or any(_allows(statement, source) for statement in _policy(uri))


def _policy(uri: str) -> Iterable[dict[str, Untyped]]:
    arn = parse_arn(get_lambda_function_arn_from_invocation_uri(uri))
    _, name, *qualifier = arn["resource"].split(":")
    function = lambda_stores[arn["account"]][arn["region"]].functions[name]
    found = function.permissions.get(*(qualifier or ["$LATEST"]))
    return found.policy.Statement if found else ()


def _allows(statement: dict[str, Untyped], source: str) -> bool:
    pattern = statement.get("Condition", {}).get("ArnLike", {}).get("AWS:SourceArn", "*")
    return statement["Principal"] == GATEWAY and fnmatch.fnmatchcase(source, pattern)
