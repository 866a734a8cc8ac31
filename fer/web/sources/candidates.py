"""Which ways for camera video this server can offer: what gathering ICE candidates brings."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence

from aiortc import RTCIceGatherer, RTCIceServer

from fer.checks.check import Check, bad, good, warning
from fer.checks.connection import ASK_FOR_RELAY
from fer.web.sources.ice import IceServers

PATIENCE_S = 8.0
"""How long STUN and TURN servers may take to answer."""

NAME = "camera video"


def candidate_types(servers: Sequence[dict]) -> set[str]:
    """Returns the types of candidates (RFC 8445) that this machine gets from the servers.

    "host" is an address of this machine, "srflx" its public address as a STUN server sees it, and
    "relay" an address of a TURN server that passes video on.

    Raises:
        ValueError, OSError: a server's address or password is refused.
    """
    return asyncio.run(_gather(servers))


async def _gather(servers: Sequence[dict]) -> set[str]:
    gatherer = RTCIceGatherer([RTCIceServer(**server) for server in servers])
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(gatherer.gather(), PATIENCE_S)
    return {candidate.type for candidate in gatherer.getLocalCandidates()}


def check_candidates(servers: IceServers) -> Check:
    """Check whether camera video can reach this server from elsewhere."""
    if servers.problem:
        return bad(NAME, servers.problem, "Correct the setting that it names.")
    try:
        types = candidate_types(servers.servers)
    except (ValueError, OSError) as error:
        return bad(NAME, f"The servers of {servers.source} cannot be used: {error}", ASK_FOR_RELAY)
    if servers.relays and "relay" not in types:
        return bad(
            NAME,
            f"The TURN server of {servers.source} gave no address: it cannot be reached, or "
            "refuses the password.",
            "Check its address, its ports in firewalls, and the clock of both machines.",
        )
    if "relay" in types:
        return good(NAME, f"Video can be relayed by the TURN server of {servers.source}.")
    if "srflx" in types:
        return warning(
            NAME,
            "Video reaches this server only where networks let it through directly.",
            ASK_FOR_RELAY,
        )
    return warning(
        NAME,
        "No STUN or TURN server answers, so video comes from this network alone.",
        ASK_FOR_RELAY,
    )
