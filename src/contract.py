"""The transaction: its fields and rules, and each form that it takes on its way.

Every other part derives from this module: the functions, the request model, the API's reads, ops,
the test builders, the tables in docs. A new field is one entry of FIELDS.

Each cold start imports this module. It needs nothing that Lambda's runtime has not loaded already.
"""

from __future__ import annotations

import json
import re

TYPE_CHECKING = False  # typing would be 7 % of the validator's cold start
if TYPE_CHECKING:
    from typing import Any

# ISO 4217: the active currencies that have a minor unit, by its number of decimals.
MINOR_UNITS = {
    code: decimals
    for decimals, codes in {
        0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
        2: """
            AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP
            BYN BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB
            EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES
            KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR
            MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD
            RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP
            TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG
        """,
        3: "BHD IQD JOD KWD LYD OMR TND",
        4: "CLF UYW",
    }.items()
    for code in codes.split()
}

LOWEST_AMOUNT = 0.0001
HIGHEST_AMOUNT = 999_999_999_999
# A JSON number is an IEEE double, which carries 15 significant digits exactly.
AMOUNT_DIGITS = 15
# The end of the year 9999, in ms since the epoch.
LATEST_TIMESTAMP = 253_402_300_799_999


class Field:
    """A field: the JSON schema and the rule for what a client sends, and how it is stored.

    `hint` is the rule in a few characters. Between the stages a value is a text that matches
    `pattern`.
    """

    def __init__(
        self,
        schema: dict[str, Any],
        rule: str,
        pattern: str,
        *,
        example: object,
        required: bool = True,
        stored_as: str = "S",
        characters: str = "",
        hint: str = "",
    ) -> None:
        self.schema, self.rule, self.hint, self.pattern = schema, rule, hint, pattern
        self.example, self.required, self.stored_as = example, required, stored_as
        self.characters = characters


def text(characters: str, longest: int, *, example: str, required: bool = True) -> Field:
    """Return a field for 1 to `longest` of `characters`, of which a letter or digit comes first."""
    listed = ["space" if part == " " else part for part in re.findall(r".-.|.", characters)]
    return Field(
        # API Gateway's `$` lets a trailing newline through, `(?![\s\S])` does not.
        {
            "type": "string",
            "pattern": rf"^[A-Za-z0-9][{characters}]*(?![\s\S])",
            "maxLength": longest,
        },
        f"1 to {longest} of {' '.join(listed)}, starting with a letter or digit",
        f"[A-Za-z0-9][{characters}]{{0,{longest - 1}}}",
        example=example,
        required=required,
        characters=characters,
        hint=f"1-{longest} of {characters}",
    )


# What a client sends. The optional fields come last.
FIELDS = {
    "transactionId": text("A-Za-z0-9._-", 64, example="order-1001"),
    "amount": Field(
        {"type": "number", "minimum": LOWEST_AMOUNT, "maximum": HIGHEST_AMOUNT},
        f"a number from {LOWEST_AMOUNT} to {HIGHEST_AMOUNT}",
        r"[0-9]{1,12}(\.[0-9]{1,16})?",
        example=100.5,
        stored_as="N",
        hint=f"{LOWEST_AMOUNT}-{HIGHEST_AMOUNT}",
    ),
    "currency": Field(
        {"enum": sorted(MINOR_UNITS)},
        "an active ISO 4217 code with a minor unit",
        "[A-Z]{3}",
        example="USD",
        hint="ISO 4217",
    ),
    "source": text("A-Za-z0-9 ._-", 64, example="web"),
}
REQUIRED = [name for name, field in FIELDS.items() if field.required]
OPTIONAL = [name for name, field in FIELDS.items() if not field.required]

# What the gateway adds: the time of acceptance, the request, and the API key that sent it.
PROVENANCE = {
    "timestamp": Field(
        {"type": "integer"},
        "a time in ms since the epoch, before the year 10000",
        "[0-9]{1,15}",
        example=1_767_225_600_000,
        stored_as="N",
    ),
    "requestId": Field(
        {"type": "string", "pattern": r"^[A-Za-z0-9-]+(?![\s\S])", "maxLength": 64},
        "1 to 64 of A-Z a-z 0-9 -",
        "[A-Za-z0-9-]{1,64}",
        example="7f3b9a52-6c1e-4d8f-9a27-3e5b8c1d0f46",
        characters="A-Za-z0-9-",
    ),
    "apiKeyId": Field(
        {"type": "string"},
        "at most 64 of A-Z a-z 0-9 -",
        "[A-Za-z0-9-]{0,64}",
        example="k3y1d00000",
    ),
}

