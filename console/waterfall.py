"""The waterfall of a request: each stage and each AWS call as a bar on one time axis."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from console.activity import Entry

WIDTH = 1_000
NARROWEST = 3.0
SHORTEST_SPAN = 1.0
DURING = ("call", "call-failed")
"""The kinds of what begins no earlier than the run that it belongs to."""


@dataclass(frozen=True)
class Bar:
    """A row of the waterfall; `start` and `length` are in ms from the first entry."""

    kind: str
    label: str
    start: float
    length: float
    detail: str = ""
    trace: Sequence[str] = ()

    @property
    def end(self) -> float:
        """End in ms from the first entry."""
        return self.start + self.length


@dataclass(frozen=True)
class Waterfall:
    """The rows in order of time, and the milliseconds that they span."""

    bars: Sequence[Bar]
    span: float

    def x(self, bar: Bar) -> float:
        """Return where a bar starts, of WIDTH."""
        return min(bar.start / self.span * WIDTH, WIDTH - NARROWEST)

    def width(self, bar: Bar) -> float:
        """Return how wide a bar is, of WIDTH; a short one can still be seen."""
        return max(bar.length / self.span * WIDTH, NARROWEST)


def waterfall(entries: Sequence[Entry], stage_names: Mapping[str, str]) -> Waterfall:
    """Draw the entries of a request; `stage_names` are by function name."""
    start = min(map(_began, entries), default=0.0)
    end = max((entry["time"] for entry in entries), default=start)
    drawing = _Drawing(stage_names, start)
    bars = [bar for entry in entries for bar in drawing.add(entry)]
    bars += drawing.unfinished(end - start)
    bars.sort(key=lambda bar: (bar.start, bar.kind in DURING))
    return Waterfall(bars, max([SHORTEST_SPAN, *(bar.end for bar in bars)]))


def _began(entry: Entry) -> float:
    """Return when what an entry describes began; the entry has the time of its end."""
    began: float = entry["time"] - entry.get("milliseconds", 0.0)
    return began


class _Drawing:
    """The bars of entries in order of time; `open` are the entries that wait for their end."""

    def __init__(self, stage_names: Mapping[str, str], start: float) -> None:
        self.stage_names, self.start, self.logged_at = stage_names, start, 0.0
        self.open: dict[tuple[str, str], Entry] = {}

    def add(self, entry: Entry) -> Iterator[Bar]:
        """Yield the bars that an entry completes."""
        at, stage = entry["time"] - self.start, self._stage(entry)
        match entry["event"]:
            case "accepted":
                answer = f"HTTP {entry['status']}"
                yield Bar(
                    "accepted", "accepted", self._offset(entry), entry["milliseconds"], answer
                )
            case "queued" | "retried":
                self.open[entry["invocationId"], "queued"] = entry
            case "started":
                if waited := self.open.pop((entry["invocationId"], "queued"), None):
                    yield _queued(stage, waited, waited["time"] - self.start, at)
                self.open[entry["invocationId"], "run"] = entry
            case "call":
                yield _call(entry, self._offset(entry))
            case "ended":
                started = self.open.pop((entry["invocationId"], "run"), entry)
                yield from _run(stage, started, entry, started["time"] - self.start, at)
            case "exhausted":
                message = f"{entry['errorType']}: {entry['errorMessage']}"
                yield Bar("failed", f"{stage}: dead-lettered", at, 0.0, message)
            case "logged":
                detail = ": ".join(filter(None, (entry["status"], entry["reason"])))
                yield Bar("logged", stage, self.logged_at, at - self.logged_at, detail)
                self.logged_at = at

    def unfinished(self, end: float) -> Iterator[Bar]:
        """Yield a bar for each event that waits or runs at the end."""
        for (_, kind), entry in self.open.items():
            began = entry["time"] - self.start
            state = "running" if kind == "run" else "waiting"
            yield Bar(kind, f"{self._stage(entry)}: {state}", began, end - began)

    def _offset(self, entry: Entry) -> float:
        return _began(entry) - self.start

    def _stage(self, entry: Entry) -> str:
        function = entry.get("function", "")
        return self.stage_names.get(function, function)


def _queued(stage: str, waited: Entry, start: float, end: float) -> Bar:
    if waited["event"] == "queued":
        return Bar("queued", f"{stage}: queued", start, end - start)
    detail = f"retry attempt {waited['attempt'] - 1}"
    return Bar("queued", f"{stage}: delayed", start, end - start, detail)


def _run(stage: str, started: Entry, ended: Entry, start: float, end: float) -> Iterator[Bar]:
    if started.get("cold"):
        initialized = float(started.get("initMilliseconds") or 0.0)
        yield Bar("cold", f"{stage}: cold start", start - initialized, initialized)
    succeeded = ended["result"] == "success"
    words = ("status", "reason") if succeeded else ("errorType", "errorMessage")
    attempt = f", attempt {ended['attempt']}" if ended["attempt"] > 1 else ""
    yield Bar(
        "run" if succeeded else "failed",
        f"{stage}{attempt}",
        start,
        end - start,
        ": ".join(filter(None, map(ended.get, words))),
        ended["stackTrace"],
    )


def _call(entry: Entry, start: float) -> Bar:
    words = [entry["resource"], str(entry["status"]), entry["code"]]
    return Bar(
        "call-failed" if entry["status"] >= 400 else "call",
        f"{entry['service']} {entry['operation']}",
        start,
        entry["milliseconds"],
        " ".join(filter(None, words)),
    )
