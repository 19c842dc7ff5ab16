"""What people do on the page, in a browser, checked on the page and through the AWS API."""

import json
import re
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from console.server import serving
from local.faults import active_faults, add_fault, remove_fault
from ops.entries import records_of
from ops.evidence import count_messages
from ops.outcomes import outcomes_of
from ops.stack import Stack, StackUnavailable
from ops.submission import submit
from ops.transaction import a_body
from tests.polling import eventually

HOSTILE = '<img src=x onerror="window.ran = 1"><script>window.ran = 1</script>'
PAGES = {
    "Map": "/",
    "Transactions": "/transactions",
    "Dead-letter messages": "/dead-letters",
    "Send a transaction": "/send",
    "Faults": "/faults",
}

SCHEMES: dict[Literal["light", "dark"], dict[str, Any]] = {
    "light": {},
    "dark": {"runOnly": ["color-contrast"]},
}
"""What axe checks in each color scheme; the rest of a page is the same in both."""


@pytest.fixture(autouse=True)
def _no_faults(stack: Stack) -> Iterator[None]:
    yield
    remove_fault(stack)


def row(page: Page, stage: str) -> Locator:
    return page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=stage))


def fill(page: Page, **fields: Any) -> str:
    """Write a transaction into the form, and return its ID."""
    body = a_body(**fields)
    page.get_by_label("Body of POST").fill(json.dumps(body))
    return str(body["transactionId"])


def send(page: Page) -> str:
    """Send what the form holds, and return the ID of the request."""
    page.get_by_role("button", name="Send").click()
    found = page.get_by_role("region", name="Response").locator("code").text_content()
    assert found
    return found


def depth(stack: Stack, stage: str) -> int:
    return count_messages(stack, stack.stage(stage).queue_name)


def outcome(stack: Stack, request_id: str) -> str:
    found = eventually(lambda: outcomes_of(stack, {request_id}).get(request_id))
    assert found
    return found.status


def test_the_map_counts_a_transaction_without_a_reload(page: Page, stack: Stack) -> None:
    page.goto("/")
    done = [row(page, stage.name).get_by_role("cell").nth(3) for stage in stack.stages]
    before = [int((cell.text_content() or "").replace(",", "")) for cell in done]
    expect(page.get_by_alt_text("Diagram of the deployed stack")).to_have_js_property(
        "complete", value=True
    )

    assert submit(stack, a_body(transactionId="console-map")).accepted

    for cell, count in zip(done, before, strict=True):
        expect(cell).to_have_text(f"{count + 1:,}")


def test_each_example_ends_as_it_says(page: Page, stack: Stack) -> None:
    page.goto("/send")
    accepted = {}
    for title, status in {
        "A good transaction": "PROCESSED",
        "More decimals than the currency has": "REJECTED",
        "The last one again": "DUPLICATE",
        "The last ID with another amount": "CONFLICT",
    }.items():
        page.get_by_role("link", name=title).click()
        if status == "PROCESSED":
            name = fill(page, transactionId="console-example")
        elif status == "DUPLICATE":
            fill(page, transactionId="console-example")
        elif status == "CONFLICT":
            fill(page, transactionId="console-example", amount=200)
        accepted[send(page)] = status
        if status == "PROCESSED":
            assert outcome(stack, next(iter(accepted))) == status
    page.get_by_role("link", name="The currency is missing").click()
    send(page)

    expect(page.get_by_role("region", name="Response")).to_contain_text("400")
    assert {one: outcome(stack, one) for one in accepted} == accepted
    records, foreign = records_of(stack, name)
    assert ([one.request_id for one in records], foreign) == ([next(iter(accepted))], [])


def test_a_transaction_is_followed_from_the_form_to_all_that_is_stored(
    page: Page, stack: Stack
) -> None:
    page.goto("/send")
    transaction_id = fill(page, transactionId="console-waterfall")
    request_id = send(page)
    page.get_by_role("link", name="Follow it to its outcome").click()

    expect(page.get_by_text("PROCESSED").first).to_be_visible()
    steps = page.get_by_role("region", name="Waterfall").get_by_role("listitem")
    for step in ("accepted", *(stage.name for stage in stack.stages)):
        expect(steps.filter(has_text=re.compile(rf"^\s*{step}\s"))).to_have_count(1)
    expect(steps.filter(has_text="s3 PutObject")).to_contain_text(
        f"transactions/{transaction_id}.json 200"
    )
    expect(page.get_by_role("region", name="Cost at list prices")).to_contain_text("Lambda")

    page.reload()  # what is stored is read once
    for title in ("Record", "Audit object", "Message"):
        expect(page.get_by_role("region", name=title)).to_contain_text(request_id)
    expect(page.get_by_role("region", name="Outcome")).to_contain_text("PROCESSED")
    logs = page.get_by_role("region", name="Stored data and logs").locator("ol li")
    expect(logs).to_have_count(len(stack.stages))

    page.goto("/transactions")
    page.get_by_label("ID").fill(transaction_id)
    page.get_by_label("Status").select_option("PROCESSED")
    page.get_by_role("button", name="Filter").click()
    expect(page.get_by_role("table").get_by_role("link")).to_have_text([transaction_id])


