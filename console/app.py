"""The application: blueprints, filters and what a page says when something is wrong."""

import re
import sys
from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from flask import Flask, render_template, request

from console.actions import actions
from console.console import Console
from console.errors import describe
from console.security import masked_key, secure
from console.views import pages
from console.waterfall import WIDTH
from contract import masked
from ops.cost.request import NOT_IN_REQUEST

LARGEST_FORM = 10_000_000

_folder = re.compile(r'(?<=File ")[^"]*/(?:code|site-packages)/').sub


def create_app(console: Console, hosts: Collection[str]) -> Flask:
    """Return the application; it responds only to these values of the Host header."""
    app = Flask(__name__)
    app.extensions["console"] = console
    app.config["MAX_CONTENT_LENGTH"] = app.config["MAX_FORM_MEMORY_SIZE"] = LARGEST_FORM
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        clock=clock, dollars=dollars, frames=frames, masked=masked, milliseconds=milliseconds
    )
    app.jinja_env.globals.update(WATERFALL_WIDTH=WIDTH, NOT_IN_REQUEST=NOT_IN_REQUEST)
    secure(app, console, hosts)
    app.register_blueprint(pages)
    app.register_blueprint(actions)

    @app.before_request
    def refresh() -> None:
        if request.endpoint != "static":
            console.refresh()

    @app.context_processor
    def shared() -> dict[str, Any]:
        return {
            "console": console,
            "stack": console.shown.stack,
            "key": masked_key(console.shown.stack.api_key),
            "notice": console.notice(request.args.get("notice", "")),
        }

    @app.errorhandler(Exception)
    def explain(error: Exception) -> tuple[str, int]:
        status, sentence = describe(console, error)
        if status == 500:
            app.log_exception(sys.exc_info())
        comes_back = status in {502, 503} and request.method == "GET"
        page = render_template("error.html", sentence=sentence, comes_back=comes_back)
        return page, status

    return app


def clock(milliseconds_: float) -> str:
    """Return a time in ms since the epoch as time of day, in UTC."""
    return f"{datetime.fromtimestamp(milliseconds_ / 1_000, UTC):%Y-%m-%d %H:%M:%S.%f}"[:-3]


def milliseconds(value: float) -> str:
    """Return a duration as people read it."""
    if value < 1_000:
        return f"{value:,.0f} ms" if value >= 10 else f"{value:.1f} ms"
    return f"{value / 1_000:,.2f} s"


def frames(lines: Iterable[str]) -> str:
    """Return the lines of a traceback, with paths from the function's or the library's folder."""
    return _folder("", "".join(lines))


def dollars(value: Decimal) -> str:
    """Return a small amount with its first significant digits."""
    return f"${value:.8f}"
