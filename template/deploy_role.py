"""The role that GitHub deploys with: its trust policy and its permissions."""

from collections.abc import Sequence

from awacs.aws import (
    Action,
    Allow,
    Condition,
    Policy,
    Principal,
    Statement,
    StringEquals,
    StringLike,
)
from troposphere import GetAtt, Output, Parameter, Sub, Template, iam

from template import policies
from template.deploy_policy import deploy_policy
from template.parameters import SUFFIX, SUFFIX_RULE

ISSUER = "token.actions.githubusercontent.com"


def deploy_role(stages: Sequence[str]) -> Template:
    """Return the template of the role, given the names of the pipeline's stages."""
    template = Template("The role that GitHub Actions deploys the transaction pipeline with")
    template.set_version("2010-09-09")
    _add_parameters(template)
    role = template.add_resource(
        iam.Role(
            "DeployRole",
            RoleName=Sub("transaction-pipeline-deploy-${EnvironmentSuffix}"),
            MaxSessionDuration=3_600,
            AssumeRolePolicyDocument=trust_github(),
            Policies=[iam.Policy(PolicyName="deploy", PolicyDocument=deploy_policy(stages))],
        )
    )
    template.add_output(
        Output(
            "RoleArn",
            Description="For the variable DEPLOY_ROLE_ARN of GitHub's environment",
            Value=GetAtt(role, "Arn"),
        )
    )
    return template


def _add_parameters(template: Template) -> None:
    template.add_parameter(
        Parameter(
            "EnvironmentSuffix",
            Type="String",
            Default="prod",
            AllowedPattern=f"^{SUFFIX}$",
            ConstraintDescription=SUFFIX_RULE,
            Description="Suffix of the environment; GitHub's environment has the same name.",
        )
    )
    template.add_parameter(
        Parameter(
            "Repository",
            Type="String",
            AllowedPattern="^[A-Za-z0-9._@-]+/[A-Za-z0-9._@-]+$",
            ConstraintDescription="owner/name, each with its ID if GitHub's subject contains it",
            Description="The repository, as in the subject of its tokens.",
        )
    )


def trust_github() -> Policy:
    """Return the trust policy: jobs of this repository, in this environment, on a tag v*.

    The subject of a job in an environment does not contain the tag, which is a separate claim.
    https://docs.github.com/en/actions/reference/security/oidc
    https://aws.amazon.com/about-aws/whats-new/2026/01/aws-sts-supports-validation-identity-provider-claims/
    """
    provider = Sub(f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:oidc-provider/{ISSUER}")
    subject = Sub("repo:${Repository}:environment:${EnvironmentSuffix}")
    return policies.policy(
        [
            Statement(
                Effect=Allow,
                Principal=Principal("Federated", [provider]),
                Action=[Action("sts", "AssumeRoleWithWebIdentity")],
                Condition=Condition(
                    [
                        StringEquals(
                            {f"{ISSUER}:aud": "sts.amazonaws.com", f"{ISSUER}:sub": subject}
                        ),
                        StringLike({f"{ISSUER}:ref": "refs/tags/v*"}),
                    ]
                ),
            )
        ]
    )
