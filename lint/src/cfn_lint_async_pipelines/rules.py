"""The rules, for `cfn-lint -a cfn_lint_async_pipelines.rules`.

cfn-lint makes a rule of each of its classes in this namespace, abstract or not: import no base.
"""

from collections.abc import Iterator
from itertools import accumulate

from cfn_lint_async_pipelines import boundary, concurrency, rest_apis
from cfn_lint_async_pipelines.callers import is_only_called_synchronously
from cfn_lint_async_pipelines.deliveries import FUNCTIONS, deliveries, missing_action
from cfn_lint_async_pipelines.template import Finding, Template

_AWS_DOCS = "https://docs.aws.amazon.com"
_RESERVATION = "ReservedConcurrentExecutions"


class ReservedConcurrency(boundary.Rule):
    """E9321: functions that reserve more concurrency than the account can give."""

    id = "E9321"
    shortdesc = "Reserved concurrency exceeds the account's limit"
    description = (
        "No other function in the account and region can use what a function reserves, and AWS "
        "keeps 100 executions unreserved: the deployment fails beyond that"
    )
    source_url = f"{_AWS_DOCS}/lambda/latest/dg/configuration-concurrency.html"
    tags = ("resources", "lambda", "concurrency")

    def __init__(self) -> None:
        super().__init__()
        self.config_definition = {"account_limit": {"default": 1_000, "type": "integer"}}
        self.configure()

    def findings(self, template: Template) -> Iterator[Finding]:
        """Yield the first function that no longer fits."""
        limit = self.config["account_limit"]
        reserved = {
            function.path(_RESERVATION): template.number(function.properties[_RESERVATION])
            for function in template.of_type(*FUNCTIONS)
            # A function under a condition is perhaps not deployed.
            if _RESERVATION in function.properties and "Condition" not in function.body
        }
        try:
            concurrency.check(list(reserved.values()), account_limit=limit)
        except concurrency.ConcurrencyExceeded as error:
            available = concurrency.largest_reservation(1, account_limit=limit)
            totals = zip(reserved, accumulate(reserved.values()), strict=True)
            message = str(error)
            yield Finding(
                next(path for path, total in totals if total > available),
                message[0].upper() + message[1:],
            )


class NeverFires(boundary.Rule):
    """W9322: a destination or dead-letter queue of a function that nothing invokes that way."""

    id = "W9322"
    shortdesc = "Destination or dead-letter queue on a function that is only called synchronously"
    description = (
        "Lambda uses OnSuccess, OnFailure and the function's dead-letter queue for asynchronous "
        "invocations alone; behind an AWS_PROXY integration, a function URL or an event source "
        "mapping they never fire"
    )
    source_url = f"{_AWS_DOCS}/lambda/latest/dg/invocation-async-retain-records.html"
    tags = ("resources", "lambda", "apigateway")

    def findings(self, template: Template) -> Iterator[Finding]:
        """Yield each setting without effect."""
        for delivery in deliveries(template):
            if is_only_called_synchronously(delivery.function, template):
                yield Finding(
                    delivery.path,
                    f"{delivery.setting} of {delivery.function.title} never fires: all that calls "
                    "the function here waits for its answer, and Lambda uses it for asynchronous "
                    "invocations alone",
                )


class ApiKeyWithoutOutput(boundary.Rule):
    """W9323: an API key whose ID is missing from the outputs."""

    id = "W9323"
    shortdesc = "API key without an output for its ID"
    description = (
        "The value of a key is read by the key's ID (`aws apigateway get-api-key`), so a stack "
        "that makes a key states the ID in an output"
    )
    source_url = f"{_AWS_DOCS}/cli/latest/reference/apigateway/get-api-key.html"
    tags = ("outputs", "apigateway")

    def findings(self, template: Template) -> Iterator[Finding]:
        """Yield each key that no output mentions."""
        for key, path in rest_apis.keys_without_output(template).items():
            yield Finding(
                path, f"No output tells the id of the API key {key}: add one with !Ref {key}"
            )


class ValidatesNothing(boundary.Rule):
    """W9324: a request validator that every body passes."""

    id = "W9324"
    shortdesc = "Request validator without a model"
    description = (
        "A request validator checks a body against the method's model; without a model every "
        "body passes"
    )
    source_url = (
        f"{_AWS_DOCS}/apigateway/latest/developerguide/api-gateway-method-request-validation.html"
    )
    tags = ("resources", "apigateway")

    def findings(self, template: Template) -> Iterator[Finding]:
        """Yield each method without a model for its validator, and each unused validator."""
        for path, subject in rest_apis.methods_without_model(template):
            yield Finding(path, f"{subject} validates bodies without a model: every body passes")
        for path, title in rest_apis.unused_validators(template):
            yield Finding(
                path, f"No method uses the request validator {title}: it validates nothing"
            )


class Unreachable(boundary.Rule):
    """E9325: a destination or dead-letter queue that the function's role cannot send to."""

    id = "E9325"
    shortdesc = "Destination or dead-letter queue that the function's role cannot reach"
    description = (
        "Lambda sends to destinations and dead-letter queues with the function's role; SAM adds "
        "no permission to a role that SAM did not make"
    )
    source_url = f"{_AWS_DOCS}/lambda/latest/dg/invocation-async-retain-records.html"
    tags = ("resources", "lambda", "iam")

    def findings(self, template: Template) -> Iterator[Finding]:
        """Yield each target that a role of the template is not allowed to send to."""
        for delivery in deliveries(template):
            role = template.denoted(delivery.function.properties.get("Role"))
            if role is not None and (action := missing_action(delivery, role, template)):
                yield Finding(
                    delivery.path,
                    f"{delivery.setting} of {delivery.function.title} cannot be delivered: "
                    f"{role.title} does not allow {action} on it",
                )