# What the gateway's mapping template names the fields that it adds.
ENVELOPE = {"requestId": "requestId", "receivedAt": "timestamp", "apiKeyId": "apiKeyId"}

# A record, an audit object and a message hold all of these.
RECORD = {**FIELDS, **PROVENANCE}

# How a request ended, as the outcomes table holds it, with DynamoDB's type of each attribute.
OUTCOME = {
    "requestId": "S",
    "transactionId": "S",
    "status": "S",
    "reason": "S",
    "function": "S",
    "timestamp": "N",
    "apiKeyId": "S",
    "expiresAt": "N",
}

# What the stages say of a transaction, and what is stored of it then.
RECORDED = "a record of this request"
DUPLICATED = "a record of an earlier request, with the same content"
CONFLICTING = "a record of an earlier request, with other content"
UNRECORDED = "nothing but the outcome"
DEAD_LETTERED = "a dead-letter message"
OUTCOMES = {
    "PROCESSED": RECORDED,
    "DUPLICATE": DUPLICATED,
    "CONFLICT": CONFLICTING,
    "REJECTED": UNRECORDED,
    "FAILED": DEAD_LETTERED,
}

# Subscribers filter messages by these fields.
MESSAGE_ATTRIBUTES = ("status", "currency", "source")
LOGGED = ("requestId", "transactionId")

AUDIT_PREFIX = "transactions/"
# The statuses that a stage returns; FAILED is for what no stage could return.
RETURNED = [status for status, stored in OUTCOMES.items() if stored != DEAD_LETTERED]
# The statuses that later stages pass on.
SETTLED = [status for status, stored in OUTCOMES.items() if stored in {CONFLICTING, UNRECORDED}]
LONGEST_REASON = 1_000
JSON_NUMBERS = (int, float)  # exactly: bool is a subclass of int

_matches = {name: re.compile(field.pattern).fullmatch for name, field in RECORD.items()}
_uuid_or_card_like = re.compile(
    r"\b([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b|\d(?:[._-]?\d){12,18}"
)
_unprintable = re.compile(r"[^ -~]")
_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


def is_well_formed(name: str, value: object) -> bool:
    """Return whether a value of this field may travel between the stages."""
    if name == "timestamp":
        return type(value) is int and 0 <= value <= LATEST_TIMESTAMP
    return isinstance(value, str) and _matches[name](value) is not None


def well_formed(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a record whose values are well-formed."""
    return {
        name: fields[name]
        for name in RECORD
        if name in fields and is_well_formed(name, fields[name])
    }


def as_sent(body: Any, provenance: dict[str, Any]) -> dict[str, Any]:
    """Return what is well-formed of a transaction that a client sent, its amount as a text."""
    sent = {**body, **provenance} if isinstance(body, dict) else {**provenance}
    amount: Any = sent.get("amount")
    # Python refuses to write a number of more than 4,300 digits.
    writable = type(amount) in JSON_NUMBERS and amount <= HIGHEST_AMOUNT
    return well_formed({**sent, "amount": str(amount) if writable else None})


def plain(reason: str) -> str:
    """Return a reason, short and in plain ASCII."""
    return _unprintable.sub("?", reason[:LONGEST_REASON])


def identity(transaction: dict[str, Any]) -> bytes:
    """Return what makes two transactions the same, whoever sends them; its hash is the fingerprint.

    An optional field that was not sent leaves no trace, so that older fingerprints still hold.
    """
    parts: list[Any] = [transaction[name] for name in REQUIRED]
    parts += [[name, transaction[name]] for name in OPTIONAL if name in transaction]
    return json.dumps(parts).encode()


def canonical_json(transaction: dict[str, Any]) -> bytes:
    """Return the body of the audit object: the same transaction gives the same bytes."""
    return _canonical(transaction).encode()


def audit_key(transaction_id: str) -> str:
    """Return the key of the audit object."""
    return f"{AUDIT_PREFIX}{transaction_id}.json"


def item(transaction: dict[str, Any]) -> dict[str, Any]:
    """Return the table's item for a transaction."""
    return {name: {RECORD[name].stored_as: str(value)} for name, value in transaction.items()}


def outcome_item(message: dict[str, Any], expires_at: int) -> dict[str, Any]:
    """Return the outcomes table's item for a message, which expires at a time in s."""
    kept = {**message, "expiresAt": expires_at}
    return {name: {kind: str(kept[name])} for name, kind in OUTCOME.items() if name in kept}


def masked(text: str) -> str:
    """Hide what looks like a card number. A UUID does not, whatever its digits."""
    return _uuid_or_card_like.sub(lambda found: found[1] or "(card-like)", text)
