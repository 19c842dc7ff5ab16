"""The monitoring of the pipeline: alarms, outcome counts and a dashboard."""

from collections.abc import Sequence

from troposphere import Template, cloudwatch, sns
from troposphere.dynamodb import Table
from troposphere.serverless import Api

from template.alarms import Alarms
from template.dashboard import add_dashboard
from template.metrics import add_outcome_counts
from template.service_alarms import watch_api, watch_table, watch_topic
from template.settings import Settings
from template.stage_alarms import watch_error_rate, watch_errors, watch_stage
from template.stages import Stage


def add_monitoring(
    template: Template,
    settings: Settings,
    *,
    api: Api,
    stages: Sequence[Stage],
    table: Table,
    topic: sns.Topic,
    operations: sns.Topic,
) -> cloudwatch.Dashboard:
    """Add the alarms, the outcome counts and the dashboard."""
    validator, *others = stages
    alarms = Alarms(template, operations)
    added = [
        *watch_api(alarms, api, settings),
        *(alarm for stage in stages for alarm in watch_stage(alarms, stage, settings)),
        watch_error_rate(alarms, validator, settings),
        *(watch_errors(alarms, stage) for stage in others),
        *watch_table(alarms, table),
        *watch_topic(alarms, topic),
    ]
    # The notifier logs one line per outcome of any stage.
    add_outcome_counts(template, stages[-1].log_group)
    return add_dashboard(template, api=api, stages=stages, table=table, topic=topic, alarms=added)
