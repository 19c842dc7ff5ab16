"""`pipeline submit` against an API on loopback: its memory and its rate by the number of lines.

Run it with `python -m benchmarks.submitting`.
"""

import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, fields
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import click

from benchmarks.aws import LoopbackHandler, serving
from benchmarks.benchmark import CannotMeasure
from ops.stack import Connection, Stack
from ops.transaction import a_body
from template.outputs import StackOutputs, StageOutputs

LINES = (1_000, 100_000)
PIPELINE = Path(sys.executable).with_name("pipeline")
MAX_RSS_UNIT = 1 if sys.platform == "darwin" else 1_024
"""Bytes: https://man7.org/linux/man-pages/man2/getrusage.2.html."""


class Api(ThreadingHTTPServer):
    """An API that accepts every transaction, and the IDs that it accepted, in order."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.numbers = itertools.count(1)
        self.accepted: list[str] = []

    @property
    def endpoint(self) -> str:
        """URL to POST transactions to."""
        return f"http://127.0.0.1:{self.server_port}/prod/transaction"


class _Handler(LoopbackHandler):
    server: Api

    def accept(self) -> None:
        """Accept the transaction."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        content = json.dumps({"requestId": f"request-{next(self.server.numbers)}"}).encode()
        self.server.accepted.append(body["transactionId"])
        self.respond(202, {"Content-Type": "application/json"}, content)

    do_POST = accept


@dataclass(frozen=True)
class Submitted:
    """One run of the command; memory is the peak of its process in MB."""

    lines: int
    seconds: float
    memory: float


def describe(api: Api, folder: Path) -> Path:
    """Write and return the description of a stack whose API this is."""
    named: dict[str, Any] = {item.name: item.name for item in fields(StackOutputs)}
    named["stages"] = [StageOutputs("validator", "validator", "validator")]
    connection = Connection(
        endpoint_url=api.endpoint,
        region_name="us-east-1",
        aws_access_key_id="none",
        aws_secret_access_key="none",
    )
    path = folder / "stack.json"
    Stack(StackOutputs[str](**named), api.endpoint, "key", connection, name="stub").save(path)
    return path


def write_lines(path: Path, count: int) -> None:
    """Write a file of transactions, one per line."""
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            file.write(json.dumps(a_body(transactionId=f"line-{number}")) + "\n")


def command(folder: Path, description: Path, *options: str) -> Sequence[str | Path]:
    """Return the command that submits the folder's file and records what is accepted."""
    accepted = ("--accepted", folder / "accepted.jsonl")
    return [
        PIPELINE,
        "submit",
        folder / "orders.jsonl",
        "--local",
        description,
        *accepted,
        *options,
    ]


def measure(count: int) -> Submitted:
    """Submit a file with this number of lines."""
    with tempfile.TemporaryDirectory() as name, serving(Api()) as api:
        folder = Path(name)
        write_lines(folder / "orders.jsonl", count)
        start = time.perf_counter()
        output = folder / "output"
        with output.open("wb") as file:
            process = subprocess.Popen(
                command(folder, describe(api, folder)), stdout=file, stderr=subprocess.STDOUT
            )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - start
        if process.returncode:
            raise CannotMeasure(output.read_text(encoding="utf-8"))
        with (folder / "accepted.jsonl").open("rb") as file:
            recorded = sum(1 for _ in file)
    if not len(api.accepted) == recorded == count:
        raise CannotMeasure(f"{recorded} of {count} lines were recorded as accepted")
    return Submitted(count, seconds, usage.ru_maxrss * MAX_RSS_UNIT / 2**20)


@click.command()
@click.argument("lines", type=click.IntRange(1), nargs=-1)
def main(lines: Sequence[int]) -> None:
    """Measure `pipeline submit` with files of LINES lines."""
    for count in lines or LINES:
        one = measure(count)
        click.echo(
            f"{one.lines:,} lines: {one.memory:.0f} MB, {one.seconds:.1f} s, "
            f"{one.lines / one.seconds:,.0f} per second"
        )


if __name__ == "__main__":
    main()
