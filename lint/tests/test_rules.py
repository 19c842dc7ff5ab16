"""Each rule finds the bad templates, at the marked line and nowhere else."""

import re
from pathlib import Path
from typing import NamedTuple

import pytest
from cfnlint.config import ConfigMixIn, ManualArgs
from cfnlint.rules import CloudFormationLintRule, Rules
from cfnlint.runner import Runner

MODULE = "cfn_lint_async_pipelines.rules"
RULES = Rules.create_from_module(MODULE)
FIXTURES = Path(__file__).parent / "fixtures"
GOOD = sorted((FIXTURES / "good").glob("*.yaml"))
BAD = sorted((FIXTURES / "bad").glob("*.yaml"))
README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
EXAMPLES = [
    (section[:5], quality, body)
    for section in README.split("\n## ")
    for quality, body in re.findall(r"```yaml\n# (bad|good)\n(.*?)```", section, re.DOTALL)
]


class Found(NamedTuple):
    """A finding, as cfn-lint reports it."""

    file: str
    line: int
    rule: str
    path: str
    message: str


def lint(*templates: Path, account_limit: int | None = None) -> list[Found]:
    """Check templates with every rule of cfn-lint, informational rules included."""
    configuration = ManualArgs(
        templates=[str(template) for template in templates],
        append_rules=[MODULE],
        include_checks=["I"],
    )
    if account_limit is not None:
        configuration["configure_rules"] = {"E9321": {"account_limit": account_limit}}
    return [
        Found(
            Path(match.filename).name,
            match.linenumber,
            match.rule.id,
            "/".join(map(str, match.path)),
            match.message,
        )
        for match in Runner(ConfigMixIn(**configuration)).run()
    ]


def reserved(total: int, largest: int) -> str:
    return (
        f"The functions reserve {total:,} concurrent executions, but of the account's limit of "
        f"1,000 AWS keeps 100 unreserved: at most {largest} per function would fit"
    )


def never(setting: str) -> str:
    return (
        f"{setting} never fires: all that calls the function here waits for its answer, and "
        "Lambda uses it for asynchronous invocations alone"
    )


def no_output(key: str) -> str:
    return f"No output tells the id of the API key {key}: add one with !Ref {key}"


def no_model(subject: str) -> str:
    return f"{subject} validates bodies without a model: every body passes"


def out_of_reach(setting: str, action: str) -> str:
    return f"{setting} cannot be delivered: Role does not allow {action} on it"


EVENTS = "EventInvokeConfig/DestinationConfig"
VALIDATOR = "x-amazon-apigateway-request-validator"
QUEUE = "The dead-letter queue of"

EXPECTED = {
    "api_key": ("W9323", "Resources/Key", no_output("Key")),
    "api_key_implicit": (
        "W9323",
        "Globals/Api/Auth/UsagePlan",
        no_output("ServerlessRestApiApiKey"),
    ),
    "api_key_implicit_and_explicit": (
        "W9323",
        "Globals/Api/Auth/UsagePlan",
        no_output("ServerlessRestApiApiKey"),
    ),
    "api_key_implicit_shared": (
        "W9323",
        "Globals/Api/Auth/UsagePlan",
        no_output("ServerlessApiKey"),
    ),
    "api_key_implicit_state_machine": (
        "W9323",
        "Globals/Api/Auth/UsagePlan",
        no_output("ServerlessRestApiApiKey"),
    ),
    "api_key_of_usage_plan": (
        "W9323",
        "Resources/Orders/Properties/Auth/UsagePlan",
        no_output("OrdersApiKey"),
    ),
    "api_key_shared": (
        "W9323",
        "Resources/Orders/Properties/Auth/UsagePlan",
        no_output("ServerlessApiKey"),
    ),
    "never_fires_alias": (
        "W9322",
        "Resources/Validator/Properties/DeadLetterConfig",
        never(f"{QUEUE} Validator"),
    ),
    "never_fires_api_event": (
        "W9322",
        f"Resources/Validator/Properties/{EVENTS}/OnSuccess",
        never("OnSuccess of Validator"),
    ),
    "never_fires_api_of_its_own": (
        "W9322",
        "Resources/Validator/Properties/DeadLetterQueue",
        never(f"{QUEUE} Validator"),
    ),
    "never_fires_function_url": (
        "W9322",
        "Resources/Validator/Properties/DeadLetterQueue",
        never(f"{QUEUE} Validator"),
    ),
    "never_fires_method": (
        "W9322",
        "Resources/Destinations/Properties/DestinationConfig/OnSuccess",
        never("OnSuccess of Validator"),
    ),
    "never_fires_openapi": (
        "W9322",
        f"Resources/Validator/Properties/{EVENTS}/OnFailure",
        never("OnFailure of Validator"),
    ),
    "never_fires_queue": (
        "W9322",
        "Resources/Worker/Properties/DeadLetterQueue",
        never(f"{QUEUE} Worker"),
    ),
    "never_fires_request_response": (
        "W9322",
        "Resources/Validator/Properties/DeadLetterConfig",
        never(f"{QUEUE} Validator"),
    ),
    "reserved_globals": (
        "E9321",
        "Resources/Invoices/Properties/ReservedConcurrentExecutions",
        reserved(1_000, 450),
    ),
    "reserved_parameter": (
        "E9321",
        "Resources/Orders/Properties/ReservedConcurrentExecutions",
        reserved(950, 900),
    ),
    "reserved_sam": (
        "E9321",
        "Resources/Reports/Properties/ReservedConcurrentExecutions",
        reserved(1_000, 300),
    ),
    "unreachable_by_type": (
        "E9325",
        f"Resources/Worker/Properties/{EVENTS}/OnFailure",
        out_of_reach("OnFailure of Worker", "sqs:SendMessage"),
    ),
    "unreachable_function": (
        "E9325",
        f"Resources/Validator/Properties/{EVENTS}/OnSuccess",
        out_of_reach("OnSuccess of Validator", "lambda:InvokeFunction"),
    ),
    "unreachable_queue": (
        "E9325",
        "Resources/Worker/Properties/DeadLetterQueue",
        out_of_reach(f"{QUEUE} Worker", "sqs:SendMessage"),
    ),
    "unreachable_topic_elsewhere": (
        "E9325",
        "Resources/Destinations/Properties/DestinationConfig/OnFailure",
        out_of_reach("OnFailure of Worker", "sns:Publish"),
    ),
    "validator_empty_model": (
        "W9324",
        "Resources/Post/Properties/RequestValidatorId",
        no_model("Post"),
    ),
    "validator_idle": (
        "W9324",
        "Resources/Validator",
        "No method uses the request validator Validator: it validates nothing",
    ),
    "validator_method": ("W9324", "Resources/Post/Properties/RequestValidatorId", no_model("Post")),
    "validator_of_all": (
        "W9324",
        "Resources/Api/Properties/Body/paths//orders/put",
        no_model("PUT /orders"),
    ),
    "validator_openapi": (
        "W9324",
        f"Resources/Api/Properties/DefinitionBody/paths//orders/post/{VALIDATOR}",
        no_model("POST /orders"),
    ),
}


