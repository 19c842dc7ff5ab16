"""Checks of the account, before a deployment, for conditions that would make it fail."""

import functools
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.exceptions import ClientError

from cfn_lint_async_pipelines import concurrency
from ops.fixed_names import ABSENT, FIXED_NAMES, UNPROTECT
from ops.plan import Plan, read_template, retained
from ops.stack import Connection, session
from ops.stack_status import NO_STACK, remedy

SAM_MINIMUM = (1, 170)
"""As in requirements/project.in; older versions are untested."""
TOOL_SECONDS = 60
KEEP_DATA = "to keep its data, see docs/deployment.md"
TAKE_ANOTHER = "use another suffix: --suffix, and EnvironmentSuffix in samconfig.toml"


@dataclass(frozen=True)
class Check:
    """The result of a check and, if a deployment would fail, the remedy."""

    name: str
    found: str
    fix: str = ""

    @property
    def ok(self) -> bool:
        """True if the check passed."""
        return not self.fix


@dataclass
class AccountInspector:
    """The checks of a plan's account and region; read-only."""

    plan: Plan
    connection: Connection
    _clients: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        """Return the client of a service, created on first use."""
        if service not in self._clients:
            connection: dict[str, Any] = {**self.connection, "region_name": self.plan.region}
            untyped: Any = session(self.connection)
            self._clients[service] = untyped.client(service, **connection)
        return self._clients[service]

    @functools.cached_property
    def identity(self) -> dict[str, str]:
        """The caller's identity."""
        found: dict[str, str] = self.client("sts").get_caller_identity()
        return found

    def checks(self) -> Iterator[Check]:
        """Yield the checks of the account."""
        yield Check("credentials", f"account {self.identity['Account']}, {self.identity['Arn']}")
        yield self._region()
        yield self._checked("stack", self._stack)
        yield self._checked("data", self._data)
        yield self._checked("concurrency", self._concurrency)
        names = list(self.plan.names(self.identity["Account"]))
        for kind in FIXED_NAMES:
            yield from self._names(kind, [name for named, name in names if named == kind])

    def _region(self) -> Check:
        configured = self.connection.get("region_name") or boto3.Session().region_name
        wanted = self.plan.region
        if configured == wanted:
            return Check("region", wanted)
        return Check(
            "region",
            f"the plan deploys to {wanted}, but your default region is {configured or 'not set'}",
            f"export AWS_DEFAULT_REGION={wanted}, so that the other commands use the same region",
        )

    def _stack(self) -> Check:
        name = self.plan.stack_name
        status = self.status
        if status is None:
            return Check("stack", f"{name} will be new")
        if fix := remedy(status, name, self.plan.region):
            return Check("stack", f"{name} is in {status}", fix)
        return Check("stack", f"{name} will be updated ({status})")

    def _data(self) -> Check:
        # sam deploy keeps the parameters that it is not passed.
        found = (self._stack_found or {}).get("Parameters", [])
        parameters = {one["ParameterKey"]: one["ParameterValue"] for one in found}
        planned = retained(self.plan.template, {**parameters, **self.plan.parameters})
        if lost := sorted(self._retained(parameters) - planned):
            return Check(
                "data",
                f"{self.plan.stack_name} retains {', '.join(lost)}; the deployment would not",
                "add RetainData=true to the parameter_overrides of samconfig.toml",
            )
        return Check("data", "outlives the stack" if planned else "is deleted with the stack")

    def _retained(self, parameters: dict[str, str]) -> set[str]:
        if self.status is None:
            return set()
        found = self.client("cloudformation").get_template(StackName=self.plan.stack_name)
        return retained(read_template(found["TemplateBody"]), parameters)

    def _concurrency(self) -> Check:
        reservations = self.plan.reservations()
        functions = self.client("lambda")
        limits = functions.get_account_settings()["AccountLimit"]
        limit = limits["ConcurrentExecutions"]
        own = 0
        for name, kind in self.own.items():
            if kind == "AWS::Lambda::Function":
                found = functions.get_function_concurrency(FunctionName=name)
                own += found.get("ReservedConcurrentExecutions", 0)
        others = limit - limits["UnreservedConcurrentExecutions"] - own
        stated = f"of {limit:,} executions, other functions reserve {others:,}"
        stated += f" and these {sum(reservations):,}"
        try:
            concurrency.check(reservations, account_limit=limit - others)
        except concurrency.ConcurrencyExceeded as error:
            return Check(
                "concurrency",
                f"{stated}; AWS requires {concurrency.UNRESERVED_MINIMUM} unreserved",
                f"ask AWS for a higher limit, or: reserved_concurrency {error.largest or None} in "
                "template/settings.py, then make template",
            )
        return Check("concurrency", stated)

    def _names(self, kind: str, names: Sequence[str]) -> Iterator[Check]:
        """Yield a check for each name that another resource has, and the counts of the others."""
        label = FIXED_NAMES[kind].label
        checks = [self._checked(label, functools.partial(self._name, kind, name)) for name in names]
        yield from (check for check in checks if not check.ok)
        for found, count in Counter(check.found for check in checks if check.ok).items():
            yield Check(label, f"{count} {found}")

    def _name(self, kind: str, name: str) -> Check:
        fixed = FIXED_NAMES[kind]
        account, partition = self.identity["Account"], self.identity["Arn"].split(":")[1]
        known = {
            "name": name,
            "region": self.plan.region,
            "account": account,
            "partition": partition,
        }
        arguments = {fixed.argument: fixed.value.format(**known)}
        if fixed.service == "s3":
            arguments["ExpectedBucketOwner"] = account
        try:
            found = getattr(self.client(fixed.service), fixed.operation)(**arguments)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in ABSENT:
                return Check(fixed.label, "free")
            if fixed.service == "s3" and code == "403":
                return Check(fixed.label, f"{name} belongs to another account", TAKE_ANOTHER)
            raise
        if fixed.listed and not any(name in one.values() for one in found[fixed.listed]):
            return Check(fixed.label, "free")
        if self._owns(kind, name):
            return Check(fixed.label, f"of {self.plan.stack_name}")
        command = fixed.command
        if found.get("Table", {}).get("DeletionProtectionEnabled"):
            command = f"{UNPROTECT} && {command}"
        keep = f"{KEEP_DATA}; " if fixed.has_data else ""
        return Check(
            fixed.label,
            f"{name} exists, and does not belong to {self.plan.stack_name}",
            f"{keep}if nobody needs it: {command.format(**known, **found)}; or {TAKE_ANOTHER}",
        )

    def _owns(self, kind: str, name: str) -> bool:
        """Return whether the stack has it; the ID of a queue is a URL, that of a topic an ARN."""
        return any(
            own == kind and re.fullmatch(rf"(.*[/:])?{re.escape(name)}", identifier)
            for identifier, own in self.own.items()
        )

    @functools.cached_property
    def _stack_found(self) -> dict[str, Any] | None:
        try:
            found = self.client("cloudformation").describe_stacks(StackName=self.plan.stack_name)
        except ClientError as error:
            if error.response["Error"]["Code"] == "ValidationError":
                return None
            raise
        stack: dict[str, Any] = found["Stacks"][0]
        return None if stack["StackStatus"] in NO_STACK else stack

    @property
    def status(self) -> str | None:
        """The status of the stack, or None if the stack does not exist."""
        return self._stack_found["StackStatus"] if self._stack_found else None

    @functools.cached_property
    def own(self) -> dict[str, str]:
        """The physical IDs of the stack's resources that exist, with their types."""
        if self.status is None:
            return {}
        pages = self.client("cloudformation").get_paginator("list_stack_resources")
        return {
            found["PhysicalResourceId"]: found["ResourceType"]
            for page in pages.paginate(StackName=self.plan.stack_name)
            for found in page["StackResourceSummaries"]
            # A creation that was rolled back lists what the rollback deleted.
            if "PhysicalResourceId" in found and found["ResourceStatus"] != "DELETE_COMPLETE"
        }

    def _checked(self, name: str, check: Callable[[], Check]) -> Check:
        try:
            return check()
        except ClientError as error:
            return Check(name, str(error), "run preflight with credentials that allow this call")


def check_tools(plan: Plan) -> Iterator[Check]:
    """Yield the checks of this machine's tools."""
    yield _sam()
    for runtime in plan.runtimes():
        yield _python(runtime)


def _sam() -> Check:
    version = _version("sam")
    wanted = ".".join(map(str, SAM_MINIMUM))
    if version is None:
        return Check("sam", "the SAM CLI cannot be run", f"install {wanted} or later: make setup")
    found = tuple(map(int, re.findall(r"\d+", version)[:2]))
    if found < SAM_MINIMUM:
        return Check("sam", version, f"install {wanted} or later: make setup")
    return Check("sam", version)


def _python(runtime: str) -> Check:
    version = _version(runtime)
    if version is None:
        return Check(
            "python",
            f"{runtime} cannot be run, and `sam build` needs it for the functions",
            f"install {runtime} and put it on the PATH",
        )
    return Check("python", f"{runtime} is {version}")


def _version(program: str) -> str | None:
    path = shutil.which(program)
    if path is None:
        return None
    result = subprocess.run(
        [path, "--version"], capture_output=True, text=True, check=False, timeout=TOOL_SECONDS
    )
    return result.stdout.strip() if result.returncode == 0 else None
