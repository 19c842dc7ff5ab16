"""The cost of a month of transactions, against values computed by hand."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import contract
import destination
from cli.main import cli
from ops.cost.cost_report import CostReport
from ops.cost.designs import OURS
from ops.cost.estimate import Estimate, estimates, levers
from ops.cost.price_list import Prices
from ops.cost.usage import AUDIT_OBJECT, ITEM, OUTCOME_ITEM, Month, monitoring, pipeline
from ops.stage_durations import StageDurations
from template.settings import Settings
from tests.unit.measured import a_duration, measured

ROOT = Path(__file__).parents[2]
LOGGED_GB = Decimal(3 * 525 * 10**6) / 2**30


def a_month(**changes: object) -> Month:
    fields: dict[str, Any] = {
        "transactions": Decimal(10**6),
        "cold": Decimal("0.1"),
        "architecture": "arm64",
        "settings": Settings(memory=512, log_retention=7, outcome_retention=15),
        "measured": measured(),
    }
    return Month(**{**fields, **changes})


def prices() -> Prices:
    return Prices.read("us-east-1")


def dollars(estimate: Estimate) -> dict[str, Decimal]:
    return {line.item: line.dollars for line in estimate.lines}


def test_prices_each_service() -> None:
    costs = dollars(Estimate.of(OURS, a_month(), prices()))
    assert {item: round(cost, 7) for item, cost in costs.items()} == {
        "api_gateway_request": Decimal("3.50"),
        "lambda_request": Decimal("0.60"),
        # 0.9 x 60 ms and 0.1 x 600 ms, of half a GB.
        "lambda_gb_second_arm64": Decimal("0.7600038"),
        "s3_put": Decimal("5.00"),
        "dynamodb_write": Decimal("1.25"),
        "sns_publish": Decimal("0.50"),
        "kms_request": Decimal("0.05184"),
        "logs_ingestion": round(LOGGED_GB / 2, 7),
        "xray_trace": Decimal("0.25"),
        "alarm": Decimal("1.50"),
        "dashboard": Decimal("3.00"),
        "metric": Decimal("0.30"),
        "s3_storage": round(Decimal(400 * 10**6) / 2**30 * Decimal("0.023"), 7),
        # The outcomes of a month, for 15 days.
        "dynamodb_storage": round(Decimal(430 * 10**6) / 2**30 * Decimal("0.25"), 7),
        "dynamodb_pitr": round(Decimal(300 * 10**6) / 2**30 * Decimal("0.20"), 7),
        "logs_storage": round(LOGGED_GB * 7 / 30 * Decimal("0.03"), 7),
    }


def test_a_poll_is_a_request_and_a_read() -> None:
    without, polled = (
        dollars(Estimate.of(OURS, a_month(polls=Decimal(polls)), prices()))
        for polls in ("0", "1.5")
    )
    more = {item: cost - without.get(item, 0) for item, cost in polled.items()}
    assert {item: cost for item, cost in more.items() if cost} == {
        "api_gateway_request": Decimal("5.25"),
        "dynamodb_read": Decimal("0.1875"),
        "xray_trace": Decimal("0.375"),
    }


def test_counts_the_alarms_and_one_metric_of_a_filter() -> None:
    kinds = ("CloudWatch::Alarm", "CloudWatch::Dashboard", "Logs::MetricFilter", "DynamoDB::Table")
    deployed = {f"{kind}{n}": {"Type": f"AWS::{kind}"} for n, kind in enumerate((*kinds, kinds[0]))}
    assert monitoring(deployed) == {"alarm": 2, "dashboard": 1, "metric": 1}


def test_two_calls_of_the_processor_and_two_of_the_notifier_wait_for_aws() -> None:
    with_latency = measured().with_call_latency(Decimal(30))
    assert with_latency == StageDurations(
        {
            "validator": a_duration(10, 90),
            "processor": a_duration(90, 270),
            "notifier": a_duration(80, 180),
        },
        {
            "validator": a_duration(30, 300),
            "processor": a_duration(90, 300),
            "notifier": a_duration(90, 300),
        },
        wait=Decimal(30),
    )


def test_a_millisecond_begun_is_billed_on_either_architecture() -> None:
    given = measured().with_executions({"validator": Decimal("10.001")})
    month = a_month(measured=given, cold=Decimal(0), architecture="x86_64")
    # 11 + 30 + 20 ms, half a GB.
    assert pipeline(month)["lambda_gb_second_x86_64"] == Decimal(30_500)


@pytest.mark.parametrize(
    ("transactions", "calls"), [(10**6, 2 * 30 * 86_400 // 300), (1_000, 2 * 1_000)]
)
def test_a_data_key_is_two_calls_per_five_minutes_with_a_notification(
    transactions: int, calls: int
) -> None:
    assert pipeline(a_month(transactions=Decimal(transactions)))["kms_request"] == calls


def test_without_platform_lines_only_our_line_is_logged() -> None:
    month = a_month(settings=Settings(platform_lines=False))
    assert pipeline(month)["logs_ingestion"] == Decimal(3 * 135 * 10**6) / 2**30
    assert not [one for one in levers(month, prices()) if "platform" in one.change]
    (batched,) = [one for one in estimates(month, prices())[1] if "batches" in one.design.name]
    assert {line.item: line.quantity for line in batched.lines}["logs_ingestion"] == (
        pipeline(month)["logs_ingestion"]
    )


def test_a_million_costs_what_was_promised_and_only_prod_has_every_alarm() -> None:
    durations = StageDurations.default()
    dev, prod = (
        Estimate.of(OURS, Month(measured=durations, retains_data=retains), prices())
        for retains in (False, True)
    )
    assert dev.dollars < 18
    assert prod.dollars < Decimal("19.50")
    assert (dollars(dev)["alarm"], dollars(prod)["alarm"]) == (Decimal("1.50"), Decimal("2.70"))


@pytest.mark.parametrize(
    ("name", "more"),
    [
        # 0.9 x (10 + 2 x 30 + 3 x 20) + 0.1 x (100 + 2 x 300 + 3 x 200), less 114 ms.
        ("synchronous chain", Decimal(66_500) * Decimal("0.0000133334")),
        ("Step Functions, Standard", Decimal(75)),
        # 60 ms are billed as 100, of 64 MB.
        ("Step Functions, Express", 1 + Decimal(6_250) * Decimal("0.00001667")),
        ("SQS between the stages", Decimal("3.60")),
        (
            "SQS, batches of ten",
            Decimal("1.44")
            - Decimal("0.54")
            - Decimal("0.9") * 3 * 390 * 10**6 / 2**30 * Decimal("0.50"),
        ),
        # 0.9 x 90 + 0.1 x 990, less 114 ms.
        ("Powertools handlers", Decimal(33_000) * Decimal("0.0000133334")),
    ],
)
def test_prices_the_same_work_in_other_designs(name: str, more: Decimal) -> None:
    ours, others = estimates(a_month(), prices())
    (other,) = [one for one in others if one.design.name == name]
    assert float(other.dollars - ours.dollars) == pytest.approx(float(more))


def test_every_alternative_has_a_case_above() -> None:
    _, others = estimates(a_month(), prices())
    assert len(others) == 6


def test_lists_the_largest_saving_first() -> None:
    found = levers(a_month(), prices())
    assert [round(lever.dollars, 2) for lever in found] == [
        Decimal("5.00"),
        Decimal("2.50"),
        Decimal("0.54"),
    ]


def test_says_what_dominates_and_how_much_is_traced() -> None:
    ours, others = estimates(a_month(), prices())
    report = CostReport(a_month(), prices(), ours, others, [])
    share = Decimal("8.5") / ours.dollars * 100
    assert f"request are {share:.1f}% of the cost" in report.dominating
    assert report.dominating.endswith("X-Ray records 50,000 traces.")


def test_what_is_stored_is_about_as_long_as_what_the_processor_writes() -> None:
    event = json.loads((ROOT / "events/validator_to_processor.json").read_text())
    transaction = destination.transaction_in(event)
    body = contract.canonical_json(transaction)
    claim = [str(transaction[name]) for name in ("timestamp", "requestId", "apiKeyId")]
    metadata = "timestamprequest-idapi-key-idfingerprint" + "".join(claim) + "f" * 64
    assert 0.75 * AUDIT_OBJECT < len(body) + len(metadata) <= AUDIT_OBJECT
    item = "".join(f"{name}{value}" for name, value in transaction.items())
    assert 0.75 * ITEM < len(item) + 100 <= ITEM
    outcome = contract.outcome_item({**transaction, "status": "PROCESSED"}, 1_767_225_600)
    stored = "".join(f"{name}{text}" for name, value in outcome.items() for text in value.values())
    assert 0.75 * OUTCOME_ITEM < len(stored) + 100 <= OUTCOME_ITEM


def test_an_item_without_a_price_has_no_line_and_is_named() -> None:
    singapore = Prices.read("ap-southeast-1")
    report = CostReport.of(a_month(), singapore)
    assert "dynamodb_pitr" not in dollars(report.ours)
    assert report.assumptions.endswith(
        "Not priced, as no source states it: DynamoDB's GB-month of point-in-time recovery."
    )
    assert singapore.cost("dynamodb_pitr", Decimal(1)) == 0
    assert "Not priced" not in CostReport.of(a_month(), prices()).assumptions


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["cost", *arguments])


def test_prints_tables() -> None:
    result = run("--transactions", "2e6", "--memory", "512")
    assert result.exit_code == 0
    assert result.output.startswith(
        "2,000,000 transactions per month in us-east-1, 0 polls for each, 512 MB on arm64"
    )
    for word in ("API Gateway", "synchronous chain", "savings", "X-Ray records", "free tier"):
        assert word in result.output


def test_prints_json() -> None:
    result = run(
        "--json", "--transactions", "1000", "--cold-start-rate", "0", "--sampling-rate", "0"
    )
    report = json.loads(result.output)
    assert (report["transactions"], report["polls"]) == ("1000", "0")
    assert report["lines"][0] == {
        "item": "api_gateway_request",
        "service": "API Gateway",
        "unit": "million REST requests",
        "quantity": "0.001",
        "price": "3.50",
        "dollars": "0.00350",
    }
    assert "X-Ray" not in {line["service"] for line in report["lines"]}
    assert sum(Decimal(line["dollars"]) for line in report["lines"]) == Decimal(report["dollars"])


@pytest.mark.parametrize(
    ("flag", "value", "says"),
    [
        ("--transactions", "many", "must be a number from 1 to 1,000,000,000,000"),
        ("--transactions", "0", "must be a number from 1 to 1,000,000,000,000"),
        ("--polls", "-1", "must be a number from 0 to 1,000,000"),
        ("--cold-start-rate", "1.1", "must be a number from 0 to 1"),
        ("--sampling-rate", "101", "from 0 to 100 %"),
        ("--region", "eu-west-1", "with: make prices REGION=eu-west-1"),
        ("--region", "../us-east-1", "is not the name of a region"),
        ("--architecture", "riscv", "'arm64', 'x86_64'"),
        ("--memory", "64", "from 128 to 10,240 MB"),
        ("--call-latency", "-1", "must be a number from 0 to 60,000"),
        ("--stage-duration", "processor", "must be STAGE=MILLISECONDS"),
        ("--stage-duration", "processor=-1", "must be STAGE=MILLISECONDS"),
        ("--stage-duration", "processor=nan", "must be STAGE=MILLISECONDS"),
        ("--stage-duration", "processor=1e400", "more than 0, at most 900,000 milliseconds"),
        ("--stage-duration", "gateway=1", "a stage of validator, processor, notifier"),
        ("--results", "/nonexistent.json", "No such file or directory; create it with: make bench"),
    ],
)
def test_names_the_flag_of_a_bad_value(flag: str, value: str, says: str) -> None:
    result = run(flag, value)
    assert result.exit_code == 2
    assert flag in result.output
    assert says in result.output


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "{}",
        pytest.param("[" * 100_000, id="deep"),
        '{"durations_ms": {"validator": {"warm": "x"}}}',
    ],
)
def test_says_what_results_must_hold(content: str, tmp_path: Path) -> None:
    results = tmp_path / "results.json"
    results.write_text(content)
    result = run("--results", str(results))
    assert result.exit_code == 2
    assert "must hold durations_ms and powertools_durations_ms" in result.output


def test_a_given_execution_takes_the_place_of_the_measured_one() -> None:
    found = [
        Decimal(
            json.loads(run("--json", "--cold-start-rate", "0", *given).output)["lines"][2][
                "quantity"
            ]
        )
        for given in ([], ["--stage-duration", "processor=1000"])
    ]
    assert found[1] > 400_000 > found[0]


def test_the_readme_says_what_the_command_says() -> None:
    estimate = json.loads(run("--json").output)
    lines = {line["item"]: Decimal(line["dollars"]) for line in estimate["lines"]}
    polled = Decimal(json.loads(run("--json", "--polls", "1").output)["dollars"]) - Decimal(
        estimate["dollars"]
    )
    watched_by = lines["alarm"] + lines["dashboard"] + lines["metric"]
    sentence = (
        f"cost about ${Decimal(estimate['dollars']):.0f} at the list prices of us-east-1. That "
        f"includes ${lines['api_gateway_request']:.2f} for API Gateway, ${lines['s3_put']:.2f} for "
        f"S3 PUT requests, ${lines['xray_trace']:.2f} for X-Ray and ${watched_by:.2f} for alarms, "
        f"dashboard and metrics. One poll for each transaction adds ${polled:.2f}, because a poll "
        "is a request to the API. In prod, which has every alarm, the total is about "
        f"${Decimal(json.loads(run('--json', '--retain-data').output)['dollars']):.0f}."
    )
    assert sentence in " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
