"""What keeps other pages and machines away: Host, Origin, a token on every write, headers."""

import hmac
from collections.abc import Collection

from flask import Flask, Response, abort, request

from console.console import Console

WRITES = ("POST",)
FOREIGN_HOST = "This address is not the console's. Open the address that the command printed."
FOREIGN_ORIGIN = "The request comes from another page. Use the console's own buttons."
WRONG_TOKEN = "The page is from an earlier console. Reload the page, then try again."  # noqa: S105
READ_ONLY = "The console is read-only. Start it without --read-only to change something."
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # Without a referrer, browsers send the Origin of a form as null.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def secure(app: Flask, console: Console, hosts: Collection[str]) -> None:
    """Check each request before any view, and add the headers to each response."""
    origins = {f"http://{host}" for host in hosts}

    @app.before_request
    def check() -> None:
        # A foreign name that resolves to loopback (DNS rebinding) would make a page same-origin.
        if request.host not in hosts:
            abort(403, FOREIGN_HOST)
        if request.headers.get("Origin") not in {None, *origins}:
            abort(403, FOREIGN_ORIGIN)
        if request.method in WRITES:
            if console.read_only:
                abort(403, READ_ONLY)
            given = request.form.get("token", "").encode()
            if not hmac.compare_digest(given, console.token.encode()):
                abort(403, WRONG_TOKEN)

    @app.after_request
    def harden(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if request.endpoint != "static":
            response.headers["Cache-Control"] = "no-store"
        return response


def masked_key(key: str) -> str:
    """Return the first characters of an API key."""
    return f"{key[:4]}…" if len(key) > 8 else "…"
