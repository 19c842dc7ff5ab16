"""The prices of a region, read from AWS's public offer files.

https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/using-the-aws-price-list-bulk-api.html
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

import requests

from ops.cost.price_list import Item, check_region, items

ADDRESS = "https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/{}/{}/{}/index.json"
SECONDS = 60
HEADER = (
    "# List prices in US dollars: on demand, the first tier of each, without the free tier. "
    "Written by\n# `make prices`.\n"
)

type Offer = Mapping[str, Any]
type Found = dict[str, tuple[Decimal, str]]


class OffersUnavailable(Exception):
    """AWS's offer files cannot be read; the message contains the reason."""


def read_prices(region: str, http: requests.Session) -> Found:
    """Return the price and the source of each item that the offer files of a region list.

    Raises UnknownRegion and OffersUnavailable.
    """
    check_region(region)
    listed = sorted(
        ((name, item) for name, item in items().items() if item.offer),
        key=lambda named: named[1].offer,
    )
    return {
        name: price
        for code, of_offer in groupby(listed, key=lambda named: named[1].offer)
        for offer in [_read(code, region, http)]
        for name, item in of_offer
        for price in _price(item, region, offer)
    }


def _read(code: str, region: str, http: requests.Session) -> Offer:
    address = ADDRESS.format(code, "current", region)
    try:
        response = http.get(address, timeout=SECONDS)
        response.raise_for_status()
        offer: Offer = response.json()
    except requests.HTTPError as error:
        raise OffersUnavailable(
            f"AWS has no offer file of {code} for {region} ({error.response.status_code} from "
            f"{address}); check the name of the region"
        ) from error
    except requests.RequestException as error:
        raise OffersUnavailable(
            f"{address} cannot be read ({type(error).__name__}); run the command with access to "
            "the internet"
        ) from error
    return offer


def _price(item: Item, region: str, offer: Offer) -> Iterator[tuple[Decimal, str]]:
    """Yield the price of an item, if the offer lists it for the region."""
    for sku, product in offer["products"].items():
        if not _is_of(item, region, product["attributes"]):
            continue
        for term in offer["terms"]["OnDemand"].get(sku, {}).values():
            if dollars := _first_tier(term["priceDimensions"].values()):
                address = ADDRESS.format(offer["offerCode"], offer["version"], region)
                yield dollars * item.per, f"{address}#{sku}"
                return


def _is_of(item: Item, region: str, attributes: Mapping[str, str]) -> bool:
    """Return whether a product is the item; usage types begin with the region, as in APS1-Request.

    KMS writes the whole name, and us-east-1 often none.
    """
    prefix = rf"([A-Z]{{3,4}}\d-|EU-|{region}-)?"
    return bool(re.fullmatch(prefix + re.escape(item.usage), attributes["usagetype"])) and (
        item.attributes.items() <= attributes.items()
    )


def _first_tier(dimensions: Iterable[Mapping[str, Any]]) -> Decimal | None:
    """Return the price of the first tier that is not free."""
    tiers = sorted(
        (Decimal(one["beginRange"]), Decimal(one["pricePerUnit"]["USD"])) for one in dimensions
    )
    return next((dollars for _, dollars in tiers if dollars), None)


def to_toml(found: Found, checked: date) -> str:
    """Return the file of a region's prices, in the order of the items."""
    tables = (
        f'\n[{name}]\ndollars = "{_plain(found[name][0])}"\nsource = "{found[name][1]}"\n'
        for name in items()
        if name in found
    )
    return f"{HEADER}checked = {checked.isoformat()}\n{''.join(tables)}"


def _plain(dollars: Decimal) -> str:
    """Return a number without an exponent and with at least two decimals."""
    text = f"{dollars.normalize():f}"
    return text if len(text.partition(".")[2]) > 1 else f"{dollars:.2f}"
