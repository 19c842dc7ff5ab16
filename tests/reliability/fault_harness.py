"""The fault harness: faults strike transactions in progress, which are then reconciled."""

import json
import operator
import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import psutil
import requests
from click.testing import CliRunner
from hypothesis import settings

from cli.main import cli
from local.lifecycle import Engine
from ops.audit import audit
from ops.evidence import count_messages, receive_dead_letters
from ops.logged_outcomes import logged_outcomes
from ops.reconciliation import Accepted, Discrepancy, Reconciliation
from ops.stack import Stack
from tests.polling import eventually
from tests.reliability.reliability_doc import FINAL_STATES, ScenarioResult
from tests.reliability.traffic import Flow, flowing

PATIENCE_SECONDS = 100
HTTP_SECONDS = 10
RANDOM = random.Random(3)  # a fixed seed
SHARE = 1.0 if settings().max_examples > 100 else 0.5
"""Of a scenario's transactions, the share that the quick profile submits."""


@dataclass
class FaultHarness:
    """A deployed stack, its accepted requests and the result of each scenario."""

    engine: Engine
    stack: Stack
    description: Path
    results: list[ScenarioResult] = field(default_factory=list)
    accepted: list[Accepted] = field(default_factory=list)
    redrives: int = 0

    @property
    def faults_url(self) -> str:
        """URL of the engine's fault injection."""
        return f"{self.engine.endpoint_url}/_local/faults"

    @contextmanager
    def faults(self, *wanted: dict[str, Any]) -> Iterator[None]:
        """Inject faults, and wait until each has struck."""
        try:
            for fault in wanted:
                assert requests.post(self.faults_url, json=fault, timeout=HTTP_SECONDS).ok
            yield
            times = [fault["times"] for fault in wanted]
            eventually(lambda: all(map(operator.lt, self.left(), times)))
        finally:
            assert requests.delete(self.faults_url, timeout=HTTP_SECONDS).ok

    def left(self) -> list[int]:
        """Return the remaining calls of each fault."""
        listed = requests.get(self.faults_url, timeout=HTTP_SECONDS).json()
        return [fault["times"] for fault in listed]

    @contextmanager
    def denied(self, stage: str, action: str) -> Iterator[None]:
        """Deny an action to a stage's role for the duration of the block."""
        iam = boto3.client("iam", **self.stack.connection)
        function = self.stack.stage(stage).function_name
        role = function.replace(stage, f"{stage}-role")
        statement = {"Effect": "Deny", "Action": action, "Resource": "*"}
        iam.put_role_policy(
            RoleName=role,
            PolicyName="denied",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
        )
        try:
            yield
        finally:
            iam.delete_role_policy(RoleName=role, PolicyName="denied")

    def environments(self, *stages: str) -> list[psutil.Process]:
        """Return the execution environments of the stages."""
        folders = [f"/{self.stack.stage(stage).function_name}-" for stage in stages]
        found = []
        for process in psutil.Process(self.engine.pid).children(recursive=True):
            try:
                command = " ".join(process.cmdline())
                if any(folder in command for folder in folders):
                    found.append(process)
            except psutil.Error:  # the process has just ended
                continue
        return found

    @property
    def stages(self) -> list[str]:
        """Names of all stages."""
        return [stage.name for stage in self.stack.stages]

    def kill(self, *stages: str) -> bool:
        """Kill a random execution environment; return whether there was one."""
        living = self.environments(*stages)
        if living:
            RANDOM.choice(living).kill()
        return bool(living)

    @contextmanager
    def flow(self, name: str, count: int) -> Iterator[Flow]:
        """Submit transactions during the block, then redrive, reconcile and add the result."""
        redrives = self.redrives
        with flowing(self.stack, name, int(count * SHARE)) as flow:
            yield flow
        start = time.monotonic()
        self.accepted += flow.accepted
        self.wait_for_notifications(flow.requests)
        _, dead_letters = self.settled(flow)
        if dead_letters:
            for stage in self.stack.stages:
                # Polling an empty queue takes a second.
                if count_messages(self.stack, stage.queue_name):
                    self.redrive(stage.name)
        reconciliation, _ = self.settled(flow, dead_letters=0)
        self.note(flow, reconciliation, self.redrives - redrives, time.monotonic() - start)

    def wait_for_notifications(self, requests: set[str]) -> None:
        """Wait until each outcome is published or in the notifier's dead-letter queue."""
        notifier = self.stack.stage("notifier").function_name

        def all_logged() -> bool:
            missing = requests - {one.request_id for one in logged_outcomes(self.stack, notifier)}
            return not missing or missing <= self.unnotified()

        eventually(all_logged)

    def unnotified(self) -> set[str | None]:
        """Return the requests in the notifier's dead-letter queue."""
        with receive_dead_letters(self.stack, self.stack.stage("notifier")) as messages:
            return {message.request_id for message in messages}

    def settled(self, flow: Flow, *, dead_letters: int | None = None) -> tuple[Reconciliation, int]:
        """Wait until an audit finds no discrepancy; fail with those that remain."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            reconciliation, left = self.audit(flow)
            if reconciliation.reconciled and dead_letters in {None, left}:
                return reconciliation, left
            assert time.monotonic() < deadline, (
                left,
                reconciliation.discrepancies,
                reconciliation.inconsistent,
            )

    def audit(self, flow: Flow) -> tuple[Reconciliation, int]:
        """Reconcile a flow, and count its dead-letter messages."""
        found = audit(self.stack, f"{flow.name}-", flow.accepted)
        return found.found, sum(map(found.evidence.dead_lettered, flow.requests))

    def send(self, stage: str, event: dict[str, Any]) -> None:
        """Invoke a function asynchronously, as its source does."""
        function = self.stack.stage(stage).function_name
        self.stack.functions.invoke(
            FunctionName=function, InvocationType="Event", Payload=json.dumps(event)
        )

    def redrive(self, stage: str, *options: str) -> list[dict[str, str]]:
        """Redrive by the command; return the messages."""
        report = self.operate("redrive", stage, *options)
        messages: list[dict[str, str]] = report["deadLetters"]
        self.redrives += 0 if report["dryRun"] else len(messages)
        return messages

    def operate(self, *arguments: str) -> dict[str, Any]:
        """Run a command and return its JSON."""
        local = ("--local", str(self.description))
        result = CliRunner().invoke(cli, [*arguments, *local, "--json"])
        assert result.exit_code == 0, result.output
        report: dict[str, Any] = json.loads(result.stdout)
        return report

    def note(
        self, flow: Flow, reconciliation: Reconciliation, redriven: int, seconds: float
    ) -> None:
        """Add the result of a scenario, in the order of the document's columns."""
        found = Counter(reconciliation.counts())
        found += Counter(map(str, reconciliation.inconsistent.values()))
        counts = [
            len(flow.accepted),
            *(found[state] for state in FINAL_STATES),
            redriven,
            *(found[state] for state in (Discrepancy.LOST, Discrepancy.MULTIPLE_COPIES)),
        ]
        self.results.append(ScenarioResult(flow.name, counts, seconds))
