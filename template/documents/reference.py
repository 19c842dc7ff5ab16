"""The reference of the API, from the client document."""

import json

from diagram.template_reader import Json
from template.documents.tables import code, table

JSON = "application/json"
SHORT = 8
"""The maximum number of values in a table cell."""
EXAMPLES = {"string": "...", "number": 1, "integer": 1, "boolean": True}


def operations(document: Json) -> str:
    """Return the reference of each operation: its request and its responses."""
    return "\n\n".join(
        part
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        for part in [
            f"### {method.upper()} {path}",
            operation["summary"],
            *_request(document, operation),
            *_responses(document, operation),
        ]
    )


def _request(document: Json, operation: Json) -> list[str]:
    parts = []
    schemes = document["components"]["securitySchemes"]
    if headers := [schemes[name]["name"] for wanted in operation["security"] for name in wanted]:
        parts.append(f"Required header: {', '.join(map(code, headers))}.")
    if parameters := operation.get("parameters"):
        rows = [[code(one["name"]), one["in"], constraints(one["schema"])] for one in parameters]
        parts.append(table(["parameter", "in", "constraints"], rows))
    if body := operation.get("requestBody"):
        parts += [
            "The body is JSON:",
            *_fields(resolved(document, body["content"][JSON]["schema"])),
        ]
    return parts


def _fields(schema: Json) -> list[str]:
    fields: Json = schema["properties"]
    required = schema.get("required", [])
    rows = [
        [code(name), "yes" if name in required else "no", constraints(field)]
        for name, field in fields.items()
    ]
    parts = [table(["field", "required", "constraints"], rows)]
    if schema.get("additionalProperties") is False:
        parts.append("No other field is allowed.")
    return parts + [
        f"<details><summary>All {len(values)} of <code>{name}</code></summary>\n\n"
        f"{' '.join(values)}\n\n</details>"
        for name, field in fields.items()
        if len(values := field.get("enum", [])) > SHORT
    ]


def _responses(document: Json, operation: Json) -> list[str]:
    responses: Json = operation["responses"]
    rows = [
        [status, response["description"], ", ".join(map(code, response.get("headers", {})))]
        for status, response in responses.items()
    ]
    shapes: dict[str, list[str]] = {}
    for status, response in responses.items():
        shape = json.dumps(example(document, response["content"][JSON]["schema"]))
        shapes.setdefault(shape, []).append(status)
    return [
        "Responses:",
        table(["status", "description", "headers"], rows),
        *(
            f"The body of {', '.join(statuses)}: {code(shape)}"
            for shape, statuses in shapes.items()
        ),
    ]


def resolved(document: Json, schema: Json) -> Json:
    """Return the schema, or the schema that it references."""
    if "$ref" not in schema:
        return schema
    found: Json = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return found


def constraints(schema: Json) -> str:
    """Return the constraints on a value in words."""
    if values := schema.get("enum"):
        return (
            f"one of {len(values)} values"
            if len(values) > SHORT
            else " or ".join(map(code, values))
        )
    words = {
        "minimum": "at least {:,}",
        "maximum": "at most {:,}",
        "minLength": "at least {:,} characters",
        "maxLength": "at most {:,} characters",
        "pattern": "matching `{}`",
    }
    limits = [words[word].format(limit) for word, limit in schema.items() if word in words]
    return ", ".join([schema["type"], *limits])


def example(document: Json, schema: Json) -> object:
    """Return an example value of a schema."""
    found = resolved(document, schema)
    if values := found.get("enum"):
        return values[0]
    if found["type"] == "object":
        return {name: example(document, field) for name, field in found["properties"].items()}
    return EXAMPLES[found["type"]]
