"""E9321: reservations that the account cannot hold."""

import runpy
from collections.abc import Iterator
from pathlib import Path

from lint._functions import FUNCTIONS
from lint._rule import SOURCES, Finding, Rule
from lint._template import Template, at, denoted

# By path: whoever borrows these rules need not install what the package `template` imports.
_ARITHMETIC = runpy.run_path(str(Path(__file__).parents[1] / "template" / "concurrency.py"))

_PROPERTY = "ReservedConcurrentExecutions"


class ReservedConcurrency(Rule):
    """The functions reserve more than the account has to give."""

    id = "E9321"
    shortdesc = "Reserved concurrency exceeds the account's limit"
    description = (
        "What functions reserve is gone for everybody else in the account and region, and AWS "
        "keeps 100 executions unreserved: beyond that the deployment fails"
    )
    source_url = f"{SOURCES}/lambda/latest/dg/configuration-concurrency.html"
    tags = ("resources", "lambda", "concurrency")

    def __init__(self) -> None:
        super().__init__()
        self.config_definition = {"account_limit": {"default": 1_000, "type": "integer"}}
        self.configure()

    def findings(self, template: Template) -> Iterator[Finding]:
        """Point at the first function that no longer fits."""
        limit = self.config["account_limit"]
        reserved = {
            function.path(_PROPERTY): _executions(function.properties[_PROPERTY], template)
            for function in template.of_type(*FUNCTIONS)
            if _PROPERTY in function.properties
            and "Condition" not in function.body  # it may not be there
        }
        reservations = list(reserved.values())
        for count, path in enumerate(reserved, start=1):
            try:
                _ARITHMETIC["check"](reservations[:count], account_limit=limit)
            except _ARITHMETIC["ConcurrencyExceeded"]:
                yield Finding(path, _message(reservations, limit))
                return


def _executions(value: object, template: Template) -> int:
    """Read a reservation: a number, or a parameter's default; nothing where only AWS can tell."""
    parameter = denoted(value)
    if parameter is not None:
        value = at(template.body, "Parameters", parameter, "Default")
    if isinstance(value, int | str) and str(value).isdecimal():
        return int(value)
    return 0


def _message(reservations: list[int], limit: int) -> str:
    largest = _ARITHMETIC["largest_reservation"](len(reservations), account_limit=limit)
    remedy = (
        f"at most {largest:,} per function would fit"
        if largest
        else "reserve none, or ask AWS for a higher limit"
    )
    return (
        f"The functions reserve {sum(reservations):,} concurrent executions, but of the account's "
        f"limit of {limit:,} AWS keeps {_ARITHMETIC['UNRESERVED_MINIMUM']} unreserved: {remedy}"
    )