def marked_line(template: Path, rule: str) -> int:
    """Return the number of the one line of a fixture that says it is the bad one."""
    lines = template.read_text(encoding="utf-8").splitlines()
    (number,) = [count for count, line in enumerate(lines, 1) if line.endswith(f"# <- {rule}")]
    return number


@pytest.fixture(scope="module")
def found() -> list[Found]:
    """Lint every fixture once."""
    return lint(*BAD, *GOOD)


@pytest.mark.parametrize("template", BAD, ids=lambda path: path.stem)
def test_a_bad_template_has_one_finding_on_its_marked_line(
    template: Path, found: list[Found]
) -> None:
    rule, path, message = EXPECTED[template.stem]
    line = marked_line(template, rule)
    assert [one for one in found if one.file == template.name] == [
        Found(template.name, line, rule, path, message)
    ]


def test_good_templates_have_no_finding_of_any_rule(found: list[Found]) -> None:
    names = {template.name for template in GOOD}
    assert [one for one in found if one.file in names] == []


def test_every_rule_has_bad_templates_and_nothing_else_is_expected() -> None:
    assert [template.stem for template in BAD] == list(EXPECTED)
    assert sorted({rule for rule, _, _ in EXPECTED.values()}) == sorted(RULES)


@pytest.mark.parametrize(("limit", "rules"), [(1_100, []), (1_099, ["E9321"])])
def test_the_limit_of_the_account_is_configurable(limit: int, rules: list[str]) -> None:
    found = lint(FIXTURES / "bad" / "reserved_sam.yaml", account_limit=limit)
    assert [one.rule for one in found] == rules


def test_an_account_that_can_reserve_nothing_reserves_none() -> None:
    (found,) = lint(FIXTURES / "bad" / "reserved_sam.yaml", account_limit=10)
    assert found.path == "Resources/Orders/Properties/ReservedConcurrentExecutions"
    assert found.message == (
        "The functions reserve 1,000 concurrent executions, but of the account's limit of 10 "
        "AWS keeps 100 unreserved: reserve none, or ask AWS for a higher limit"
    )


def test_a_function_that_reserves_nothing_fits_every_account() -> None:
    assert lint(FIXTURES / "good" / "reserved_nothing.yaml", account_limit=10) == []


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_a_rule_describes_itself_within_the_ids_that_are_left_to_users(
    rule: CloudFormationLintRule,
) -> None:
    assert re.fullmatch(r"[EWI]9\d{3}", rule.id)
    assert all([rule.shortdesc, rule.description, rule.tags])
    assert rule.source_url.startswith("https://docs.aws.amazon.com/")


def test_the_readme_has_bad_and_good_examples_of_each_rule() -> None:
    assert {example[:2] for example in EXAMPLES} == {
        (rule, quality) for rule in RULES for quality in ("bad", "good")
    }


def test_only_the_bad_examples_of_the_readme_have_a_finding(tmp_path: Path) -> None:
    expected = []
    for number, (rule, quality, body) in enumerate(EXAMPLES, 1):
        template = tmp_path / f"{number:02}.yaml"
        template.write_text(f"Transform: AWS::Serverless-2016-10-31\n{body}", encoding="utf-8")
        expected += [(template.name, rule)] if quality == "bad" else []
    assert [(one.file, one.rule) for one in lint(*sorted(tmp_path.iterdir()))] == expected
