"""Bugs to plant in a copy of the source: each replaces a text in one file."""

import importlib.util
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import ops.redrive
from tests.simulation.versions import ROOT, Version, load

REDRIVE = "ops/redrive.py"


class Bug(NamedTuple):
    """A bug: the file, and each text in it with its replacement."""

    file: str
    replacements: tuple[tuple[str, str], ...]


def _bug(file: str, *texts: str) -> Bug:
    return Bug(file, tuple(zip(texts[::2], texts[1::2], strict=True)))


PROCESSOR, NOTIFIER = "processor/processor.py", "notifier/notifier.py"
RECORDED = "    record(table, transaction, claim)\n"
CLAIMED = "    claim = claim_transaction(bucket, transaction, own)\n"
CONFLICTS = '    if claim.fingerprint != own.fingerprint:\n        return outcome("CONFLICT"'
LOST_CONDITION = 'if error.response["Error"]["Code"] != "ConditionalCheckFailedException":'

BUGS = {
    "the claim overwrites an earlier one": _bug(PROCESSOR, 'IfNoneMatch="*"', 'IfMatch=""'),
    "the record overwrites an earlier one": _bug(
        PROCESSOR, '            ConditionExpression="attribute_not_exists(transactionId)",\n', ""
    ),
    "the record is put before the claim": _bug(
        PROCESSOR, CLAIMED, f"    record(table, transaction, own)\n{CLAIMED}"
    ),
    "only the claim's owner puts the record": _bug(
        PROCESSOR,
        RECORDED,
        "    if claim.request_id == own.request_id:\n        record(table, transaction, claim)\n",
    ),
    "a duplicate records its own time": _bug(
        PROCESSOR, "record(table, transaction, claim)", "record(table, transaction, own)"
    ),
    "a duplicate records its own request": _bug(
        PROCESSOR, '"requestId": claim.request_id', '"requestId": transaction["requestId"]'
    ),
    "a duplicate returns its own time": _bug(
        PROCESSOR, '{**transaction, "timestamp": claim.timestamp})', "transaction)"
    ),
    "the fingerprint is not compared": _bug(
        PROCESSOR, "if claim.fingerprint != own.fingerprint:", "if not claim.fingerprint:"
    ),
    "the fingerprint lacks the amount": _bug(
        "contract.py",
        "[transaction[name] for name in REQUIRED]",
        '[transaction[name] for name in REQUIRED if name != "amount"]',
    ),
    "a conflict is recorded": _bug(PROCESSOR, CONFLICTS, RECORDED + CONFLICTS),
    "whoever finds a claim owns it": _bug(
        PROCESSOR,
        'return claim_in(s3.head_object(Bucket=bucket, Key=key)["Metadata"])',
        "return own",
    ),
    "a claim that fails is taken for made": _bug(
        PROCESSOR,
        'if error.response["Error"]["Code"] != "PreconditionFailed":\n            raise',
        'if error.response["Error"]["Code"] != "PreconditionFailed":\n            return own',
    ),
    "each error of the record is ignored": _bug(PROCESSOR, LOST_CONDITION, "if False:"),
    "a duplicate is an owner": _bug(
        PROCESSOR, "if claim.request_id == own.request_id else", "if claim else"
    ),
    "an owner's retry is a duplicate": _bug(
        PROCESSOR, "if claim.request_id == own.request_id else", "if claim is own else"
    ),
    "the outcome is published before it is stored": _bug(
        NOTIFIER,
        '    if "requestId" in message:\n',
        "    sns.publish(TopicArn=topic, Message=json.dumps(message))\n"
        '    if "requestId" in message:\n',
    ),
    "an outcome overwrites an earlier one": _bug(
        NOTIFIER,
        '"attribute_not_exists(requestId) OR (apiKeyId',
        '"attribute_not_exists(no) OR (apiKeyId',
    ),
    "FAILED is never replaced": _bug(NOTIFIER, " OR (apiKeyId = :own AND #status = :failed)", ""),
    "FAILED of another key is replaced": _bug(NOTIFIER, "apiKeyId = :own AND ", ""),
    "each outcome of a key is replaced": _bug(NOTIFIER, " AND #status = :failed", ""),
    "each error of the outcome is ignored": _bug(NOTIFIER, LOST_CONDITION, "if False:"),
    "FAILED is not published": _bug(
        NOTIFIER,
        "    sns.publish(",
        '    if message["status"] == "FAILED":\n        return message\n    sns.publish(',
    ),
    "a failed Publish is ignored": _bug(
        NOTIFIER,
        "    sns.publish(",
        "    from contextlib import suppress\n"
        "    with suppress(sns.exceptions.ClientError):\n     sns.publish(",
    ),
    "a duplicate is not published": _bug(
        NOTIFIER,
        "    sns.publish(",
        '    if message["status"] == "DUPLICATE":\n        return message\n    sns.publish(',
    ),
    "a rejection is processed": _bug(
        "destination.py", 'payload.get("status") in SETTLED', 'payload.get("status") == "CONFLICT"'
    ),
    "an amount is rounded": _bug(
        "validator/validator.py",
        "if float(written) == amount and len(written)",
        "if len(written)",
    ),
    "a redrive deletes the message first": _bug(
        REDRIVE,
        "                accepted = stack",
        "                stack.sqs.delete_message("
        "QueueUrl=url, ReceiptHandle=dead_letter.receipt)\n                accepted = stack",
    ),
    "a redrive only deletes": _bug(
        REDRIVE,
        "                accepted = stack.functions.invoke(",
        "                accepted = {'ResponseMetadata': {'RequestId': ''}}\n                dict(",
    ),
}


def plant(bug: Bug, folder: Path) -> None:
    """Apply the replacements of a bug to the copy of its file in a folder."""
    file = folder / bug.file
    text = file.read_text(encoding="utf-8")
    for old, new in bug.replacements:
        if old not in text:
            raise LookupError(f"{bug.file} has no {old!r}; change the bug in {__file__}")
        text = text.replace(old, new)
    file.write_text(text, encoding="utf-8")


def buggy(name: str, today: Version) -> tuple[Version, Callable[..., Any]]:
    """Return the handlers and the redrive, of which one has a bug."""
    bug = BUGS[name]
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "src")
        if bug.file == REDRIVE:
            (copy / "ops").mkdir(parents=True)
            shutil.copy(ROOT / REDRIVE, copy / REDRIVE)
            plant(bug, copy)
            return today, _redrive(copy / REDRIVE)
        shutil.copytree(ROOT / "src", copy, dirs_exist_ok=True)
        plant(bug, copy)
        return load(name, copy, today), ops.redrive.redrive


def _redrive(file: Path) -> Callable[..., Any]:
    spec = importlib.util.spec_from_file_location("redrive_with_bug", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: Callable[..., Any] = module.redrive
    return found
