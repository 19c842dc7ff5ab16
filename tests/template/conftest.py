"""The committed templates, each read once."""

import pytest

from tests.template.reading import ROOT, Json, read


@pytest.fixture(scope="session")
def template() -> Json:
    return read(ROOT / "template.yaml")


@pytest.fixture(scope="session")
def resources(template: Json) -> Json:
    found: Json = template["Resources"]
    return found


@pytest.fixture(scope="session")
def prod_resources() -> Json:
    found: Json = read(ROOT / "template.prod.yaml")["Resources"]
    return found
