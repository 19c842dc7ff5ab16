"""The sums of CloudWatch's metrics for the functions and the API of a stack."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from ops.stack import Stack

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.type_defs import MetricDataQueryTypeDef

type Metric = tuple[str, str, str, str]
"""Namespace, name, dimension and its value."""


def function_sums(stack: Stack, seconds: int) -> dict[str, tuple[int, int]]:
    """Return the invocations and errors of each function in the last seconds."""
    names = [stage.function_name for stage in stack.stages]
    metrics: list[Metric] = [
        ("AWS/Lambda", metric, "FunctionName", name)
        for name in names
        for metric in ("Invocations", "Errors")
    ]
    sums = _sums(stack, metrics, seconds)
    return {name: (sums[2 * index], sums[2 * index + 1]) for index, name in enumerate(names)}


def api_counts(stack: Stack, seconds: int) -> tuple[int, int]:
    """Return the successful requests and the client errors of the API in the last seconds."""
    name = stack.apigateway.get_rest_api(restApiId=stack.outputs.api_id)["name"]
    count, client_errors, server_errors = _sums(
        stack,
        [
            ("AWS/ApiGateway", metric, "ApiName", name)
            for metric in ("Count", "4XXError", "5XXError")
        ],
        seconds,
    )
    return count - client_errors - server_errors, client_errors


def _sums(stack: Stack, metrics: Iterable[Metric], seconds: int) -> list[int]:
    queries: list[MetricDataQueryTypeDef] = [
        {
            "Id": f"m{index}",
            "MetricStat": {
                "Metric": {
                    "Namespace": namespace,
                    "MetricName": name,
                    "Dimensions": [{"Name": dimension, "Value": value}],
                },
                "Period": seconds,
                "Stat": "Sum",
            },
        }
        for index, (namespace, name, dimension, value) in enumerate(metrics)
    ]
    now = datetime.now(UTC)
    pages = stack.cloudwatch.get_paginator("get_metric_data").paginate(
        MetricDataQueries=queries, StartTime=now - timedelta(seconds=seconds), EndTime=now
    )
    sums = dict.fromkeys((query["Id"] for query in queries), 0.0)
    for page in pages:
        for result in page["MetricDataResults"]:
            sums[result["Id"]] += sum(result["Values"])
    return [round(value) for value in sums.values()]
