"""The dev loop: an engine that goes on where the last one stopped, and follows the source.

Functions run from `src/`, and reload their code themselves (`engine.development`). A changed
template needs a fresh engine, because the engine cannot update a stack reliably.
"""

import dataclasses
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path

import requests
from botocore.exceptions import BotoCoreError, ClientError
from samcli.yamlhelper import yaml_parse

from local import deployment, journal, launch, lifecycle, snapshots, sources, state
from local.deployment import DeploymentError
from local.launch import ROOT, EngineError
from local.lifecycle import Engine
from local.records import Records
from local.sources import Revision
from local.state import Saved, Versions
from ops.stack import Stack
from template.outputs import STAGES

PORT = 4566
DEBUGGER_PORT = 5678
"""Port of the first stage's debugger; the next stage has the next port."""
DEBUGGER = ROOT / ".venv-debug"
SAVE_PAUSE_SECONDS = 5.0
"""Pause between two saves, so that a killed engine loses little."""
POLL_SECONDS = 0.1
SUFFIX = "local"


class InvalidStage(Exception):
    """A stage is not in the template."""


def debugger_ports(root: Path, stages: Sequence[str]) -> dict[str, int]:
    """Return the debugger's port of each of these stages; raises InvalidStage."""
    template = yaml_parse((root / "template.yaml").read_text(encoding="utf-8"))
    names: list[str] = template["Outputs"][STAGES]["Value"].split(",")
    for stage in stages:
        if stage not in names:
            raise InvalidStage(f"{stage!r} is not a stage; the template has {', '.join(names)}")
    ports = {name: port for port, name in enumerate(names, DEBUGGER_PORT)}
    return {stage: ports[stage] for stage in stages}


def debugger_settings(ports: Mapping[str, int]) -> dict[str, str]:
    """Return the engine's settings for debugged stages; raise EngineError if they cannot be."""
    if not ports:
        return {}
    packages = next(DEBUGGER.glob("lib/*/site-packages/debugpy"), None)
    if packages is None:
        raise EngineError(f"{DEBUGGER.name} is missing; create it with: make .venv-debug/ready")
    for port in ports.values():
        launch.free_port(port, "stop the program that listens there")
    return {"LOCAL_DEBUG": json.dumps(ports), "LOCAL_DEBUGPY": str(packages.parent)}


