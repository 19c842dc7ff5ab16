"""`ops` is short for `python -m ops`, and each shell completes it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from local.launch import ROOT
from tests.unit.stacks import STAGES
from tests.unit.test_stack import description

# Each calls the function that Tab would call, for a line whose last word is unfinished.
SCRIPTS = {
    "bash": """
eval "$(python -m ops completion bash)"
compopt() { :; }
completed() {
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
    $(complete -p ops | sed 's/.*-F \\([^ ]*\\) .*/\\1/') ops
    echo "${COMPREPLY[@]}"
}
""",
    "zsh": """
autoload -U compinit; compinit -D -u
eval "$(python -m ops completion zsh)"
_describe() { print -r -- ${(P)3%%:*} }
compadd() { local -a plain=(${(P)@[-1]}); print -r -- $plain }
completed() { words=("$@"); CURRENT=$#; $_comps[ops] }
""",
    "fish": """
python -m ops completion fish | source
function completed; complete -C "$argv" | string split -f 1 \\t | string join " "; end
""",
}


def shell(name: str, script: str) -> list[str]:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    program = {"zsh": ["zsh", "-f"], "fish": ["fish", "--no-config"]}.get(name, [name])
    result = subprocess.run(
        [*program, "-c", SCRIPTS[name] + script],
        cwd=ROOT,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stderr == ""
    return result.stdout.splitlines()


@pytest.mark.parametrize("name", [name for name in SCRIPTS if shutil.which(name)])
def test_a_shell_completes_commands_arguments_and_options(name: str, tmp_path: Path) -> None:
    local = tmp_path / "stack.json"
    local.write_text(json.dumps(description()))
    script = (
        f"completed ops s; completed ops redrive --local {local} ''; completed ops submit --wa; "
        "ops status -h"
    )

    commands, stages, options, *usage = shell(name, script)

    assert {*commands.split()} >= {"status", "submit"}
    assert all(word.startswith("s") for word in commands.split())
    assert {*stages.split()} == {*STAGES}
    assert options.split() == ["--wait"]
    assert usage[0] == "Usage: python -m ops status [OPTIONS] ID"


def test_there_is_bash_to_test_with() -> None:
    assert shutil.which("bash")
