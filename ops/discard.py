"""Deletes dead-letter messages that a redrive cannot fix."""

import json
import os
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from ops.dead_letter_selection import Selection
from ops.evidence import DeadLetter, receive_dead_letters
from ops.stack import Stack
from template.outputs import StageOutputs


def select(stack: Stack, stage: StageOutputs[str], selection: Selection) -> list[DeadLetter]:
    """Return the selected messages of a stage without deleting them."""
    with receive_dead_letters(stack, stage) as messages:
        return list(selection.among(messages))


def default_name(stage: str) -> str:
    """Return the name of a file for the discarded messages of a stage."""
    return f"discarded-{stage}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.jsonl"


def save(path: Path, dead_letters: Iterable[DeadLetter]) -> None:
    """Append the messages to a file, each body as Lambda sent it, and wait until it is on disk."""
    with path.open("a", encoding="utf-8") as file:
        for one in dead_letters:
            saved = {
                "stage": one.stage,
                "requestId": one.request_id,
                "messageId": one.message_id,
                "error": one.error,
                "body": one.body,
            }
            file.write(json.dumps(saved) + "\n")
        file.flush()
        os.fsync(file.fileno())


def discard(stack: Stack, stage: StageOutputs[str], dead_letters: Sequence[DeadLetter]) -> int:
    """Delete these messages and no others; return the number of deleted messages.

    They are received again, because a receipt can expire while someone reads the list. A message
    that is in flight elsewhere, or was redriven meanwhile, is not found.
    """
    url = stack.sqs.get_queue_url(QueueName=stage.queue_name)["QueueUrl"]
    left = {one.message_id for one in dead_letters}
    with receive_dead_letters(stack, stage) as messages:
        while left and (found := next(messages, None)):
            if found.message_id in left:
                stack.sqs.delete_message(QueueUrl=url, ReceiptHandle=found.receipt)
                left.remove(found.message_id)
    return len(dead_letters) - len(left)
