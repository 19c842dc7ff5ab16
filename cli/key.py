"""`pipeline key`: API keys of clients."""

import re
from collections.abc import Callable

import click

from cli.options import OUT, Unable, confirm_by_name, on_stack, print_json
from ops import client_keys
from ops.client_keys import CLIENT, KeyUnavailable
from ops.stack import Stack


def _checked(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    if not re.fullmatch(CLIENT.pattern, value):
        raise click.BadParameter(f"{value!r} must be {CLIENT.rule}")
    return value


_name = click.argument("client", metavar="NAME", callback=_checked)


@click.group("key")
def group() -> None:
    """Add, list, rotate and revoke API keys, one for each client of the stack."""


@group.command("add", epilog="Example: pipeline key add shop")
@on_stack
@_name
def _add(stack: Stack, *, client: str, as_json: bool) -> None:
    """Create an API key for the client NAME, and print its value."""
    _create(client_keys.add_key, stack, client, as_json=as_json)


@group.command("rotate", epilog="Example: pipeline key rotate shop")
@on_stack
@_name
def _rotate(stack: Stack, *, client: str, as_json: bool) -> None:
    """Create another API key for the client NAME, and print its value.

    The older key stays valid until `pipeline key revoke NAME`. A client can read the outcome of a
    request only with the key that submitted it.
    """
    _create(client_keys.rotate_key, stack, client, as_json=as_json)


def _create(
    create: Callable[[Stack, str], tuple[str, str]], stack: Stack, client: str, *, as_json: bool
) -> None:
    try:
        key_id, value = create(stack, client)
    except KeyUnavailable as error:
        raise Unable(str(error)) from error
    if as_json:
        print_json({"client": client, "id": key_id, "value": value})
        return
    OUT.print(f"The API key {key_id} of {client}, for the header x-api-key, printed only once:")
    OUT.print(value)


@group.command("list", epilog="Example: pipeline key list")
@on_stack
def _list(stack: Stack, *, as_json: bool) -> None:
    """List the API keys of the clients, without their values."""
    found = [
        {
            "client": one.client,
            "id": one.id,
            "created": one.created.isoformat(),
            "enabled": one.enabled,
        }
        for one in client_keys.client_keys(stack)
    ]
    if as_json:
        print_json(found)
        return
    for one in found:
        disabled = "" if one["enabled"] else "  disabled"
        OUT.print(f"{one['client']}  {one['id']}  {one['created']}{disabled}")


@group.command("revoke", epilog="Example: pipeline key revoke shop")
@on_stack
@_name
@click.option("--all", "every", is_flag=True, help="Delete the newest key of the client too.")
@click.option("--yes", is_flag=True, help="Do not prompt before the newest key is deleted.")
def _revoke(stack: Stack, *, client: str, every: bool, yes: bool, as_json: bool) -> None:
    """Delete the API keys of the client NAME that a rotation replaced.

    If there are none, or with --all, deletes the newest key too, after a prompt for the name of the
    client. No client can read the outcomes of requests that a deleted key submitted.
    """
    try:
        *replaced, newest = client_keys.existing_keys(stack, client)
    except KeyUnavailable as error:
        raise Unable(str(error)) from error
    revoked = replaced if replaced and not every else [*replaced, newest]
    if newest in revoked and not yes:
        click.echo(f"{client} will have no API key.", err=True)
        confirm_by_name("client", client)
    client_keys.delete_keys(stack, revoked)
    if as_json:
        print_json({"client": client, "revoked": [one.id for one in revoked]})
    else:
        left = "no key is left" if newest in revoked else f"{newest.id} stays valid"
        OUT.print(f"Revoked {', '.join(one.id for one in revoked)} of {client}; {left}.")
