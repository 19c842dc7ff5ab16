"""Samples of variants, taken in turn, and their summary."""

import random
import statistics
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

type Samples = dict[str, list[float]]


@dataclass(frozen=True)
class Summary:
    """The median and the quartiles of samples."""

    median: float
    lower: float
    upper: float

    @classmethod
    def of(cls, samples: list[float]) -> "Summary":
        """Return the summary of samples; a single sample is its own quartiles."""
        if len(samples) == 1:
            return cls(samples[0], samples[0], samples[0])
        lower, median, upper = statistics.quantiles(samples, n=4, method="inclusive")
        return cls(median, lower, upper)


def in_turn(
    variants: Mapping[str, Callable[[], float]], repetitions: int, warm_ups: int = 1
) -> Iterator[tuple[str, float]]:
    """Yield one sample of each variant per round: whatever disturbs, disturbs all.

    Each round has an order of its own, the same in each run: the variant after a large program
    finds the processor's caches empty.
    """
    for measure in variants.values():
        for _ in range(warm_ups):
            measure()
    for turn in range(repetitions):
        for name in random.Random(turn).sample(list(variants), len(variants)):  # noqa: S311
            yield name, variants[name]()


def collect(pairs: Iterator[tuple[str, float]]) -> Samples:
    """Return the samples of each variant."""
    samples: Samples = {}
    for name, value in pairs:
        samples.setdefault(name, []).append(value)
    return samples


def ratios(samples: list[float], against: list[float]) -> list[float]:
    """Return the ratio of each round's samples."""
    return [one / other for one, other in zip(samples, against, strict=True)]


def differences(samples: list[float], less: list[float]) -> list[float]:
    """Return the difference of each round's samples."""
    return [one - other for one, other in zip(samples, less, strict=True)]
