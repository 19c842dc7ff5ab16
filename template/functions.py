"""One stage of the pipeline: a function with its dead-letter queue, log group and role."""

from dataclasses import dataclass
from typing import Any

import awacs.aws
from awacs.aws import Statement
from troposphere import GetAtt, Ref, Template, awslambda, iam, logs, serverless, sqs

from template import policies
from template.findings import NO_CUSTOMER_KEY, accept
from template.parameters import Parameters, named
from template.settings import Settings
from template.storage import removal

SECONDS_PER_DAY = 86_400


@dataclass(frozen=True)
class Stage:
    """A function and what belongs to it."""

    name: str
    function: serverless.Function
    dead_letter_queue: sqs.Queue
    log_group: logs.LogGroup
    role: iam.Role
    has_destinations: bool


def add_stage(
    template: Template,
    settings: Settings,
    parameters: Parameters,
    name: str,
    *,
    description: str,
    permissions: list[Statement],
    environment: dict[str, object],
    retries: int,
    on_success: Stage | None = None,
    on_failure: Stage | None = None,
    events: dict[str, serverless.ApiEvent] | None = None,
) -> Stage:
    """Add the stage that runs src/{name}/{name}.py and hands its results to the next stages."""
    title = name.capitalize()
    queue = _add_dead_letter_queue(template, settings, name)
    log_group = template.add_resource(
        logs.LogGroup(
            f"{title}LogGroup",
            LogGroupName=named(f"/aws/lambda/{name}"),
            RetentionInDays=settings.log_retention,
            **removal(settings),
            **accept(CKV_AWS_158=NO_CUSTOMER_KEY),
        )
    )
    # A role of our own gets nothing from SAM: destinations and queue need their statements.
    destinations = dict.fromkeys(stage.function for stage in (on_success, on_failure) if stage)
    role = template.add_resource(
        iam.Role(
            f"{title}Role",
            RoleName=named(f"{name}-role"),
            AssumeRolePolicyDocument=policies.trust_lambda(),
            Policies=[
                iam.Policy(
                    PolicyName=named(f"{name}-policy"),
                    PolicyDocument=policies.policy(
                        [
                            policies.write_logs(log_group),
                            policies.send_traces(),
                            policies.send_dead_letters(queue),
                            *map(policies.invoke, destinations),
                            *permissions,
                        ]
                    ),
                )
            ],
        )
    )
    function = template.add_resource(
        serverless.Function(
            f"{title}Function",
            FunctionName=named(name),
            Description=description,
            CodeUri=f"src/{name}/",
            Handler=f"{name}.lambda_handler",
            Runtime="python3.13",
            Architectures=[Ref(parameters.architecture)],
            MemorySize=settings.memory,
            Timeout=settings.timeout,
            Role=GetAtt(role, "Arn"),
            Environment=awslambda.Environment(
                Variables={**environment, "AWS_ENDPOINT_URL": Ref(parameters.aws_endpoint_url)}
            ),
            Tracing="Active",
            LoggingConfig=awslambda.LoggingConfig(LogFormat="JSON", LogGroup=Ref(log_group)),
            DeadLetterQueue=serverless.DeadLetterQueue(Type="SQS", TargetArn=GetAtt(queue, "Arn")),
            EventInvokeConfig=_event_invoke_config(retries, on_success, on_failure),
            **_reservation(settings),
            **accept(
                CKV_AWS_117="It talks to AWS services alone; a VPC would add cold start and cost",
                CKV_AWS_173="The variables are names, not secrets; Lambda encrypts them at rest",
            ),
            **({"Events": events} if events else {}),
        )
    )
    return Stage(name, function, queue, log_group, role, bool(destinations))


def _add_dead_letter_queue(template: Template, settings: Settings, name: str) -> sqs.Queue:
    title = f"{name.capitalize()}DeadLetterQueue"
    queue = template.add_resource(
        sqs.Queue(
            title,
            QueueName=named(f"{name}-dlq"),
            MessageRetentionPeriod=settings.dead_letter_retention * SECONDS_PER_DAY,
            SqsManagedSseEnabled=True,
            **removal(settings),
            **accept(CKV_AWS_27="Encrypted by SQS itself, which the check does not know"),
        )
    )
    template.add_resource(
        sqs.QueuePolicy(
            f"{title}Policy",
            Queues=[Ref(queue)],
            PolicyDocument=policies.policy(
                [policies.deny_plain_http(awacs.aws.Action("sqs", "*"), [GetAtt(queue, "Arn")])]
            ),
        )
    )
    return queue


def _event_invoke_config(
    retries: int, on_success: Stage | None, on_failure: Stage | None
) -> serverless.EventInvokeConfiguration:
    destinations: dict[str, Any] = {}
    if on_success:
        destinations["OnSuccess"] = serverless.OnSuccess(
            Type="Lambda", Destination=GetAtt(on_success.function, "Arn")
        )
    if on_failure:
        destinations["OnFailure"] = serverless.OnFailure(
            Type="Lambda", Destination=GetAtt(on_failure.function, "Arn")
        )
    config: dict[str, Any] = {"MaximumRetryAttempts": retries}
    if destinations:
        config["DestinationConfig"] = serverless.DestinationConfiguration(**destinations)
    return serverless.EventInvokeConfiguration(**config)


def _reservation(settings: Settings) -> dict[str, int]:
    if settings.reserved_concurrency is None:
        return {}
    return {"ReservedConcurrentExecutions": settings.reserved_concurrency}