def test_dead_letter_messages_are_redriven_and_discarded(
    page: Page, stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = depth(stack, "processor")
    add_fault(
        stack,
        {
            "service": "s3",
            "operation": "PutObject",
            "code": "AccessDenied",
            "status": 403,
            "message": HOSTILE,
            "containing": "console-dead",
        },
    )
    requests = {
        name: submit(stack, a_body(transactionId=name)).request_id
        for name in ("console-dead-1", "console-dead-2", "console-dead-3")
    }
    eventually(lambda: depth(stack, "processor") == before + len(requests))
    remove_fault(stack)
    page.goto("/dead-letters")

    def message(name: str) -> Locator:
        return page.get_by_role("article", name=name)

    expect(message("console-dead-1")).to_contain_text(HOSTILE)
    expect(message("console-dead-1")).to_contain_text("claim_transaction(bucket, transaction, own)")
    expect(message("console-dead-1").locator("pre").last).to_contain_text("requestPayload")
    assert page.evaluate("window.ran") is None

    message("console-dead-1").get_by_role("button", name="Redrive").click()
    expect(page.get_by_role("status")).to_have_text("processor: 1 dead-letter message redriven.")
    expect(message("console-dead-1")).to_have_count(0)
    eventually(lambda: records_of(stack, "console-dead-1")[0])
    assert depth(stack, "processor") == before + 2

    message("console-dead-2").get_by_text("Discard…").click()
    message("console-dead-2").get_by_role("button", name="Discard").click()
    expect(page.get_by_role("status")).to_contain_text("1 dead-letter message deleted; saved to")
    (saved,) = tmp_path.iterdir()
    assert [json.loads(line)["requestId"] for line in saved.read_text().splitlines()] == [
        requests["console-dead-2"]
    ]
    assert depth(stack, "processor") == before + 1

    page.get_by_role("button", name="Redrive all of processor").click()
    expect(page.get_by_role("status")).to_contain_text(f"{before + 1} dead-letter message")
    eventually(lambda: records_of(stack, "console-dead-3")[0])
    assert records_of(stack, "console-dead-2") == ([], [])

    page.goto(f"/transactions/{requests['console-dead-2']}")
    expect(page.get_by_text("FAILED").first).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text(HOSTILE)
    expect(page.get_by_text("processor: delayed")).to_have_count(2)
    assert page.evaluate("window.ran") is None


def test_a_dead_letter_message_in_flight_appears_once_it_is_back(page: Page, stack: Stack) -> None:
    url = stack.sqs.get_queue_url(QueueName=stack.stage("validator").queue_name)["QueueUrl"]
    stack.sqs.send_message(QueueUrl=url, MessageBody="{}")
    (held,) = eventually(
        lambda: stack.sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1).get("Messages")
    )
    page.goto("/dead-letters")
    stage = page.get_by_role("region", name="validator")
    expect(stage).to_contain_text("1 in flight")
    expect(stage.get_by_role("article")).to_have_count(0)

    receipt = {"QueueUrl": url, "ReceiptHandle": held["ReceiptHandle"]}
    stack.sqs.change_message_visibility(**receipt, VisibilityTimeout=0)
    expect(stage.get_by_role("article")).to_have_count(1)
    stack.sqs.delete_message(**receipt)


