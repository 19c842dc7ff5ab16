"""A renderer of mapping templates with the engine's code; it runs in .venv-engine."""

import functools
import json
import sys
from typing import Any

from localemu.services.apigateway.next_gen.execute_api import template_mapping
from localemu.services.apigateway.next_gen.execute_api.template_mapping import ApiGatewayVtlTemplate

# Parse each template and each path once, not for each of thousands of cases.
template_mapping.airspeed.Template = functools.cache(template_mapping.airspeed.Template)
template_mapping.parse = functools.cache(template_mapping.parse)


def rendered(template: str, body: str, params: dict[str, str], context: dict[str, Any]) -> Any:
    """Return the text that a template renders to, and what it overrides."""
    variables = {
        "context": context,
        "stageVariables": {},
        "input": {"body": body, "params": {"path": params, "querystring": {}, "header": {}}},
    }
    overrides: dict[str, Any] = {
        "requestOverride": {},
        "responseOverride": {"header": {}, "status": None},
    }
    try:
        text, override = ApiGatewayVtlTemplate().render_response(template, variables, overrides)
    except Exception as error:
        return {"error": repr(error)}
    return {"text": text, **override}


for line in sys.stdin:
    sys.stdout.write(json.dumps(rendered(**json.loads(line))) + "\n")
