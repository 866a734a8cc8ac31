"""The files for Docker Compose in `deploy/`, read without Docker."""

from __future__ import annotations

import re

import yaml

from fer.settings import ROOT


class Loader(yaml.SafeLoader):
    """Reads Compose's own tags, too."""


Loader.add_constructor("!reset", lambda loader, node: None)


def services(name: str) -> dict:
    """The services of a file in `deploy/`."""
    return yaml.load((ROOT / "deploy" / name).read_text("utf-8"), Loader)["services"]


def filled(value: str, **variables: str) -> str:
    """A value as Compose passes it on, with variables of the file .env put in."""
    return re.sub(r"\$\{(\w+):[?-][^}]*\}", lambda match: variables.get(match[1], ""), value)


def address_of_the_app() -> str:
    """The one private address to which coturn relays."""
    return services("compose.tls.yaml")["app"]["networks"]["default"]["ipv4_address"]


def relay_options(app: str) -> list[str]:
    """coturn's options that say to whom it relays, for an app at another address."""
    return [
        filled(option).replace(address_of_the_app(), app)
        for option in services("compose.tls.yaml")["turn"]["command"]
        if re.match("--(no-|external-ip|.*-peer-ip)", option)
    ]
