"""Fault injection."""


def serve() -> None:
    pass
