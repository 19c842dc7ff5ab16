"""The sampling rule of the API's traces, whose decision the functions follow.

API Gateway passes its decision on with each request, and Lambda respects it:
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-configuring-xray-sampling-rules.html
https://docs.aws.amazon.com/lambda/latest/api/API_TracingConfig.html
"""

from troposphere import Sub, Template, xray
from troposphere.serverless import Api

from template.api import STAGE
from template.parameters import named
from template.settings import Settings

PRIORITY = 5_000
"""Lower numbers come first: this leaves room for the account's rules, before X-Ray's default."""


def add_sampling_rule(template: Template, settings: Settings, api: Api) -> None:
    """Add the rule, without a reservoir, which would record all of a small load."""
    template.add_resource(
        xray.SamplingRule(
            "SamplingRule",
            SamplingRule=xray.SamplingRuleProperty(
                RuleName=named("pipeline"),
                Version=1,
                Priority=PRIORITY,
                ReservoirSize=0,
                FixedRate=settings.sampling_rate / 100,
                ServiceName=Sub(f"{api.Name.data['Fn::Sub']}/{STAGE}"),
                ServiceType="AWS::ApiGateway::Stage",
                HTTPMethod="*",
                URLPath="*",
                Host="*",
                ResourceARN="*",
            ),
        )
    )
