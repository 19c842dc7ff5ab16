"""Our template, and a small one with everything that a diagram can show."""

import json
from typing import Any

from template.pipeline import build_template
from template.settings import Settings

type Json = dict[str, Any]


def ref(title: str) -> Json:
    return {"Ref": title}


def arn(title: str) -> Json:
    return {"Fn::GetAtt": [title, "Arn"]}


def named(base: str) -> Json:
    return {"Fn::Sub": f"{base}-${{EnvironmentSuffix}}"}


def resource(kind: str, **properties: object) -> Json:
    return {"Type": f"AWS::{kind}", "Properties": properties}


def role(*grants: tuple[str, object]) -> Json:
    statements = [
        {"Sid": f"Grant{number}", "Effect": "Allow", "Action": [action], "Resource": [target]}
        for number, (action, target) in enumerate(grants)
    ]
    trust = [{"Effect": "Allow", "Principal": {"Service": ["lambda.amazonaws.com"]}}]
    return resource(
        "IAM::Role",
        AssumeRolePolicyDocument={"Statement": trust},
        Policies=[{"PolicyDocument": {"Statement": statements}}],
    )


def function(name: str, role_title: str, **properties: object) -> Json:
    return resource(
        "Serverless::Function", FunctionName=named(name), Role=arn(role_title), **properties
    )


def destinations(**targets: str) -> Json:
    return {
        "DestinationConfig": {
            condition: {"Type": "Lambda", "Destination": arn(title)}
            for condition, title in targets.items()
        }
    }


def integration(**properties: object) -> Json:
    return {"x-amazon-apigateway-integration": {"type": "aws", **properties}}


def invocation(title: str, **properties: object) -> Json:
    uri = {"Fn::Sub": f"arn:${{AWS::Partition}}:lambda:path/${{{title}.Arn}}/invocations"}
    return integration(uri=uri, **properties)


def query() -> Json:
    uri = {"Fn::Sub": "arn:${AWS::Partition}:apigateway:${AWS::Region}:dynamodb:action/Query"}
    template = {"Fn::Sub": '{"TableName": "${Table}"}'}
    return integration(
        uri=uri, credentials=arn("QueryRole"), requestTemplates={"application/json": template}
    )


def the_template() -> Json:
    """Return our own template as JSON."""
    template: Json = json.loads(build_template(Settings()).to_json(sort_keys=False))
    return template


EVENT = {"integration.request.header.X-Amz-Invocation-Type": "'Event'"}


def pipeline() -> Json:
    """Return a template: POST -> recorder -> teller -> topic, GET -> table, and failures."""
    paths = {
        "/things": {
            "post": invocation("Recorder", requestParameters=EVENT),
            "put": invocation("Recorder"),
            "options": {"responses": {}},
        },
        "/things/{id}": {"get": query()},
    }
    schemes = {"key": {"type": "apiKey", "name": "x-api-key", "in": "header"}}
    resources = {
        "Table": resource("DynamoDB::Table", TableName=named("things")),
        "Bucket": resource("S3::Bucket", BucketName=named("audit")),
        "Topic": resource("SNS::Topic", TopicName=named("events")),
        "Mail": resource(
            "SNS::Subscription",
            TopicArn=ref("Topic"),
            Protocol="email",
            Endpoint=ref("To"),
            FilterPolicy={"status": ["FAILED", "LATE"]},
        ),
        "Dead": resource("SQS::Queue", QueueName="dead"),
        # Another route could use the second permission; this one does not name the bucket.
        "QueryRole": role(("dynamodb:Query", arn("Table")), ("s3:GetObject", arn("Bucket"))),
        "TellerRole": role(("sns:Publish", ref("Topic")), ("xray:PutTraceSegments", "*")),
        "Teller": function("teller", "TellerRole"),
        "RecorderRole": role(
            ("lambda:InvokeFunction", arn("Teller")),
            ("sqs:SendMessage", arn("Dead")),
            ("dynamodb:PutItem", arn("Table")),
            ("s3:PutObject", {"Fn::Sub": "${Bucket.Arn}/*"}),
        ),
        "Recorder": function(
            "recorder",
            "RecorderRole",
            EventInvokeConfig=destinations(OnSuccess="Teller", OnFailure="Teller"),
            DeadLetterQueue={"Type": "SQS", "TargetArn": arn("Dead")},
        ),
        "Api": resource(
            "Serverless::Api",
            DefinitionBody={"paths": paths, "components": {"securitySchemes": schemes}},
        ),
        "Alarms": resource("SNS::Topic", TopicName=named("alarms")),
        "AlarmsMail": resource(
            "SNS::Subscription", TopicArn=ref("Alarms"), Protocol="email", Endpoint=ref("To")
        ),
        "Late": resource("CloudWatch::Alarm", AlarmActions=[ref("Alarms")]),
        "Lost": resource("CloudWatch::Alarm", AlarmActions=[ref("Alarms")]),
        "Quiet": resource("CloudWatch::Alarm"),
    }
    return {"Resources": resources}
