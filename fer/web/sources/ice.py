"""ICE servers, which help a browser and this process to connect to each other.

STUN tells each side its public address, which is enough in simple networks. Behind strict
firewalls and on most clouds only a TURN server, which relays the video, makes a connection.
"""

from __future__ import annotations

import ipaddress
import json
import logging
import time
from dataclasses import dataclass

from fer.settings import Settings
from fer.web.sources.turn_server import turn_server
from fer.web.sources.twilio import twilio_servers

log = logging.getLogger(__name__)

STUN = "stun:stun.l.google.com:19302"
"""Public STUN server, used where nothing else is set."""

HOW_TO_SET = (
    "Set FER_ICE_SERVERS to a JSON list such as "
    '`[{"urls": "turn:host:3478", "username": "u", "credential": "p"}]`, or give the keys of a '
    "provider: TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, CLOUDFLARE_TURN_KEY_ID and "
    "CLOUDFLARE_TURN_KEY_API_TOKEN, or HF_TOKEN. Providers are not asked for a browser at "
    "localhost, so at the far end of a tunnel only FER_ICE_SERVERS helps."
)
"""Says how to set a TURN server, for whoever runs the app."""


@dataclass(frozen=True)
class IceServers:
    """Servers for one connection.

    Attributes:
        servers: as `RTCPeerConnection` takes them: dicts with `urls`, `username`, `credential`.
        source: where the servers come from, in words.
        problem: what went wrong with the source that the settings name, or None.
    """

    servers: list[dict]
    source: str
    problem: str | None = None

    @property
    def relays(self) -> bool:
        """Whether one of the servers is a TURN server."""
        return any(url.startswith(("turn:", "turns:")) for url in _urls(self.servers))


def ice_servers(settings: Settings, host: str) -> IceServers:
    """Returns the servers that the settings name.

    This may ask a provider over the network and take up to ten seconds. Cache the result, but for
    an hour at most, because providers hand out passwords that are valid for a short time.

    Args:
        settings: the process's settings.
        host: host part of the address in the browser; no server is needed on the same machine.
    """
    if settings.ice_servers:
        try:
            return IceServers(parse(settings.ice_servers), "FER_ICE_SERVERS")
        except ValueError as error:
            return IceServers(_stun(), "public STUN", f"FER_ICE_SERVERS cannot be used: {error}.")
    if settings.turn_secret:
        try:
            servers = [turn_server(settings.turn_urls, settings.turn_secret, time.time()), *_stun()]
            return IceServers(servers, "FER_TURN_URLS")
        except ValueError as error:
            return IceServers(_stun(), "public STUN", f"{error}.")
    if is_local(host):
        return IceServers([], "none, on this machine")
    for name, ask in _providers(settings):
        try:
            return IceServers([dict(server) for server in ask()], name)
        except Exception as error:  # a provider's client may raise anything; STUN still helps
            log.warning("no ICE servers from %s: %s", name, error)
            # The error may quote the account, which is none of the visitor's business.
            text = f"{name} gave no TURN server. The server's log says why."
            return IceServers(_stun(), "public STUN", text)
    return IceServers(_stun(), "public STUN")


def parse(text: str) -> list[dict]:
    """Read `FER_ICE_SERVERS`.

    Raises:
        ValueError: the text is not a JSON list of servers. The message names what is wrong and
            where, but quotes nothing, because any part of a malformed list may be a password.
    """
    try:
        servers = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("it is not JSON") from None
    if not isinstance(servers, list) or not all(isinstance(server, dict) for server in servers):
        raise ValueError("it must be a list of objects")
    for number, server in enumerate(servers, start=1):
        if set(server) - {"urls", "username", "credential"}:
            raise ValueError(f"object {number} has a key other than urls, username and credential")
        if "urls" not in server:
            raise ValueError(f'object {number} lacks "urls"')
        for url in _urls([server]):
            scheme = url.split(":")[0] if isinstance(url, str) else ""
            if scheme not in ("stun", "stuns", "turn", "turns"):
                raise ValueError(
                    f"a URL of object {number} does not begin with stun:, stuns:, turn: or turns:"
                )
    return servers


def is_local(host: str) -> bool:
    """Whether a host name or address is this machine, as a browser on it would write it."""
    host = host.strip("[]").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _urls(servers: list[dict]) -> list:
    result = []
    for server in servers:
        urls = server.get("urls", [])
        result.extend(urls if isinstance(urls, list) else [urls])
    return result


def _stun() -> list[dict]:
    return [{"urls": STUN}]


def _providers(settings: Settings):
    """Yields the name of each provider with keys, and a function that asks it for servers."""
    if not (settings.cloudflare_key or settings.twilio_sid or settings.hf_token):
        return
    # It brings Streamlit along, which the command line has no use for.
    from streamlit_webrtc import credentials

    if settings.cloudflare_key and settings.cloudflare_token:
        keys = settings.cloudflare_key, settings.cloudflare_token
        yield "Cloudflare", lambda: credentials.get_cloudflare_ice_servers(*keys)
    if settings.twilio_sid and settings.twilio_token:
        yield "Twilio", lambda: twilio_servers(settings.twilio_sid, settings.twilio_token)
    if settings.hf_token:
        yield (
            "Hugging Face",
            lambda: [*credentials.get_hf_ice_servers(settings.hf_token), *_stun()],
        )
