"""One line for each transaction as it ends, with the tracebacks of failed attempts under it."""

import itertools
import re
import textwrap
import threading
import time
from collections.abc import Iterator, Sequence

from rich.text import Text

from cli.options import OUT, UNLIMITED, printable
from local import journal
from local.journal import Attempt, Entry, Invocation, Timeline, Timelines
from ops.log_events import UNPACKED
from template.outputs import StageOutputs

type Stages = Sequence[StageOutputs[str]]

UNNOTIFIED = "UNNOTIFIED"
"""The status of a transaction whose last stage failed."""

STYLES = {"PROCESSED": "green", "FAILED": "red", UNNOTIFIED: "red"}
OTHER_STYLE = "yellow"
INDENT = " " * 10
"""The width of the time, under which the ID starts."""

ID_WIDTH = 20
NARROWEST_ID = 12
LIBRARIES = re.compile(r'File "[^"]*/site-packages/')


def print_transactions(endpoint_url: str, stages: Stages, since: float = 0) -> threading.Thread:
    """Print each transaction that ends after a time in seconds, until the engine stops.

    Returns the thread that prints: Ctrl-C can leave a lock of the main thread locked, for example
    one of urllib3.
    """
    thread = threading.Thread(target=_print, args=[endpoint_url, stages, since], daemon=True)
    thread.start()
    return thread


def _print(endpoint_url: str, stages: Stages, since: float) -> None:
    timelines = Timelines()
    for entry in journal.follow(endpoint_url):
        timeline = timelines.add(entry)
        if timeline and ends(entry, stages) and entry["time"] >= since * 1_000:
            width = OUT.width if OUT.is_terminal else UNLIMITED
            OUT.print(lines(timeline, stages, entry["time"], width))


def ends(entry: Entry, stages: Stages) -> bool:
    """Return whether an entry is the end of a transaction's last stage."""
    return entry.get("function") == stages[-1].function_name and (
        entry["event"] == "exhausted" or entry.get("result") == "success"
    )


def lines(timeline: Timeline, stages: Stages, ended_at: float, width: int) -> Text:
    """Return the text for a transaction, in lines of at most `width` characters."""
    found = [(stage.name, timeline.of(stage.function_name)) for stage in stages]
    status, reason = _outcome(found[-1][1])
    durations = _durations(found, width)
    longest_id = width - len(INDENT) - len(f"{UNNOTIFIED}    {durations}")
    name = printable(timeline.transaction_id or timeline.request_id)
    if len(name) > longest_id:
        name = name[: longest_id - 1] + "…"
    clock = time.strftime("%H:%M:%S", time.localtime(ended_at / 1_000))
    text = Text.assemble(
        f"{clock}  {name:{min(ID_WIDTH, longest_id)}}  ",
        (f"{status:{len(UNNOTIFIED)}}", STYLES.get(status, OTHER_STYLE)),
        f"  {durations}",
    )
    if reason and len(text) + len(reason) + 2 <= width:
        text.append(f"  {reason}")
    elif reason:
        text.append("\n" + wrapped(reason, width))
    for stage, invocation in found:
        for line, style in _failures(stage, invocation):
            text.append("\n" + wrapped(line, width), style)
    return text


def _outcome(last: Invocation | None) -> tuple[str, str]:
    if last is None or last.exhausted:
        return UNNOTIFIED, ""
    return printable(last.status), printable(last.reason)


def _durations(found: list[tuple[str, Invocation | None]], width: int) -> str:
    attempts = [(name, one.attempts[-1]) for name, one in found if one and one.attempts]
    named = "  ".join(f"{name} {_duration(one)}" for name, one in attempts) + " ms"
    if len(INDENT) + NARROWEST_ID + len(f"{UNNOTIFIED}    {named}") <= width:
        return named
    return "/".join(f"{one.milliseconds or 0:.0f}" for _, one in attempts) + " ms"


def _duration(attempt: Attempt) -> str:
    text = f"{attempt.milliseconds or 0:.0f}"
    if attempt.init_milliseconds is not None:
        text += f" (cold {attempt.init_milliseconds:.0f})"
    return text


def _failures(stage: str, invocation: Invocation | None) -> Iterator[tuple[str, str]]:
    failed = [one for one in invocation.attempts if one.failed] if invocation else []
    for (message, frames), attempts in itertools.groupby(failed, key=_error):
        numbers = [str(one.number) for one in attempts]
        which = "attempts" if len(numbers) > 1 else "attempt"
        text = f"{stage}, {which} {', '.join(numbers)}: {message}"
        yield from ((line, "red") for line in text.splitlines())
        yield from ((line, "dim") for frame in frames for line in frame.splitlines())


def _error(attempt: Attempt) -> tuple[str, list[str]]:
    message = ": ".join(filter(None, (attempt.error_type, attempt.error_message)))
    frames = [UNPACKED.sub('File "src/', frame) for frame in attempt.stack_trace]
    return message, [LIBRARIES.sub('File "', frame) for frame in frames]


def wrapped(line: str, width: int) -> str:
    """Return a line indented, and wrapped where it is too long."""
    line = printable(line)
    inner = INDENT + " " * (len(line) - len(line.lstrip()))
    return textwrap.fill(
        line.strip(), width, initial_indent=inner, subsequent_indent=inner, break_on_hyphens=False
    )
