"""Lambda: a function's asynchronous queue, its concurrency, and its retries.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""

import math
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import simpy

from template.backlog import EVENT_AGE


@dataclass(frozen=True, kw_only=True)
class StageConfig:
    """The simulated configuration of one stage; times are in seconds."""

    duration: float
    init: float = 0.0
    concurrency: int
    retries: int = 0
    retry_delay: float = 60.0
    """Delay before the first retry attempt; the second waits twice as long."""
    failure_rate: float = 0.0
    event_age: float = EVENT_AGE


@dataclass
class EventBatch:
    """A batch of transactions at the same point of the pipeline."""

    count: int
    entered: float
    attempts: int = 0


@dataclass
class Backlog:
    """The queued events of all stages, and their peak."""

    now: int = 0
    peak: int = 0


@dataclass
class FunctionSimulator:
    """A simulated function that runs its queue in order and reports successes and failures."""

    env: simpy.Environment
    settings: StageConfig
    packet: int
    """Transactions per event; each event uses as many executions side by side."""
    backlog: Backlog
    chance: random.Random
    on_success: Callable[[int], None] = lambda _count: None
    on_failure: Callable[[int], None] = lambda _count: None
    done: int = 0
    dead_lettered: int = 0
    expired: int = 0
    oldest: float = 0.0
    _queue: deque[EventBatch] = field(default_factory=deque)
    _running: int = 0
    _idle: int = 0
    """Warm execution environments that run nothing."""

    @property
    def lanes(self) -> int:
        """Number of events that run at once."""
        return math.ceil(self.settings.concurrency / self.packet)

    def invoke(self, count: int) -> None:
        """Queue events for `count` transactions."""
        self._enqueue(EventBatch(count, self.env.now))

    def _enqueue(self, event: EventBatch) -> None:
        self._queue.append(event)
        self.backlog.now += event.count
        self._run_next()
        self.backlog.peak = max(self.backlog.peak, self.backlog.now)

    def _run_next(self) -> None:
        while self._queue and self._running < self.lanes:
            event = self._queue.popleft()
            self.backlog.now -= event.count
            age = self.env.now - event.entered
            self.oldest = max(self.oldest, min(age, self.settings.event_age))
            if age > self.settings.event_age:
                self.expired += event.count
                self.on_failure(event.count)
            else:
                self._run(event)

    def _run(self, event: EventBatch) -> None:
        """Occupy one lane for the duration of the event."""
        rounds = event.count * self.lanes / self.settings.concurrency
        seconds = self.settings.duration * max(rounds, 1.0)
        if self._idle:
            self._idle -= 1
        else:
            seconds += self.settings.init
        self._running += 1
        self.env.timeout(seconds).callbacks.append(partial(self._finish, event))

    def _finish(self, event: EventBatch, _timeout: simpy.Event) -> None:
        self._running -= 1
        self._idle += 1
        failed = self.chance.binomialvariate(event.count, self.settings.failure_rate)
        if failed:
            self._fail(EventBatch(failed, event.entered, event.attempts + 1))
        if succeeded := event.count - failed:
            self.done += succeeded
            self.on_success(succeeded)
        self._run_next()

    def _fail(self, event: EventBatch) -> None:
        if event.attempts <= self.settings.retries:
            delay = self.settings.retry_delay * event.attempts
            self.env.timeout(delay).callbacks.append(lambda _timeout: self._enqueue(event))
        else:
            self.dead_lettered += event.count
            self.on_failure(event.count)
