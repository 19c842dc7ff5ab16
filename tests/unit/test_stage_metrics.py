"""The sums of CloudWatch's metrics, by function and of the API."""

from typing import Any

from botocore.stub import ANY

from ops.stage_metrics import api_counts, function_sums
from tests.unit.stacks import a_stack, stubbing


def query(index: int, namespace: str, metric: str, dimension: str, value: str) -> dict[str, Any]:
    named = {"Namespace": namespace, "MetricName": metric}
    dimensions = [{"Name": dimension, "Value": value}]
    stat = {"Metric": {**named, "Dimensions": dimensions}, "Period": 60, "Stat": "Sum"}
    return {"Id": f"m{index}", "MetricStat": stat}


def asked(*queries: dict[str, Any]) -> dict[str, Any]:
    return {"MetricDataQueries": [*queries], "StartTime": ANY, "EndTime": ANY}


def found(*sums: list[float]) -> dict[str, Any]:
    return {"MetricDataResults": [{"Id": f"m{n}", "Values": one} for n, one in enumerate(sums)]}


def test_invocations_and_errors_are_summed_for_each_stage() -> None:
    stack = a_stack()
    names = [stage.function_name for stage in stack.stages]
    queries = [
        query(2 * place + offset, "AWS/Lambda", metric, "FunctionName", name)
        for place, name in enumerate(names)
        for offset, metric in enumerate(("Invocations", "Errors"))
    ]
    with stubbing(stack.cloudwatch) as (cloudwatch,):
        cloudwatch.add_response("get_metric_data", found([3.0, 2.0], [1.0]), asked(*queries))
        assert function_sums(stack, 60) == {
            names[0]: (5, 1),
            **dict.fromkeys(names[1:], (0, 0)),
        }


def test_the_requests_of_the_api_are_counted_by_response() -> None:
    stack = a_stack()
    metrics = ("Count", "4XXError", "5XXError")
    queries = [
        query(index, "AWS/ApiGateway", metric, "ApiName", "transaction-api")
        for index, metric in enumerate(metrics)
    ]
    with stubbing(stack.apigateway, stack.cloudwatch) as (apigateway, cloudwatch):
        apigateway.add_response(
            "get_rest_api", {"name": "transaction-api"}, {"restApiId": "api_id"}
        )
        cloudwatch.add_response("get_metric_data", found([9.0], [2.0], [1.0]), asked(*queries))
        assert api_counts(stack, 60) == (6, 2)
