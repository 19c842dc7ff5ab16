"""Redrives dead-letter messages, deleting each one once Lambda has accepted its event.

SQS cannot redrive messages that Lambda sent to a dead-letter queue.
"""

from collections.abc import Callable

from ops.dead_letter_selection import EVERYTHING, Selection
from ops.evidence import DeadLetter, receive_dead_letters
from ops.stack import Stack
from template.outputs import StageOutputs

VISIBILITY_SECONDS = 10  # enough for a batch; an interrupted run blocks its messages this long


def redrive(
    stack: Stack,
    stage: StageOutputs[str],
    show: Callable[[DeadLetter], None],
    *,
    dry_run: bool = False,
    selection: Selection = EVERYTHING,
) -> None:
    """Show each selected message of a stage, then redrive and delete it unless it is a dry run.

    A foreign message stays. An interruption can leave a message whose event Lambda has accepted:
    the next run redrives it again, and the processor does not record the event a second time.
    """
    url = stack.sqs.get_queue_url(QueueName=stage.queue_name)["QueueUrl"]
    invocations: set[str] = set()
    with receive_dead_letters(stack, stage, VISIBILITY_SECONDS) as messages:
        # An event that fails again returns as a new message; including it could loop forever.
        earlier = (one for one in messages if one.invocation_id not in invocations)
        for dead_letter in selection.among(earlier):
            show(dead_letter)
            if not dry_run and not dead_letter.foreign:
                accepted = stack.functions.invoke(
                    FunctionName=stage.function_name,
                    InvocationType="Event",
                    Payload=dead_letter.body,
                )
                invocations.add(accepted["ResponseMetadata"]["RequestId"])
                stack.sqs.delete_message(QueueUrl=url, ReceiptHandle=dead_letter.receipt)
