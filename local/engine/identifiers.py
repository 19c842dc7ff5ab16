"""The same IDs and key value for the same template: clients survive a new engine."""

import hashlib
from collections.abc import Callable

from localemu.services.cloudformation.resource_provider import ProgressEvent
from localemu.utils.id_generator import localemu_id_manager
from moto.apigateway.utils import ApigwApiKeyIdentifier, ApigwRestApiIdentifier

from local.engine.patching import Untyped, patch

PROVIDERS = "localemu.services.apigateway.resource_providers"
ID_CHARACTERS = 10
KEY_CHARACTERS = 40


def digest(request: Untyped, characters: int) -> str:
    """Return characters that depend on the resource's stack, title and name alone."""
    names = request.stack_name, request.logical_resource_id, request.desired_state.get("Name")
    return hashlib.sha256(repr(names).encode()).hexdigest()[:characters]


@patch(f"{PROVIDERS}.aws_apigateway_restapi:ApiGatewayRestApiProvider.create")
def identify_api(
    original: Callable[..., ProgressEvent], self: Untyped, request: Untyped
) -> ProgressEvent:
    """Create an API with a fixed ID."""
    name = request.desired_state.get("Name")
    identifier = ApigwRestApiIdentifier(request.account_id, request.region_name, name)
    localemu_id_manager.set_custom_id(identifier, digest(request, ID_CHARACTERS))
    return original(self, request)


@patch(f"{PROVIDERS}.aws_apigateway_apikey:ApiGatewayApiKeyProvider.create")
def identify_key(
    original: Callable[..., ProgressEvent], self: Untyped, request: Untyped
) -> ProgressEvent:
    """Create an API key with a fixed ID and value."""
    value = request.desired_state.setdefault("Value", digest(request, KEY_CHARACTERS))
    identifier = ApigwApiKeyIdentifier(request.account_id, request.region_name, value)
    localemu_id_manager.set_custom_id(identifier, digest(request, ID_CHARACTERS))
    return original(self, request)
