"""Hypothesis profiles, an engine that enforces roles, and the deployed stack: one per session."""

import os
import signal
from collections.abc import Iterator

import boto3
import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

from local import deployment, lifecycle
from local.lifecycle import Engine
from ops.stack import NO_PROXY, Stack, hosts_without_proxy
from tests.untraced import environment

# The clients of the tests reach the engine where a proxy is set, too.
os.environ |= dict.fromkeys(NO_PROXY, hosts_without_proxy())

# The quick profile tries the same examples in each run, so that luck decides no run.
settings.register_profile("quick", max_examples=100, deadline=None, derandomize=True)
settings.register_profile("thorough", max_examples=3_000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

SHARE_A_STACK = tuple(
    f"tests/{folder}"
    for folder in ("console", "local", "pipeline", "proofs", "reliability", "security")
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--write-report", action="store_true", help="Write the figures to docs/reliability.md."
    )
    parser.addoption("--tape", help="Replay the tape in this file on the engine.")
    parser.addoption(
        "--write-events", action="store_true", help="Write what travels on each hop to events/."
    )


class ByStack(LoadScopeScheduling):
    """Distribution by file, or by folder where the files of a folder share a stack."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        folder = file.rpartition("/")[0]
        return folder if folder in SHARE_A_STACK else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ByStack:
    """Run the tests of a stack on one worker, which then deploys the stack once."""
    return ByStack(config, log)


@pytest.fixture(scope="session")
def interruptible() -> Iterator[None]:
    """Let children take Ctrl-C: those of a background job inherit that it is ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Yield an engine without coverage; tests/local measure the coverage of another one."""
    with pytest.MonkeyPatch.context() as untraced:
        for name in os.environ.keys() - environment().keys():
            untraced.delenv(name)
        started = lifecycle.start(tmp_path_factory.mktemp("engine"), iam=True)
    yield started
    lifecycle.stop(started)


@pytest.fixture(scope="session")
def stack(engine: Engine) -> Stack:
    return deployment.deploy(engine, "test")


@pytest.fixture
def _as_on_aws(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ENDPOINT_URL", engine.connection["endpoint_url"])
    monkeypatch.setenv("AWS_DEFAULT_REGION", engine.connection["region_name"])
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", engine.connection["aws_access_key_id"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", engine.connection["aws_secret_access_key"])
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)  # the session caches its configuration
