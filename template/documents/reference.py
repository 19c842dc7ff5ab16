"""The reference of the API, from the document that its clients get."""

import json

from template.documents.references import Json
from template.documents.tables import code, table

JSON = "application/json"


def operations(document: Json) -> str:
    """List each operation with what it takes and every answer that it gives."""
    return "\n\n".join(
        _operation(document, path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    )


def _operation(document: Json, path: str, method: str, operation: Json) -> str:
    parts = [f"### {method.upper()} {path}", operation["summary"]]
    if security := operation.get("security"):
        schemes = document["components"]["securitySchemes"]
        headers = [schemes[name]["name"] for wanted in security for name in wanted]
        parts.append(f"It needs the header {', '.join(map(code, headers))}.")
    if given := operation.get("parameters"):
        parts.append(
            table(
                ["parameter", "in", "what it must be"],
                ([code(one["name"]), one["in"], constraints(one["schema"])] for one in given),
            )
        )
    if body := operation.get("requestBody"):
        parts += ["The body:", fields(document, body["content"][JSON]["schema"])]
    parts += ["The answers:", answers(operation)]
    for status, answer in operation["responses"].items():
        if status.startswith("2"):
            schema = resolved(document, answer["content"][JSON]["schema"])
            parts += [f"{status} looks like this:", _block(example(schema))]
    return "\n\n".join(parts)


def _block(value: object) -> str:
    return f"```json\n{json.dumps(value)}\n```"


def resolved(document: Json, schema: Json) -> Json:
    """Follow a reference to the schema that it names."""
    reference = schema.get("$ref")
    if reference is None:
        return schema
    found: Json = document["components"]["schemas"][reference.rpartition("/")[2]]
    return found


def fields(document: Json, schema: Json) -> str:
    """List the fields of an object and what each must be."""
    found = resolved(document, schema)
    rows = [
        [code(name), "yes" if name in found["required"] else "no", constraints(field)]
        for name, field in found["properties"].items()
    ]
    text = table(["field", "required", "what it must be"], rows)
    if found.get("additionalProperties") is False:
        text += "\n\nNo other field is allowed."
    return text


def constraints(schema: Json) -> str:
    """Say in words what a value must be."""
    if "enum" in schema:
        words = schema["enum"]
        shown = ", ".join(map(code, words))
        return f"one of {len(words)}: {shown}" if len(words) > 1 else shown
    parts = [str(schema["type"])]
    if "minimum" in schema:
        parts.append(f"at least {_number(schema['minimum'])}")
    if "maximum" in schema:
        parts.append(f"at most {_number(schema['maximum'])}")
    if "maxLength" in schema:
        parts.append(f"at most {schema['maxLength']} characters")
    if "pattern" in schema:
        parts.append(f"matching {code(schema['pattern'])}")
    return ", ".join(parts)


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def answers(operation: Json) -> str:
    """List the statuses with their messages and headers."""
    return table(
        ["status", "what it says", "headers"],
        (
            [status, answer["description"], ", ".join(map(code, answer.get("headers", {})))]
            for status, answer in operation["responses"].items()
        ),
    )


def example(schema: Json) -> object:
    """Make up a value of a schema."""
    if "example" in schema:
        return schema["example"]
    if "enum" in schema:
        return schema["enum"][0]
    if schema["type"] == "object":
        return {name: example(field) for name, field in schema["properties"].items()}
    return {"string": "...", "number": 1, "integer": 1}[schema["type"]]
