"""The durations of the functions, as the benchmarks measured them or as their user gives them."""

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Self

from ops.stack import MALFORMED, describe_error
from template.pipeline import compose
from template.settings import Settings
from template.stages import Stage

RESULTS = Path(__file__).parents[1] / "benchmarks" / "results.json"


CALLS = {"processor": 2, "notifier": 1}
"""Calls to AWS that an execution waits for: PutObject and PutItem, Publish."""

CALLS_IN_WORDS = ", ".join(f"{stage} {calls}" for stage, calls in CALLS.items())

LONGEST_MILLISECONDS = 900_000
"""Lambda ends what takes longer than 15 minutes."""

WAIT = "30"
"""Milliseconds of each: the benchmarks call a server on the same machine, AWS's network is not
in them. Assumed; of small objects AWS says "tens of milliseconds":
https://docs.aws.amazon.com/whitepapers/latest/s3-optimizing-performance-best-practices/timeouts-and-retries-for-latency-sensitive-applications.html
"""


class NoDurations(ValueError):
    """The durations cannot be had; the message says why."""


@dataclass(frozen=True)
class Duration:
    """Milliseconds of one execution, and of the initialisation of a new environment."""

    warm: Decimal
    init: Decimal

    @classmethod
    def read(cls, measured: Mapping[str, Any]) -> Self:
        """Read what was measured of one function."""
        return cls(_milliseconds(measured["warm"]), _milliseconds(measured["init"]))


@dataclass(frozen=True)
class StageDurations:
    """The durations of each stage: of our handlers, and of the same written with Powertools."""

    ours: dict[str, Duration]
    powertools: dict[str, Duration]
    assumed: tuple[str, ...] = ()
    """The stages that nobody has measured: they are taken to last the typical duration."""
    wait: Decimal = Decimal()
    """Milliseconds that were added for each call to AWS."""

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read the results of the benchmarks; raises NoDurations."""
        try:
            results = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
            ours, powertools = (_of_stages(results[name]) for name in _SECTIONS)
            known = results[_SECTIONS[0]].keys()
            return cls(ours, powertools, tuple(name for name in ours if name not in known))
        except OSError as error:
            raise NoDurations(f"{path}: {error.strerror}; write it with: make bench") from error
        except MALFORMED as error:
            raise NoDurations(
                f'{path} must hold {" and ".join(_SECTIONS)}, each as {{"STAGE": {{"warm": ms, '
                f'"init": ms}}, ...}}: {describe_error(error)}'
            ) from error

    def waiting(self, wait: Decimal) -> Self:
        """Add what each call to AWS takes."""
        return replace(
            self,
            ours=_waiting(self.ours, wait),
            powertools=_waiting(self.powertools, wait),
            wait=wait,
        )

    def with_executions(self, executions: Mapping[str, Decimal]) -> Self:
        """Replace the warm durations of our handlers."""
        given = {stage: replace(self.ours[stage], warm=warm) for stage, warm in executions.items()}
        return replace(self, ours={**self.ours, **given})


_SECTIONS = ("durations_ms", "powertools_durations_ms")


@functools.cache
def stages() -> tuple[Stage, ...]:
    """Return the stages of the default template."""
    return compose(Settings()).stages


def _of_stages(measured: Mapping[str, Any]) -> dict[str, Duration]:
    typical = Duration(warm=Decimal(Settings.typical_duration), init=Decimal())
    return {
        stage.name: Duration.read(measured[stage.name]) if stage.name in measured else typical
        for stage in stages()
    }


def _waiting(durations: Mapping[str, Duration], wait: Decimal) -> dict[str, Duration]:
    return {
        stage: replace(one, warm=one.warm + CALLS.get(stage, 0) * wait)
        for stage, one in durations.items()
    }


def execution(text: str) -> tuple[str, Decimal]:
    """Read STAGE=MILLISECONDS; raises NoDurations."""
    stage, _, milliseconds = text.partition("=")
    names = {stage.name: stage.name for stage in stages()}
    try:
        return names[stage], _milliseconds(milliseconds)
    except (KeyError, ValueError) as error:
        raise NoDurations(
            f"{text!r} must be STAGE=MILLISECONDS, the stage one of {', '.join(names)}, "
            f"the milliseconds more than 0, at most {LONGEST_MILLISECONDS:,}: processor=42.5"
        ) from error


def _milliseconds(value: Any) -> Decimal:
    try:
        number = Decimal(value)
    except InvalidOperation as error:
        raise ValueError(f"{value!r} is no number") from error
    if not number.is_finite() or not 0 < number <= LONGEST_MILLISECONDS:
        raise ValueError(f"{value!r} is no duration")
    return number
