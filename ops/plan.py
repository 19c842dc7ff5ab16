"""What a deployment would make: the template and the parameters of `samconfig.toml`."""

import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cfn_flip

from ops.environment import SUFFIX, InvalidConfiguration, overrides

CONFIGURATION = "samconfig.toml"
NAMES = {
    "AWS::S3::Bucket": "BucketName",
    "AWS::IAM::Role": "RoleName",
    "AWS::DynamoDB::Table": "TableName",
    "AWS::Serverless::Function": "FunctionName",
}


class NoPlan(Exception):
    """Why it is not known what would be deployed, in one sentence."""


def resources(body: Any) -> dict[str, dict[str, Any]]:  # noqa: ANN401 - as boto3 gives it
    """Read the resources of a template; boto3 leaves those that are not JSON as they are."""
    template = json.loads(cfn_flip.to_json(body)) if isinstance(body, str) else body
    found: dict[str, dict[str, Any]] = template["Resources"]
    return found


@dataclass(frozen=True)
class Plan:
    """A stack as it would be deployed."""

    stack_name: str
    suffix: str
    region: str
    resources: dict[str, dict[str, Any]]

    @classmethod
    def read(cls, folder: Path, environment: str, suffix: str | None = None) -> "Plan":
        """Read the plan of an environment; raises NoPlan. Another suffix is another stack."""
        file = folder / CONFIGURATION
        try:
            sections = tomllib.loads(file.read_text(encoding="utf-8"))
            known = [name for name, section in sections.items() if isinstance(section, dict)]
            if environment not in known:
                there_are = f"there are {', '.join(known)}"
                raise NoPlan(f"{file}: there is no environment {environment}; {there_are}")
            configured = sections[environment]
            common = configured["global"]["parameters"]
            usual_suffix = overrides(configured["deploy"]["parameters"])[SUFFIX]
            template = configured["build"]["parameters"].get("template_file", "template.yaml")
            body = (folder / template).read_text(encoding="utf-8")
        except OSError as error:
            where = f"run it in the folder of {CONFIGURATION}"
            raise NoPlan(f"{error.filename}: {error.strerror}; {where}") from error
        except (tomllib.TOMLDecodeError, InvalidConfiguration) as error:
            raise NoPlan(f"{file}: {error}") from error
        except KeyError as error:
            raise NoPlan(f"{file}: {environment} has no {error}") from error
        name = common["stack_name"]
        if suffix and suffix != usual_suffix:
            name = f"{name.removesuffix(usual_suffix)}{suffix}"
        return cls(name, suffix or usual_suffix, common["region"], resources(body))

    def names(self, account: str) -> Iterator[tuple[str, str]]:
        """Give type and name of each resource whose name may be taken."""
        values = {
            SUFFIX: self.suffix,
            "AWS::AccountId": account,
            "AWS::Region": self.region,
        }
        for resource in self.resources.values():
            name = resource.get("Properties", {}).get(NAMES.get(resource["Type"], ""))
            if name:
                text = name["Fn::Sub"] if isinstance(name, dict) else name
                for parameter, value in values.items():
                    text = text.replace(f"${{{parameter}}}", value)
                yield resource["Type"], text

    def functions(self) -> list[dict[str, Any]]:
        """Give the properties of each function."""
        return [
            resource["Properties"]
            for resource in self.resources.values()
            if resource["Type"] == "AWS::Serverless::Function"
        ]

    def reservations(self) -> list[int]:
        """Give what each function that reserves concurrency reserves."""
        found = (function.get("ReservedConcurrentExecutions") for function in self.functions())
        return [int(reserved) for reserved in found if reserved is not None]

    def runtimes(self) -> list[str]:
        """Name the runtimes that it is built for."""
        return sorted({function["Runtime"] for function in self.functions()})
