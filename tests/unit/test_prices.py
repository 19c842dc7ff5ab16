"""The list prices of a region, read from an excerpt of AWS's offer files in their format."""

import io
import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner, Result
from requests.adapters import BaseAdapter

from cli.main import cli
from ops.cost.price_list import Prices, UnknownRegion, items

EXCERPT = json.loads(Path(__file__).with_name("offers.json").read_text(encoding="utf-8"))
NOT_IN_THE_EXCERPT = [
    "S3's million GET requests",
    "S3's million objects in an inventory",
    "Athena's TB scanned",
    "DynamoDB's GB exported to S3",
    "DynamoDB's GB-month of point-in-time recovery",
]
REGION = "ap-southeast-1"


class OfferFiles(BaseAdapter):
    """AWS's price list without a socket; another region has no file."""

    def __init__(self, offers: dict[str, Any], error: Exception | None = None) -> None:
        super().__init__()
        self.offers, self.error = offers, error

    def send(
        self, request: requests.PreparedRequest, *_: object, **__: object
    ) -> requests.Response:
        if self.error:
            raise self.error
        assert request.url
        code, version, region, name = request.url.split("/")[-4:]
        assert (version, name) == ("current", "index.json")
        response = requests.Response()
        response.status_code = 200 if region == REGION else 403
        response.raw = io.BytesIO(json.dumps(self.offers[code]).encode())
        return response

    def close(self) -> None:
        """Nothing is open."""


def run(
    folder: Path, monkeypatch: pytest.MonkeyPatch, adapter: BaseAdapter, *arguments: str
) -> Result:
    def mounted() -> requests.Session:
        http = session()
        http.mount("https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/", adapter)
        return http

    session = requests.Session
    monkeypatch.setattr(requests, "Session", mounted)
    return CliRunner().invoke(cli, ["prices", *(arguments or [REGION]), "--folder", str(folder)])


def test_reads_the_first_tier_that_is_not_free_of_exactly_the_items(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = run(tmp_path, monkeypatch, OfferFiles(EXCERPT))

    path = tmp_path / f"{REGION}.toml"
    assert result.output == (
        f"Wrote {path}\nAWS's offer files do not list: {', '.join(NOT_IN_THE_EXCERPT)}.\n"
    )
    as_json = run(tmp_path, monkeypatch, OfferFiles(EXCERPT), REGION, "--json")
    assert json.loads(as_json.output) == {
        "file": str(path),
        "unpriced": NOT_IN_THE_EXCERPT,
    }
    read, listed = Prices.read(REGION, tmp_path), Prices.read(REGION)
    assert {name: price.dollars for name, price in read.items.items()} == {
        name: price.dollars for name, price in listed.items.items()
    }
    # Each source that names a product is the one that was read.
    exact = {name for name, price in listed.items.items() if "#" in price.source}
    assert len(exact) == 15
    assert {name: read.items[name].source for name in exact} == {
        name: listed.items[name].source for name in exact
    }
    assert tomllib.loads(path.read_text())["api_gateway_request"]["dollars"] == "4.25"


def test_every_item_of_every_region_has_its_source() -> None:
    for region in ("us-east-1", REGION):
        for name, price in Prices.read(region).items.items():
            assert price.source.startswith(
                ("https://aws.amazon.com/", "https://pricing.us-east-1.amazonaws.com/offers/")
            ), name
            assert price.dollars > 0
    assert Prices.read("us-east-1").items.keys() == items().keys()
    assert Prices.read("us-east-1").unpriced == {}


@pytest.mark.parametrize(
    ("region", "error", "says"),
    [
        ("eu-west-9", None, "AWS has no offer file of AWSLambda for eu-west-9 (403 from https://"),
        (
            REGION,
            requests.ConnectionError(),
            "(ConnectionError); run the command with access to the internet; nothing was written.",
        ),
        ("Ireland", None, "'Ireland' is not the name of a region, such as us-east-1"),
    ],
)
def test_without_an_offer_file_nothing_is_written(
    region: str,
    error: Exception | None,
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    result = run(tmp_path, monkeypatch, OfferFiles(EXCERPT, error), region)

    assert result.exit_code == 2
    assert says in result.output
    assert list(tmp_path.iterdir()) == []


def test_a_region_without_a_file_names_the_command_that_reads_it(tmp_path: Path) -> None:
    (tmp_path / "us-east-1.toml").write_text("checked = 2026-11-25\n")
    with pytest.raises(UnknownRegion) as caught:
        Prices.read("eu-west-1", tmp_path)
    assert str(caught.value) == (
        "no prices are listed for eu-west-1, only for us-east-1; "
        "read them from AWS with: make prices REGION=eu-west-1"
    )
