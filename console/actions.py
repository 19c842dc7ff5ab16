"""What the buttons do: send, redrive, discard, switch faults on and off."""

import json
from pathlib import Path

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from console.fault_form import InvalidFault, read_fault
from console.views import console, faults_page, send_page
from local.faults import add_fault, remove_fault
from ops import discard as discarding
from ops.dead_letter_selection import EVERYTHING, Selection
from ops.evidence import DeadLetter
from ops.input_files import MalformedText, read_body
from ops.redrive import redrive as redriving
from ops.submission import submit

actions = Blueprint("actions", __name__)


@actions.post("/send")
def send() -> str:
    """Submit the transaction of the form, and show the response."""
    text = request.form.get("body", "")
    try:
        body = read_body(text)
    except MalformedText as error:
        return send_page(text, problem=f"The transaction was not sent: {error}.")
    response = submit(console().stack, body)
    if response.accepted and isinstance(body, dict):
        console().last_sent = json.loads(text)
    console().refresh()
    return send_page(text, response=response)


@actions.post("/dead-letters/<stage>/redrive")
def redrive(stage: str) -> Response:
    """Redrive the chosen dead-letter message of a stage, or all of them."""
    stack = console().stack
    shown: list[DeadLetter] = []
    redriving(stack, stack.stage(stage), shown.append, selection=_selection())
    redriven = sum(not one.foreign for one in shown)
    foreign = len(shown) - redriven
    text = f"{stage}: {_counted(redriven)} redriven."
    return _back(text + (f" {foreign} foreign: they stay until discarded." if foreign else ""))


@actions.post("/dead-letters/<stage>/discard")
def discard(stage: str) -> Response:
    """Save the chosen dead-letter message of a stage, or all of them, then delete them."""
    stack = console().stack
    source = stack.stage(stage)
    selection = _selection()
    if selection == EVERYTHING and request.form.get("name", "").strip() != stage:
        return _back(f"Name: must be {stage}. Nothing was deleted.")
    listed = discarding.select(stack, source, selection)
    if not listed:
        return _back(f"{stage}: there is no such dead-letter message. Nothing was deleted.")
    file = Path(discarding.default_name(stage))
    try:
        discarding.save(file, listed)
    except OSError as error:
        return _back(f"{file} cannot be written: {error.strerror}. Nothing was deleted.")
    deleted = discarding.discard(stack, source, listed)
    text = f"{stage}: {_counted(deleted)} deleted; saved to {file.resolve()}."
    left = len(listed) - deleted
    return _back(text + (f" {left} not found again; retry in a minute." if left else ""))


@actions.post("/faults")
def switch_on() -> str | Response:
    """Switch a fault on."""
    try:
        fault = read_fault(request.form, console().shown.map.targets())
    except InvalidFault as error:
        return faults_page(problem=f"{error}.")
    add_fault(console().stack, fault)
    return redirect(url_for("pages.faults"))


@actions.post("/faults/remove")
def switch_off() -> Response:
    """Switch a fault off, or all of them."""
    remove_fault(console().stack, request.form.get("id", type=int))
    return redirect(url_for("pages.faults"))


def _selection() -> Selection:
    """Return the selection of the message that the form names, or of all."""
    if "id" not in request.form:
        return EVERYTHING
    if not request.form["id"]:
        abort(400, "id: is empty. Use the buttons of the page.")
    return Selection(ids=frozenset({request.form["id"]}))


def _counted(count: int) -> str:
    return f"{count} dead-letter message{'' if count == 1 else 's'}"


def _back(text: str) -> Response:
    """Return to the dead-letter messages with a sentence."""
    console().shown.source.expire()
    return redirect(url_for("pages.dead_letters", notice=console().add_notice(text)))
