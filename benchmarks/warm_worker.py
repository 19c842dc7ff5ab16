"""Handles transactions in a warm process, and prints the CPU time of one.

This module runs as a script, with the handler's folder as its working directory.
"""

import copy
import importlib
import json
import os
import sys
import time
from types import SimpleNamespace

CONTEXT = SimpleNamespace(
    aws_request_id="00000000-0000-0000-0000-000000000000",
    function_name="processor",
    function_version="$LATEST",
    invoked_function_arn="arn:aws:lambda:ap-southeast-1:000000000000:function:processor",
    memory_limit_in_mb="512",
    get_remaining_time_in_millis=lambda: 60_000,
)


def main(handler: str) -> None:
    """Read an event, then counts; for each count print the ms of CPU of one transaction."""
    results, sys.stdout = sys.stdout, open(os.devnull, "w")  # noqa: SIM115, PTH123 # the log lines
    sys.path.insert(0, os.getcwd())  # noqa: PTH109
    handle = importlib.import_module(handler.rpartition(".")[0]).lambda_handler
    event = json.loads(sys.stdin.readline())
    handled = 0
    for line in sys.stdin:
        events = []
        for number in range(handled, handled + int(line)):
            events.append(copy.deepcopy(event))
            events[-1]["responsePayload"]["transactionId"] = f"order-{number}"
        handled += len(events)
        begun = time.process_time()
        for one in events:
            handle(one, CONTEXT)
        print((time.process_time() - begun) * 1000 / len(events), file=results, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
