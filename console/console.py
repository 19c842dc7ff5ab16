"""The stack that the console shows, and what all of its pages share."""

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from console.logged import LogSource
from console.source import JournalSource, Source
from console.stack_map import StackMap
from ops.stack import Stack, StackUnavailable, renew_session

if TYPE_CHECKING:
    from mypy_boto3_lambda.type_defs import FunctionConfigurationResponseTypeDef

WATCHED_POLL_SECONDS = 0.3
IDLE_POLL_SECONDS = 2.0
LOGS_REFRESH_SECONDS = 30.0
KEPT_NOTICES = 100


def source_of(stack: Stack) -> Source:
    """Return the journal of a local stack, or the logs of one on AWS."""
    return JournalSource(stack) if stack.connection else LogSource(stack)


class Shown:
    """A stack with what is read of it once."""

    def __init__(self, stack: Stack, source: Source) -> None:
        self.stack, self.source = stack, source

    @cached_property
    def map(self) -> StackMap:
        """The map of the deployed template."""
        return StackMap.read(self.stack)

    @cached_property
    def stage_names(self) -> dict[str, str]:
        """The name of each stage by its function's."""
        return {stage.function_name: stage.name for stage in self.stack.stages}

    @cached_property
    def memory(self) -> dict[str, int]:
        """The memory of each function in MB."""
        return {name: found["MemorySize"] for name, found in self._configurations.items()}

    @cached_property
    def architecture(self) -> str:
        """The architecture of the first function."""
        first = self._configurations[self.stack.stages[0].function_name]
        return str(first.get("Architectures", ["x86_64"])[0])

    @cached_property
    def _configurations(self) -> "dict[str, FunctionConfigurationResponseTypeDef]":
        return {
            name: self.stack.functions.get_function_configuration(FunctionName=name)
            for name in self.stage_names
        }


class Console:
    """The stack that is shown; `load` reads it, again when it cannot be reached."""

    def __init__(
        self,
        load: Callable[[], Stack],
        *,
        read_only: bool = False,
        source_of: Callable[[Stack], Source] = source_of,
    ) -> None:
        self.read_only = read_only
        self.token = secrets.token_urlsafe(32)
        self.closing = threading.Event()
        self.problem = ""
        self.last_sent: dict[str, object] = {}
        self._load, self._source_of = load, source_of
        self.shown = self._show(load())
        self._notices: OrderedDict[str, str] = OrderedDict()
        self._version = 0
        self._watchers = 0
        self._changed = threading.Condition()

    @property
    def stack(self) -> Stack:
        """The stack; raises StackUnavailable if it did not respond a moment ago."""
        if self.problem:
            raise StackUnavailable(self.problem)
        return self.shown.stack

    @property
    def refresh_seconds(self) -> float:
        """Seconds until a page that shows no change is drawn again."""
        return IDLE_POLL_SECONDS if self.shown.source.live else LOGS_REFRESH_SECONDS

    def refresh(self) -> None:
        """Read what is new; if the stack does not respond, look for one that replaced it."""
        try:
            changed = self.shown.source.poll()
        except StackUnavailable as error:
            self._set_problem(str(error))
            self.reload()
        else:
            self._set_problem("")
            if changed:
                self._advance()

    def reload(self) -> None:
        """Show the stack that `load` returns now, if it is another one."""
        try:
            stack = self._load()
        except StackUnavailable as error:
            self._set_problem(str(error))
            return
        known = self.shown.stack
        if (stack.name, stack.pid, stack.connection) != (known.name, known.pid, known.connection):
            self.shown = self._show(stack)
            self._set_problem("")

    def renew(self) -> None:
        """Read the stack on AWS again, with the credentials that are valid now."""
        renew_session()
        try:
            self.shown = self._show(self._load())
        except StackUnavailable as error:
            self._set_problem(str(error))

    def follow(self) -> None:
        """Read what is new until the console closes, more often while a page is open."""
        while not self.closing.is_set():
            if self.shown.source.live:
                self.refresh()
            self.closing.wait(WATCHED_POLL_SECONDS if self._watchers else IDLE_POLL_SECONDS)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Count an open page for the duration of the block."""
        with self._changed:
            self._watchers += 1
        try:
            yield
        finally:
            with self._changed:
                self._watchers -= 1

    def wait(self, version: int, seconds: float) -> int:
        """Wait until something has changed since a version, and return the current one."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._version != version or self.closing.is_set(), seconds
            )
            return self._version

    def close(self) -> None:
        """End all streams."""
        self.closing.set()
        self._advance()

    def add_notice(self, text: str) -> str:
        """Keep a sentence for the next page, and return its ID."""
        name = secrets.token_urlsafe(9)
        self._notices[name] = text
        if len(self._notices) > KEPT_NOTICES:
            self._notices.popitem(last=False)
        return name

    def notice(self, name: str) -> str:
        """Return a sentence that was kept, or nothing."""
        return self._notices.get(name, "")

    def _show(self, stack: Stack) -> Shown:
        return Shown(stack, self._source_of(stack))

    def _set_problem(self, problem: str) -> None:
        if problem != self.problem:
            self.problem = problem
            self._advance()

    def _advance(self) -> None:
        with self._changed:
            self._version += 1
            self._changed.notify_all()
