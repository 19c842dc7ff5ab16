"""Take the pictures of the console for README.md and docs/local.md: `make screenshots`."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, NamedTuple

from playwright.sync_api import Browser, Page, sync_playwright

from console.server import serving
from local import deployment, lifecycle
from local.faults import add_fault, remove_fault
from local.launch import ROOT
from ops.evidence import count_messages
from ops.stack import Stack
from ops.submission import submit
from ops.submission_file import read_submissions
from ops.submitter import Submitter
from ops.tracking import track
from ops.transaction import a_body
from tests.console import chromium
from tests.polling import eventually

IMAGES = ROOT / "docs/images"
FAULTS = {
    "order-2001": {"code": "SlowDown", "status": 503, "times": 4},
    "order-2002": {"code": "AccessDenied", "status": 403},
}
"""The first is recorded by a retry, the second becomes a dead-letter message."""


class Picture(NamedTuple):
    """A page as it is shown."""

    name: str
    path: str
    width: int = 1280
    height: int = 720
    scheme: Literal["light", "dark"] = "light"
    shows: str = ""


def main() -> None:
    """Write the pictures."""
    if chromium.PATH is None:
        sys.exit(chromium.MISSING)
    IMAGES.mkdir(exist_ok=True)
    with _stack() as stack, serving(lambda: stack) as url, sync_playwright() as playwright:
        retried = _send(stack)
        browser = playwright.chromium.launch(executable_path=chromium.PATH, args=chromium.ARGUMENTS)
        for picture in (
            Picture("console-map", ""),
            Picture("console-map-dark", "", scheme="dark"),
            Picture("console-transaction", f"transactions/{retried}", height=760),
            Picture(
                "console-dead-letters",
                "dead-letters",
                height=760,
                scheme="dark",
                shows="Injected for a picture",
            ),
            Picture("console-narrow", "transactions", width=400, height=760),
        ):
            _take(browser, url, picture)
        browser.close()


@contextmanager
def _stack() -> Iterator[Stack]:
    with (
        tempfile.TemporaryDirectory() as home,
        lifecycle.running(Path(home), iam=True) as engine,
    ):
        yield deployment.deploy(engine)


def _send(stack: Stack) -> str:
    """Send transactions of every kind, and return the ID of the request that was retried."""
    track(Submitter(stack, read_submissions(ROOT / "events/transactions.json")))
    requests = []
    for name, fault in FAULTS.items():
        place = {"service": "s3", "operation": "PutObject", "containing": name}
        add_fault(stack, {**place, **fault, "message": "Injected for a picture"})
        requests.append(submit(stack, a_body(transactionId=name)).request_id)
    queue = stack.stage("processor").queue_name
    eventually(lambda: count_messages(stack, queue))
    remove_fault(stack)
    return requests[0]


def _take(browser: Browser, url: str, picture: Picture) -> None:
    with browser.new_context(color_scheme=picture.scheme) as context:
        page = context.new_page()
        page.set_viewport_size({"width": picture.width, "height": picture.height})
        page.goto(url + picture.path)
        # A message that another page reads at the moment is in flight.
        eventually(lambda: _shows(page, picture.shows))
        page.screenshot(path=IMAGES / f"{picture.name}.png")


def _shows(page: Page, text: str) -> bool:
    page.reload()
    return text in page.content()


if __name__ == "__main__":
    main()
