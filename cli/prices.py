"""`pipeline prices`: read the list prices of a region from AWS."""

from datetime import UTC, datetime
from pathlib import Path

import click
import requests

from cli.options import Unable, json_option, print_json, writing
from ops.cost.offers import OffersUnavailable, read_prices, to_toml
from ops.cost.price_list import PRICES, Prices, UnknownRegion


@click.command("prices", epilog="Example: pipeline prices eu-central-1")
@click.argument("region")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=PRICES,
    show_default="ops/cost/prices",
    help="Folder of the price files.",
)
@json_option
def command(region: str, *, folder: Path, as_json: bool) -> None:
    """Read the list prices of REGION from AWS's public offer files, for `cost --region`.

    It needs access to the internet, but no AWS account.
    """
    path = folder / f"{region}.toml"
    try:
        text = to_toml(read_prices(region, requests.Session()), datetime.now(UTC).date())
    except UnknownRegion as error:
        raise click.BadParameter(str(error), param_hint="REGION") from error
    except OffersUnavailable as error:
        raise Unable(f"{error}; nothing was written.") from error
    with writing(path, "--folder"):
        path.write_text(text, encoding="utf-8")
    unpriced = [*Prices.read(region, folder).unpriced.values()]
    if as_json:
        print_json({"file": str(path), "unpriced": unpriced})
        return
    click.echo(f"Wrote {path}")
    if unpriced:
        click.echo(f"AWS's offer files do not list: {', '.join(unpriced)}.")
