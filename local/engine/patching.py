"""How a patch is declared: the engine's symbol by name, and the function that takes its place."""

import functools
import importlib
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

type Untyped = Any
"""What the engine passes around; it publishes no types."""


@dataclass(frozen=True)
class Patch:
    """In place of `target` (module:name or module:Class.name) stands `wrapper(original)`."""

    target: str
    wrapper: Callable[[Untyped], Untyped]

    def resolve(self) -> tuple[Untyped, str, Untyped]:
        """Give owner, name and value of the symbol; a missing one says what to look at."""
        module_name, _, path = self.target.partition(":")
        *owners, name = path.split(".")
        try:
            owner = functools.reduce(getattr, owners, importlib.import_module(module_name))
            return owner, name, getattr(owner, name)
        except (ImportError, AttributeError) as error:
            where = self.wrapper.__module__
            raise SystemExit(
                f"This engine has no {self.target}, which {where} patches: {error}"
            ) from error

    def apply(self) -> None:
        """Put the wrapper in the symbol's place."""
        owner, name, original = self.resolve()
        replacement = self.wrapper(original)
        if isinstance(inspect.getattr_static(owner, name), staticmethod):
            replacement = staticmethod(replacement)
        setattr(owner, name, replacement)
