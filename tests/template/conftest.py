"""The built template; test_build_template compares it with the committed one."""

import json

import pytest

from template.pipeline import build_template
from template.settings import Settings
from tests.template.reading import Json, designed


@pytest.fixture
def template() -> Json:
    built: Json = json.loads(build_template(Settings()).to_json())
    return built


@pytest.fixture
def resources(template: Json) -> Json:
    return designed(template)
