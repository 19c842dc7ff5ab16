"""Redrives dead-letter messages, deleting each one once Lambda has accepted its event.

SQS cannot redrive messages that Lambda sent to a dead-letter queue.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from ops.evidence import DeadLetter, receive_dead_letters
from ops.stack import Stack
from template.outputs import StageOutputs

VISIBILITY_SECONDS = 10  # enough for a batch; an interrupted run blocks its messages this long


@dataclass(frozen=True)
class Redrive:
    """A redrive of some of a stage's dead-letter messages; a dry run only lists them."""

    stage: StageOutputs[str]
    dry_run: bool = False
    limit: int | None = None
    only_error: re.Pattern[str] = re.compile("")

    def run(self, stack: Stack, show: Callable[[DeadLetter], None]) -> int:
        """Redrive and delete each selected message, and return their number.

        If interrupted between the two steps, the message stays and the next run redrives it again.
        The processor does not create a second record for the same event.
        """
        url = stack.sqs.get_queue_url(QueueName=self.stage.queue_name)["QueueUrl"]
        invocations: set[str] = set()
        count = 0
        with receive_dead_letters(stack, self.stage, VISIBILITY_SECONDS) as messages:
            for dead_letter in islice(self._selected(messages, invocations), self.limit):
                show(dead_letter)
                count += 1
                if self.dry_run:
                    continue
                accepted = stack.functions.invoke(
                    FunctionName=self.stage.function_name,
                    InvocationType="Event",
                    Payload=dead_letter.body,
                )
                invocations.add(accepted["ResponseMetadata"]["RequestId"])
                stack.sqs.delete_message(QueueUrl=url, ReceiptHandle=dead_letter.receipt)
        return count

    def _selected(
        self, messages: Iterator[DeadLetter], invocations: set[str]
    ) -> Iterator[DeadLetter]:
        # An event that fails again returns as a new message; including it could loop forever.
        for dead_letter in messages:
            if dead_letter.invocation_id not in invocations and self.only_error.search(
                dead_letter.error
            ):
                yield dead_letter
