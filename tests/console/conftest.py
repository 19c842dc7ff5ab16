"""The console of the deployed stack, and a browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from console.server import serving
from ops.stack import Stack
from tests.console import chromium

SECONDS = 60


@pytest.fixture(scope="session")
def console_url(stack: Stack) -> Iterator[str]:
    with serving(lambda: stack) as url:
        yield url


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if chromium.PATH is None:
        pytest.skip(chromium.MISSING)
    expect.set_options(timeout=SECONDS * 1_000)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium.PATH, args=chromium.ARGUMENTS)
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
