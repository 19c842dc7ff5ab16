"""The pipeline as a SAM template, composed of one module per concern."""

from troposphere import GetAtt, Ref, Template

from template import api, functions, monitoring, notifications, policies, storage
from template.outputs import StackOutputs
from template.parameters import add_parameters
from template.settings import Settings


def build_template(settings: Settings) -> Template:
    """Compose the pipeline: client -> API -> validator -> processor -> notifier -> topic."""
    template = Template("Transaction pipeline: API Gateway, three Lambdas, DynamoDB, S3, SNS")
    template.set_version("2010-09-09")
    template.set_transform("AWS::Serverless-2016-10-31")
    parameters = add_parameters(template)

    table = storage.add_table(template, settings)
    bucket = storage.add_audit_bucket(template, settings)
    topic = notifications.add_transaction_topic(template, parameters)

    notifier = functions.add_stage(
        template,
        settings,
        parameters,
        "notifier",
        description="Tells the topic what became of a transaction",
        permissions=[policies.publish_notifications(topic)],
        environment={"SNS_TOPIC_ARN": Ref(topic)},
        retries=settings.retries,
    )
    processor = functions.add_stage(
        template,
        settings,
        parameters,
        "processor",
        description="Records a transaction once and for good",
        permissions=[policies.claim_audit_objects(bucket), policies.record_transactions(table)],
        environment={"DYNAMODB_TABLE": Ref(table), "S3_BUCKET": Ref(bucket)},
        retries=settings.retries,
        on_success=notifier,
        on_failure=notifier,
    )
    validator = functions.add_stage(
        template,
        settings,
        parameters,
        "validator",
        description="Accepts a transaction, or says what is wrong with it",
        permissions=[],
        environment={},
        retries=0,  # no retry makes a wrong transaction right
        on_success=processor,
        on_failure=notifier,
        events=api.post_transaction(),
    )
    gateway = api.add_api(template, settings, validator, table)

    operations = notifications.add_operations_topic(template, parameters)
    dashboard = monitoring.add_monitoring(
        template,
        settings,
        api=gateway.api,
        stages=(validator, processor, notifier),
        table=table,
        topic=topic,
        operations=operations,
    )

    StackOutputs(
        api_url=gateway.url,
        api_endpoint=gateway.endpoint,
        api_id=Ref(gateway.api),
        api_key_id=Ref(gateway.key),
        usage_plan_id=Ref(gateway.usage_plan),
        table_name=Ref(table),
        bucket_name=Ref(bucket),
        topic_arn=Ref(topic),
        operations_topic_arn=Ref(operations),
        validator_function_name=Ref(validator.function),
        processor_function_name=Ref(processor.function),
        notifier_function_name=Ref(notifier.function),
        validator_queue_name=GetAtt(validator.dead_letter_queue, "QueueName"),
        processor_queue_name=GetAtt(processor.dead_letter_queue, "QueueName"),
        notifier_queue_name=GetAtt(notifier.dead_letter_queue, "QueueName"),
        dashboard_name=Ref(dashboard),
    ).add_to(template)
    return template
