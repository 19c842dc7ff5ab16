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


def documents(quality: str, folder: Path) -> list[Path]:
    """Write each document of the fixtures to a file of its own."""
    written = []
    for fixture in sorted((FIXTURES / quality).glob("*.yaml")):
        for number, text in enumerate(fixture.read_text(encoding="utf-8").split("---\n"), 1):
            template = folder / f"{fixture.stem}-{number}.yaml"
            template.write_text(text, encoding="utf-8")
            written.append(template)
    return written


def marks(template: Path) -> list[tuple[str, int, str, str]]:
    """Return what a bad template says of itself: file, line, rule and start of the message."""
    lines = template.read_text(encoding="utf-8").splitlines()
    return [
        (template.name, number, *mark[1].split(" ", 1))
        for number, line in enumerate(lines, 1)
        if (mark := re.search(r"# <- (\w+ .+)$", line))
    ]


def test_bad_templates_have_findings_on_their_marked_lines_and_nowhere_else(
    tmp_path: Path,
) -> None:
    templates = documents("bad", tmp_path)
    marked = [mark for template in templates for mark in marks(template)]
    found = sorted(lint(*templates))
    assert [one[:3] for one in found] == sorted(mark[:3] for mark in marked)
    for one, (*_, message) in zip(found, sorted(marked), strict=True):
        assert one.message.startswith(message)
    assert {rule for _, _, rule, _ in marked} == {*RULES}


def test_good_templates_have_no_finding_of_any_rule(tmp_path: Path) -> None:
    assert lint(*documents("good", tmp_path)) == []


RESERVED = """\
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {Handler: app.handler, Runtime: python3.13, CodeUri: src/}
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties: {ReservedConcurrentExecutions: TOTAL}
"""


def reserving(total: int, folder: Path) -> Path:
    template = folder / "reserved.yaml"
    template.write_text(RESERVED.replace("TOTAL", str(total)), encoding="utf-8")
    return template


@pytest.mark.parametrize(("limit", "rules"), [(1_100, []), (1_099, ["E9321"])])
def test_the_limit_of_the_account_is_configurable(
    limit: int, rules: list[str], tmp_path: Path
) -> None:
    found = lint(reserving(1_000, tmp_path), account_limit=limit)
    assert [one.rule for one in found] == rules


def test_an_account_that_can_reserve_nothing_reserves_none(tmp_path: Path) -> None:
    (found,) = lint(reserving(1_000, tmp_path), account_limit=10)
    assert found.path == "Resources/Orders/Properties/ReservedConcurrentExecutions"
    assert found.message == (
        "The functions reserve 1,000 concurrent executions, but of the account's limit of 10 "
        "AWS keeps 100 unreserved: reserve none, or ask AWS for a higher limit"
    )


def test_a_function_that_reserves_nothing_fits_every_account(tmp_path: Path) -> None:
    assert lint(reserving(0, tmp_path), account_limit=10) == []


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
