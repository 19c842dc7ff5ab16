"""Dashboards and metric filters of a template; the engine only pretends to create them.

A dashboard can be read back. A metric filter is kept as configuration: nothing is counted by it.
"""

from typing import Any, ClassVar

from localemu.services.cloudformation.resource_provider import (
    CloudFormationResourceProviderPlugin,
    OperationStatus,
    ProgressEvent,
    ResourceProvider,
)

from local.engine.patching import Untyped


class Dashboard(ResourceProvider):  # type: ignore[misc] # the engine is untyped
    """Puts a dashboard, and deletes it."""

    SCHEMA: ClassVar[dict[str, Any]] = {"primaryIdentifier": ["/properties/DashboardName"]}

    def create(self, request: Untyped) -> ProgressEvent:
        """Put it under its name."""
        model = request.desired_state
        request.aws_client_factory.cloudwatch.put_dashboard(
            DashboardName=model["DashboardName"], DashboardBody=model["DashboardBody"]
        )
        return ProgressEvent(status=OperationStatus.SUCCESS, resource_model=model)

    def delete(self, request: Untyped) -> ProgressEvent:
        """Delete it by its name."""
        model = request.previous_state
        request.aws_client_factory.cloudwatch.delete_dashboards(
            DashboardNames=[model["DashboardName"]]
        )
        return ProgressEvent(status=OperationStatus.SUCCESS, resource_model=model)


class MetricFilter(ResourceProvider):  # type: ignore[misc] # the engine is untyped
    """Puts a metric filter on a log group, and deletes it."""

    SCHEMA: ClassVar[dict[str, Any]] = {"primaryIdentifier": ["/properties/FilterName"]}

    def create(self, request: Untyped) -> ProgressEvent:
        """Put it; CloudFormation's names differ from the API's in their first letter alone."""
        model = request.desired_state
        request.aws_client_factory.logs.put_metric_filter(
            filterName=model["FilterName"],
            logGroupName=model["LogGroupName"],
            filterPattern=model["FilterPattern"],
            metricTransformations=[
                _transformation(item) for item in model["MetricTransformations"]
            ],
        )
        return ProgressEvent(status=OperationStatus.SUCCESS, resource_model=model)

    def delete(self, request: Untyped) -> ProgressEvent:
        """Delete it by its name."""
        model = request.previous_state
        request.aws_client_factory.logs.delete_metric_filter(
            filterName=model["FilterName"], logGroupName=model["LogGroupName"]
        )
        return ProgressEvent(status=OperationStatus.SUCCESS, resource_model=model)


def _transformation(item: dict[str, Any]) -> dict[str, Any]:
    dimensions = {one["Key"]: one["Value"] for one in item.get("Dimensions", [])}
    named = {name[0].lower() + name[1:]: value for name, value in item.items()}
    return {**named, "dimensions": dimensions}


class DashboardPlugin(CloudFormationResourceProviderPlugin):  # type: ignore[misc] # the engine is untyped
    """Tells CloudFormation of dashboards."""

    name = "AWS::CloudWatch::Dashboard"

    def load(self) -> None:
        """Name the provider."""
        self.factory = Dashboard


class MetricFilterPlugin(CloudFormationResourceProviderPlugin):  # type: ignore[misc] # the engine is untyped
    """Tells CloudFormation of metric filters."""

    name = "AWS::Logs::MetricFilter"

    def load(self) -> None:
        """Name the provider."""
        self.factory = MetricFilter
