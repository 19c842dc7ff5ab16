"""W9322: a destination or dead-letter queue that never gets anything."""

from collections.abc import Iterator

from lint._callers import is_only_called_synchronously
from lint._functions import targets
from lint._rule import SOURCES, Finding, Rule
from lint._template import Template


class NeverFires(Rule):
    """A function is set up for asynchronous invocations, and nobody invokes it so."""

    id = "W9322"
    shortdesc = "Destination or dead-letter queue on a function that is only called synchronously"
    description = (
        "Lambda uses OnSuccess, OnFailure and the function's dead-letter queue for asynchronous "
        "invocations alone; behind an AWS_PROXY integration, a function URL or an event source "
        "mapping they never fire"
    )
    source_url = f"{SOURCES}/lambda/latest/dg/invocation-async-retain-records.html"
    tags = ("resources", "lambda", "apigateway")

    def findings(self, template: Template) -> Iterator[Finding]:
        """Point at each setting that has no effect."""
        for target in targets(template):
            if is_only_called_synchronously(target.function, template):
                yield Finding(
                    target.path,
                    f"{target.setting} of {target.function.title} never fires: all that calls the "
                    "function here waits for its answer, and Lambda uses it for asynchronous "
                    "invocations alone",
                )
