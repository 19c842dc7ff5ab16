"""The scheduler of a simulation: which execution goes on, and which fault strikes its call."""

import dataclasses
import json
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from itertools import pairwise
from typing import Any

from botocore.exceptions import ReadTimeoutError
from greenlet import GreenletExit, getcurrent, greenlet

from ops.evidence import DeadLetter
from ops.redrive import redrive
from tests.simulation import checks, queues
from tests.simulation.aws import REFUSED, THROTTLED, Aws, Call, Reply
from tests.simulation.clients import Gate
from tests.simulation.engine_faults import Struck
from tests.simulation.executions import (
    ATTEMPTS,
    FAULTS,
    HEALING_ROUNDS,
    KILLS,
    Execution,
    Limits,
    Pruned,
    record,
)
from tests.simulation.queues import Event, Message
from tests.simulation.tape import Tape
from tests.simulation.versions import STAGES, Version
from tests.simulation.workload import Workload, draw

NEXT = dict(pairwise(STAGES))


class World:
    """One simulation: a workload, the stored data and everything in progress."""

    def __init__(
        self,
        tape: Tape,
        gate: Gate,
        versions: Mapping[str, list[Version]],
        limits: Limits,
        *,
        redrive: Callable[..., None] = redrive,
        workload: Workload | None = None,
        seen: set[int] | None = None,
        story: list[str] | None = None,
        happened: Counter[str] | None = None,
    ) -> None:
        gate.reply = self.call
        self.tape, self.versions, self.limits = tape, versions, limits
        self.seen, self.story, self.command = seen, story, redrive
        self.aws, self.hub = Aws(), getcurrent()
        self.stored = checks.StoredData(self.aws)
        self.running: list[Execution] = []
        self.pending: list[Event] = []
        self.late: list[tuple[Call, Callable[[], Any]]] = []
        self.queue: list[Message] = []
        self.unsent: set[str] = set()
        self.struck: list[Struck] = []
        self.workload = workload or draw(tape)
        self.happened = Counter[str]() if happened is None else happened
        self.happened["shared request ID"] += bool(self.workload.chosen)
        self.current: Execution | None = None
        self.started = self.invocations = self.round = 0
        for request in self.workload.requests:
            self.tell(f"accepted {request}".__str__)
            if limits.reduced:
                self.deliver(request.event)
            else:
                self.invoke(STAGES[0], request.event)

    def tell(self, line: Callable[[], str]) -> None:
        """Add a line to the story, if somebody reads it."""
        if self.story is not None:
            self.story.append(line())

    def run(self) -> None:
        """Run until nothing is left to do; then redrive without faults, and check the end."""
        try:
            self.drain()
            self.tell(lambda: "no more faults; all code is of today")
            self.limits = Limits(0, 0, 0, 0, self.limits.kinds, reduced=self.limits.reduced)
            self.versions = {stage: found[:1] for stage, found in self.versions.items()}
            for self.round in range(1, HEALING_ROUNDS):
                for stage in STAGES:
                    if any(one.event.stage == stage for one in self.queue):
                        self.redrive(stage)
                        self.drain()
            self.happened["FAILED replaced"] += self.stored.replaced()
            checks.check_end(self.aws, self.workload, self.dead_letters(), self.unsent)
        finally:
            for execution in self.running:
                execution.killed = True
                execution.coroutine.throw(GreenletExit)

    def drain(self) -> None:
        """Act until nothing is left to do. The first action goes on with who acted last."""
        while actions := self.actions():
            if self.seen is not None and self.tape.fresh:
                self.prune()
            actions[self.tape.choose(len(actions))]()

    def actions(self) -> list[Callable[[], None]]:
        """Return what can happen next."""
        running = sorted(self.running, key=lambda one: (one is not self.current, one.number))
        pending = self.pending
        if self.limits.reduced:
            running, pending = self.reduced(running, pending)
        found: list[Callable[[], None]] = [partial(self.step, one) for one in running]
        found += [partial(self.start, one) for one in pending]
        found += [partial(self.arrive, one) for one in self.late]
        if self.limits.redrives and not any(one.name == "redrive" for one in running):
            waiting = {one.event.stage for one in self.queue}
            found += [partial(self.redrive, one) for one in STAGES if one in waiting]
        if self.limits.audits and (running or self.pending):
            found.append(self.audit)
        return found

    @staticmethod
    def reduced(
        running: list[Execution], pending: list[Event]
    ) -> tuple[list[Execution], list[Event]]:
        """Leave out what only swaps independent calls, so that an enumeration ends soon.

        No stage reads what a later one writes, and no notifier what that of another request does.
        """

        if commands := [one for one in running if not one.event]:
            return commands, []
        ranks = [one.rank for one in pending] + [one.event.rank for one in running if one.event]
        first = min(ranks, default=None)
        return (
            [one for one in running if one.event and one.event.rank == first],
            [one for one in pending if one.rank == first],
        )

    def prune(self) -> None:
        """Stop where an equal state has been: a handler's state is its event and its replies."""
        state = hash(
            repr(
                (
                    self.round,
                    self.limits,
                    sorted(self.aws.objects.items()),
                    [sorted(table.items()) for table in self.aws.tables.values()],
                    sorted(one["Message"] for one in self.aws.messages),
                    sorted(repr((one.stage, one.payload, one.attempt)) for one in self.pending),
                    sorted(
                        repr((one.event.stage, one.event.payload, one.in_flight))
                        for one in self.queue
                    ),
                    sorted(repr(call) for call, _ in self.late),
                    sorted(self.unsent),
                    sorted(
                        repr((one.event and one.event.payload, one.name, one.version, one.history))
                        for one in self.running
                    ),
                    self.current and self.current.history,
                )
            )
        )
        assert self.seen is not None
        if state in self.seen:
            raise Pruned
        self.seen.add(state)

    # ------------------------------------------------------------------ calls

    def call(self, call: Call) -> Any:
        """Wait for the scheduler before a call of a handler."""

        def effect() -> Reply:
            reply = self.aws.apply(call)
            if not reply.code:
                self.stored.after(call)
            return reply

        return self.wait(call, effect)

    def wait(self, call: Call, effect: Callable[[], Any]) -> Any:
        """Wait for the scheduler before anything that others can see."""
        assert self.current is not None
        if self.current.killed:
            raise GreenletExit
        return self.hub.switch((call, effect))

    def step(self, execution: Execution) -> None:
        """Let an execution make its call, and run it to the next one."""
        assert execution.waiting is not None
        call, effect = execution.waiting
        fault = self.fault(KILLS if execution.event is None else self.limits.kinds)
        self.current = execution
        if execution.event:
            self.struck.append(Struck(call, execution.event.dead_letter.id, fault))
        reply, error = None, None
        if fault in {"none", "lost", "crash after"}:
            reply = effect()
            self.tell(lambda: f"{execution} {call} -> {getattr(reply, 'code', '') or 'done'}")
        match fault:
            case "refused" | "outage":
                reply = REFUSED[call.operation]
            case "throttled":
                reply = THROTTLED[call.operation]
            case "late":
                self.late.append(execution.waiting)
            case "lost":
                error = ReadTimeoutError(endpoint_url=call.operation)
        if fault == "outage" and execution.event:
            execution.event = dataclasses.replace(execution.event, attempt=ATTEMPTS)
        if fault in {"crash", "crash after", "late"}:
            execution.killed, error = True, GreenletExit()
        if fault != "none":
            self.tell(lambda: f"{execution} {call}: INJECTED {FAULTS[fault]}")
        self.resume(execution, reply, error)

    def fault(self, kinds: tuple[str, ...]) -> str:
        """Decide whether a fault strikes."""
        if not self.limits.faults:
            return "none"
        kind = kinds[self.tape.choose(len(kinds), 0.2)]
        if kind != "none":
            self.limits = self.limits.spend("faults")
            self.happened[kind] += 1
        return kind

    def arrive(self, late: tuple[Call, Callable[[], Any]]) -> None:
        """Let the call of a killed process take effect."""
        self.late.remove(late)
        self.happened["late arrival"] += 1
        reply = late[1]()
        self.tell(lambda: f"late {late[0]} arrives -> {getattr(reply, 'code', '') or 'done'}")

    # ------------------------------------------------------------- executions

    def deliver(self, event: dict[str, Any]) -> None:
        """Queue an event of the processor, validated without a fault."""
        first, second, *_ = STAGES
        validated = self.versions[first][0].modules[first].lambda_handler(event, None)
        self.invoke(second, record(Event(first, event, ""), validated, "Success"))

    def invoke(self, stage: str, payload: Any) -> str:
        """Queue an event, and return the ID of its invocation."""
        self.invocations += 1
        event = Event(stage, payload, f"I{self.invocations}")
        self.pending.append(event)
        return event.invocation

    def start(self, event: Event) -> None:
        """Start a function; or Lambda drops the event for its age, or delivers it twice."""
        happens = ["once"]
        happens += ["twice"] if self.limits.duplicates else []
        happens += ["too old"] if self.limits.faults and len(self.limits.kinds) > 1 else []
        chosen = happens[self.tape.choose(len(happens), 0.15)]
        self.happened[chosen] += 1
        if chosen == "twice":
            self.limits = self.limits.spend("duplicates")
            self.tell(lambda: f"INJECTED: {event.stage}'s event is delivered twice")
        else:
            self.pending.remove(event)
        if chosen == "too old":
            self.limits = self.limits.spend("faults")
            self.tell(lambda: f"INJECTED: {event.stage}'s event is too old, Lambda drops it")
            self.fail(event, None, "EventAgeExceeded")
            return
        versions = self.versions[event.stage]
        version = versions[self.tape.choose(len(versions))]
        handler = version.modules[event.stage].lambda_handler
        execution = self.execute(event.stage, lambda: handler(event.payload, None))
        execution.event, execution.version = event, version.name
        self.happened[version.name] += 1
        self.tell(lambda: f"{execution} starts, attempt {event.attempt}, code {version.name}")
        self.resume(execution)

    def execute(self, name: str, run: Callable[[], Any]) -> Execution:
        """Add an execution, which starts when it is resumed."""
        self.started += 1
        made = Execution(self.started, name, greenlet(run, parent=self.hub))
        self.running.append(made)
        self.current = made
        return made

    def resume(self, execution: Execution, reply: Any = None, error: Any = None) -> None:
        """Run an execution to its next call, or to its end."""
        execution.history.append(error or reply)
        first = execution.waiting is None
        try:
            if error:
                result = execution.coroutine.throw(error)
            else:
                result = execution.coroutine.switch(*() if first else (reply,))
        except checks.Violation:
            raise
        except Exception as raised:
            self.running.remove(execution)
            self.raised(execution, raised)
            return
        if not execution.coroutine.dead:
            execution.waiting = result
            return
        self.running.remove(execution)
        if isinstance(result, GreenletExit):
            self.raised(execution, RuntimeError("Runtime.ExitError"))
        elif execution.event:
            self.returned(execution, execution.event, result)

    def returned(self, execution: Execution, event: Event, result: dict[str, Any]) -> None:
        """Send the result of a function to its destination, unless the process is killed."""
        if event.stage == "processor":
            self.stored.settled(result)
        if len(self.limits.kinds) > 1 and self.fault(("none", "crash")) == "crash":
            self.tell(lambda: f"{execution}: INJECTED the process is killed at its end")
            self.raised(execution, RuntimeError("Runtime.ExitError"))
            return
        self.tell(lambda: f"{execution} returns {result.get('status', 'the transaction')}")
        if event.stage in NEXT:
            # Lambda sends JSON.
            response = json.loads(json.dumps(result))
            self.invoke(NEXT[event.stage], record(event, response, "Success"))

    def raised(self, execution: Execution, error: Exception) -> None:
        """Retry an event, or exhaust its retries."""
        self.tell(lambda: f"{execution} ends with {type(error).__name__}: {error}")
        event = execution.event
        if event is None:  # a command; its messages stay in flight until their time is over
            for message in self.queue:
                message.in_flight = False
        elif event.attempt < ATTEMPTS:
            again = dataclasses.replace(event, attempt=event.attempt + 1)
            self.pending.append(again)
        else:
            self.happened["exhausted"] += 1
            response = {"errorType": type(error).__name__, "errorMessage": str(error)}
            self.fail(event, response, "RetriesExhausted")

    def fail(self, event: Event, response: dict[str, Any] | None, condition: str) -> None:
        """Send an event to the dead-letter queue and to the notifier; the first can fail."""
        message = Message(dataclasses.replace(event, attempt=1), condition)
        if self.fault(("none", "unsent")) == "none":
            self.queue.append(message)
            self.tell(lambda: f"{event.stage}'s event is a dead-letter message: {condition}")
        else:
            self.unsent.add(message.event.dead_letter.id)
            self.tell(lambda: f"INJECTED: {event.stage}'s dead-letter message is not sent")
        if event.stage in NEXT:
            self.invoke(STAGES[-1], record(event, response, condition))

    # --------------------------------------------------------------- commands

    def dead_letters(self) -> list[DeadLetter]:
        """Return all dead-letter messages."""
        return [message.event.dead_letter for message in self.queue]

    def redrive(self, stage: str) -> None:
        """Start the redrive of a stage's dead-letter messages."""
        if self.limits.redrives:
            self.limits = self.limits.spend("redrives")
            self.happened["redrive in between"] += 1
        stack = queues.stack(self.queue, self.invoke, self.wait)
        execution = self.execute(
            "redrive", lambda: self.command(stack, queues.stage_outputs(stage), lambda _shown: None)
        )
        self.tell(lambda: f"{execution} starts for the {stage}")
        self.resume(execution)

    def audit(self) -> None:
        """Start an audit, which reads the stores one after the other."""
        self.limits = self.limits.spend("audits")
        self.happened["audit in between"] += 1
        execution = self.execute("audit", self.read_evidence)
        self.tell(lambda: f"{execution} starts")
        self.resume(execution)

    def read_evidence(self) -> None:
        """Read the stores in the order of ops.audit, and check what it would report."""

        def read[T](store: str, found: Callable[[], T]) -> T:
            result: T = self.wait(Call("Read", {"subject": store}), found)
            return result

        outcomes = read("outcomes", lambda: checks.outcomes_in(self.aws))
        records = read("transactions", lambda: checks.records_in(self.aws))
        audits = read("audit objects", lambda: checks.audits_in(self.aws))
        dead_letters = read("dead-letter messages", self.dead_letters)
        checks.check_audit(checks.evidence(outcomes, records, audits, dead_letters))
