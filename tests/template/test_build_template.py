"""The command line: its output, byte for byte, and its errors."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from build_template import main
from template import stages
from template.settings import Settings
from tests.template.reading import ROOT, STAGES

COUNT = len(STAGES)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def usage_error(*arguments: str) -> str:
    """Return the message of a usage error."""
    result = run(*arguments)
    assert result.exit_code == 2
    return result.output.splitlines()[-1]


@pytest.mark.parametrize(
    ("seed", "flags", "committed"),
    [("1", [], "template.yaml"), ("2", ["--diagram"], "docs/architecture.svg")],
)
def test_a_fresh_process_writes_the_committed_bytes(
    seed: str, flags: list[str], committed: str, tmp_path: Path
) -> None:
    (tmp_path / "docs").mkdir()
    subprocess.run(
        [sys.executable, str(ROOT / "build_template.py"), *flags],
        check=True,
        cwd=tmp_path,
        env=os.environ | {"PYTHONHASHSEED": seed},
        stdout=subprocess.DEVNULL,
    )
    assert (tmp_path / committed).read_bytes() == (ROOT / committed).read_bytes(), (
        "stale: run make template docs"
    )


@pytest.mark.parametrize(
    ("flags", "committed"), [((), "template.yaml"), (("--diagram",), "docs/architecture.svg")]
)
def test_check_accepts_what_is_committed(flags: tuple[str, ...], committed: str) -> None:
    result = run(*flags, "--check", "--output", str(ROOT / committed))
    assert (result.exit_code, result.output) == (0, f"{ROOT / committed} is up to date\n")


def test_check_shows_how_a_stale_template_differs_and_leaves_it(tmp_path: Path) -> None:
    stale = tmp_path / "template.yaml"
    run("--output", str(stale), "--burst-limit=1")
    result = run("--check", "--output", str(stale))
    assert result.exit_code == 1
    *diff, sentence = result.output.splitlines()
    assert diff[:2] == [f"--- {stale}", "+++ build_template.py"]
    assert [line for line in diff[2:] if line.startswith(("-", "+"))] == [
        "-        BurstLimit: 1",
        f"+        BurstLimit: {Settings().burst_limit}",
    ]
    assert sentence == (
        f"{stale} is stale: run make template; "
        "a number that is to stay is a default in template/settings.py"
    )
    assert "BurstLimit: 1\n" in stale.read_text(encoding="utf-8")


@pytest.mark.parametrize("content", [None, b"", b"\xff"])
def test_check_calls_a_missing_or_broken_template_stale(
    content: bytes | None, tmp_path: Path
) -> None:
    path = tmp_path / "template.yaml"
    if content is not None:
        path.write_bytes(content)
    result = run("--check", "--output", str(path))
    assert result.exit_code == 1
    assert "+AWSTemplateFormatVersion: '2010-09-09'" in result.output.splitlines()


def test_names_an_output_that_cannot_be_written(tmp_path: Path) -> None:
    output = tmp_path / "missing" / "template.yaml"
    assert usage_error("--output", str(output)) == (
        f"Error: {output} cannot be written: No such file or directory"
    )


def test_writes_one_document_at_a_time() -> None:
    assert usage_error("--openapi", "--diagram") == (
        "Error: --openapi and --diagram exclude each other"
    )


def test_names_an_output_that_is_a_folder(tmp_path: Path) -> None:
    assert usage_error("--output", str(tmp_path)) == (
        f"Error: Invalid value for '--output': File '{tmp_path}' is a directory."
    )


@pytest.mark.parametrize(
    ("flag", "sentence"),
    [
        (
            "--memory=64",
            "memory (memory of each function) must be a whole number from 128 to 10,240 MB, not 64",
        ),
        (
            "--timeout=901",
            "timeout (timeout of each function) must be a whole number from 1 to 900 s, not 901",
        ),
        (
            "--retries=3",
            (
                "retries (retries of a failed execution) must be a whole number from "
                "0 to 2 retries, not 3"
            ),
        ),
        (
            "--reserved-concurrency=0",
            (
                "reserved_concurrency (reserved for each function) must be a whole number from "
                "1 to 100,000 executions, not 0"
            ),
        ),
        (
            "--log-retention=8",
            (
                "log_retention must be one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, "
                "545, 731, 1096, 1827 days, not 8"
            ),
        ),
        ("--memory=much", "Invalid value for '--memory': 'much' is not a valid integer."),
        (
            "--reserved-concurrency=few",
            "Invalid value for '--reserved-concurrency': 'few' is not a valid integer, nor none.",
        ),
        ("--memori=512", "No such option: --memori Did you mean --memory?"),
    ],
)
def test_names_the_setting_that_is_wrong(flag: str, sentence: str) -> None:
    assert usage_error(flag) == f"Error: {sentence}"


@pytest.mark.parametrize(
    ("account", "each", "remedy"),
    [
        (1_000, 900 // COUNT + 1, f"at most {900 // COUNT} per function would fit"),
        (100 + 10 * COUNT - 1, 10, "at most 9 per function would fit"),
        (
            10,
            10,
            (
                "nothing can be reserved for every function; "
                "use --reserved-concurrency none, or ask AWS for a higher limit"
            ),
        ),
    ],
)
def test_does_not_build_what_leaves_the_account_too_little(
    account: int, each: int, remedy: str, tmp_path: Path
) -> None:
    output = tmp_path / "template.yaml"
    flags = [f"--account-concurrency={account}", f"--reserved-concurrency={each}"]
    assert usage_error(*flags, "--output", str(output)) == (
        f"Error: the functions reserve {each * COUNT} concurrent executions, but of the account's "
        f"limit of {account:,} AWS keeps 100 unreserved: {remedy}"
    )
    assert not output.exists()


def test_a_new_account_can_build_without_reservations(tmp_path: Path) -> None:
    output = tmp_path / "template.yaml"
    flags = ["--account-concurrency=10", "--reserved-concurrency=none", "--daily-quota=1000"]
    assert run(*flags, "--output", str(output)).exit_code == 0
    assert "ReservedConcurrentExecutions" not in output.read_text(encoding="utf-8")


def test_names_the_stage_whose_name_cannot_deploy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stages, "RESERVED_NAMES", {"processor"})
    output = tmp_path / "template.yaml"
    assert usage_error("--output", str(output)) == (
        "Error: the name of the stage 'processor' is taken; choose another"
    )
    assert not output.exists()


def test_help_states_each_settings_unit_and_default() -> None:
    help_text = " ".join(run("--help").output.split())
    memory = Settings().memory
    assert f"--memory INTEGER Memory of each function (MB). [default: {memory}]" in help_text
    assert (
        "--reserved-concurrency INTEGER|NONE Reserved for each function (executions)."
    ) in help_text
