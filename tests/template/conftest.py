"""The built template; test_build_template compares it with the committed one."""

import json

import pytest

from template.pipeline import build_template
from template.settings import Settings
from tests.template.reading import Json, designed


@pytest.fixture(scope="session")
def built() -> str:
    text: str = build_template(Settings()).to_json()
    return text


@pytest.fixture
def template(built: str) -> Json:
    read: Json = json.loads(built)
    return read


@pytest.fixture
def resources(template: Json) -> Json:
    return designed(template)