def test_all_dead_letter_messages_of_a_stage_are_discarded_by_its_name(
    page: Page, stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    url = stack.sqs.get_queue_url(QueueName=stack.stage("validator").queue_name)["QueueUrl"]
    stack.sqs.send_message(QueueUrl=url, MessageBody=f"not JSON {HOSTILE}")
    eventually(lambda: depth(stack, "validator"))
    page.goto("/dead-letters")
    stage = page.get_by_role("region", name="validator")
    expect(stage.get_by_role("article").first).to_contain_text("foreign: is not JSON")

    for name, sentence in {
        "processor": "Name: must be validator. Nothing was deleted.",
        "validator": "deleted; saved to",
    }.items():
        stage.get_by_text("Discard all of validator…").click()
        stage.get_by_label("Name of the stage").fill(name)
        stage.get_by_role("button", name="Discard all").click()
        expect(page.get_by_role("status")).to_contain_text(sentence)

    assert depth(stack, "validator") == 0
    assert len([*tmp_path.iterdir()]) == 1


def test_faults_are_switched_on_and_off_one_by_one(page: Page, stack: Stack) -> None:
    processor = stack.stage("processor").function_name
    page.goto("/faults")
    for kind, times in {"throttle": "2", "delay": ""}.items():
        page.get_by_role("combobox", name="Call").select_option(
            label=f"{processor}: PutItem {stack.outputs.table_name}"
        )
        page.get_by_role("combobox", name="Fault").select_option(kind)
        page.get_by_label("Number of calls").fill(times)
        page.get_by_role("button", name="Switch on").click()
        expect(page.get_by_role("button", name="Switch off dynamodb PutItem").first).to_be_visible()
    shared = {"service": "dynamodb", "operation": "PutItem", "containing": stack.outputs.table_name}
    found = active_faults(stack)
    assert [shared.items() <= one.items() for one in found] == [True, True]
    assert [(one["code"], one["times"], one["latency_seconds"]) for one in found] == [
        ("ThrottlingException", 2, 0.0),
        ("", None, 2.0),
    ]

    page.get_by_role("button", name="Switch off dynamodb PutItem").first.click()
    expect(page.get_by_role("button", name="Switch off dynamodb PutItem")).to_have_count(1)
    assert [one["code"] for one in active_faults(stack)] == [""]
    page.get_by_role("button", name="Switch all off").click()
    expect(page.get_by_text("None.")).to_be_visible()
    assert active_faults(stack) == []


def test_axe_finds_nothing_in_light_and_dark(page: Page, stack: Stack) -> None:
    accepted = submit(stack, a_body(transactionId="console-axe"))
    outcome(stack, accepted.request_id)
    found = {}
    for path in (*PAGES.values(), f"/transactions/{accepted.request_id}"):
        page.goto(path)
        if accepted.request_id in path:
            expect(page.get_by_role("region", name="Record")).to_be_visible()
        for scheme, options in SCHEMES.items():
            page.emulate_media(color_scheme=scheme)
            for violation in Axe().run(page, options=options).response["violations"]:
                targets = [node["target"] for node in violation["nodes"]]
                found[path, scheme, violation["id"], violation["impact"]] = targets
    assert found == {}


def test_every_page_fits_a_narrow_screen_and_reads_without_javascript(
    browser: Browser, console_url: str
) -> None:
    with browser.new_context(
        base_url=console_url,
        viewport={"width": 400, "height": 800},
        java_script_enabled=False,
    ) as context:
        opened = context.new_page()
        for heading, path in PAGES.items():
            opened.goto(path)
            expect(opened.get_by_role("heading", level=1)).to_have_text(heading)
            box = opened.locator("main").bounding_box()
            assert box
            assert box["width"] <= 400
        opened.goto("/send")
        fill(opened, transactionId="console-plain")
        send(opened)
        opened.get_by_role("link", name="Follow it to its outcome").click()
        opened.get_by_role("link", name="Read the record").click()
        expect(opened.get_by_role("heading", level=1)).to_have_text("Stored data and logs")


def test_the_keyboard_reaches_the_content_first(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("region", name="Map of the deployed stack")).to_be_focused()


def test_a_page_of_another_origin_sends_nothing(
    browser: Browser, console_url: str, stack: Stack
) -> None:
    with browser.new_context() as context:
        ours = context.new_page()
        ours.goto(f"{console_url}send")
        token = ours.locator("input[name=token]").first.get_attribute("value")
        theirs = context.new_page()
        fields = f'<input name="token" value="{token}"><input name="times" value="1">'
        theirs.set_content(
            f'<form method="post" action="{console_url}faults">{fields}<button>Go</button></form>'
        )
        with theirs.expect_response("**/faults") as response:
            theirs.get_by_role("button", name="Go").click()

    assert response.value.status == HTTPStatus.FORBIDDEN
    assert active_faults(stack) == []


def test_a_page_says_that_the_engine_is_dead_and_comes_back_by_itself(
    browser: Browser, stack: Stack
) -> None:
    dead = "There is no engine."
    alive = [False]

    def load() -> Stack:
        if not alive[0]:
            raise StackUnavailable(dead)
        return stack

    gone = Stack(
        stack.outputs,
        stack.api_endpoint,
        stack.api_key,
        {**stack.connection, "endpoint_url": "http://127.0.0.1:9"},
        stack.name,
    )
    answers = iter([gone])
    with serving(lambda: next(answers, None) or load()) as url, browser.new_context() as context:
        opened = context.new_page()
        opened.goto(url)
        expect(opened.get_by_role("alert")).to_have_text(dead)
        alive[0] = True
        expect(row(opened, "validator")).to_be_visible()
