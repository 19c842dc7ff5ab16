"""The waterfall of a request: each stage and each AWS call as a bar on one time axis."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from local.journal import Attempt, Entry, Invocation, Timeline
from ops.logged_outcomes import LoggedOutcome

WIDTH = 1_000
NARROWEST = 3.0
SHORTEST_SPAN = 1.0


@dataclass(frozen=True)
class Bar:
    """A row of the waterfall; `start` and `end` are in ms since the epoch."""

    kind: str
    label: str
    start: float
    end: float
    detail: str = ""
    trace: Sequence[str] = ()

    @property
    def milliseconds(self) -> float:
        """The length in ms."""
        return self.end - self.start


@dataclass(frozen=True)
class Waterfall:
    """The bars in order of time."""

    bars: Sequence[Bar]

    @property
    def start(self) -> float:
        """When the first bar starts, in ms since the epoch."""
        return min((bar.start for bar in self.bars), default=0.0)

    @property
    def span(self) -> float:
        """The ms from the first start to the last end."""
        return max([SHORTEST_SPAN, *(bar.end - self.start for bar in self.bars)])

    def x(self, bar: Bar) -> float:
        """Return where a bar starts, of WIDTH."""
        return min((bar.start - self.start) / self.span * WIDTH, WIDTH - NARROWEST)

    def width(self, bar: Bar) -> float:
        """Return how wide a bar is, of WIDTH; a short one can still be seen."""
        return max(bar.milliseconds / self.span * WIDTH, NARROWEST)


def of_timeline(timeline: Timeline, stage_names: Mapping[str, str], now: float) -> Waterfall:
    """Draw the timeline of a request; `stage_names` are by function, `now` ends open bars."""
    bars = [*_acceptance(timeline)]
    for invocation in timeline.invocations.values():
        stage = stage_names.get(invocation.function, invocation.function)
        bars += _invocation(invocation, stage, now)
    return Waterfall(bars)


def of_lines(lines: Sequence[tuple[str, LoggedOutcome]], accepted_at: float | None) -> Waterfall:
    """Draw what the stages logged: each from the line before to its own."""
    bars: list[Bar] = []
    start = accepted_at or min((float(line.logged_at) for _, line in lines), default=0.0)
    for stage, line in lines:
        detail = ": ".join(filter(None, (line.status, line.reason)))
        bars.append(Bar("logged", stage, start, float(line.logged_at), detail))
        start = float(line.logged_at)
    return Waterfall(bars)


def _acceptance(timeline: Timeline) -> Iterator[Bar]:
    if timeline.accepted_at is not None:
        began = timeline.accepted_at - (timeline.response_milliseconds or 0.0)
        yield Bar("accepted", "accepted", began, timeline.accepted_at, "HTTP 202")


def _invocation(invocation: Invocation, stage: str, now: float) -> Iterator[Bar]:
    waits_since, waits = invocation.queued_at, "queued"
    for attempt in invocation.attempts:
        if waits_since is not None:
            yield Bar("queued", f"{stage}: {waits}", waits_since, attempt.started_at)
        yield from _attempt(attempt, invocation, stage, now)
        waits_since, waits = attempt.ended_at, "delayed"
    if invocation.exhausted:
        end = waits_since or now
        yield Bar("failed", f"{stage}: dead-lettered", end, end, "Lambda stopped retrying.")
    elif waits_since is not None and not invocation.ended:
        yield Bar("queued", f"{stage}: {waits}", waits_since, now, "waiting now")


def _attempt(attempt: Attempt, invocation: Invocation, stage: str, now: float) -> Iterator[Bar]:
    if attempt.cold:
        began = attempt.started_at - (attempt.init_milliseconds or 0.0)
        yield Bar("cold", f"{stage}: cold start", began, attempt.started_at)
    if attempt.failed:
        words = (attempt.error_type, attempt.error_message)
    else:
        words = (invocation.status, invocation.reason)
    number = f", attempt {attempt.number}" if attempt.number > 1 else ""
    yield Bar(
        "failed" if attempt.failed else "run",
        f"{stage}{number}",
        attempt.started_at,
        now if attempt.ended_at is None else attempt.ended_at,
        ": ".join(filter(None, words)),
        attempt.stack_trace,
    )
    yield from map(_call, attempt.calls)


def _call(entry: Entry) -> Bar:
    words = [entry["resource"], str(entry["status"]), entry["code"]]
    return Bar(
        "call-failed" if entry["status"] >= 400 else "call",
        f"{entry['service']} {entry['operation']}",
        entry["time"] - entry["milliseconds"],
        entry["time"],
        " ".join(filter(None, words)),
    )
