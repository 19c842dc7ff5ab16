"""The pages that show, and the parts of them that a stream sends."""

import json
import time
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, abort, current_app, render_template, request

from console.activity import DEAD_LETTERED, IN_PROGRESS, RETRYING, Query
from console.console import Console
from console.examples import examples
from console.fault_form import KINDS
from console.live import stream
from console.request_view import cost_of, message_of, traceback_of
from contract import OUTCOMES
from local.faults import active_faults
from ops.dead_letter_selection import Selection
from ops.discard import select
from ops.logged_outcomes import log_events, stack_trace
from ops.transaction_status import find

SHOWN_DEAD_LETTERS = 50
STATUSES = [*OUTCOMES, IN_PROGRESS, RETRYING, DEAD_LETTERED]
FILTERS = ("id", "status", "minutes")
PERIODS = {"": "any time", "5": "last 5 minutes", "60": "last hour", "1440": "last day"}

pages = Blueprint("pages", __name__)


def console() -> Console:
    """Return the console that this application shows."""
    found: Console = current_app.extensions["console"]
    return found


@pages.get("/")
def map_page() -> str:
    """Show the map."""
    return render_template("map.html", part=_map_part())


@pages.get("/map.svg")
def picture() -> Response:
    """Draw the deployed template."""
    _ = console().stack
    policy = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
    return Response(console().shown.map.picture, mimetype="image/svg+xml", headers=policy)


@pages.get("/live/map")
def live_map() -> Response:
    """Send the figures of the map."""
    return stream(console(), _map_part)


def _map_part() -> str:
    shown, stack = console().shown, console().stack
    figures = shown.source.figures()
    queues = {stage.function_name: stage.queue_name for stage in stack.stages}
    return render_template(
        "_map.html",
        figures=figures,
        layout=shown.map.layout,
        marks=list(shown.map.marks(figures, queues)),
    )


@pages.get("/transactions")
def transactions() -> str:
    """List the requests."""
    return render_template(
        "transactions.html",
        part=_list_part(),
        statuses=STATUSES,
        periods=PERIODS,
        follows=console().shown.source.live and "before" not in request.args,
        filters=_filters(),
    )


@pages.get("/live/transactions")
def live_transactions() -> Response:
    """Send the list of requests."""
    return stream(console(), _list_part)


def _list_part() -> str:
    given = request.args
    period = given.get("minutes", "")
    minutes = int(period) if period and period in PERIODS else 0
    query = Query(
        text=given.get("id", "").strip(),
        status=given.get("status", ""),
        since=(time.time() - 60 * minutes) * 1_000 if minutes else 0.0,
        before=given.get("before", type=int),
    )
    page = console().shown.source.page(query)
    following = {**_filters(), "before": page.older}
    return render_template("_transactions.html", page=page, following=following, query=query)


def _filters() -> dict[str, str]:
    """Return the filters in the address; url_for would take others as its own options."""
    return {name: request.args[name] for name in FILTERS if name in request.args}


@pages.get("/transactions/<path:request_id>")
def transaction(request_id: str) -> str:
    """Show the waterfall of a request."""
    return render_template(
        "transaction.html", request_id=request_id, part=_request_part(request_id)
    )


@pages.get("/live/transactions/<path:request_id>")
def live_transaction(request_id: str) -> Response:
    """Send the waterfall of a request."""
    return stream(console(), lambda: _request_part(request_id))


def _request_part(request_id: str) -> str:
    shown = console().shown
    return render_template(
        "_transaction.html",
        request_id=request_id,
        summary=shown.source.summary_of(request_id),
        waterfall=shown.source.waterfall_of(request_id),
        cost=cost_of(shown, request_id),
        live=shown.source.live,
    )


@pages.get("/stored/<path:request_id>")
def stored(request_id: str) -> str:
    """Show what the stack stores of a request, and what its stages logged."""
    stack, shown = console().stack, console().shown
    summary = shown.source.summary_of(request_id)
    found = find(stack, summary.transaction_id if summary else request_id)
    logs = [
        (stage.name, event.get("timestamp", 0), event["message"])
        for stage in stack.stages
        for event in log_events(stack, stage.function_name, f'"{_quotable(request_id)}"')
    ]
    template = "_stored.html" if "HX-Request" in request.headers else "stored.html"
    return render_template(
        template,
        request_id=request_id,
        found=found,
        report=found.report() if found else {},
        outcome=(found.requests.get(request_id) if found else None),
        message=message_of(shown, request_id),
        logs=logs,
    )


def _quotable(text: str) -> str:
    """Return a text for a quoted pattern of CloudWatch Logs."""
    return text.replace("\\", "").replace('"', "")


@pages.get("/dead-letters")
def dead_letters() -> str:
    """Show the dead-letter messages of each stage."""
    stack, shown = console().stack, console().shown
    shown.source.expire()
    figures = shown.source.figures()
    stages = []
    for stage in stack.stages:
        counts = figures.stages[stage.function_name]
        # An empty queue takes a second to poll.
        found = select(stack, stage, Selection(limit=SHOWN_DEAD_LETTERS)) if counts.dead else []
        messages = [(one, _pretty(one.body), traceback_of(shown, stage, one)) for one in found]
        stages.append((stage, counts, messages))
    return render_template("dead_letters.html", stages=stages)


@pages.get("/dead-letters/<stage>/traceback/<invocation_id>")
def traceback(stage: str, invocation_id: str) -> str:
    """Show the traceback that a function logged."""
    stack = console().stack
    function = stack.stage(stage).function_name
    lines = stack_trace(stack, function, _quotable(invocation_id))
    return render_template("traceback.html", stage=stage, invocation_id=invocation_id, lines=lines)


def _pretty(body: str) -> str:
    try:
        return json.dumps(json.loads(body), indent=2)
    except (ValueError, RecursionError):
        return body


@pages.get("/send")
def send_form() -> str:
    """Show the form that sends a transaction."""
    offered = offered_examples()
    wanted = request.args.get("example", "good")
    chosen = next((one for one in offered if one.name == wanted), None)
    if chosen is None:
        abort(404, f"There is no example {wanted!r}. Choose one of the list.")
    return send_page(json.dumps(chosen.body, indent=2), chosen=chosen.name)


def offered_examples() -> Any:
    """Return the examples of the form; the good one has an ID that is new each second."""
    return examples(f"console-{datetime.now(UTC):%Y%m%d-%H%M%S}", console().last_sent)


def send_page(body: str, **facts: Any) -> str:
    """Return the page of the form."""
    return render_template("send.html", body=body, examples=offered_examples(), **facts)


@pages.get("/faults")
def faults() -> str:
    """Show the faults that are switched on, and the form that switches one on."""
    return faults_page()


def faults_page(problem: str = "") -> str:
    """Return the page of the faults."""
    stack = console().stack
    if not stack.connection:
        return render_template("faults.html", local=False)
    return render_template(
        "faults.html",
        local=True,
        problem=problem,
        active=active_faults(stack),
        targets=console().shown.map.targets(),
        kinds=KINDS.values(),
        part=_map_part(),
    )
