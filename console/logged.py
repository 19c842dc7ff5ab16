"""What requests did, as the logs and metrics of a stack on AWS show it."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

from console.activity import IN_PROGRESS, PAGE_SIZE, Page, Query, RequestSummary
from console.source import QueueDepths
from console.stack_map import Figures, StageFigures
from console.waterfall import Waterfall, of_lines
from contract import OUTCOMES, RECORDED
from local.journal import Timeline
from ops.logged_outcomes import LoggedOutcome, logged_outcomes
from ops.outcomes import outcomes_of
from ops.stack import Stack
from ops.stage_metrics import api_counts, function_sums

OUTCOME_LINES = '"level" "status" "requestId"'
FIRST_WINDOW_MS = 5_000
GROWTH = 8
OLDEST_MS = 7 * 86_400_000
PERIOD_SECONDS = 3_600
METRICS_SECONDS = 60

type Line = tuple[int, LoggedOutcome]
"""An outcome with the position of its stage."""


class LogSource:
    """The log lines of each stage, and CloudWatch's metrics."""

    live = False

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._depths = QueueDepths(stack)
        self._figures: Figures | None = None
        self._due = 0.0

    def poll(self) -> bool:
        """Return False: each page reads the logs."""
        return False

    def page(self, query: Query) -> Page:
        """Return a page: windows of the logs, newest first, until they fill it.

        CloudWatch Logs returns the oldest events first, and a busy hour has many.
        """
        end = query.before or _now()
        oldest = max(query.since, _now() - OLDEST_MS)
        window = FIRST_WINDOW_MS
        lines: list[Line] = []
        found: list[RequestSummary] = []
        while len(found) <= PAGE_SIZE and end > oldest:
            start = int(max(oldest, end - window))
            lines += self._lines(OUTCOME_LINES, since=start, until=end)
            found = [one for one in self._summaries(lines) if query.matches(one)]
            end, window = start, window * GROWTH
        if len(found) <= PAGE_SIZE:
            return Page(found, None)
        # The next page starts before a millisecond, so this one has all requests of its last.
        last = found[PAGE_SIZE - 1].number
        shown = [one for one in found if one.number >= last]
        return Page(shown, last)

    def summary_of(self, request_id: str) -> RequestSummary | None:
        """Return the summary of a request, or None if no log names it."""
        found = self._summaries(self._lines_of(request_id))
        return found[0] if found else None

    def timeline_of(self, _request_id: str, /) -> Timeline | None:
        """Return None: the logs do not show the attempts of a request."""
        return None

    def waterfall_of(self, request_id: str) -> Waterfall:
        """Return when each stage logged the request."""
        lines = sorted(self._lines_of(request_id), key=lambda line: (line[1].logged_at, line[0]))
        outcome = outcomes_of(self._stack, {request_id}).get(request_id)
        # A duplicate's timestamp is that of the first request.
        own = outcome and OUTCOMES.get(outcome.status) == RECORDED
        accepted_at = float(outcome.timestamp) if outcome and own else None
        names = [stage.name for stage in self._stack.stages]
        return of_lines([(names[index], line) for index, line in lines], accepted_at)

    def figures(self) -> Figures:
        """Return the figures of the last hour."""
        if self._figures is None or time.monotonic() >= self._due:
            self._figures = self._read_figures()
            self._due = time.monotonic() + METRICS_SECONDS
        depths = self._depths.get()
        stages = {
            stage.function_name: replace(
                self._figures.stages[stage.function_name],
                dead=depths[stage.queue_name][0],
                dead_in_flight=depths[stage.queue_name][1],
            )
            for stage in self._stack.stages
        }
        return replace(self._figures, stages=stages)

    def expire(self) -> None:
        """Read the depths of the queues anew."""
        self._depths.expire()

    def _read_figures(self) -> Figures:
        sums = function_sums(self._stack, PERIOD_SECONDS)
        accepted, client_errors = api_counts(self._stack, PERIOD_SECONDS)
        stages = {}
        for stage in self._stack.stages:
            invocations, errors = sums[stage.function_name]
            stages[stage.function_name] = StageFigures(
                name=stage.name,
                waiting=None,
                retrying=None,
                running=None,
                succeeded=invocations - errors,
                failed=errors,
                dead=0,
                dead_in_flight=0,
            )
        # CloudWatch counts no calls by function.
        return Figures(stages, accepted, client_errors, None, "in the last hour")

    def _summaries(self, lines: Sequence[Line]) -> list[RequestSummary]:
        """Return one summary per request, newest first.

        The outcomes table knows how a request ended whose last line is not among these.
        """
        by_request: dict[str, list[Line]] = {}
        for line in sorted(lines, key=lambda line: (line[0], line[1].logged_at)):
            by_request.setdefault(line[1].request_id, []).append(line)
        final = len(self._stack.stages) - 1
        unfinished = [one for one, found in by_request.items() if found[-1][0] < final]
        outcomes = outcomes_of(self._stack, unfinished)
        summaries = []
        for request_id, found in by_request.items():
            first, (stage, last) = found[0][1], found[-1]
            ended = last if stage == final else outcomes.get(request_id)
            summaries.append(
                RequestSummary(
                    number=first.logged_at,
                    request_id=request_id,
                    transaction_id=last.transaction_id,
                    status=ended.status if ended else IN_PROGRESS,
                    reason=ended.reason if ended else "",
                    accepted_at=float(first.logged_at),
                    ended_at=float(last.logged_at) if ended else None,
                )
            )
        return sorted(summaries, key=lambda one: -one.number)

    def _lines_of(self, request_id: str) -> list[Line]:
        quoted = request_id.replace('"', "")
        lines = self._lines(f'"{quoted}"')
        return [found for found in lines if found[1].request_id == request_id]

    def _lines(self, pattern: str, **period: int) -> Iterator[Line]:
        for index, stage in enumerate(self._stack.stages):
            for line in logged_outcomes(self._stack, stage.function_name, pattern, **period):
                yield index, line


def _now() -> int:
    return round(time.time() * 1_000)
