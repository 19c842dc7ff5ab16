"""The body that the audit object of a record must have, and what proves it without reading it."""

import hashlib
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import contract
from ops.reconciliation import Entry

FORMS: tuple[Callable[[dict[str, Any]], bytes], ...] = (contract.canonical_json,)
"""Every form that the body of an audit object has had, today's first.

Whoever changes contract.canonical_json adds the form of before: objects stay as they were written.
"""


def proofs_of(entry: Entry) -> bytes:
    """Return the proof of each form of an entry's body, one after the other."""
    transaction = dict(entry.content.values)
    transaction["amount"] = amount_text(transaction["amount"], transaction["currency"])
    own = (entry.timestamp, entry.request_id, entry.api_key_id)
    transaction |= zip(contract.PROVENANCE, own, strict=True)
    return b"".join([_proof_of(form(transaction)) for form in FORMS])


def _proof_of(body: bytes) -> bytes:
    return hashlib.md5(body, usedforsecurity=False).digest() + len(body).to_bytes(8)


def proof(etag: str, size: int) -> bytes | None:
    """Return what only an object with the same body has, or None for an ETag that is not an MD5.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html
    """
    try:
        digest = bytes.fromhex(etag.strip('"'))
    except ValueError:
        return None  # that of a multipart upload
    return digest + size.to_bytes(8) if digest else None


def amount_text(amount: Decimal, currency: str) -> str:
    """Return an amount with the decimals of its currency; DynamoDB drops zeros at the end."""
    written = f"{amount:.{contract.MINOR_UNITS.get(currency, 0)}f}"
    # One that has more decimals is none of the pipeline's: rounding would hide the difference.
    return written if Decimal(written) == amount else f"{amount:f}".rstrip("0")
