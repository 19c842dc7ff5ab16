"""A handler that does nothing: the cost of the runtime alone."""


def lambda_handler(event: object, context: object) -> object:  # noqa: ARG001
    """Return the event."""
    return event
