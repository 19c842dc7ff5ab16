"""A version of the functions: its sources, its stages, and a process that runs them."""

import contextlib
import io
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from diagram.template_reader import references, text_of
from local.launch import FUNCTIONS_PYTHON, ROOT, clean_environment
from template.stages import title_of
from tests.template.reading import Json, read
from tests.versions.aws import RecordedAws

WORKER = Path(__file__).with_name("worker.py")
AWS_VARIABLES = {
    "AWS_DEFAULT_REGION": "ap-southeast-1",
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
}


class UnknownVersion(Exception):
    """The version cannot be compared; the message contains the reason."""


@dataclass(frozen=True)
class Execution:
    """What a function made of an event: its result, or the type and message of its error."""

    kind: str
    result: Any
    message: str
    calls: list[tuple[str, dict[str, Any]]]

    @property
    def verdict(self) -> str:
        """The status, the rejection with its reason, or the error."""
        if self.kind == "error":
            return f"{self.result}: {self.message}"
        if not isinstance(self.result, dict):
            return repr(self.result)
        status = self.result.get("status") or self.result.get("statusCode") or "validated"
        return ": ".join(str(part) for part in (status, self.result.get("reason")) if part)


@dataclass(frozen=True)
class Stage:
    """A stage as the template of its version configures it."""

    name: str
    handler: str
    on_success: str | None
    on_failure: str | None


@dataclass
class Version:
    """The functions of a version, which run in one process."""

    stages: dict[str, Stage]
    pipe: "Connection[Any, Any]"

    def run(self, stage: str, event: object, aws: RecordedAws) -> Execution:
        """Run an event and serve the calls that it makes."""
        start = len(aws.calls)
        self.pipe.send((self.stages[stage].handler, event))
        while True:
            kind, value, more = self.pipe.recv()
            if kind != "call":
                return Execution(kind, value, more, aws.calls[start:])
            self.pipe.send(aws.answer(value, more))


@contextlib.contextmanager
def checked_out(revision: str, repository: Path = ROOT) -> Iterator[Path]:
    """Extract sources and template of a revision; raises UnknownVersion."""
    packed = subprocess.run(
        ["git", "archive", revision, "src", "template.yaml"],
        cwd=repository,
        capture_output=True,
        check=False,
    )
    if packed.returncode:
        reason = packed.stderr.decode().strip().splitlines()[0]
        raise UnknownVersion(f"BASE={revision} has no src/ and template.yaml: {reason}")
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
            archive.extractall(folder, filter="data")
        yield Path(folder)


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Version]:
    """Run the functions in a folder."""
    template = read(folder / "template.yaml")
    stages = dict(_stages(template))
    ours, theirs = Pipe()
    with subprocess.Popen(
        [FUNCTIONS_PYTHON, "-P", "-B", WORKER, folder / "src", str(theirs.fileno())],
        env={**clean_environment(), **AWS_VARIABLES, **_variables(template)},
        stdout=subprocess.DEVNULL,  # their log lines
        pass_fds=[theirs.fileno()],
    ):
        theirs.close()
        with ours:
            yield Version(stages, ours)


def _functions(template: Json) -> dict[str, Json]:
    return {
        title: resource["Properties"]
        for title, resource in template["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
    }


def _stages(template: Json) -> Iterator[tuple[str, Stage]]:
    """Yield the stages in order, which the template's output names."""
    functions = _functions(template)
    outputs = template["Outputs"]
    titles = {
        outputs[f"{title_of(stage)}FunctionName"]["Value"]["Ref"]: stage
        for stage in outputs["Stages"]["Value"].split(",")
    }
    for title, stage in titles.items():
        properties = functions[title]
        destinations = properties.get("EventInvokeConfig", {}).get("DestinationConfig", {})
        success, failure = (
            next((titles[one] for one in references(destinations.get(kind)) if one in titles), None)
            for kind in ("OnSuccess", "OnFailure")
        )
        yield stage, Stage(stage, properties["Handler"], success, failure)


def _variables(template: Json) -> dict[str, str]:
    """Return the environment variables of all functions; most resources are named by their titles.

    Tables have their own names without the suffix, by which the simulation knows them.
    """
    names = {name: one.get("Default") for name, one in template["Parameters"].items()}
    names |= {
        title: text_of(resource["Properties"]["TableName"]).partition("-{")[0]
        for title, resource in template["Resources"].items()
        if resource["Type"] == "AWS::DynamoDB::Table"
    }
    return {
        name: str(names.get(value["Ref"], value["Ref"]) if isinstance(value, dict) else value)
        for function in _functions(template).values()
        for name, value in function.get("Environment", {}).get("Variables", {}).items()
    }
