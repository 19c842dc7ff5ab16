"""What differs between two versions, and between each of them and a mixture of both."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.versions.aws import RecordedAws
from tests.versions.corpora import Workload
from tests.versions.version import Stage, Version

MAX_LENGTH = 80
MAX_ROWS = 40


@dataclass
class Differences:
    """Differences by kind, each with the number of events and an example."""

    events: int = 0
    workloads: int = 0
    verdicts: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    calls: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    stored: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    mixtures: dict[str, Counter[tuple[str, str, str]]] = field(default_factory=dict)


def compare(
    base: Version,
    head: Version,
    events: Iterable[tuple[str, Any]],
    workloads: Iterable[Workload],
) -> Differences:
    """Run events and workloads in both versions, and workloads in their mixtures too."""
    found = Differences()
    for stage, event in events:
        if stage in base.stages and stage in head.stages:
            found.events += 1
            _compare_event(found, stage, base, head, event)
    mixtures = dict(_mixtures(base, head))
    found.mixtures = {name: Counter() for name in mixtures}
    for workload in workloads:
        found.workloads += 1
        before, after = (run(workload, dict.fromkeys(one.stages, one)) for one in (base, head))
        found.stored.update(_changed(before, after))
        for name, versions in mixtures.items():
            mixed = run(workload, versions)
            if mixed not in (before, after):
                found.mixtures[name].update(_changed(after, mixed))
    return found


def _compare_event(
    found: Differences, stage: str, base: Version, head: Version, event: object
) -> None:
    old, new = (version.run(stage, event, RecordedAws()) for version in (base, head))
    if old.verdict != new.verdict:
        found.verdicts[stage, old.verdict, new.verdict] += 1
    elif old.result != new.result:
        found.verdicts[stage, repr(old.result), repr(new.result)] += 1
    before, after = (", ".join(name for name, _ in one.calls) or "none" for one in (old, new))
    if before != after:
        found.calls[stage, before, after] += 1


def _mixtures(base: Version, head: Version) -> Iterable[tuple[str, dict[str, Version]]]:
    """Yield each way in which events cross from one version to the other in mid-pipeline."""
    if base.stages != head.stages:
        return
    names = list(base.stages)
    for first, then, label in ((base, head, "old {}, new {}"), (head, base, "new {}, old {}")):
        for cut in range(1, len(names)):
            name = label.format(" and ".join(names[:cut]), " and ".join(names[cut:]))
            yield name, dict.fromkeys(names[:cut], first) | dict.fromkeys(names[cut:], then)


type State = dict[str, Any]


def run(workload: Workload, versions: Mapping[str, Version]) -> State:
    """Send requests through the pipeline, and return everything that is stored or published."""
    aws = RecordedAws()
    first = next(iter(versions))
    for request in workload:
        _deliver(first, request, versions, aws)
    return aws.stored


def _deliver(name: str, event: Any, versions: Mapping[str, Version], aws: RecordedAws) -> None:
    """Run a stage and the stages after it; without faults, a retry would change nothing."""
    version = versions[name]
    execution = version.run(name, event, aws)
    stage = version.stages[name]
    failed = execution.kind == "error"
    target = stage.on_failure if failed else stage.on_success
    if target:
        _deliver(target, _record(stage, event, execution.result, failed=failed), versions, aws)


def _record(stage: Stage, event: Any, result: Any, *, failed: bool) -> dict[str, Any]:
    """Return the destination record of an invocation.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    """
    return {
        "version": "1.0",
        "requestContext": {
            "functionArn": f"arn:aws:lambda:ap-southeast-1:0:function:{stage.name}:$LATEST",
            "condition": "RetriesExhausted" if failed else "Success",
        },
        "requestPayload": event,
        "responsePayload": {"errorType": result, "errorMessage": ""} if failed else result,
    }


def _changed(before: State, after: State) -> Iterable[tuple[str, str, str]]:
    """Yield the kind of each thing that differs, with the old and the new bytes."""
    for key in {**before, **after}:
        if before.get(key) != after.get(key):
            old, new = (repr(one[key]) if key in one else "nothing" for one in (before, after))
            yield key.partition(" ")[0], old, new


def markdown(revision: str, found: Differences) -> str:
    """Return the differences as a Markdown summary."""
    run_through = f"{found.events:,} events and {found.workloads:,} workloads"
    parts = [
        f"## Behavior since {revision}\n\n{run_through} went through both versions.\n",
        _section("Verdicts", "stage", found.verdicts, "No verdict changed."),
        _section("Calls", "stage", found.calls, "Each event leads to the same calls."),
        _section("Bytes", "stored or published", found.stored, "Each workload leaves the same."),
        *(
            _section(f"Mixed: {name}", "stored or published", counts, "Clean.")
            for name, counts in found.mixtures.items()
        ),
    ]
    if not found.mixtures:
        parts.append("### Mixed\n\nThe stages differ, so no mixture was run.\n")
    return "\n".join(parts)


def _section(title: str, column: str, counts: Counter[tuple[str, str, str]], otherwise: str) -> str:
    if not counts:
        return f"### {title}\n\n{otherwise}\n"
    rows = [
        f"| {count:,} | {where} | {_code(_around(old, new))} | {_code(_around(new, old))} |"
        for (where, old, new), count in counts.most_common(MAX_ROWS)
    ]
    if hidden := len(counts) - len(rows):
        rows.append(f"| | and {hidden:,} more | | |")
    head = f"| events | {column} | from | to |\n|--:|---|---|---|"
    return f"### {title}\n\n{head}\n{'\n'.join(rows)}\n"


def _around(text: str, other: str) -> str:
    """Return the part of a text that differs from another, with what comes before it."""
    same = next(
        (at for at, pair in enumerate(zip(text, other, strict=False)) if pair[0] != pair[1]),
        min(len(text), len(other)),
    )
    start = max(0, same - MAX_LENGTH // 2)
    cut = text[start : start + MAX_LENGTH]
    return f"{'…' if start else ''}{cut}{'…' if start + MAX_LENGTH < len(text) else ''}"


def _code(text: str) -> str:
    """Return text as inline code of a table, without what Markdown or a terminal would obey."""
    plain = ascii(text)[1:-1].replace("`", "'").replace("|", r"\|")
    return f"`{plain}`" if plain else "nothing"
