"""Redrive: dead letters are invoked again, each deleted once Lambda has taken it on.

SQS cannot redrive to Lambda what Lambda sent to a dead-letter queue.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from ops.evidence import DeadLetter, receive_dead_letters
from ops.stack import Stack
from template.outputs import StageOutputs

HELD_SECONDS = 10  # a batch is redriven in less; one that was killed holds its letters so long


@dataclass(frozen=True)
class Redrive:
    """Which letters of a stage to invoke again; `dry_run` invokes none of them."""

    stage: StageOutputs[str]
    dry_run: bool = False
    limit: int | None = None
    only_error: re.Pattern[str] = re.compile("")

    def run(self, stack: Stack, show: Callable[[DeadLetter], None]) -> int:
        """Show each letter, invoke with its body, delete it; return how many.

        Killed between invocation and deletion it leaves the letter: the next run invokes again
        with the same event, of which the processor makes no second record.
        """
        url = stack.sqs.get_queue_url(QueueName=self.stage.queue_name)["QueueUrl"]
        invocations: set[str] = set()
        count = 0
        with receive_dead_letters(stack, self.stage, HELD_SECONDS) as letters:
            for letter in islice(self._chosen(letters, invocations), self.limit):
                show(letter)
                count += 1
                if self.dry_run:
                    continue
                accepted = stack.functions.invoke(
                    FunctionName=self.stage.function_name,
                    InvocationType="Event",
                    Payload=letter.body,
                )
                invocations.add(accepted["ResponseMetadata"]["RequestId"])
                stack.sqs.delete_message(QueueUrl=url, ReceiptHandle=letter.receipt)
        return count

    def _chosen(self, letters: Iterator[DeadLetter], invocations: set[str]) -> Iterator[DeadLetter]:
        # What fails again comes back as a new letter: not in this run, or it would never end.
        for letter in letters:
            if letter.invocation_id not in invocations and self.only_error.search(letter.error):
                yield letter
