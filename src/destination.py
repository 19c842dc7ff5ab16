"""What a stage reads of the destination record that Lambda invokes it with.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

from __future__ import annotations

from contract import (
    OPTIONAL,
    OUTCOMES,
    RECORD,
    RETURNED,
    SETTLED,
    UNRECORDED,
    is_well_formed,
    plain,
    well_formed,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

VERSION = "1.0"


class InvalidRecord(ValueError):
    """The event is not the destination record that the function expects."""


def record_of(event: Any) -> dict[str, Any]:
    """Return the destination record that an event must be, or raise InvalidRecord."""
    if not isinstance(event, dict) or event.get("version") != VERSION:
        raise InvalidRecord(f"version: must be {VERSION}, that of a destination record")
    return event


def transaction_in(record: dict[str, Any]) -> dict[str, Any]:
    """Return the transaction that the stage before returned, or raise InvalidRecord."""
    payload = record.get("responsePayload")
    if not isinstance(payload, dict):
        raise InvalidRecord("responsePayload: must be a transaction")
    for name in RECORD:
        if not (is_well_formed(name, payload[name]) if name in payload else name in OPTIONAL):
            raise InvalidRecord(f"responsePayload.{name}: is missing or malformed")
    return {name: payload[name] for name in RECORD if name in payload}


def settled_in(record: dict[str, Any]) -> dict[str, Any] | None:
    """Return the outcome of the stage before if it is settled: every later stage returns it, too.

    None if there is something left to do.
    """
    payload = record.get("responsePayload")
    return payload if isinstance(payload, dict) and payload.get("status") in SETTLED else None


def outcome_in(record: dict[str, Any]) -> dict[str, Any]:
    """Return the outcome of the stage before: of a rejection, what is well-formed."""
    payload = record.get("responsePayload")
    if not isinstance(payload, dict) or payload.get("status") not in RETURNED:
        raise InvalidRecord(f"responsePayload.status: must be one of {', '.join(RETURNED)}")
    status = payload["status"]
    if OUTCOMES[status] != UNRECORDED:
        return {"status": status, **transaction_in(record)}
    if not isinstance(payload.get("reason"), str):
        raise InvalidRecord("responsePayload.reason: must be a text")
    return {"status": status, "reason": plain(payload["reason"]), **well_formed(payload)}
