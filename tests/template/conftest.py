"""The committed templates, each read once."""

import pytest

from tests.template.reading import ROOT, Json, designed, read


@pytest.fixture(scope="session")
def template() -> Json:
    return read(ROOT / "template.yaml")


@pytest.fixture(scope="session")
def resources(template: Json) -> Json:
    return designed(template)


@pytest.fixture(scope="session")
def prod_resources() -> Json:
    return designed(read(ROOT / "template.prod.yaml"))
