"""Running cfn-lint with the rules of this repository, in this process."""

from pathlib import Path
from typing import NamedTuple

from cfnlint.config import ConfigMixIn, ManualArgs
from cfnlint.runner import Runner

ROOT = Path(__file__).parents[2]
FIXTURES = Path(__file__).parent / "fixtures"
GOOD = sorted((FIXTURES / "good").glob("*.yaml"))
BAD = sorted((FIXTURES / "bad").glob("*.yaml"))


class Found(NamedTuple):
    """One finding, as cfn-lint tells it."""

    file: str
    line: int
    rule: str
    path: str
    message: str


def lint(*templates: Path, account_limit: int | None = None) -> list[Found]:
    """Hold templates against every rule there is, informational ones included."""
    configuration = ManualArgs(
        templates=[str(template) for template in templates],
        append_rules=[str(ROOT / "lint")],
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
