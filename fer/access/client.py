"""Which client a request comes from."""

from __future__ import annotations

import ipaddress

UNKNOWN = "unknown"


def client_address(peer: str | None, forwarded_for: str, proxies: int) -> str:
    """Returns the address of the browser that sent a request.

    Args:
        peer: address of the other end of the connection; None if it is unknown.
        forwarded_for: the header `X-Forwarded-For`, to which each proxy appends the address that it
            was called from. A browser can put anything at its beginning.
        proxies: number of trusted proxies in front of the app; only what they appended is believed.
    """
    hops = [hop.strip() for hop in forwarded_for.split(",") if hop.strip()] if proxies else []
    address = hops[-min(proxies, len(hops))] if hops else (peer or "")
    return address or UNKNOWN


def client_key(address: str) -> str:
    """Returns the key under which a client's guesses are counted.

    It is the address, or for IPv6 the network of its first 64 bits, since one connection at home
    has all addresses of such a network. The port that some proxies add, such as Azure's, is left
    out: each connection has another one.
    """
    if address.startswith("["):
        address = address[1:].partition("]")[0]
    elif address.count(":") == 1:
        address = address.partition(":")[0]
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped:
            return str(ip.ipv4_mapped)
        return str(ipaddress.ip_network((ip, 64), strict=False))
    return str(ip)
