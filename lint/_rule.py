"""The boundary to cfn-lint: our rules read a Template and yield findings, it wants matches."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol

from cfnlint.rules import CloudFormationLintRule, RuleMatch

from lint._template import Path, Template

SOURCES = "https://docs.aws.amazon.com"


class Finding(NamedTuple):
    """What is wrong, and where in the template."""

    path: Path
    message: str


class _Linted(Protocol):
    template: dict[str, Any]


class Rule(ABC, CloudFormationLintRule):  # type: ignore[misc]  # cfn-lint publishes no types
    """A rule over the template as its author wrote it, with SAM's Globals merged in.

    Older versions of cfn-lint hand over what SAM makes of it; both are read alike.
    """

    @abstractmethod
    def findings(self, template: Template) -> Iterator[Finding]:
        """Yield what is wrong."""

    def match(self, cfn: _Linted) -> list[RuleMatch]:
        """Answer cfn-lint."""
        template = Template(cfn.template)
        return [RuleMatch(list(path), message) for path, message in self.findings(template)]
