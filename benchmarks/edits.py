"""The dev loop: from the moment at which a handler is saved to its first response."""

import json
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.benchmark import Benchmark, CannotMeasure, event_of
from local.dev import Session
from local.launch import ROOT, free_port
from ops.stack import Stack

FEWEST_EDITS = 20
PATIENCE_SECONDS = 60
SOURCES = ("build_template.py", "diagram", "src", "template", "template.yaml")
WORDS = "currency: must be "


def _measure(repetitions: int) -> Iterator[tuple[str, float]]:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "tree")
        root.mkdir()
        for name in SOURCES:
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
            copy(ROOT / name, root / name)
        session = Session(Path(folder, "home"), free_port(None), root)
        try:
            for _ in session.start():
                pass
            yield from _samples(session.stack, root / "src/validator/validator.py", repetitions)
        finally:
            session.stop()


def _samples(stack: Stack, handler: Path, repetitions: int) -> Iterator[tuple[str, float]]:
    event = event_of("validator")
    event["transaction"]["currency"] = "XXX"
    text = handler.read_text(encoding="utf-8")
    if WORDS not in text:
        raise CannotMeasure(f"{handler.name} does not contain {WORDS!r}, which is edited")
    _edit(stack, handler, text, event, 0)  # the first event starts the first process
    seconds = []
    for number in range(1, 1 + max(repetitions, FEWEST_EDITS)):
        seconds.append(_edit(stack, handler, text, event, number))
        yield "edit", seconds[-1]
    yield "p95", statistics.quantiles(seconds, n=20, method="inclusive")[-1]


def _edit(stack: Stack, handler: Path, text: str, event: dict[str, Any], number: int) -> float:
    """Save a handler with other words; return the seconds until a response contains them."""
    words = f"currency: {number} must be "
    handler.write_text(text.replace(WORDS, words), encoding="utf-8")
    begun = time.perf_counter()
    function = stack.stage("validator").function_name
    while (passed := time.perf_counter() - begun) < PATIENCE_SECONDS:
        response = stack.functions.invoke(FunctionName=function, Payload=json.dumps(event))
        if json.loads(response["Payload"].read())["reason"].startswith(words):
            return time.perf_counter() - begun
    raise TimeoutError(f"the edit is not live after {passed:.0f} s")


EDIT = Benchmark(
    "From a saved handler to its first response, in `pipeline dev`",
    "s",
    "Wall clock. Each edit saves the validator with other words in the reason of a rejection, and "
    "invokes the function until a response contains the words. p95: the 95th percentile of all "
    "edits, a single number.",
    ("edit", "p95"),
    _measure,
)
