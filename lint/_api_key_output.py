"""W9323: an API key that nobody finds."""

from collections.abc import Iterator

from lint._rule import SOURCES, Finding, Rule
from lint._template import Path, Template, at, references


class ApiKeyWithoutOutput(Rule):
    """A stack makes an API key and does not say which."""

    id = "W9323"
    shortdesc = "API key without an output for its id"
    description = (
        "The value of a key is read by its id (`aws apigateway get-api-key`), so a stack that "
        "makes a key says its id in an output"
    )
    source_url = f"{SOURCES}/cli/latest/reference/apigateway/get-api-key.html"
    tags = ("outputs", "apigateway")

    def findings(self, template: Template) -> Iterator[Finding]:
        """Point at each key that no output mentions."""
        told = references(template.body.get("Outputs"))
        for key, path in _keys(template).items():
            if key not in told:
                yield Finding(
                    path,
                    f"No output tells the id of the API key {key}: add one with !Ref {key}",
                )


def _keys(template: Template) -> dict[str, Path]:
    """Find the keys by logical id, with those that SAM makes for a usage plan."""
    keys: dict[str, Path] = {
        key.title: ("Resources", key.title) for key in template.of_type("AWS::ApiGateway::ApiKey")
    }
    for api in template.of_type("AWS::Serverless::Api"):
        made = {"PER_API": f"{api.title}ApiKey", "SHARED": "ServerlessApiKey"}.get(
            str(at(api.properties, "Auth", "UsagePlan", "CreateUsagePlan"))
        )
        if made is not None:
            keys.setdefault(made, api.path("Auth", "UsagePlan"))
    return keys
