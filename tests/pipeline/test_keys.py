"""`pipeline key`: clients with keys of their own are limited and kept apart."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
import requests
from click.testing import CliRunner, Result

from cli.main import cli
from ops.client_keys import client_keys, delete_keys
from ops.stack import Stack
from template.settings import Settings
from tests.polling import eventually

SECONDS = 30


@pytest.fixture
def description(pipeline: Stack, tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "stack.json"
    pipeline.save(path)
    yield path
    delete_keys(pipeline, client_keys(pipeline))


def run(path: Path, *arguments: str, text: str = "") -> Result:
    return CliRunner().invoke(cli, ["key", *arguments, "--local", str(path)], input=text)


def value_of(result: Result) -> str:
    assert result.exit_code == 0, result.output
    return result.stdout.splitlines()[-1]


def listed(path: Path) -> list[str]:
    return [line.split("  ")[0] for line in run(path, "list").stdout.splitlines()]


def submit(stack: Stack, key: str, body: dict[str, Any]) -> requests.Response:
    return requests.post(stack.api_endpoint, json=body, headers={"x-api-key": key}, timeout=SECONDS)


def outcome(accepted: requests.Response, key: str) -> requests.Response:
    assert accepted.status_code == 202
    url = urljoin(accepted.url, accepted.headers["Location"])
    return requests.get(url, headers={"x-api-key": key}, timeout=SECONDS)


def settled(accepted: requests.Response, key: str) -> bool:
    return outcome(accepted, key).ok


def test_neither_of_two_clients_reads_the_others_outcome(
    pipeline: Stack, description: Path, a_transaction: Callable[..., dict[str, Any]]
) -> None:
    keys = [value_of(run(description, "add", client)) for client in ("shop", "bank")]
    for own, other in (keys, keys[::-1]):
        accepted = submit(pipeline, own, a_transaction())
        eventually(partial(settled, accepted, own))

        hidden = outcome(accepted, other)
        absent = outcome(submit(pipeline, own, a_transaction()), other)

        assert outcome(accepted, own).json()["status"] == "PROCESSED"
        for response in (hidden, absent):
            assert (response.status_code, response.headers["Retry-After"]) == (404, "1")
        assert hidden.json().keys() == absent.json().keys()
        assert hidden.json()["message"] == absent.json()["message"]


def test_a_rotated_key_stays_valid_until_it_is_revoked(
    pipeline: Stack, description: Path, a_transaction: Callable[..., dict[str, Any]]
) -> None:
    old = value_of(run(description, "add", "shop"))
    rotated = json.loads(run(description, "rotate", "shop", "--json").stdout)
    new = rotated["value"]

    def statuses() -> list[int]:
        return [submit(pipeline, key, a_transaction()).status_code for key in (old, new)]

    assert (rotated["client"], statuses()) == ("shop", [202, 202])
    assert listed(description) == ["shop", "shop"]

    revoked = run(description, "revoke", "shop")

    assert revoked.exit_code == 0
    assert revoked.stdout.endswith(f" of shop; {rotated['id']} stays valid.\n")
    assert statuses() == [403, 202]
    assert json.loads(run(description, "list", "--json").stdout) == [
        {
            "client": "shop",
            "id": rotated["id"],
            "created": client_keys(pipeline)[0].created.isoformat(),
            "enabled": True,
        }
    ]

    kept = run(description, "revoke", "shop", text="shops\n")
    assert (kept.exit_code, statuses()) == (2, [403, 202])
    ended = json.loads(run(description, "revoke", "shop", "--yes", "--json").stdout)
    assert (ended, statuses()) == ({"client": "shop", "revoked": [rotated["id"]]}, [403, 403])


def test_all_keys_of_a_client_can_be_revoked_at_once(description: Path) -> None:
    for action, client in (("add", "shop"), ("rotate", "shop"), ("add", "bank")):
        assert run(description, action, client).exit_code == 0
    result = run(description, "revoke", "shop", "--all", text="shop\n")
    assert result.exit_code == 0
    assert result.stdout.endswith(" of shop; no key is left.\n")
    assert listed(description) == ["bank"]


def test_a_key_is_shown_once_and_limited_as_the_stacks_own(
    pipeline: Stack, description: Path
) -> None:
    value = value_of(run(description, "add", "shop"))

    plan = pipeline.apigateway.get_usage_plan_keys(usagePlanId=pipeline.outputs.usage_plan_id)
    (own,) = client_keys(pipeline)
    again = run(description, "add", "shop")

    assert {key["id"] for key in plan["items"]} == {pipeline.outputs.api_key_id, own.id}
    assert value not in run(description, "list").output
    assert value not in run(description, "list", "--json").output
    assert again.exit_code == 2
    assert again.output == (
        "Error: shop already has a key; create another with: pipeline key rotate shop\n"
    )


def test_a_client_without_a_key_has_none_to_rotate_or_revoke(description: Path) -> None:
    for action in ("rotate", "revoke"):
        result = run(description, action, "nobody")
        assert (result.exit_code, result.output) == (
            2,
            "Error: nobody has no key; create one with: pipeline key add nobody\n",
        )


def test_the_stage_caps_each_method_over_all_keys(pipeline: Stack) -> None:
    stage = pipeline.apigateway.get_stage(restApiId=pipeline.outputs.api_id, stageName="prod")
    settings, every = Settings(), stage["methodSettings"]["*/*"]
    assert (every["throttlingRateLimit"], every["throttlingBurstLimit"]) == (
        settings.stage_rate_limit,
        settings.stage_burst_limit,
    )
