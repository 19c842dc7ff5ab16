"""Handlers in folders of their own, as Lambda has them."""

import compileall
import contextlib
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.benchmark import FOLDER, NEWEST, python_of
from benchmarks.execution_environment import Function
from local.launch import ROOT
from template.pipeline import build_template
from template.settings import Settings

SOURCE = ROOT / "src"
BASELINES = FOLDER / "baselines"
PROCESSORS = {
    "plain boto3": "processor_boto3",
    "Powertools Idempotency": "processor_idempotency",
    "Powertools, all": "processor_powertools",
}
"""The baselines of the processor, by their names in the benchmarks."""


@dataclass(frozen=True)
class StagedCode:
    """The folder of the copies, and the interpreter that runs them."""

    folder: Path
    python: Path

    def ours(self, name: str, *, compiled: bool = True) -> Function:
        """Return a function of ours: its folder is a copy of src/."""
        function = self._function(f"{name}.{name}", "ours", [SOURCE], compiled=compiled)
        return replace(function, template_variables=template_variables(function.handler))

    def baseline(self, name: str, *, compiled: bool = True) -> Function:
        """Return one of baselines/, which lie beside a copy of src/."""
        return self._function(name, "baselines", [SOURCE, BASELINES], compiled=compiled)

    def _function(
        self, module: str, folder: str, sources: list[Path], *, compiled: bool
    ) -> Function:
        target = self.folder / (folder if compiled else f"{folder}-source")
        if not target.exists():
            for source in sources:
                ignored = shutil.ignore_patterns("__pycache__")
                shutil.copytree(source, target, ignore=ignored, dirs_exist_ok=True)
            if compiled:
                compileall.compile_dir(target, quiet=2)
        return Function(f"{module}.lambda_handler", target, python=self.python)


@contextlib.contextmanager
def staged_code(venv: str = NEWEST) -> Iterator[StagedCode]:
    """Yield the handlers, which the packages of `venv` serve; remove the copies in the end."""
    with tempfile.TemporaryDirectory() as folder:
        yield StagedCode(Path(folder), python_of(venv))


def template_variables(handler: str) -> Mapping[str, str]:
    """Return the plain texts among the environment variables of a handler in the template."""
    for resource in build_template(Settings()).to_dict()["Resources"].values():
        properties = resource.get("Properties", {})
        if properties.get("Handler") == handler:
            variables = properties.get("Environment", {}).get("Variables", {})
            return {name: value for name, value in variables.items() if isinstance(value, str)}
    raise LookupError(f"{handler}: no function of the template has this handler")
