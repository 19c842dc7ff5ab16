"""The template's parameters and conditions, and the names and attributes that need them."""

from typing import Any

from troposphere import Equals, If, Not, Parameter, Ref, Sub, Template

HAS_ALERT_EMAIL = "HasAlertEmail"
RETAINS_DATA = "RetainsData"
SUFFIX = "[a-z0-9][a-z0-9-]{0,19}"
SUFFIX_RULE = "1 to 20 of a-z, 0-9 and -, not starting with -"

PARAMETERS: dict[str, dict[str, Any]] = {
    "EnvironmentSuffix": {
        "Default": "dev",
        "AllowedPattern": f"^{SUFFIX}$",
        "ConstraintDescription": SUFFIX_RULE,
        "Description": "Suffix of every resource name; separates the environments.",
    },
    "AlertEmail": {
        "Default": "",
        "AllowedPattern": r"^$|^[^@\s]+@[^@\s]+\.[^@\s]+$",
        "ConstraintDescription": "an email address, or empty",
        "Description": "Email address for conflicts, rejections, failures and alarms.",
    },
    "Architecture": {
        "Default": "arm64",
        "AllowedValues": ["arm64", "x86_64"],
        "Description": "arm64 costs 20% less; x86_64 is for sam local on an x86 machine.",
    },
    "AwsEndpointUrl": {
        "Default": "",
        "Description": "AWS endpoint of the functions under sam local; empty on AWS.",
    },
    "RetainData": {
        "Default": "false",
        "AllowedValues": ["true", "false"],
        "Description": "true retains table, bucket, logs and queues after a deletion, and adds the "
        "alarms that warn before data is lost.",
    },
}

NO_CUSTOMER_KEY = (
    "Encrypted with a key that AWS owns; a customer managed key would cost more than all other "
    "storage, and no separate permissions are needed"
)


def add_parameters(template: Template) -> None:
    """Add the parameters and their conditions."""
    for name, properties in PARAMETERS.items():
        template.add_parameter(Parameter(name, Type="String", **properties))
    template.add_condition(RETAINS_DATA, Equals(Ref("RetainData"), "true"))
    template.add_condition(HAS_ALERT_EMAIL, Not(Equals(Ref("AlertEmail"), "")))


def named(base: str) -> Sub:
    """Return a resource name that ends with the environment suffix."""
    return Sub(f"{base}-${{EnvironmentSuffix}}")


def removal() -> dict[str, If]:
    """Return the policies for resources with data when the stack no longer contains them.

    RetainExceptOnCreate leaves nothing behind after a failed first deployment:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html
    """
    return {
        "DeletionPolicy": If(RETAINS_DATA, "RetainExceptOnCreate", "Delete"),
        "UpdateReplacePolicy": If(RETAINS_DATA, "Retain", "Delete"),
    }


def skip_checks(**reasons: str) -> dict[str, Any]:
    """Return metadata that skips checkov's checks for a resource, with the reasons.

    https://www.checkov.io/2.Basics/Suppressing%20and%20Skipping%20Policies.html
    """
    skipped = [{"id": check, "comment": reason} for check, reason in reasons.items()]
    return {"Metadata": {"checkov": {"skip": skipped}}}
