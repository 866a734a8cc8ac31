"""Which client a request comes from."""

from __future__ import annotations

import pytest

from fer.access.client import client_address, client_key


@pytest.mark.parametrize(
    ("header", "proxies", "address"),
    [
        pytest.param("", 0, "10.0.0.9", id="no proxy"),
        pytest.param("1.2.3.4", 0, "10.0.0.9", id="a browser that makes a header up"),
        pytest.param("1.2.3.4", 1, "1.2.3.4", id="one proxy"),
        pytest.param("6.6.6.6, 1.2.3.4", 1, "1.2.3.4", id="made up in front of one proxy"),
        pytest.param("6.6.6.6, 1.2.3.4, 5.5.5.5", 2, "1.2.3.4", id="two proxies"),
        pytest.param("1.2.3.4", 3, "1.2.3.4", id="fewer hops than proxies"),
        pytest.param(" , ", 1, "10.0.0.9", id="an empty header"),
    ],
)
def test_only_what_our_proxies_appended_is_believed(header, proxies, address):
    assert client_address("10.0.0.9", header, proxies) == address


def test_a_client_without_an_address_has_a_name():
    assert client_address(None, "", 0) == "unknown"


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("192.0.2.7:51234", "192.0.2.7"),
        ("[2001:db8:1:2:3:4:5:6]:443", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unknown", "unknown"),
        ("x" * 1000, "x" * 64),
    ],
)
def test_one_connection_at_home_is_one_client(address, key):
    assert client_key(address) == key
