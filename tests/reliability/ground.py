"""The proving ground: faults strike while transactions flow; in the end the ledger balances."""

import json
import operator
import random
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import psutil
import requests
from click.testing import CliRunner

from local.lifecycle import Engine
from ops.__main__ import cli
from ops.audit import gather, logged
from ops.evidence import held_letters
from ops.ledger import Accepted, Account, Discrepancy, Ledger, balance
from ops.redrive import STAGES, Stage, target, waiting
from ops.stack import Stack
from tests.polling import eventually
from tests.reliability.report import Figures
from tests.reliability.traffic import WRONG_AMOUNT, Flow, flowing

PATIENCE_SECONDS = 100
HTTP_SECONDS = 10
NOT_WRONG = "^(?!amount: )"
"""Dead letters that a redrive can help."""

CHANCE = random.Random(3)  # noqa: S311 # the same processes in each run


@dataclass
class Ground:
    """A deployed stack, everything that it has accepted so far, and what each scenario showed."""

    engine: Engine
    stack: Stack
    description: Path
    figures: list[Figures] = field(default_factory=list)
    accepted: list[Accepted] = field(default_factory=list)
    redrives: int = 0

    @property
    def faults_url(self) -> str:
        """Where the engine takes orders for faults."""
        return f"{self.engine.endpoint_url}/_local/faults"

    @contextmanager
    def faults(self, *wanted: dict[str, Any]) -> Iterator[None]:
        """Have calls answered with errors or late, until each of the faults has struck."""
        try:
            for fault in wanted:
                assert requests.post(self.faults_url, json=fault, timeout=HTTP_SECONDS).ok
            yield
            times = [fault["times"] for fault in wanted]
            eventually(lambda: all(map(operator.lt, self.left(), times)))
        finally:
            assert requests.delete(self.faults_url, timeout=HTTP_SECONDS).ok

    def left(self) -> list[int]:
        """Tell how often each fault may still strike."""
        listed = requests.get(self.faults_url, timeout=HTTP_SECONDS).json()
        return [fault["times"] for fault in listed]

    @contextmanager
    def denied(self, stage: Stage, action: str) -> Iterator[None]:
        """Take a permission away from a role that is at work."""
        iam = boto3.client("iam", **self.stack.connection)
        function, _ = target(self.stack, stage)
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

    def environments(self, *stages: Stage) -> list[psutil.Process]:
        """Find the processes that run the functions of the stages."""
        folders = [f"/{target(self.stack, stage)[0]}-" for stage in stages]
        found = []
        for process in psutil.Process(self.engine.pid).children(recursive=True):
            try:
                command = " ".join(process.cmdline())
                if any(folder in command for folder in folders):
                    found.append(process)
            except psutil.Error:  # it has just ended
                continue
        return found

    def kill(self, *stages: Stage) -> bool:
        """Kill one process at random, as the kernel does when memory runs out."""
        living = self.environments(*stages)
        if living:
            CHANCE.choice(living).kill()
        return bool(living)

    @contextmanager
    def flow(self, name: str, count: int) -> Iterator[Flow]:
        """Let transactions flow during the block; then redrive, balance, and note the figures."""
        redrives = self.redrives
        with flowing(self.stack, name, count) as flow:
            yield flow
        begun = time.monotonic()
        self.accepted += flow.accepted
        self.told_of(flow.requests)
        # What was recorded just before its function died is in two places, until its redrive.
        _, dead_letters = self.settled(flow, among={Discrepancy.IN_TWO_PLACES})
        if dead_letters:
            for stage in STAGES:
                # An empty queue takes a second to say so.
                if waiting(self.stack, stage):
                    self.redrive(stage, NOT_WRONG)
        ledger, _ = self.settled(flow, letters=0)
        self.note(flow, ledger, self.redrives - redrives, time.monotonic() - begun)

    def told_of(self, requests: set[str]) -> None:
        """Wait until each was told of, or is in the notifier's dead-letter queue."""
        notifier = self.stack.outputs.notifier_function_name

        def all_told() -> bool:
            missing = requests - {request_id for request_id, _ in logged(self.stack, notifier)}
            return not missing or missing <= self.untold()

        eventually(all_told)

    def untold(self) -> set[str | None]:
        """List the requests in the notifier's dead-letter queue."""
        with held_letters(self.stack, self.stack.outputs.notifier_queue_name) as letters:
            return {letter.request_id for letter in letters}

    def settled(
        self,
        flow: Flow,
        *,
        among: Collection[Discrepancy] = (),
        letters: int | None = None,
    ) -> tuple[Ledger, int]:
        """Wait until an audit finds no discrepancy but `among`; fail with what it finds."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            ledger, left = self.audit(flow)
            found = {*ledger.unaccounted.values(), *ledger.broken.values()}
            if found <= {*among} and letters in {None, left}:
                return ledger, left
            assert time.monotonic() < deadline, (left, ledger.unaccounted, ledger.broken)

    def audit(self, flow: Flow) -> tuple[Ledger, int]:
        """Balance what a flow brought; count the dead letters that a redrive can help."""
        evidence = gather(self.stack, f"{flow.name}-")
        requests = flow.requests
        letters = sum(evidence.letters.get(one, 0) for one in requests)
        wrong = sum(float(one.content.amount) == WRONG_AMOUNT for one in flow.accepted)
        untold = len(requests & {*evidence.untold})
        return balance(flow.accepted, evidence), letters + untold - wrong

    def send(self, stage: Stage, event: dict[str, Any]) -> None:
        """Invoke a function asynchronously, as its source does."""
        function, _ = target(self.stack, stage)
        self.stack.functions.invoke(
            FunctionName=function, InvocationType="Event", Payload=json.dumps(event)
        )

    def redrive(self, stage: Stage, only_error: str = "", *options: str) -> list[dict[str, str]]:
        """Redrive as an operator does; return the letters."""
        report = self.operate("redrive", stage, "--only-error", only_error, *options)
        letters: list[dict[str, str]] = report["letters"]
        self.redrives += 0 if report["dryRun"] else len(letters)
        return letters

    def operate(self, *arguments: str) -> dict[str, Any]:
        """Run a command as an operator does; return its JSON."""
        local = ("--local", str(self.description))
        result = CliRunner().invoke(cli, [*arguments, *local, "--json"])
        assert result.exit_code == 0, result.output
        report: dict[str, Any] = json.loads(result.stdout)
        return report

    def note(self, flow: Flow, ledger: Ledger, redriven: int, seconds: float) -> None:
        """Keep the figures of a scenario."""
        found = [*ledger.accounts.values(), *ledger.broken.values()]
        self.figures.append(
            Figures(
                scenario=flow.name,
                transactions=len(flow.accepted),
                recorded=found.count(Account.RECORDED),
                duplicates=found.count(Account.DUPLICATE),
                conflicts=found.count(Account.CONFLICT),
                dead_lettered=found.count(Account.DEAD_LETTERED),
                redriven=redriven,
                lost=found.count(Discrepancy.LOST),
                doubled=found.count(Discrepancy.DOUBLED),
                seconds=seconds,
            )
        )
