"""Asks the account, before a deployment, what would make it fail."""

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.exceptions import ClientError

from cfn_lint_async_pipelines import concurrency
from ops.plan import Plan, read_template, retained
from ops.stack import Connection, session

DEPLOYABLE = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE")
LOOKUPS = {
    "AWS::IAM::Role": ("role", "iam", "get_role", "RoleName"),
    "AWS::DynamoDB::Table": ("table", "dynamodb", "describe_table", "TableName"),
    "AWS::Serverless::Function": (
        "function",
        "lambda",
        "get_function_configuration",
        "FunctionName",
    ),
    "AWS::S3::Bucket": ("bucket", "s3", "head_bucket", "Bucket"),
}
ABSENT = ("404", "NoSuchEntity", "ResourceNotFoundException")
OWN_TYPES = {"AWS::Serverless::Function": "AWS::Lambda::Function"}
TAKE_ANOTHER = "take another suffix: --suffix, and EnvironmentSuffix in samconfig.toml"


@dataclass(frozen=True)
class Check:
    """What was asked, what was found and, where a deployment would fail, what helps."""

    name: str
    found: str
    fix: str = ""

    @property
    def ok(self) -> bool:
        """Whether it is no obstacle."""
        return not self.fix


@dataclass
class AccountInspector:
    """An account in the region of a plan; it is asked, and not changed."""

    plan: Plan
    connection: Connection
    _clients: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        """Give the client of a service, made when it is first needed."""
        if service not in self._clients:
            connection: dict[str, Any] = {**self.connection, "region_name": self.plan.region}
            self._clients[service] = session(self.connection).client(service, **connection)  # type: ignore[call-overload]
        return self._clients[service]

    @functools.cached_property
    def identity(self) -> dict[str, str]:
        """Who asks."""
        found: dict[str, str] = self.client("sts").get_caller_identity()
        return found

    def checks(self) -> Iterator[Check]:
        """Check all that the account can tell."""
        yield Check("credentials", f"account {self.identity['Account']}, {self.identity['Arn']}")
        yield self._region()
        yield self._asked("stack", self._stack)
        yield self._asked("data", self._data)
        yield self._asked("concurrency", self._concurrency)
        for kind, name in self.plan.names(self.identity["Account"]):
            label = LOOKUPS[kind][0]
            yield self._asked(label, functools.partial(self._name, kind, name))

    def _region(self) -> Check:
        configured = self.connection.get("region_name") or boto3.Session().region_name
        wanted = self.plan.region
        if configured == wanted:
            return Check("region", wanted)
        return Check(
            "region",
            f"it is deployed to {wanted}, but your own region is {configured or 'not set'}",
            f"export AWS_DEFAULT_REGION={wanted}, or the commands of ops look elsewhere",
        )

    def _stack(self) -> Check:
        name = self.plan.stack_name
        status = self.status
        if status is None:
            return Check("stack", f"{name} will be new")
        if status in DEPLOYABLE:
            return Check("stack", f"{name} will be updated ({status})")
        if status.endswith("_IN_PROGRESS"):
            return Check("stack", f"{name} is in {status}", "wait until that has ended")
        return Check("stack", f"{name} is in {status}", f"sam delete --stack-name {name}")

    def _data(self) -> Check:
        deployed = self._retained()
        given = {**self._deployed_parameters, **self.plan.parameters}
        planned = retained(self.plan.template, given)
        if lost := sorted(deployed - planned):
            return Check(
                "data",
                f"{self.plan.stack_name} retains {', '.join(lost)}, and would not any more",
                "add RetainData=true to the parameter_overrides of samconfig.toml",
            )
        return Check("data", "outlives the stack" if planned else "is deleted with the stack")

    def _retained(self) -> set[str]:
        if self.status is None:
            return set()
        found = self.client("cloudformation").get_template(StackName=self.plan.stack_name)
        return retained(read_template(found["TemplateBody"]), self._deployed_parameters)

    @property
    def _deployed_parameters(self) -> dict[str, str]:
        """Parameters of the stack: sam deploy leaves those that it is not given as they are."""
        found = self._stack_found or {}
        return {one["ParameterKey"]: one["ParameterValue"] for one in found.get("Parameters", [])}

    def _concurrency(self) -> Check:
        reservations = self.plan.reservations()
        functions = self.client("lambda")
        limits = functions.get_account_settings()["AccountLimit"]
        limit = limits["ConcurrentExecutions"]
        own = sum(
            functions.get_function_concurrency(FunctionName=name).get(
                "ReservedConcurrentExecutions", 0
            )
            for name, kind in self.own.items()
            if kind == "AWS::Lambda::Function"
        )
        others = limit - limits["UnreservedConcurrentExecutions"] - own
        found = (
            f"of {limit:,} executions other functions reserve {others:,}, "
            f"these {sum(reservations):,}"
        )
        try:
            concurrency.check(reservations, account_limit=limit - others)
        except concurrency.ConcurrencyExceeded as error:
            return Check(
                "concurrency",
                f"{found}, and AWS keeps {concurrency.UNRESERVED_MINIMUM} unreserved",
                f"ask AWS for a higher limit, or: reserved_concurrency {error.largest or None} in "
                "template/settings.py, then make template",
            )
        return Check("concurrency", found)

    def _name(self, kind: str, name: str) -> Check:
        label, service, operation, argument = LOOKUPS[kind]
        more = {"ExpectedBucketOwner": self.identity["Account"]} if service == "s3" else {}
        try:
            getattr(self.client(service), operation)(**{argument: name}, **more)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in ABSENT:
                return Check(label, f"{name} is free")
            if service == "s3" and code == "403":
                return Check(label, f"{name} is somebody else's", TAKE_ANOTHER)
            raise
        if self.own.get(name) == OWN_TYPES.get(kind, kind):
            return Check(label, f"{name} belongs to {self.plan.stack_name}")
        return Check(
            label,
            f"{name} is there, and does not belong to {self.plan.stack_name}",
            f"delete it, if an earlier stack left it and it may go, or {TAKE_ANOTHER}",
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
        return stack

    @property
    def status(self) -> str | None:
        """The status of the stack, None if there is none."""
        return self._stack_found["StackStatus"] if self._stack_found else None

    @functools.cached_property
    def own(self) -> dict[str, str]:
        """The names that the stack has already, each with its type."""
        if self.status is None:
            return {}
        pages = self.client("cloudformation").get_paginator("list_stack_resources")
        return {
            found["PhysicalResourceId"]: found["ResourceType"]
            for page in pages.paginate(StackName=self.plan.stack_name)
            for found in page["StackResourceSummaries"]
            if "PhysicalResourceId" in found
        }

    def _asked(self, name: str, ask: Callable[[], Check]) -> Check:
        try:
            return ask()
        except ClientError as error:
            return Check(name, str(error), "have it run by somebody who is allowed to ask")
