"""The usage and the cost of one request, at list prices."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ops.cost.estimate import Line
from ops.cost.price_list import Prices
from ops.cost.usage import GB, LOG_LINES, Usage, rounded_up

CALL_ITEMS = {
    ("dynamodb", "PutItem"): "dynamodb_write",
    ("dynamodb", "UpdateItem"): "dynamodb_write",
    ("dynamodb", "DeleteItem"): "dynamodb_write",
    ("dynamodb", "GetItem"): "dynamodb_read",
    ("dynamodb", "Query"): "dynamodb_read",
    ("s3", "PutObject"): "s3_put",
    ("sns", "Publish"): "sns_publish",
    ("sqs", "SendMessage"): "sqs_request",
}
"""The price of an AWS call, failed ones included: DynamoDB charges for a failed condition."""

NOT_IN_REQUEST = "Storage, alarms and data transfer are not included."


@dataclass(frozen=True)
class Execution:
    """One attempt of a stage: its duration and its initialization in ms, and the function's MB."""

    milliseconds: float
    init_milliseconds: float
    memory: int


@dataclass(frozen=True)
class RequestCost:
    """The priced usage of one request; `unpriced` are calls without a price."""

    lines: Sequence[Line]
    unpriced: Sequence[str]
    prices: Prices

    @property
    def dollars(self) -> Decimal:
        """Total cost."""
        return sum((line.dollars for line in self.lines), Decimal())


def cost_of_request(
    executions: Sequence[Execution],
    calls: Iterable[tuple[str, str]],
    architecture: str,
    prices: Prices,
) -> RequestCost:
    """Price a request by what its stages did; `calls` are services and operations."""
    counted = Counter(calls)
    usage: Usage = {
        "api_gateway_request": Decimal(1),
        "lambda_request": Decimal(len(executions)),
        f"lambda_gb_second_{architecture}": sum(map(_gb_seconds, executions), Decimal()),
        "logs_ingestion": Decimal(len(executions) * LOG_LINES) / GB,
        "xray_trace": Decimal(1),
    }
    for call, count in counted.items():
        if item := CALL_ITEMS.get(call):
            usage[item] = usage.get(item, Decimal()) + count
    return RequestCost(
        [
            Line(item, prices.items[item], quantity / prices.items[item].per)
            for item, quantity in usage.items()
            if quantity
        ],
        sorted(" ".join(call) for call in counted if call not in CALL_ITEMS),
        prices,
    )


def _gb_seconds(one: Execution) -> Decimal:
    billed = rounded_up(Decimal(str(one.milliseconds + one.init_milliseconds)))
    return Decimal(one.memory) / 1_024 * billed / 1_000
