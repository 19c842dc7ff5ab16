"""A field of one's own: `reference`, as docs/contributing.md shows it."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

import contract
from ops import evidence
from ops.stack import Stack
from ops.submission import submit
from ops.subscriber import Notification, subscribe
from ops.transaction import a_body
from tests.proofs.conftest import Copy, diffs

SECONDS = 60


def notified(stack: Stack, *bodies: dict[str, Any]) -> list[Notification]:
    """Submit one after the other, each once the one before was published."""
    found = []
    with subscribe(stack) as notifications:
        for body in bodies:
            request_id = submit(stack, body).request_id
            assert notifications.wait_for({request_id}, seconds=SECONDS) == set()
            found.append(notifications.seen[request_id][0])
    return found


def audit_object(stack: Stack, name: str) -> tuple[bytes, str]:
    """Return the body of an audit object and its ETag."""
    found = stack.s3.get_object(Bucket=stack.outputs.bucket_name, Key=contract.audit_key(name))
    return found["Body"].read(), found["ETag"].strip('"')


def test_takes_few_files_one_of_them_a_test_and_one_the_changelog() -> None:
    files = [line[6:] for line in diffs()["Add a field"].splitlines() if line.startswith("+++ ")]
    assert len(files) <= 6
    assert [Path(name).name for name in files if name.startswith("tests/")] == ["test_reference.py"]
    assert "CHANGELOG.md" in files


@pytest.mark.parametrize("reference", ["", "-7", "a b", "a" * 36, 7, None])
def test_the_request_model_refuses_a_malformed_reference(copy: Copy, reference: object) -> None:
    answer = submit(copy.stack, a_body(transactionId="refused", reference=reference))
    assert answer.http_status == 400
    assert "reference (optional, 1-35 of A-Za-z0-9._/-)" in answer.message


def test_a_reference_is_kept_in_record_audit_object_message_and_read(copy: Copy) -> None:
    stack, body = copy.stack, a_body(transactionId="referring", reference="invoice-7/a")

    (message,) = notified(stack, body)

    assert message.message["reference"] == "invoice-7/a"
    (record,) = evidence.record_of(stack, "referring")
    assert record["reference"] == {"S": "invoice-7/a"}
    assert json.loads(audit_object(stack, "referring")[0])["reference"] == "invoice-7/a"
    read = stack.http.get(f"{stack.api_endpoint}/referring", timeout=SECONDS).json()
    assert read["reference"] == "invoice-7/a"


def test_what_was_not_sent_is_absent_and_the_audit_object_is_byte_for_byte_as_before(
    copy: Copy,
) -> None:
    stack, body = copy.stack, a_body(transactionId="silent")

    (message,) = notified(stack, body)

    sent = message.message
    assert sent.keys() == {*contract.RECORD, "status"}
    request_id, timestamp = sent["requestId"], sent["timestamp"]
    expected = (
        f'{{"amount":"100.50","apiKeyId":"{sent["apiKeyId"]}","currency":"USD",'
        f'"requestId":"{request_id}","source":"web","timestamp":{timestamp},'
        '"transactionId":"silent"}'
    ).encode()
    etag = hashlib.md5(expected, usedforsecurity=False).hexdigest()
    assert audit_object(stack, "silent") == (expected, etag)
    head = stack.s3.head_object(Bucket=stack.outputs.bucket_name, Key=contract.audit_key("silent"))
    identity = b'["silent", "100.50", "USD", "web"]'
    assert head["Metadata"]["fingerprint"] == hashlib.sha256(identity).hexdigest()
    (record,) = evidence.record_of(stack, "silent")
    assert record.keys() == {*contract.RECORD}
    read = stack.http.get(f"{stack.api_endpoint}/silent", timeout=SECONDS).json()
    assert read.keys() == contract.RECORD.keys() - {"apiKeyId"}


def test_the_reference_is_part_of_what_makes_two_transactions_the_same(copy: Copy) -> None:
    body = a_body(transactionId="same", reference="a")
    others = [body, body | {"reference": "b"}, a_body(transactionId="same")]

    messages = notified(copy.stack, body, *others)

    statuses = [message.message["status"] for message in messages]
    assert statuses == ["PROCESSED", "DUPLICATE", "CONFLICT", "CONFLICT"]


def test_the_commands_account_for_it(copy: Copy, tmp_path: Path) -> None:
    file, accepted = tmp_path / "events.jsonl", tmp_path / "accepted.jsonl"
    bodies = [a_body(transactionId="notified", reference="c"), a_body(transactionId="unnotified")]
    file.write_text("\n".join(map(json.dumps, bodies)))

    submitted = copy.ops("submit", str(file), "--wait", "--accepted", str(accepted))
    status = copy.ops("status", "notified", "--json")
    audit = copy.ops("audit", "--accepted", str(accepted), "--json")

    assert submitted.returncode == 0, submitted.stdout
    assert json.loads(status.stdout)["records"][0]["reference"] == "c"
    assert (
        "reference"
        not in json.loads(copy.ops("status", "unnotified", "--json").stdout)["records"][0]
    )
    report = json.loads(audit.stdout)
    assert (report["reconciled"], report["requests"]["RECORDED"]) == (True, 2)


def test_the_generated_documents_describe_it(copy: Copy) -> None:
    assert "| `reference` | no | string, matching" in copy.read("docs/api.md")
