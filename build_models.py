"""Writes the handlers' *_clients.json: the files of botocore that the operations in use need."""

import json
import sys
from pathlib import Path
from typing import Any

import botocore
import click
from botocore.loaders import Loader

SOURCES = Path(__file__).parent / "src"
OPERATIONS = {
    "processor": {
        # HeadBucket tells botocore the region of a bucket that is in another.
        "s3": ["PutObject", "HeadObject", "HeadBucket"],
        "dynamodb": ["PutItem"],
    },
    "notifier": {"sns": ["Publish"]},
}

Json = dict[str, Any]


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if a file is stale.")
def main(*, check: bool) -> None:
    """Write the models that the handlers read in place of those of the installed botocore."""
    stale = False
    for function, services in OPERATIONS.items():
        path = SOURCES / function / f"{function}_clients.json"
        text = to_json(services)
        if not check:
            path.write_text(text, encoding="utf-8")
            click.echo(f"Wrote {path.name}")
        elif path.exists() and path.read_text(encoding="utf-8") == text:
            click.echo(f"{path.name} is up to date")
        else:
            click.echo(f"{path.name} is stale: run python build_models.py", err=True)
            stale = True
    sys.exit(stale)


def to_json(services: dict[str, list[str]]) -> str:
    """Serialise the files of a function: the same botocore gives the same bytes."""
    loader = Loader()
    files = {"endpoints": endpoints(loader, list(services))}
    for service, operations in services.items():
        version = loader.determine_latest_version(service, "service-2")
        name = f"{service}/{version}/service-2"
        files[name] = model(loader.load_data(name), operations)
        rules = f"{service}/{version}/endpoint-rule-set-1"
        files[rules] = loader.load_data(rules)
    made = {"botocore": botocore.__version__, "files": files}
    return json.dumps(made, separators=(",", ":")) + "\n"


def endpoints(loader: Loader, services: list[str]) -> Json:
    """Keep the endpoints of some services, in every partition and region."""
    data = loader.load_data("endpoints")
    partitions = [
        {
            **partition,
            "services": {
                name: service for name, service in partition["services"].items() if name in services
            },
        }
        for partition in data["partitions"]
    ]
    return {**data, "partitions": partitions}


def model(full: Json, names: list[str]) -> Json:
    """Keep some operations of a service with the shapes that they reach, undocumented."""
    operations = {name: _undocumented(full["operations"][name]) for name in names}
    shapes: Json = {}
    wanted = [
        reference["shape"]
        for operation in operations.values()
        for reference in (
            *(operation[side] for side in ("input", "output") if side in operation),
            *operation.get("errors", []),
        )
    ]
    while wanted:
        name = wanted.pop()
        if name in shapes:
            continue
        shape = shapes[name] = _undocumented(full["shapes"][name])
        references = [*shape.get("members", {}).values()]
        references += [shape[side] for side in ("member", "key", "value") if side in shape]
        wanted += [reference["shape"] for reference in references]
    return {**full, "operations": operations, "shapes": shapes}


def _undocumented(value: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        return {
            key: _undocumented(item)
            for key, item in value.items()
            if key != "documentation" or not isinstance(item, str)
        }
    return [_undocumented(item) for item in value] if isinstance(value, list) else value


if __name__ == "__main__":
    main()
