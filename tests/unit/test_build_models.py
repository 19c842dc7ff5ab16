"""What the handlers read in place of botocore's files is made from the botocore that is here."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from botocore.loaders import Loader
from click.testing import CliRunner, Result

import build_models
from build_models import main

FILES = ["processor_clients.json", "notifier_clients.json"]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have folders of handlers that nothing was written to."""
    monkeypatch.setattr(build_models, "SOURCES", tmp_path)
    for name in build_models.OPERATIONS:
        (tmp_path / name).mkdir()
    return tmp_path


def test_the_committed_files_are_made_from_the_locked_botocore() -> None:
    command = [sys.executable, str(build_models.__file__), "--check"]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    assert output == "".join(f"{name} is up to date\n" for name in FILES)


def test_check_names_each_file_that_is_missing_or_stale_and_writes_nothing(sources: Path) -> None:
    stale = sources / "notifier" / "notifier_clients.json"
    stale.write_text("{}", encoding="utf-8")
    result = run("--check")
    assert (result.exit_code, result.output) == (
        1,
        "".join(f"{name} is stale: run python build_models.py\n" for name in FILES),
    )
    assert list(sources.glob("*/*")) == [stale]


@pytest.mark.usefixtures("sources")
def test_writes_what_check_is_content_with() -> None:
    assert run().output == "".join(f"Wrote {name}\n" for name in FILES)
    assert run("--check").exit_code == 0


def test_keeps_every_region_of_the_services_in_use() -> None:
    full = Loader().load_data("endpoints")
    trimmed = build_models.endpoints(Loader(), ["sns"])
    for ours, theirs in zip(trimmed["partitions"], full["partitions"], strict=True):
        assert ours == {**theirs, "services": {"sns": theirs["services"]["sns"]}}


def test_keeps_the_shapes_that_an_operation_reaches_and_no_other() -> None:
    full = Loader().load_service_model("sns", "service-2")
    trimmed = build_models.model(full, ["Publish"])
    assert list(trimmed["operations"]) == ["Publish"]
    assert {"PublishInput", "MessageAttributeMap", "Binary", "NotFoundException"} < set(
        trimmed["shapes"]
    )
    assert "Subscription" not in trimmed["shapes"]
    assert "documentation" not in json.dumps(trimmed["shapes"])
    assert trimmed["metadata"] == full["metadata"]
