"""How each type of resource is called and drawn; what has no look is not in the diagram."""

from dataclasses import dataclass

# The colors of AWS's own diagrams, by family of services.
COMPUTE = "#ED7100"
NETWORKING = "#8C4FFF"
DATABASE = "#C925D1"
STORAGE = "#7AA116"
INTEGRATION = "#E7157B"
OUTSIDE = "#5F7A94"

CLIENT = "client"
SUBSCRIBER = "subscriber"
FUNCTION = "AWS::Serverless::Function"
API = "AWS::Serverless::Api"
TABLE = "AWS::DynamoDB::Table"
BUCKET = "AWS::S3::Bucket"
TOPIC = "AWS::SNS::Topic"
QUEUE = "AWS::SQS::Queue"
ALARM = "AWS::CloudWatch::Alarm"

STORES = (TABLE, BUCKET)


@dataclass(frozen=True)
class NodeStyle:
    """What stands for a type: a word, a color, and a path in a square of 24."""

    service: str
    color: str
    glyph: str
    name_property: str = ""


NODE_STYLES = {
    CLIENT: NodeStyle("HTTPS", OUTSIDE, "M4 5h16v11h-16z M12 16v4 M8 20h8"),
    API: NodeStyle("API Gateway", NETWORKING, "M8 7l-5 5 5 5 M16 7l5 5-5 5 M13.5 5l-3 14", "Name"),
    FUNCTION: NodeStyle("Lambda", COMPUTE, "M6 4h4l8 16h3 M11.2 9L5.5 20", "FunctionName"),
    TABLE: NodeStyle(
        "DynamoDB",
        DATABASE,
        "M5 6.5a7 3 0 0 0 14 0a7 3 0 0 0 -14 0v11a7 3 0 0 0 14 0v-11 M5 12a7 3 0 0 0 14 0",
        "TableName",
    ),
    BUCKET: NodeStyle(
        "S3", STORAGE, "M4 6.5a8 2.5 0 0 0 16 0a8 2.5 0 0 0 -16 0l2.5 13h11l2.5 -13", "BucketName"
    ),
    TOPIC: NodeStyle(
        "SNS",
        INTEGRATION,
        "M4 12h16 M16 8l4 4-4 4 M9 12l7-8 M9 12l7 8 M12 4h4v4 M12 20h4v-4",
        "TopicName",
    ),
    QUEUE: NodeStyle(
        "SQS", INTEGRATION, "M3.5 8h4v8h-4z M10 8h4v8h-4z M16.5 8h4v8h-4z", "QueueName"
    ),
    ALARM: NodeStyle(
        "CloudWatch", INTEGRATION, "M5 17h14 M7.5 17v-6a4.5 4.5 0 0 1 9 0v6 M10.5 20h3"
    ),
    SUBSCRIBER: NodeStyle("Subscriber", OUTSIDE, "M3.5 6h17v12h-17z M3.5 6.5l8.5 7 8.5-7"),
}
