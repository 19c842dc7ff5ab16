"""The durations of the functions, measured by the benchmarks or passed as options."""

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


CALLS = {"processor": 2, "notifier": 2}
"""Synchronous calls to AWS per execution: PutObject and PutItem, PutItem and Publish."""

CALLS_IN_WORDS = ", ".join(f"{stage} {calls}" for stage, calls in CALLS.items())

LONGEST_MILLISECONDS = 900_000
"""Lambda's maximum timeout of 15 minutes."""

WAIT = "30"
"""Assumed milliseconds per call: the benchmarks call a server on the same machine, so their results
exclude AWS's network. For small objects, AWS states "tens of milliseconds":
https://docs.aws.amazon.com/whitepapers/latest/s3-optimizing-performance-best-practices/timeouts-and-retries-for-latency-sensitive-applications.html
"""


class NoDurations(ValueError):
    """The durations cannot be read; the message contains the reason."""


@dataclass(frozen=True)
class Duration:
    """Milliseconds of one execution, and of the initialization of an execution environment."""

    warm: Decimal
    init: Decimal

    @classmethod
    def read(cls, measured: Mapping[str, Any]) -> Self:
        """Read the measured durations of one function."""
        return cls(_milliseconds(measured["warm"]), _milliseconds(measured["init"]))


@dataclass(frozen=True)
class StageDurations:
    """The durations of each stage, for our handlers and for Powertools handlers."""

    ours: dict[str, Duration]
    powertools: dict[str, Duration]
    assumed: tuple[str, ...] = ()
    """Stages without a measurement, which get the typical duration."""
    wait: Decimal = Decimal()
    """Milliseconds added for each call to AWS."""

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read the benchmarks' results; raises NoDurations."""
        try:
            results = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
            ours, powertools = (_of_stages(results[name]) for name in _SECTIONS)
            known = results[_SECTIONS[0]].keys()
            return cls(ours, powertools, tuple(name for name in ours if name not in known))
        except OSError as error:
            raise NoDurations(f"{path}: {error.strerror}; create it with: make bench") from error
        except MALFORMED as error:
            raise NoDurations(
                f'{path} must hold {" and ".join(_SECTIONS)}, each as {{"STAGE": {{"warm": ms, '
                f'"init": ms}}, ...}}: {describe_error(error)}'
            ) from error

    @classmethod
    def default(cls) -> Self:
        """Return the measured durations, with the assumed latency of AWS calls."""
        return cls.read(RESULTS).with_call_latency(Decimal(WAIT))

    def with_call_latency(self, wait: Decimal) -> Self:
        """Return the durations with the latency of AWS calls added."""
        return replace(
            self,
            ours=_waiting(self.ours, wait),
            powertools=_waiting(self.powertools, wait),
            wait=wait,
        )

    def with_executions(self, executions: Mapping[str, Decimal]) -> Self:
        """Return the durations with some warm durations replaced."""
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
    """Parse STAGE=MILLISECONDS; raises NoDurations."""
    stage, _, milliseconds = text.partition("=")
    names = {stage.name: stage.name for stage in stages()}
    try:
        return names[stage], _milliseconds(milliseconds)
    except (KeyError, ValueError) as error:
        raise NoDurations(
            f"{text!r} must be STAGE=MILLISECONDS, as in processor=42.5, with a stage of "
            f"{', '.join(names)} and more than 0, at most {LONGEST_MILLISECONDS:,} milliseconds"
        ) from error


def _milliseconds(value: Any) -> Decimal:
    try:
        number = Decimal(value)
    except InvalidOperation as error:
        raise ValueError(f"{value!r} is not a number") from error
    if not number.is_finite() or not 0 < number <= LONGEST_MILLISECONDS:
        raise ValueError(f"{value!r} is not a valid duration")
    return number
