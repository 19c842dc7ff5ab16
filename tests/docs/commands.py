"""The errors in commands that documents show, found without executing them."""

import re
import shlex
from collections.abc import Callable, Iterator

import botocore.session
import click
import samcli.cli.main
from botocore import xform_name

import build_template
import cli.main
from tests.docs.mentioned_paths import path_fault
from tests.docs.reading import ROOT, Found

# Commands of the AWS CLI that are not operations of a service.
OF_THE_AWS_COMMAND_LINE = {
    "cloudformation": {"deploy", "package"},
    "configure": None,
    "logs": {"tail"},
    "s3": {"cp", "ls", "mb", "mv", "presign", "rb", "rm", "sync"},
    "sso": {"login", "logout"},
}
OF_TAIL = {"--filter-pattern", "--since"}
OF_EVERY_AWS_COMMAND = {"--endpoint-url", "--output", "--profile", "--query", "--region"}
SEPARATORS = {"&&", "||", ";", "|"}
REDIRECTIONS = {"<", ">", ">>"}

_targets = re.compile(r"^([a-z-]+):", re.MULTILINE).findall
_is_variable = re.compile(r"[A-Za-z_]\w*=.*").fullmatch
_substituted = re.compile(r"\$\(([^()]+)\)").findall


class Wrong(Exception):
    """The command is invalid; the message contains the remedy."""


def faults(line: Found, *, whole: bool = True) -> Iterator[str]:
    """Yield the errors in a line of commands.

    If not `whole`, the line may omit required arguments.
    """
    program, _, more = line.text.partition(" ")
    if not more or (program not in CHECKS and not _is_variable(program)):
        return
    try:
        for text in (line.text, *_substituted(line.text)):
            for words in _commands(text):
                if check := CHECKS.get(words[0]):
                    check(words[1:], whole)
                for word in words:
                    if fault := path_fault(Found(line.where, word.rpartition("=")[2])):
                        yield fault
    except (Wrong, ValueError) as error:
        yield line.fault(str(error))


def _commands(text: str) -> Iterator[list[str]]:
    words: list[str] = []
    given = iter([*shlex.split(text, comments=True), ";"])
    for word in given:
        if word in REDIRECTIONS:
            next(given)
            continue
        if word not in SEPARATORS:
            words.append(word)
            continue
        while words and _is_variable(words[0]):
            words.pop(0)
        if words:
            yield words
        words = []


def _make(words: list[str], _whole: bool) -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    for word in words:
        name = word.partition("=")[0]
        if _is_variable(word):
            if not re.search(rf"\$[({{]{name}\b", text):
                raise Wrong(f"the Makefile knows no {name}")
        elif word not in _targets(text) and not word.startswith("-"):
            raise Wrong(f"no target {word}; there are {', '.join(_targets(text))}")


def _python(words: list[str], whole: bool) -> None:
    match words:
        case ["-m", module, *_]:
            if not _is_ours_or_installed(module):
                raise Wrong(f"there is no module {module}")
        case ["build_template.py", *arguments]:
            _click(build_template.main, arguments, whole=whole)
        case _:
            pass


def _pipeline(words: list[str], whole: bool) -> None:
    _click(cli.main.cli, words, whole=whole)


def _is_ours_or_installed(module: str) -> bool:
    path = ROOT / module.replace(".", "/")
    if path.parts[len(ROOT.parts)] in {entry.name for entry in ROOT.iterdir()}:
        return (path / "__main__.py").exists() or path.with_suffix(".py").exists()
    return module in {"pip", "venv", "pytest", "json.tool"}


def _click(command: click.Command, arguments: list[str], *, whole: bool) -> None:
    # sam imports its commands only if the context has an object.
    context = click.Context(command, obj=command)
    try:
        while isinstance(command, click.Group) and arguments:
            if arguments[0].startswith("-"):
                break
            _, found, arguments = command.resolve_command(context, arguments)
            command = found or command
        if whole:
            command.make_context(command.name, arguments)
        else:
            parameters = command.get_params(context)
            known = {name for one in parameters for name in (*one.opts, *one.secondary_opts)}
            _expect_flags(arguments, known)
    except click.exceptions.Exit:
        return  # --help
    except click.BadParameter as error:
        if isinstance(error.param, click.Parameter) and isinstance(
            error.param.type, click.Path | click.File
        ):
            return  # the file is the reader's
        raise Wrong(error.format_message()) from error
    except click.UsageError as error:
        raise Wrong(error.format_message()) from error


def _expect_flags(words: list[str], known: set[str]) -> None:
    for word in words:
        flag = word.partition("=")[0]
        if re.fullmatch(r"--?[A-Za-z].*", word) and flag not in known:
            raise Wrong(f"no option {flag}; there are {', '.join(sorted(known))}")


def _sam(words: list[str], _whole: bool) -> None:
    _click(samcli.cli.main.cli, words, whole=False)


def _aws(words: list[str], whole: bool) -> None:
    names = [
        word for before, word in zip(["", *words], words, strict=False) if _names(before, word)
    ]
    service, operation = (*names, "", "")[:2]
    known = {"s3api": "s3"}.get(service, service)
    added = OF_THE_AWS_COMMAND_LINE.get(service, set())
    if (service, operation) == ("logs", "tail"):
        _expect_flags(words, OF_TAIL | OF_EVERY_AWS_COMMAND)
    if added is None or operation in added or operation == "wait":
        return
    session = botocore.session.get_session()
    if known not in session.get_available_services():
        raise Wrong(f"AWS has no service {service}")
    model = session.get_service_model(known)
    operations = {xform_name(name, "-"): name for name in model.operation_names}
    if operation not in operations:
        raise Wrong(f"{service} has no operation {operation}")
    shape = model.operation_model(operations[operation]).input_shape
    options = {f"--{xform_name(name, '-')}": name for name in shape.members} if shape else {}
    _expect_flags(words, {*options, *OF_EVERY_AWS_COMMAND})
    for option, name in options.items():
        if whole and shape and name in shape.required_members and option not in words:
            raise Wrong(f"{operation} needs {option}")


def _names(before: str, word: str) -> bool:
    """Return whether a word is neither an option nor an option's value."""
    return not word.startswith("-") and before not in {"--endpoint-url", "--region", "--profile"}


def _anything(_words: list[str], _whole: bool) -> None:
    """Accept any command of another program; its files are checked elsewhere."""


CHECKS: dict[str, Callable[[list[str], bool], None]] = {
    "make": _make,
    "pipeline": _pipeline,
    "python": _python,
    "sam": _sam,
    "aws": _aws,
    **dict.fromkeys(
        ["cd", "cfn-lint", "curl", "export", "git", "mypy", "pre-commit", "pytest", "ruff"],
        _anything,
    ),
}
