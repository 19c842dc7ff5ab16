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
    """A replacement of `target` (module:name or module:Class.name), passed the original first."""

    target: str
    replacement: Callable[..., Untyped]

    def resolve(self) -> tuple[Untyped, str, Untyped]:
        """Return the symbol's owner, name and value; exit if it is missing."""
        module_name, _, path = self.target.partition(":")
        *owners, name = path.split(".")
        try:
            owner = functools.reduce(getattr, owners, importlib.import_module(module_name))
            return owner, name, getattr(owner, name)
        except (ImportError, AttributeError) as error:
            where = self.replacement.__module__
            raise SystemExit(
                f"This engine has no {self.target}, which {where} patches; fix the patch: {error}"
            ) from error

    def apply(self) -> None:
        """Replace the symbol."""
        owner, name, original = self.resolve()

        def patched(*arguments: Untyped, **named: Untyped) -> Untyped:
            return self.replacement(original, *arguments, **named)

        static = isinstance(inspect.getattr_static(owner, name), staticmethod)
        setattr(owner, name, staticmethod(patched) if static else patched)


PATCHES: list[Patch] = []
"""The patches of all imported modules."""


def patch[Replacement: Callable[..., Any]](target: str) -> Callable[[Replacement], Replacement]:
    """Register the decorated function as the replacement of an engine symbol."""

    def register(replacement: Replacement) -> Replacement:
        PATCHES.append(Patch(target, replacement))
        return replacement

    return register
