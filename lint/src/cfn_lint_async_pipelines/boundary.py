"""The boundary to cfn-lint: a rule reads a Template and yields findings, cfn-lint gets matches."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, Protocol

from cfnlint.rules import CloudFormationLintRule, RuleMatch

from cfn_lint_async_pipelines.template import Finding, Template


class _Linted(Protocol):
    template: dict[str, Any]


class Rule(ABC, CloudFormationLintRule):  # type: ignore[misc]  # cfn-lint publishes no types
    """A rule over the template as its author wrote it, with SAM's Globals merged in."""

    @abstractmethod
    def findings(self, template: Template) -> Iterator[Finding]:
        """Yield the faults of the template."""

    def match(self, cfn: _Linted) -> list[RuleMatch]:
        """Return the findings as cfn-lint's matches."""
        template = Template(cfn.template)
        return [RuleMatch(list(path), message) for path, message in self.findings(template)]
