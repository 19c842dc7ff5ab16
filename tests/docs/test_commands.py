"""Every command in the documents is valid."""

import pytest

from tests.docs.commands import faults
from tests.docs.reading import ROOT, Document, Found, documents

ALL = documents()
NAMES = [str(document.path.relative_to(ROOT)) for document in ALL]
VAGUE = ("…", "...", "|")


@pytest.mark.parametrize("document", ALL, ids=NAMES)
def test_every_command_is_valid(document: Document) -> None:
    found = [fault for line in document.code_lines() for fault in faults(line)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("document", ALL, ids=NAMES)
def test_every_mentioned_command_is_known(document: Document) -> None:
    mentioned = [
        code for code in document.inline_code() if not any(mark in code.text for mark in VAGUE)
    ]
    found = [fault for code in mentioned for fault in faults(code, whole=False)]
    assert not found, "\n".join(found)


def of(text: str, *, whole: bool = True) -> list[str]:
    return [
        fault.removeprefix("docs/x.md:1: ")
        for fault in faults(Found("docs/x.md:1", text), whole=whole)
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("make nothing", "no target nothing; there are help, setup, "),
        ("make lint NO=1", "the Makefile knows no NO"),
        ("A=b make no", "no target no; "),
        ("pipeline no", "No such command 'no'."),
        ("pipeline audit --no", "No such option: --no"),
        ("pipeline redrive", "Missing argument 'STAGE'."),
        ("pipeline audit one", "Got unexpected extra argument (one)"),
        ("pipeline up --port 1.5", "Invalid value for '--port'"),
        ("python build_template.py --memori 1", "No such option: --memori"),
        ("python -m tests.nothing", "there is no module tests.nothing"),
        ("python -m nothing", "there is no module nothing"),
        ("sam nothing", "No such command 'nothing'."),
        ("sam build && sam deploy --nothing", "no option --nothing; there are "),
        ("sam local nothing", "No such command 'nothing'."),
        ("aws nothing list", "AWS has no service nothing"),
        ("aws --region here dynamodb scans", "dynamodb has no operation scans"),
        ("aws dynamodb", "dynamodb has no operation "),
        ('aws s3 ls "$(aws sqs nothing)" | wc', "sqs has no operation nothing"),
        (
            "aws sqs purge-queue --queue-urls X",
            "no option --queue-urls; there are --endpoint-url, ",
        ),
        ("aws sqs purge-queue", "purge-queue needs --queue-url"),
        ("aws logs tail /aws/lambda/x --sinc 1h", "no option --sinc; there are --endpoint-url, "),
        ("make 'lint", "No closing quotation"),
    ],
)
def test_reports_the_remedy(text: str, sentence: str) -> None:
    (fault,) = of(text)
    assert fault.startswith(f"{text}: {sentence}")


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("sam local invoke ValidatorFunction -e events/none.json", "events/none.json"),
        ("pytest tests/none", "tests/none"),
        ("curl -d @x --data=events/none.json", "events/none.json"),
    ],
)
def test_looks_for_the_files_of_a_command(text: str, path: str) -> None:
    (fault,) = of(text)
    assert fault == f"{path}: {path.partition('/')[0]} holds no such file"


@pytest.mark.parametrize(
    "text",
    [
        "make lint test",
        "pipeline submit - < orders.jsonl",
        "make audit STRICT=--strict  # all of it",
        "pipeline",
        "pipeline --help",
        "pipeline redrive processor --dry-run",
        "pipeline audit --accepted mine.jsonl --stack-name NAME",
        "pipeline up --detach",
        "python -m pytest tests/docs",
        "python -c 'import json'",
        "sam build --config-env prod && sam deploy --config-env=prod",
        "aws --endpoint-url http://127.0.0.1:4566 dynamodb scan --table-name t | head",
        "aws s3 rm s3://bucket",
        "aws s3api list-objects-v2 --bucket audit --query Contents[0]",
        "aws dynamodb describe-limits",
        "aws logs tail /aws/lambda/validator-dev --since 1h",
        "aws configure",
        "A=b",
        "order-1001   202   it's output",
    ],
)
def test_accepts_valid_commands(text: str) -> None:
    assert of(text) == []


def test_a_mentioned_command_needs_no_arguments() -> None:
    assert of("pipeline redrive", whole=False) == []
    assert of("pipeline redrive --dry-run", whole=False) == []
    assert of("aws sqs purge-queue", whole=False) == []
    (fault,) = of("pipeline redrive --no", whole=False)
    assert fault.startswith("pipeline redrive --no: no option --no; there are --dry-run, ")


def test_reads_commands_that_continue_on_the_next_line() -> None:
    document = Document(ROOT / "docs" / "x.md", "a\n\n```sh\nmake lint\n$ make \\\n  test\n```\n")
    assert list(document.code_lines()) == [
        Found("docs/x.md:4", "make lint"),
        Found("docs/x.md:5", "make   test"),
    ]
