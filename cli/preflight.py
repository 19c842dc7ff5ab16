"""`pipeline preflight`: check that a deployment would succeed."""

import sys
from dataclasses import asdict, replace
from pathlib import Path

import boto3
import click
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from cli.options import OUT, EnvironmentSuffix, Unable, json_option, print_json
from ops.plan import NoPlan, Plan
from ops.preflight import AccountInspector, Check, check_tools
from ops.stack import Connection, Stack, StackUnavailable


@click.command("preflight", epilog="Example: pipeline preflight --config-env prod")
@click.option(
    "--config-env",
    "environment",
    default="default",
    show_default=True,
    help="Environment in samconfig.toml, as for sam deploy.",
)
@click.option(
    "--suffix",
    type=EnvironmentSuffix(),
    help="EnvironmentSuffix.  [default: from samconfig.toml]",
)
@click.option("--region", help="Region to deploy to.  [default: from samconfig.toml]")
@click.option("--stack-name", metavar="NAME", help="Stack to deploy.  [default: from the suffix]")
@click.option(
    "--local",
    "local_file",
    metavar="[FILE]",
    is_flag=False,
    flag_value=".local/stack.json",
    type=click.Path(path_type=Path),
    help="Check the local AWS in this description file, not your account.  [.local/stack.json]",
)
@json_option
def command(
    *,
    environment: str,
    suffix: str | None,
    region: str | None,
    stack_name: str | None,
    local_file: Path | None,
    as_json: bool,
) -> None:
    """Report what would make a deployment fail, without changing the account.

    Checks credentials, region, the state of the stack, concurrency, and whether each name that the
    template fixes is free or belongs to the stack. Prints the commands that free a name. Also
    checks the SAM CLI and the Python of the functions. Exits with 1 if a check fails.
    """
    try:
        local = Stack.local(local_file) if local_file else None
        plan = Plan.read(Path(), environment, suffix)
        if local:
            plan = _locally(plan, local, suffix)
        else:
            boto3.setup_default_session(profile_name=plan.profile)
        plan = replace(plan, region=region or plan.region, stack_name=stack_name or plan.stack_name)
        account = AccountInspector(plan, local.connection if local else Connection())
        checks = [*account.checks(), *check_tools(plan)]
    except NoCredentialsError as error:
        raise Unable(f"{error}; run aws configure, or set AWS_PROFILE") from error
    except (NoPlan, StackUnavailable, BotoCoreError, ClientError) as error:
        raise Unable(str(error)) from error
    if as_json:
        print_json(_report(plan, checks))
    else:
        for check in checks:
            OUT.print(f"{'ok' if check.ok else 'would fail':10}  {check.name:11}  {check.found}")
            if not check.ok:
                OUT.print(f"{'':25}{check.fix}")
    if not all(check.ok for check in checks):
        sys.exit(1)


def _locally(plan: Plan, local: Stack, suffix: str | None) -> Plan:
    """Return the plan of what `pipeline up` deploys."""
    suffix = suffix or local.name.removeprefix("transactions-")
    return replace(
        plan,
        stack_name=f"transactions-{suffix}",
        suffix=suffix,
        region=local.connection["region_name"],
    )


def _report(plan: Plan, checks: list[Check]) -> dict[str, object]:
    return {
        "stack": plan.stack_name,
        "suffix": plan.suffix,
        "region": plan.region,
        "checks": [{**asdict(check), "ok": check.ok} for check in checks],
    }
