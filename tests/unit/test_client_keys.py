"""Keys of clients are told apart by their tags, and are never without a usage plan."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from click.testing import CliRunner

from cli.main import cli
from ops.client_keys import (
    ClientKey,
    KeyUnavailable,
    add_key,
    client_keys,
    delete_keys,
    rotate_key,
)
from ops.stack import Stack
from tests.unit.stacks import a_local_file, a_stack, stubbing

CREATED = datetime(2026, 1, 1, tzinfo=UTC)
TAG = "transaction-pipeline:"


def a_key(client: str, serial: int, stack: str = "transactions-local") -> dict[str, Any]:
    tags = {f"{TAG}stack": stack, f"{TAG}client": client, f"{TAG}serial": str(serial)}
    return {
        "id": f"{client}-{serial}",
        "name": f"{stack}-{client}-{serial}",
        "createdDate": CREATED,
        "enabled": True,
        "tags": tags,
    }


@pytest.fixture
def stack() -> Stack:
    return a_stack()


@pytest.fixture
def gateway(stack: Stack) -> Iterator[Stubber]:
    with stubbing(stack.apigateway) as (stub,):
        yield stub


def list_(gateway: Stubber, *keys: dict[str, Any]) -> None:
    gateway.add_response(
        "get_api_keys", {"items": list(keys)}, {"nameQuery": "transactions-local-"}
    )


def create(gateway: Stubber, client: str, serial: int) -> None:
    made = a_key(client, serial)
    gateway.add_response(
        "create_api_key",
        {**made, "value": "secret"},
        {"name": made["name"], "enabled": True, "tags": made["tags"]},
    )


PLAN_KEY = {"usagePlanId": "usage_plan_id", "keyId": "shop-1", "keyType": "API_KEY"}


def test_keys_of_all_pages_are_found_by_their_tags(stack: Stack, gateway: Stubber) -> None:
    own = {**a_key("stacks-own", 1), "tags": {"aws:cloudformation:stack-name": "other"}}
    untagged = {key: value for key, value in own.items() if key != "tags"}
    query = {"nameQuery": "transactions-local-"}
    first = [a_key("shop", 10), own, untagged]
    second = [a_key("bank", 1), a_key("shop", 9), a_key("x", 1, stack="transactions-local-2")]
    gateway.add_response("get_api_keys", {"items": first, "position": "more"}, query)
    gateway.add_response("get_api_keys", {"items": second}, {**query, "position": "more"})

    assert client_keys(stack) == [
        ClientKey("bank", 1, "bank-1", CREATED, enabled=True),
        ClientKey("shop", 9, "shop-9", CREATED, enabled=True),
        ClientKey("shop", 10, "shop-10", CREATED, enabled=True),
    ]


def test_a_client_is_found_by_its_whole_name(stack: Stack, gateway: Stubber) -> None:
    list_(gateway, a_key("shop", 1), a_key("shop-2", 1))
    assert [key.id for key in client_keys(stack, "shop")] == ["shop-1"]


def test_a_first_key_joins_the_usage_plan(stack: Stack, gateway: Stubber) -> None:
    list_(gateway)
    create(gateway, "shop", 1)
    gateway.add_response("create_usage_plan_key", {}, PLAN_KEY)
    assert add_key(stack, "shop") == ("shop-1", "secret")


def test_a_key_that_cannot_join_the_usage_plan_is_deleted(stack: Stack, gateway: Stubber) -> None:
    list_(gateway)
    create(gateway, "shop", 1)
    gateway.add_client_error("create_usage_plan_key", "LimitExceededException")
    gateway.add_response("delete_api_key", {}, {"apiKey": "shop-1"})
    with pytest.raises(ClientError, match="LimitExceeded"):
        add_key(stack, "shop")


def test_a_rotation_creates_the_next_key(stack: Stack, gateway: Stubber) -> None:
    list_(gateway, a_key("shop", 10), a_key("shop", 9))
    create(gateway, "shop", 11)
    gateway.add_response("create_usage_plan_key", {}, {**PLAN_KEY, "keyId": "shop-11"})
    assert rotate_key(stack, "shop") == ("shop-11", "secret")


def test_a_client_with_a_key_is_not_added_again(stack: Stack, gateway: Stubber) -> None:
    list_(gateway, a_key("shop", 1))
    with pytest.raises(KeyUnavailable) as caught:
        add_key(stack, "shop")
    assert str(caught.value) == (
        "shop already has a key; create another with: pipeline key rotate shop"
    )


def test_a_client_without_a_key_is_not_rotated(stack: Stack, gateway: Stubber) -> None:
    list_(gateway)
    with pytest.raises(KeyUnavailable) as caught:
        rotate_key(stack, "shop")
    assert str(caught.value) == "shop has no key; create one with: pipeline key add shop"


def test_deletes_each_key(stack: Stack, gateway: Stubber) -> None:
    list_(gateway, a_key("shop", 1), a_key("bank", 1))
    for key in ("bank-1", "shop-1"):
        gateway.add_response("delete_api_key", {}, {"apiKey": key})
    delete_keys(stack, client_keys(stack))


@pytest.mark.parametrize("name", ["", "-shop", "a b", "a\n", "é", "a" * 65])
@pytest.mark.parametrize("action", ["add", "rotate", "revoke"])
def test_a_malformed_name_is_rejected(action: str, name: str, tmp_path: Path) -> None:
    file = a_local_file(tmp_path)
    result = CliRunner().invoke(cli, ["key", action, "--local", file, "--", name])
    rule = "1 to 64 of A-Z a-z 0-9 . _ -, starting with a letter or digit"
    assert result.exit_code == 2
    assert result.output.endswith(f"Invalid value for 'NAME': {name!r} must be {rule}\n")


def test_the_commands_of_a_group_are_not_commands_of_the_pipeline() -> None:
    assert "key" in cli.commands
    assert not {"add", "list", "revoke", "rotate"} & cli.commands.keys()
