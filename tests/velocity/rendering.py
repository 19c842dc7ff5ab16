"""The API's mapping templates, and what two implementations of VTL render them to."""

import json
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from local.launch import ENGINE_PYTHON
from template.pipeline import build_template
from template.settings import Settings
from tests.handlers.builders import API_KEY_ID, RECEIVED_AT, REQUEST_ID

HERE = Path(__file__).parent
JARS = [
    Path("/usr/share/java", f"{name}.jar")
    for name in (
        *("velocity", "commons-collections3", "commons-lang"),
        *("json-path", "json-smart", "accessors-smart", "asm", "slf4j-api"),
    )
]
"""The Debian packages velocity, libjsonpath-java and libjson-smart-java."""


def _templates() -> dict[str, str]:
    """Return the mapping templates by operation and kind, with the names of the tables."""
    resources = json.loads(build_template(Settings()).to_json())["Resources"]
    paths = resources["TransactionApi"]["Properties"]["DefinitionBody"]["paths"]
    found = {}
    for operations in paths.values():
        for operation in operations.values():
            integration = operation["x-amazon-apigateway-integration"]
            mapped = {"request": integration["requestTemplates"]}
            for status, response in integration["responses"].items():
                mapped[status] = response["responseTemplates"]
            for kind, by_type in mapped.items():
                (text,) = by_type.values()
                name = f"{operation['operationId']} {kind}"
                if not isinstance(text, str):
                    text = re.sub(r"\$\{(\w+)\}", r"\1", text["Fn::Sub"])
                found[name] = text
    return found


TEMPLATES = _templates()


def context(request_id: str = REQUEST_ID, api_key_id: str | None = API_KEY_ID) -> dict[str, Any]:
    """Return the variable $context."""
    identity = {} if api_key_id is None else {"apiKeyId": api_key_id}
    return {"requestId": request_id, "requestTimeEpoch": RECEIVED_AT, "identity": identity}


@dataclass(frozen=True)
class Case:
    """A template, by name, and its input."""

    template: str
    body: str = ""
    params: dict[str, str] = field(default_factory=dict)
    context: dict[str, Any] = field(default_factory=context)


def missing() -> list[str]:
    """Return what Apache Velocity needs and this machine does not have."""
    programs = [name for name in ("java", "javac") if not shutil.which(name)]
    return programs + [str(jar) for jar in JARS if not jar.exists()]


def by_velocity(cases: Sequence[Case]) -> list[Any]:
    """Return what Apache Velocity renders."""
    return _run(["java", "-cp", ":".join(map(str, JARS)), str(HERE / "Harness.java")], cases)


def by_engine(cases: Sequence[Case]) -> list[Any]:
    """Return what the engine renders."""
    return _run([str(ENGINE_PYTHON), str(HERE / "engine.py")], cases)


def _run(command: list[str], cases: Sequence[Case]) -> list[Any]:
    lines = [json.dumps(asdict(case) | {"template": TEMPLATES[case.template]}) for case in cases]
    output = subprocess.run(
        command, input="\n".join(lines), capture_output=True, text=True, check=True
    ).stdout
    return [_as_read(json.loads(line)) for line in output.splitlines()]


def _as_read(result: dict[str, Any]) -> Any:
    """Return a result with the JSON that a function or a client reads, where there is any."""
    if "error" in result:
        return "an error"
    try:
        read = json.loads(result["text"])
    except ValueError:
        read = result["text"].strip()
    return read, result["status"], result["header"]
