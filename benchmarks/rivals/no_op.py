"""A handler that does nothing: what the runtime alone costs."""


def lambda_handler(event: object, context: object) -> object:  # noqa: ARG001
    """Return the event."""
    return event
