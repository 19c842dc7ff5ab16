"""A stage of the pipeline: a function with its dead-letter queue, log group and role."""

import re
import sys
from dataclasses import dataclass, replace
from typing import Any, TypedDict, Unpack

from awacs.aws import Statement
from troposphere import GetAtt, Ref, Template, awslambda, logs, serverless, sqs

from template import policies
from template.parameters import NO_CUSTOMER_KEY, named, removal, skip_checks
from template.settings import Settings

SECONDS_PER_DAY = 86_400

NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
MAX_NAME_LENGTH = 38
"""With `-role-` and the longest suffix, a role's name reaches IAM's limit of 64 characters."""
NAME_RULE = (
    f"1 to {MAX_NAME_LENGTH} of a-z 0-9 -, starting with a letter, each - between letters or digits"
)
RESERVED_NAMES = {
    "api",
    "boto3",
    "botocore",
    "clients",
    "contract",
    "destination",
    "logs",
    *sys.stdlib_module_names,
}
"""Names whose folder in src/ would hide an imported module; `api` is used by the reader's role."""


class InvalidStage(ValueError):
    """CloudFormation, IAM or Lambda would reject a stage's name."""


class Limits(TypedDict, total=False):
    """The settings that a stage can override."""

    memory: int
    timeout: int
    retries: int
    reserved_concurrency: int | None


@dataclass(frozen=True)
class Stage:
    """A function and its resources, with the stage's own settings."""

    name: str
    settings: Settings
    function: serverless.Function
    dead_letter_queue: sqs.Queue
    log_group: logs.LogGroup
    on_success: "Stage | None"
    on_failure: "Stage | None"

    @property
    def title(self) -> str:
        """Prefix of the stage's logical IDs."""
        return title_of(self.name)

    @property
    def has_destinations(self) -> bool:
        """True if another stage receives its results or failures."""
        return bool(self.on_success or self.on_failure)

    @property
    def chain(self) -> "tuple[Stage, ...]":
        """The stage and its successors."""
        return (self, *(self.on_success.chain if self.on_success else ()))


@dataclass(frozen=True)
class Stages:
    """A factory of stages, which are added last to first."""

    template: Template
    settings: Settings

    def add(
        self,
        name: str,
        *,
        description: str,
        permissions: list[Statement] | None = None,
        environment: dict[str, object] | None = None,
        on_success: Stage | None = None,
        on_failure: Stage | None = None,
        events: dict[str, serverless.ApiEvent] | None = None,
        **limits: Unpack[Limits],
    ) -> Stage:
        """Add a stage, whose handler is the module and folder in src/ with its name.

        Raises InvalidStage, and InvalidSettings for a limit out of bounds.
        """
        self._check(name)
        title = title_of(name)
        settings = replace(self.settings, **limits)
        queue = _add_dead_letter_queue(self.template, settings, name)
        log_group = self.template.add_resource(
            logs.LogGroup(
                f"{title}LogGroup",
                LogGroupName=named(f"/aws/lambda/{name}"),
                RetentionInDays=settings.log_retention,
                **removal(),
                **skip_checks(CKV_AWS_158=NO_CUSTOMER_KEY),
            )
        )
        # SAM does not extend a custom role: destinations and queue need their own statements.
        destinations = dict.fromkeys(stage.function for stage in (on_success, on_failure) if stage)
        statements = [
            policies.write_logs(log_group),
            policies.send_traces(),
            policies.send_dead_letters(queue),
            *map(policies.invoke, destinations),
            *(permissions or []),
        ]
        role = self.template.add_resource(policies.role(f"{title}Role", name, "lambda", statements))
        module = name.replace("-", "_")
        function = self.template.add_resource(
            serverless.Function(
                f"{title}Function",
                FunctionName=named(name),
                Description=description,
                CodeUri="src/",  # shared by all functions
                Handler=f"{module}.{module}.lambda_handler",
                Runtime="python3.13",
                Architectures=[Ref("Architecture")],
                MemorySize=settings.memory,
                Timeout=settings.timeout,
                Role=GetAtt(role, "Arn"),
                Environment=awslambda.Environment(
                    Variables={**(environment or {}), "AWS_ENDPOINT_URL": Ref("AwsEndpointUrl")}
                ),
                Tracing="Active",
                LoggingConfig=awslambda.LoggingConfig(
                    LogFormat="JSON",
                    LogGroup=Ref(log_group),
                    **({} if settings.platform_lines else {"SystemLogLevel": "WARN"}),
                ),
                DeadLetterQueue=serverless.DeadLetterQueue(
                    Type="SQS", TargetArn=GetAtt(queue, "Arn")
                ),
                EventInvokeConfig=_event_invoke_config(settings.retries, on_success, on_failure),
                **_reservation(settings),
                **skip_checks(
                    CKV_AWS_117="It calls only AWS services; a VPC would add latency and cost",
                    CKV_AWS_173="The variables are names, not secrets, and Lambda encrypts them",
                ),
                **({"Events": events} if events else {}),
            )
        )
        return Stage(name, settings, function, queue, log_group, on_success, on_failure)

    def _check(self, name: str) -> None:
        if not NAME.fullmatch(name) or len(name) > MAX_NAME_LENGTH:
            raise InvalidStage(f"the name of the stage {name!r} must be {NAME_RULE}")
        if name.replace("-", "_") in RESERVED_NAMES:
            raise InvalidStage(f"the name of the stage {name!r} is taken; choose another")
        if f"{title_of(name)}Function" in self.template.resources:
            raise InvalidStage(
                f"the stage {name!r} would have the logical ID {title_of(name)}Function, which "
                "another stage has; choose another name"
            )


def title_of(name: str) -> str:
    """Return the prefix of a stage's logical IDs: FraudCheck for fraud-check."""
    return "".join(part.capitalize() for part in name.split("-"))


def _add_dead_letter_queue(template: Template, settings: Settings, name: str) -> sqs.Queue:
    title = f"{title_of(name)}DeadLetterQueue"
    queue = template.add_resource(
        sqs.Queue(
            title,
            QueueName=named(f"{name}-dlq"),
            MessageRetentionPeriod=settings.dead_letter_retention * SECONDS_PER_DAY,
            SqsManagedSseEnabled=True,
            **removal(),
            **skip_checks(CKV_AWS_27="Encrypted by SQS itself, which the check does not recognize"),
        )
    )
    template.add_resource(
        sqs.QueuePolicy(
            f"{title}Policy",
            Queues=[Ref(queue)],
            PolicyDocument=policies.deny_plain_http("sqs", [GetAtt(queue, "Arn")]),
            **removal(),
        )
    )
    return queue


def _event_invoke_config(
    retries: int, on_success: Stage | None, on_failure: Stage | None
) -> serverless.EventInvokeConfiguration:
    destinations = {
        condition: kind(Type="Lambda", Destination=GetAtt(stage.function, "Arn"))
        for condition, kind, stage in (
            ("OnSuccess", serverless.OnSuccess, on_success),
            ("OnFailure", serverless.OnFailure, on_failure),
        )
        if stage
    }
    config: dict[str, Any] = {"MaximumRetryAttempts": retries}
    if destinations:
        config["DestinationConfig"] = serverless.DestinationConfiguration(**destinations)
    return serverless.EventInvokeConfiguration(**config)


def _reservation(settings: Settings) -> dict[str, int]:
    if settings.reserved_concurrency is None:
        return {}
    return {"ReservedConcurrentExecutions": settings.reserved_concurrency}
