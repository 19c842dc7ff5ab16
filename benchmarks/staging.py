"""Lays handlers out in folders of their own, as Lambda has them."""

import compileall
import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.function import Function
from local.launch import ROOT

RIVALS = Path(__file__).with_name("rivals")
PROCESSORS = {
    "plain boto3": "processor_boto3",
    "Powertools Idempotency": "processor_idempotency",
    "Powertools, all": "processor_powertools",
}
"""The rivals of the processor, by what the benchmarks call them."""
CURRENCIES = ROOT / "src/validator/currencies.py"


@dataclass(frozen=True)
class Stage:
    """Where the handlers were laid out."""

    folder: Path

    def ours(self, name: str, *, compiled: bool = True, models: bool = True) -> Function:
        """Give a function of ours; without `models` it reads those of botocore."""
        files = [
            file
            for file in (ROOT / "src" / name).iterdir()
            if file.is_file() and (models or file.suffix != ".json")
        ]
        folder = name if models else f"{name}-without-models"
        return self._lay(folder, files, name, compiled=compiled)

    def rival(self, name: str, *, compiled: bool = True) -> Function:
        """Give one of rivals/, with what it may import beside it."""
        files = [*RIVALS.glob("*.py"), CURRENCIES]
        return self._lay(f"rival-{name}", files, name, compiled=compiled)

    def _lay(self, folder: str, files: list[Path], module: str, *, compiled: bool) -> Function:
        target = self.folder / (folder if compiled else f"{folder}-source")
        if not target.exists():
            target.mkdir()
            for file in files:
                shutil.copy(file, target)
            if compiled:
                compileall.compile_dir(target, quiet=2)
        return Function(f"{module}.lambda_handler", target)


@contextlib.contextmanager
def stage() -> Iterator[Stage]:
    """Lay handlers out for as long as the block lasts."""
    with tempfile.TemporaryDirectory() as folder:
        yield Stage(Path(folder))
