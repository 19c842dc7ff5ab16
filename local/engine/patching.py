"""Patches: an engine symbol by name, and its replacement."""

import functools
import importlib
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

type Untyped = Any
"""Values of the engine, which has no type hints."""


@dataclass(frozen=True)
class Patch:
    """A replacement of `target` (module:name or module:Class.name) by `wrapper(original)`."""

    target: str
    wrapper: Callable[[Untyped], Untyped]

    def resolve(self) -> tuple[Untyped, str, Untyped]:
        """Return the symbol's owner, name and value; exit if it is missing."""
        module_name, _, path = self.target.partition(":")
        *owners, name = path.split(".")
        try:
            owner = functools.reduce(getattr, owners, importlib.import_module(module_name))
            return owner, name, getattr(owner, name)
        except (ImportError, AttributeError) as error:
            where = self.wrapper.__module__
            raise SystemExit(
                f"This engine has no {self.target}, which {where} patches; fix the patch: {error}"
            ) from error

    def apply(self) -> None:
        """Replace the symbol by the wrapper."""
        owner, name, original = self.resolve()
        replacement = self.wrapper(original)
        if isinstance(inspect.getattr_static(owner, name), staticmethod):
            replacement = staticmethod(replacement)
        setattr(owner, name, replacement)
