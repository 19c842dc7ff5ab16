"""API keys of clients, beside the stack's own key and under its usage plan.

The tags of a key, not its name, decide which stack and client it belongs to.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from botocore.exceptions import ClientError

from contract import FIELDS
from ops.stack import Stack

CLIENT = FIELDS["transactionId"]
"""The name of a client follows the rule of a transaction ID."""

STACK_TAG, CLIENT_TAG, SERIAL_TAG = (
    f"transaction-pipeline:{name}" for name in ("stack", "client", "serial")
)


class KeyUnavailable(Exception):
    """The client has no key, or has one already; the message contains the remedy."""


@dataclass(frozen=True, order=True)
class ClientKey:
    """An API key of a client; the newest has the highest serial number."""

    client: str
    serial: int
    id: str
    created: datetime
    enabled: bool


def client_keys(stack: Stack, client: str | None = None) -> list[ClientKey]:
    """Return the keys of a client, or of all clients, the oldest first."""
    pages = stack.apigateway.get_paginator("get_api_keys").paginate(nameQuery=f"{stack.name}-")
    return sorted(
        ClientKey(
            client=tags[CLIENT_TAG],
            serial=int(tags[SERIAL_TAG]),
            id=key["id"],
            created=key["createdDate"],
            enabled=key["enabled"],
        )
        for key in chain.from_iterable(page["items"] for page in pages)
        if (tags := key.get("tags") or {}).get(STACK_TAG) == stack.name
        and client in {None, tags[CLIENT_TAG]}
    )


def existing_keys(stack: Stack, client: str) -> list[ClientKey]:
    """Return the keys of a client, the oldest first; raises KeyUnavailable if there is none."""
    if found := client_keys(stack, client):
        return found
    raise KeyUnavailable(f"{client} has no key; create one with: pipeline key add {client}")


def add_key(stack: Stack, client: str) -> tuple[str, str]:
    """Create the first key of a client; return its ID and value."""
    if client_keys(stack, client):
        raise KeyUnavailable(
            f"{client} already has a key; create another with: pipeline key rotate {client}"
        )
    return _create(stack, client, 1)


def rotate_key(stack: Stack, client: str) -> tuple[str, str]:
    """Create another key of a client, whose older keys stay valid; return its ID and value."""
    return _create(stack, client, existing_keys(stack, client)[-1].serial + 1)


def delete_keys(stack: Stack, keys: Iterable[ClientKey]) -> None:
    """Delete keys, which are then invalid."""
    for key in keys:
        stack.apigateway.delete_api_key(apiKey=key.id)


def _create(stack: Stack, client: str, serial: int) -> tuple[str, str]:
    made = stack.apigateway.create_api_key(
        name=f"{stack.name}-{client}-{serial}",
        enabled=True,
        tags={STACK_TAG: stack.name, CLIENT_TAG: client, SERIAL_TAG: str(serial)},
    )
    try:
        stack.apigateway.create_usage_plan_key(
            usagePlanId=stack.outputs.usage_plan_id, keyId=made["id"], keyType="API_KEY"
        )
    except ClientError:
        stack.apigateway.delete_api_key(apiKey=made["id"])
        raise
    return made["id"], made["value"]
