"""The templates as the program builds them; test_build_template holds the committed ones to it."""

import json

import pytest

from template.pipeline import build_template
from template.settings import Settings
from tests.template.reading import Json, designed


@pytest.fixture
def template() -> Json:
    return _built(Settings())


@pytest.fixture
def resources(template: Json) -> Json:
    return designed(template)


@pytest.fixture
def prod_resources() -> Json:
    return designed(_built(Settings(retain_data=True)))


def _built(settings: Settings) -> Json:
    template: Json = json.loads(build_template(settings).to_json())
    return template
