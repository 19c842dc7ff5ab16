"""The pipeline as a SAM template, composed from one module per concern."""

from dataclasses import dataclass

from troposphere import GetAtt, Output, Ref, Template

from template import api, capacity_check, monitoring, policies, storage, topics, tracing
from template.outputs import StackOutputs, StageOutputs
from template.parameters import add_parameters
from template.settings import Settings
from template.stages import Stage, Stages


@dataclass(frozen=True)
class Pipeline:
    """The template, and the stages in pipeline order."""

    template: Template
    stages: tuple[Stage, ...]


def build_template(settings: Settings) -> Template:
    """Build the template; raises InvalidSettings and InvalidStage."""
    return compose(settings).template


def compose(settings: Settings) -> Pipeline:
    """Compose the pipeline: client -> API -> validator -> processor -> notifier -> topic."""
    template = Template("Transaction pipeline: API Gateway, Lambda, DynamoDB, S3, SNS")
    template.set_version("2010-09-09")
    # LanguageExtensions: DeletionPolicy depends on a condition.
    template.set_transform(["AWS::LanguageExtensions", "AWS::Serverless-2016-10-31"])
    add_parameters(template)
    stages = Stages(template, settings)

    table = storage.add_table(template)
    outcomes = storage.add_outcomes_table(template)
    bucket = storage.add_audit_bucket(template, settings)
    topic = topics.add_transaction_topic(template)

    notifier = stages.add(
        "notifier",
        description="Stores and publishes the outcome of a transaction",
        permissions=[policies.store_outcomes(outcomes), policies.publish_notifications(topic)],
        environment={
            "OUTCOMES_TABLE": Ref(outcomes),
            "OUTCOME_RETENTION_DAYS": str(settings.outcome_retention),
            "SNS_TOPIC_ARN": Ref(topic),
        },
    )
    processor = stages.add(
        "processor",
        description="Records a transaction exactly once",
        permissions=[policies.claim_audit_objects(bucket), policies.record_transactions(table)],
        environment={
            "DYNAMODB_TABLE": Ref(table),
            "S3_BUCKET": Ref(bucket),
            # S3 verifies an object by the SHA-256 in its signature; a CRC would require chunks.
            "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required",
        },
        on_success=notifier,
        on_failure=notifier,
    )
    validator = stages.add(
        "validator",
        description="Accepts a transaction, or rejects it with the reason",
        on_success=processor,
        on_failure=notifier,
        events=api.post_transaction(),
    )
    capacity_check.check(settings, validator.chain)
    gateway = api.add_api(template, settings, validator, table, outcomes)
    tracing.add_sampling_rule(template, settings, gateway.api)

    operations = topics.add_operations_topic(template)
    dashboard = monitoring.add_monitoring(
        template,
        settings,
        api=gateway.api,
        stages=validator.chain,
        tables={"transactions": table, "outcomes": outcomes},
        topic=topic,
        operations=operations,
    )

    _add_outputs(
        template,
        StackOutputs(
            api_url=gateway.url,
            api_endpoint=gateway.endpoint,
            api_id=Ref(gateway.api),
            api_key_id=Ref(gateway.key),
            usage_plan_id=Ref(gateway.usage_plan),
            table_name=Ref(table),
            outcomes_table_name=Ref(outcomes),
            bucket_name=Ref(bucket),
            topic_arn=Ref(topic),
            operations_topic_arn=Ref(operations),
            dashboard_name=Ref(dashboard),
            stages=[
                StageOutputs(
                    stage.name, Ref(stage.function), GetAtt(stage.dead_letter_queue, "QueueName")
                )
                for stage in validator.chain
            ],
        ),
    )
    return Pipeline(template, validator.chain)


def _add_outputs[Value](template: Template, outputs: StackOutputs[Value]) -> None:
    for name, (value, description) in outputs.described().items():
        template.add_output(Output(name, Description=description, Value=value))
