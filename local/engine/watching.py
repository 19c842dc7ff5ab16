"""Dashboards, metric filters and sampling rules, which the engine only pretends to create.

A dashboard can be read back. A metric filter is stored, but does not count anything. A sampling
rule does nothing: the engine has no X-Ray.
"""

from typing import Any, ClassVar

from localemu.services.cloudformation.resource_provider import (
    CloudFormationResourceProviderPlugin,
    OperationStatus,
    ProgressEvent,
    ResourceProvider,
)

from local.engine.patching import Untyped


class Dashboard(ResourceProvider):
    """The provider of dashboards."""

    SCHEMA: ClassVar[dict[str, Any]] = {"primaryIdentifier": ["/properties/DashboardName"]}

    def create(self, request: Untyped) -> ProgressEvent:
        """Create the dashboard."""
        model = request.desired_state
        request.aws_client_factory.cloudwatch.put_dashboard(
            DashboardName=model["DashboardName"], DashboardBody=model["DashboardBody"]
        )
        return _done(model)

    def delete(self, request: Untyped) -> ProgressEvent:
        """Delete the dashboard."""
        model = request.previous_state
        request.aws_client_factory.cloudwatch.delete_dashboards(
            DashboardNames=[model["DashboardName"]]
        )
        return _done(model)


class MetricFilter(ResourceProvider):
    """The provider of metric filters."""

    SCHEMA: ClassVar[dict[str, Any]] = {"primaryIdentifier": ["/properties/FilterName"]}

    def create(self, request: Untyped) -> ProgressEvent:
        """Create the filter; CloudFormation's names are the API's with a capital letter."""
        model = request.desired_state
        request.aws_client_factory.logs.put_metric_filter(
            filterName=model["FilterName"],
            logGroupName=model["LogGroupName"],
            filterPattern=model["FilterPattern"],
            metricTransformations=[
                _transformation(item) for item in model["MetricTransformations"]
            ],
        )
        return _done(model)

    def delete(self, request: Untyped) -> ProgressEvent:
        """Delete the filter."""
        model = request.previous_state
        request.aws_client_factory.logs.delete_metric_filter(
            filterName=model["FilterName"], logGroupName=model["LogGroupName"]
        )
        return _done(model)


class SamplingRule(ResourceProvider):
    """The provider of X-Ray's sampling rules."""

    SCHEMA: ClassVar[dict[str, Any]] = {"primaryIdentifier": ["/properties/SamplingRule/RuleName"]}

    def create(self, request: Untyped) -> ProgressEvent:
        """Accept the rule."""
        return _done(request.desired_state)

    def delete(self, request: Untyped) -> ProgressEvent:
        """Forget the rule."""
        return _done(request.previous_state)


def _done(model: dict[str, Any]) -> ProgressEvent:
    return ProgressEvent(status=OperationStatus.SUCCESS, resource_model=model)


def _transformation(item: dict[str, Any]) -> dict[str, Any]:
    dimensions = {one["Key"]: one["Value"] for one in item.get("Dimensions", [])}
    named = {name[0].lower() + name[1:]: value for name, value in item.items()}
    return {**named, "dimensions": dimensions}


class DashboardPlugin(CloudFormationResourceProviderPlugin):
    """The plug-in that registers the provider of dashboards."""

    name = "AWS::CloudWatch::Dashboard"
    factory = Dashboard


class MetricFilterPlugin(CloudFormationResourceProviderPlugin):
    """The plug-in that registers the provider of metric filters."""

    name = "AWS::Logs::MetricFilter"
    factory = MetricFilter


class SamplingRulePlugin(CloudFormationResourceProviderPlugin):
    """The plug-in that registers the provider of sampling rules."""

    name = "AWS::XRay::SamplingRule"
    factory = SamplingRule
