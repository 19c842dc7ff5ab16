"""Enforcement of a function's policy when API Gateway invokes the function.

https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway.html
"""

import fnmatch
import os
from collections.abc import Callable, Iterable

from localemu.services.apigateway.next_gen.execute_api.gateway_response import ApiConfigurationError
from localemu.services.apigateway.next_gen.execute_api.helpers import (
    get_lambda_function_arn_from_invocation_uri,
    get_source_arn,
)
from localemu.services.lambda_.invocation.models import lambda_stores
from localemu.utils.aws.arns import parse_arn

from local.engine.patching import Patch, Untyped

INTEGRATIONS = "localemu.services.apigateway.next_gen.execute_api.integrations"
GATEWAY = {"Service": "apigateway.amazonaws.com"}


def check_function_policy(original: Callable[..., Untyped]) -> Callable[..., Untyped]:
    """Return 500, as AWS does, unless a permission allows this method of this API."""

    def invoke(self: Untyped, context: Untyped) -> Untyped:
        uri = context.integration_request["uri"]
        needed = ":lambda:path/" in uri and not context.integration.get("credentials")
        if needed and not _permitted(uri, get_source_arn(context)):
            raise ApiConfigurationError("Internal server error")
        return original(self, context)

    return invoke


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


PATCHES = (Patch(f"{INTEGRATIONS}.aws:RestApiAwsIntegration.invoke", check_function_policy),)
