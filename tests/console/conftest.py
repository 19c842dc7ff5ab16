"""The console of the deployed stack, and a browser."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from console.server import serving
from ops.stack import Stack

CHROMIUM = shutil.which("chromium")
SECONDS = 60


@pytest.fixture(scope="session")
def console_url(stack: Stack) -> Iterator[str]:
    with serving(lambda: stack) as url:
        yield url


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("there is no chromium; on Debian: apt-get install chromium")
    expect.set_options(timeout=SECONDS * 1_000)
    with sync_playwright() as playwright:
        # Chromium's sandbox needs a user that is not root.
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser, console_url: str) -> Iterator[Page]:
    """Open a page; fail if its console has an error, such as a violated policy."""
    with browser.new_context(base_url=console_url) as context:
        opened = context.new_page()
        errors: list[str] = []
        opened.on("pageerror", lambda error: errors.append(str(error)))
        opened.on(
            "console",
            lambda message: errors.append(message.text) if message.type == "error" else None,
        )
        yield opened
        assert errors == []
