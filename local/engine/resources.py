"""What CloudFormation resources leave undone."""

import json
from collections.abc import Callable
from typing import Any

from local.engine.patching import Patch

CLOUDFORMATION = "localemu.services.cloudformation.engine.v2"


def resolve_sam_references(original: Callable[[Any], None]) -> Callable[[Any], None]:
    """`!Ref Api.Stage` is SAM's to resolve; the engine looks up every Ref before SAM has had its turn."""

    def execute_local_transforms(self: Any) -> None:
        if "Fn::Transform" in json.dumps(self._after_template, default=str):
            original(self)

    return execute_local_transforms


PATCHES = (
    Patch(
        f"{CLOUDFORMATION}.change_set_model_transform:"
        "ChangeSetModelTransform._execute_local_transforms",
        resolve_sam_references,
    ),
)