class Session:
    """The engine and the stack of `pipeline dev`; `changes` yields what there is to say."""

    engine: Engine
    stack: Stack

    def __init__(
        self, home: Path, port: int, root: Path = ROOT, ports: Mapping[str, int] | None = None
    ) -> None:
        lifecycle.require_stopped(home)  # from now on, an engine in this folder is this session's
        launch.free_port(port)
        self.home, self.port, self.root = home, port, root
        self.template = root / "template.yaml"
        self._handlers = root / "src"
        self._program = (root / "template", root / "build_template.py", root / "src/contract.py")
        self._settings = {
            **state.PERSISTENT,
            "LOCAL_SOURCE": str(self._handlers),
            **debugger_settings(ports or {}),
        }
        self._revision = self._read_revision()
        self._template_revision = sources.revision(self.template)
        self._tried = Versions.current(self.template)
        self._saver = ThreadPoolExecutor(1, thread_name_prefix="save")
        self._saving: Future[None] | None = None
        self._save_due = 0.0
        self._sequence = 0

    # Start and stop

    def start(self, *, fresh: bool = False) -> Iterator[str]:
        """Start where the last engine stopped, or deploy; redeploy a template that changed."""
        if fresh:
            shutil.rmtree(state.folder_of(self.home), ignore_errors=True)
            shutil.rmtree(self._previous, ignore_errors=True)
        if self._previous.exists():  # the last redeployment was interrupted
            state.replace(self.home, self._previous)
        saved = Saved.read(state.folder_of(self.home))
        current = self._tried
        if saved is not None and saved.versions.engine != current.engine:
            raise EngineError(
                f"The state in {self.home} belongs to another engine ({saved.versions.engine}, "
                f"now {current.engine}); discard it with: pipeline dev --fresh"
            )
        if saved is None:
            yield "Deploying template.yaml to a fresh engine"
            self._deploy()
        else:
            self._resume(saved)
            if saved.versions != current:
                yield from self._redeploy()

    def stop(self) -> None:
        """Save the state, and stop the engine."""
        self._saver.shutdown()
        if engine := Engine.load(self.home):
            try:
                if engine.process():
                    self._save()
            finally:
                lifecycle.stop(engine)

    @property
    def _previous(self) -> Path:
        return self.home / "previous-state"

    def _deploy(self) -> None:
        shutil.rmtree(state.folder_of(self.home), ignore_errors=True)
        versions = Versions.current(self.template)
        self.engine = lifecycle.start(self.home, self.port, settings=self._settings)
        try:
            self.stack = deployment.deploy(self.engine, SUFFIX, self.template)
        except BaseException:
            lifecycle.stop(self.engine)
            raise
        Saved(versions, self.stack).write(state.folder_of(self.home))
        self.stack.save(self.home / "stack.json")
        self._sequence = 0

    def _resume(self, saved: Saved) -> None:
        self.engine = lifecycle.start(self.home, self.port, settings=self._settings)
        state.load(self.engine)
        before = saved.stack.connection["endpoint_url"]
        self.stack = dataclasses.replace(
            saved.stack,
            api_endpoint=saved.stack.api_endpoint.replace(before, self.engine.endpoint_url),
            connection=self.engine.connection,
            pid=self.engine.pid,
        )
        self._wait_for_functions()
        self.stack.save(self.home / "stack.json")
        self._sequence = 0

    def _wait_for_functions(self) -> None:
        """Wait until the functions run again, for which the engine waits until S3 is used."""
        self.stack.s3.head_bucket(Bucket=self.stack.outputs.bucket_name)
        deadline = time.monotonic() + lifecycle.START_SECONDS
        for stage in self.stack.stages:
            name = stage.function_name
            while (
                self.stack.functions.get_function_configuration(FunctionName=name)["State"]
                != "Active"
            ):
                if time.monotonic() > deadline:
                    raise EngineError(
                        f"{name} cannot be loaded again: {self.engine.last_words()}; "
                        "discard the state with: pipeline dev --fresh"
                    )
                time.sleep(POLL_SECONDS)

    def _redeploy(self) -> Iterator[str]:
        """Deploy the template to a fresh engine, with the records; go back if that fails."""
        yield "template.yaml changed: deploying to a fresh engine"
        try:
            deployment.build(self.template)
            records = Records.read(self.stack)
            self._save()
        except (DeploymentError, EngineError, BotoCoreError, ClientError) as error:
            yield f"{error}; the old stack goes on"
            return
        self._stop_engine()
        shutil.rmtree(self._previous, ignore_errors=True)
        state.folder_of(self.home).rename(self._previous)
        try:
            self._deploy()
            carried = records.write(self.stack)
        except (DeploymentError, EngineError, BotoCoreError, ClientError) as error:
            lifecycle.stop(self.engine)
            yield from self._go_back(error)
            return
        self._save()
        shutil.rmtree(self._previous)
        yield f"Deployed; carried over: {carried}"

    def _go_back(self, error: Exception) -> Iterator[str]:
        state.replace(self.home, self._previous)
        saved = Saved.read(state.folder_of(self.home))
        if saved is None:
            raise EngineError(str(error)) from error
        self._resume(saved)
        yield f"{error}; the old stack goes on"

    # What happens meanwhile

    def changes(self) -> Iterator[str]:
        """Act on what happened since the last call; raise EngineError if the engine stopped."""
        if not self.engine.process():
            raise EngineError(f"The engine stopped: {self.engine.last_words()}")
        before, self._revision = self._revision, self._read_revision()
        program = False
        for path in sources.changed(before, self._revision):
            name = path.relative_to(self.root)
            if fault := syntax_error(path):
                yield f"{name}:{fault}"
            elif path.is_relative_to(self._handlers):
                yield f"{name}: live at the next invocation"
            else:
                yield f"{name}: changed"
            program |= not fault and any(path.is_relative_to(part) for part in self._program)
        if program:
            yield from self._write_template()
        if self._template_changed():
            yield from self._redeploy()
        if snapshots.pending(self.home).exists():
            yield from self._restore()
        yield from self._save_after_activity()

    def _read_revision(self) -> Revision:
        return sources.revision(self._handlers, *self._program)

    def _write_template(self) -> Iterator[str]:
        path = os.pathsep.join([str(self.root), str(self._handlers)])
        result = subprocess.run(
            [sys.executable, "-B", self.root / "build_template.py"],
            cwd=self.root,
            env={**os.environ, "PYTHONPATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode:
            yield f"{result.stderr.strip()}\nbuild_template.py failed; the old stack goes on"

    def _template_changed(self) -> bool:
        """Return whether the template was written, and differs from the last one tried."""
        written = sources.revision(self.template)
        if not written or written == self._template_revision:
            return False
        self._template_revision = written
        before, self._tried = self._tried, Versions.current(self.template)
        return before != self._tried

    def _restore(self) -> Iterator[str]:
        self._stop_engine()
        with state.exclusive(self.home):
            state.replace(self.home, snapshots.pending(self.home))
        saved = Saved.read(state.folder_of(self.home))
        if saved is None:
            raise EngineError("The restored state is not complete; discard it: --fresh")
        self._resume(saved)
        yield "Restored the snapshot"

    def _stop_engine(self) -> None:
        """Stop the engine, but not during a save."""
        if self._saving is not None:
            wait([self._saving])
        lifecycle.stop(self.engine)

    def _save(self) -> None:
        with state.exclusive(self.home):
            state.save(self.engine, self._sequence)

    def _save_after_activity(self) -> Iterator[str]:
        """Save in a thread, so that changes show at once, if the engine did something."""
        if self._saving is not None:
            if not self._saving.done():
                return
            if error := self._saving.exception():
                yield str(error)
            self._saving = None
        if time.monotonic() < self._save_due:
            return
        self._save_due = time.monotonic() + SAVE_PAUSE_SECONDS
        try:
            entries = journal.read(self.engine.endpoint_url, self._sequence)
        except requests.RequestException:  # the next call finds out whether the engine died
            return
        if entries:
            self._sequence = entries[-1]["sequence"]
            self._saving = self._saver.submit(self._save)


def syntax_error(path: Path) -> str | None:
    """Return the line and the reason why Python cannot compile a file, or None."""
    try:
        compile(path.read_bytes(), path, "exec", dont_inherit=True)
    except FileNotFoundError:
        return None
    except SyntaxError as error:
        return f"{error.lineno}: {error.msg}"
    except ValueError as error:  # null bytes
        return f"1: {error}"
    return None
