"""The template's parameters, conditions and parameterized names."""

from dataclasses import dataclass

from troposphere import Equals, Not, Parameter, Ref, Sub, Template

HAS_ALERT_EMAIL = "HasAlertEmail"
RETAINS_DATA = "RetainsData"
SUFFIX = "[a-z0-9][a-z0-9-]{0,19}"
SUFFIX_RULE = "1 to 20 of a-z, 0-9 and -, not starting with -"


@dataclass(frozen=True)
class Parameters:
    """The parameters of the template."""

    environment_suffix: Parameter
    alert_email: Parameter
    architecture: Parameter
    aws_endpoint_url: Parameter
    retain_data: Parameter


def add_parameters(template: Template) -> Parameters:
    """Add the parameters and their conditions."""
    parameters = Parameters(
        environment_suffix=template.add_parameter(
            Parameter(
                "EnvironmentSuffix",
                Type="String",
                Default="dev",
                AllowedPattern=f"^{SUFFIX}$",
                ConstraintDescription=SUFFIX_RULE,
                Description="Suffix of every resource name; separates the environments.",
            )
        ),
        alert_email=template.add_parameter(
            Parameter(
                "AlertEmail",
                Type="String",
                Default="",
                AllowedPattern=r"^$|^[^@\s]+@[^@\s]+\.[^@\s]+$",
                ConstraintDescription="an email address, or empty",
                Description="Email address for conflicts, rejections, failures and alarms.",
            )
        ),
        architecture=template.add_parameter(
            Parameter(
                "Architecture",
                Type="String",
                Default="arm64",
                AllowedValues=["arm64", "x86_64"],
                Description="arm64 costs 20% less; x86_64 is for sam local on an x86 machine.",
            )
        ),
        aws_endpoint_url=template.add_parameter(
            Parameter(
                "AwsEndpointUrl",
                Type="String",
                Default="",
                Description="AWS endpoint of the functions under sam local; empty on AWS.",
            )
        ),
        retain_data=template.add_parameter(
            Parameter(
                "RetainData",
                Type="String",
                Default="false",
                AllowedValues=["true", "false"],
                Description="true retains table, bucket, logs and queues after a deletion.",
            )
        ),
    )
    template.add_condition(RETAINS_DATA, Equals(Ref(parameters.retain_data), "true"))
    template.add_condition(HAS_ALERT_EMAIL, Not(Equals(Ref(parameters.alert_email), "")))
    return parameters


def named(base: str) -> Sub:
    """Return a resource name that ends with the environment suffix."""
    return Sub(f"{base}-${{EnvironmentSuffix}}")
