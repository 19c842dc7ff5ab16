"""The cost of one request at list prices, from what its stages did."""

from decimal import Decimal

from ops.cost.price_list import Prices
from ops.cost.request import Execution, cost_of_request
from ops.cost.usage import GB, LOG_LINES

PRICES = Prices.read("us-east-1")


def test_each_execution_is_billed_by_the_millisecond_and_each_call_by_its_price() -> None:
    cost = cost_of_request(
        [Execution(9.2, 90.0, 512), Execution(1.0, 0.0, 1_024)],
        [("dynamodb", "PutItem"), ("dynamodb", "PutItem"), ("s3", "HeadObject")],
        "arm64",
        PRICES,
    )
    used = {line.item: line.quantity * line.price.per for line in cost.lines}
    assert used == {
        "api_gateway_request": 1,
        "lambda_request": 2,
        # 100 ms of half a GB, and 1 ms of a GB.
        "lambda_gb_second_arm64": Decimal("0.051"),
        "logs_ingestion": Decimal(2 * LOG_LINES) / GB,
        "xray_trace": 1,
        "dynamodb_write": 2,
    }
    assert cost.unpriced == ["s3 HeadObject"]
    assert cost.dollars == sum(PRICES.cost(item, count) for item, count in used.items())
