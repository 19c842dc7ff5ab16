import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local.launch import ROOT
from tests.handlers.builders import a_gateway_event
from tests.handlers.events import read_event
from tests.template.reading import STAGES
from tests.versions import corpora
from tests.versions.comparison import Differences, compare, markdown
from tests.versions.version import Version, running

EVENTS = [
    ("validator", read_event("gateway_to_validator.json")),
    ("validator", a_gateway_event({})),
    ("processor", read_event("validator_to_processor.json")),
    ("notifier", read_event("processor_to_notifier.json")),
]
WORKLOADS = list(corpora.workloads())[:30]
MIXTURES = (
    "old validator, new processor and notifier",
    "old validator and processor, new notifier",
    "new validator, old processor and notifier",
    "new validator and processor, old notifier",
)

type Since = Callable[[str, str, str], Differences]


@pytest.fixture(scope="module")
def head() -> Iterator[Version]:
    with running(ROOT) as version:
        yield version


@pytest.fixture
def since(head: Version, tmp_path: Path) -> Since:
    """Compare an earlier version, which read `old` in a file of src/ in place of `new`."""

    def compared(name: str, old: str, new: str) -> Differences:
        shutil.copytree(ROOT / "src", tmp_path / "src")
        shutil.copy(ROOT / "template.yaml", tmp_path)
        source = tmp_path / "src" / name
        text = source.read_text(encoding="utf-8")
        assert text.count(new) == 1
        source.write_text(text.replace(new, old), encoding="utf-8")
        with running(tmp_path) as base:
            return compare(base, head, EVENTS, WORKLOADS)

    return compared


def test_the_same_version_shows_no_difference(head: Version) -> None:
    with running(ROOT) as base:
        found = compare(base, head, EVENTS, WORKLOADS)
    clean = {name: Counter[tuple[str, str, str]]() for name in MIXTURES}
    assert found == Differences(len(EVENTS), len(WORKLOADS), mixtures=clean)
    assert markdown("HEAD", found).splitlines()[:5] == [
        "## Behavior since HEAD",
        "",
        "4 events and 30 workloads went through both versions.",
        "",
        "### Verdicts",
    ]


def test_shows_a_verdict_that_changed(since: Since) -> None:
    found = since("validator/validator.py", "{name}: is absent", "{name}: is missing")
    old, new = "REJECTED: transactionId: is absent", "REJECTED: transactionId: is missing"
    assert found.verdicts == Counter({("validator", old, new): 1})
    assert f"| 1 | validator | `{old}` | `{new}` |" in markdown("HEAD", found)


def test_shows_calls_that_were_added(since: Since) -> None:
    found = since(
        "processor/processor.py",
        "    s3.head_object(Bucket=bucket, Key=key)\n    try:\n        s3.put_object(",
        "    try:\n        s3.put_object(",
    )
    error = "ClientError: An error occurred (404) when calling the HeadObject operation: 404"
    assert found.verdicts == Counter({("processor", error, "PROCESSED"): 1})
    assert found.calls == Counter({("processor", "HeadObject", "PutObject, PutItem"): 1})


def test_shows_bytes_that_changed(since: Since) -> None:
    found = since("contract.py", 'separators=(", ", ": ")', 'separators=(",", ":")')
    assert {where for where, _, _ in found.stored} == {"object"}
    assert sum(found.stored.values()) > len(WORKLOADS)
    assert found.verdicts == Counter()
    assert not any(found.mixtures.values())


def test_shows_a_mixture_in_which_a_status_is_unknown(since: Since) -> None:
    found = since("contract.py", '"VOID": UNRECORDED', '"REJECTED": UNRECORDED')
    broken = [name for name, counts in found.mixtures.items() if counts]
    assert broken == ["new validator and processor, old notifier"]


def test_the_hostile_corpora_reach_every_stage() -> None:
    counts = Counter(stage for stage, _ in corpora.events())
    assert {stage for stage, count in counts.items() if count > 1_000} == {*STAGES}


def test_a_wrong_revision_is_named() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "tests.versions", "no-such"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith("BASE=no-such has no src/ and template.yaml: fatal: ")
    assert ran.stderr.count("\n") == 1
