"""Every command and every file in the documents exists. `make lint` checks the links."""

import contextlib
import importlib.util
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.session
import click
import pytest
import samcli.cli.main
from botocore import xform_name

import build_template
import cli.main
from tests.docs.reading import ROOT, Document, Found, documents

ALL = documents()
NAMES = [str(document.path.relative_to(ROOT)) for document in ALL]
VAGUE = ("…", "...", "|")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
OF_EVERY_AWS_COMMAND = {"--endpoint-url", "--output", "--profile", "--query", "--region"}

_is_path = re.compile(r"[A-Za-z_][\w.-]*(/[\w.*-]+)*/?").fullmatch
_is_command = re.compile(r"(\w+=\S* )*(aws|cd|eval|export|make|pipeline|pytest|python|sam) ").match
_substitution = re.compile(r"\$\(([^()]+)\)")


def path_fault(text: str) -> str | None:
    """Describe a missing file; only a path below a folder of the project is its file."""
    folder, _, inside = text.partition("/")
    if not inside or not _is_path(text) or folder.startswith(".") or not (ROOT / folder).is_dir():
        return None
    if any(ROOT.glob(text.rstrip("/"))):
        return None
    parent = next(parent for parent in Path(text).parents if (ROOT / parent).is_dir())
    return f"{text}: {parent} holds no such file"


def commands(line: str) -> Iterator[list[str]]:
    """Yield the words of each command in a line, without assignments of variables."""
    rest = _substitution.sub("X", line)
    for text in (*_substitution.findall(line), *re.split(r"&&|\|\|?|;|<", rest)):
        words = shlex.split(text, comments=True)
        while words and re.match(r"\w+=", words[0]):
            words.pop(0)
        yield words


def check(words: list[str], *, whole: bool) -> None:
    """Raise an error if a command is invalid; unless `whole`, arguments may be missing."""
    match words:
        case ["make", *targets]:
            for target in targets:
                name, is_variable, _ = target.partition("=")
                rule = rf"\$\({name}\)" if is_variable else f"^{name}:"
                assert re.search(rule, MAKEFILE, re.MULTILINE), f"the Makefile has no {name}"
        case ["python", "-m", module, *_]:
            assert importlib.util.find_spec(module), f"there is no module {module}"
        case ["python", "build_template.py", *arguments]:
            check_click(build_template.main, arguments, whole=whole)
        case ["pipeline", *arguments]:
            check_click(cli.main.cli, arguments, whole=whole)
        case ["sam", *arguments]:
            check_click(samcli.cli.main.cli, arguments, whole=False)
        case ["aws", service, operation, *arguments] if (service, operation) != ("logs", "tail"):
            check_aws(service, operation, arguments)


def check_click(command: click.Command, arguments: list[str], *, whole: bool) -> None:
    # sam imports its commands only if the context has an object.
    context = click.Context(command, obj=command)
    while isinstance(command, click.Group) and arguments and not arguments[0].startswith("-"):
        _, found, arguments = command.resolve_command(context, arguments)
        command = found or command
    if whole:
        command.make_context(command.name, arguments)
    else:
        with contextlib.suppress(click.BadOptionUsage):  # an option without its value
            command.make_parser(context).parse_args(arguments)


def check_aws(service: str, operation: str, arguments: list[str]) -> None:
    model = botocore.session.get_session().get_service_model({"s3api": "s3"}.get(service, service))
    operations = {xform_name(name, "-"): name for name in model.operation_names}
    assert operation in operations, f"{service} has no operation {operation}"
    shape: Any = model.operation_model(operations[operation]).input_shape
    known = OF_EVERY_AWS_COMMAND | {f"--{xform_name(name, '-')}" for name in shape.members}
    for word in arguments:
        assert word in known or not word.startswith("--"), f"{operation} has no option {word}"


def faults(line: str, *, whole: bool = True) -> Iterator[str]:
    """Yield the faults of the commands in a line, and the files that they name in vain."""
    try:
        for words in commands(line):
            check(words, whole=whole)
            yield from filter(None, (path_fault(word.rpartition("=")[2]) for word in words))
    except click.exceptions.Exit:  # only the help was asked for
        return
    except click.UsageError as error:
        yield error.format_message()
    except (AssertionError, ValueError, botocore.exceptions.UnknownServiceError) as error:
        yield str(error)


@pytest.mark.parametrize("document", ALL, ids=NAMES)
def test_every_command_and_every_file_exists(document: Document) -> None:
    inline = list(document.inline_code())
    found = [
        mentioned.fault(fault)
        for mentioned, whole in [
            *((line, True) for line in document.code_lines()),
            *((code, False) for code in inline if not any(mark in code.text for mark in VAGUE)),
        ]
        if _is_command(mentioned.text)
        for fault in faults(mentioned.text, whole=whole)
    ]
    found += [code.fault(fault) for code in inline if (fault := path_fault(code.text))]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("make nothing", "the Makefile has no nothing"),
        ("make lint NO=1", "the Makefile has no NO"),
        ("A=b pipeline no", "No such command 'no'."),
        ("pipeline audit --no", "No such option: --no"),
        ("pipeline redrive", "Missing argument 'STAGE'."),
        ("pipeline up --port 1.5", "Invalid value for '--port'"),
        ("python build_template.py --memori 1", "No such option: --memori"),
        ("python -m nothing", "there is no module nothing"),
        ("sam build && sam deploy --nothing", "No such option: --nothing"),
        ("sam local nothing", "No such command 'nothing'."),
        ("aws nothing list", "Unknown service: 'nothing'"),
        ('aws s3 ls "$(aws sqs nothing)" | wc', "sqs has no operation nothing"),
        ("aws sqs purge-queue --queue-urls X", "purge-queue has no option --queue-urls"),
        ("pytest tests/none/test_a.py", "tests/none/test_a.py: tests holds no such file"),
        ("sam local invoke -e events/none.json", "events/none.json: events holds no such file"),
    ],
)
def test_an_invalid_command_is_found(text: str, fault: str) -> None:
    assert _is_command(text)
    (found,) = faults(text)
    assert found.startswith(fault)


def test_a_mentioned_command_needs_no_arguments_and_no_files_but_ours() -> None:
    assert list(faults("pipeline redrive --dry-run", whole=False)) == []
    assert [path_fault(text) for text in ("events/*.json", "text/html", "docs/")] == [None] * 3


def test_reads_the_documents_of_every_folder() -> None:
    assert {"README.md", "docs/architecture.md", "lint/README.md"} <= set(NAMES)


def test_reads_commands_that_continue_on_the_next_line() -> None:
    document = Document(ROOT / "docs" / "x.md", "a\n\n```sh\nmake lint\n$ make \\\n  test\n```\n")
    assert list(document.code_lines()) == [
        Found("docs/x.md:4", "make lint"),
        Found("docs/x.md:5", "make   test"),
    ]
