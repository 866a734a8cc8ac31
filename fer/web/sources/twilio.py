"""Asks Twilio for TURN servers, with one request: its own library takes 60 MB of disk."""

from __future__ import annotations

import base64
import json
import urllib.request
from urllib.parse import quote, urlencode

API = "https://api.twilio.com"

LASTS_S = 24 * 3600
"""Time in seconds for which a password is valid; the longest that Twilio allows."""

PATIENCE_S = 10.0


def twilio_servers(account: str, token: str, api: str = API) -> list[dict]:
    """Returns Twilio's TURN servers with a new password, as `RTCPeerConnection` takes them.

    See https://www.twilio.com/docs/stun-turn/api.

    Args:
        account: the account's SID.
        token: its token.
        api: address of the interface.

    Raises:
        OSError: Twilio cannot be reached, or refuses.
        ValueError: its answer is not what it should be.
    """
    both = base64.b64encode(f"{account}:{token}".encode()).decode()
    request = urllib.request.Request(
        f"{api}/2010-04-01/Accounts/{quote(account, safe='')}/Tokens.json",
        data=urlencode({"Ttl": LASTS_S}).encode(),
        headers={"Authorization": f"Basic {both}"},
    )
    with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
        servers = json.load(answer).get("ice_servers")
    if not isinstance(servers, list) or not all(isinstance(server, dict) for server in servers):
        raise ValueError("Twilio's answer names no servers")
    # Beside these it repeats the address under its old name, which browsers warn about.
    known = ("urls", "username", "credential")
    return [{key: server[key] for key in known if key in server} for server in servers]
