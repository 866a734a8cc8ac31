import json
from types import SimpleNamespace

import pytest

from fer.settings import Settings
from fer.web.sources import ice
from fer.web.sources.ice import STUN, ice_servers, is_local, parse
from fer.web.sources.turn import turn_server

TURN = [{"urls": ["turn:relay.example:3478"], "username": "u", "credential": "p"}]


def test_the_machine_itself_needs_no_server():
    assert ice_servers(Settings(), "localhost").servers == []


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("localhost", True),
        ("app.localhost", True),
        ("127.0.0.1", True),
        ("[::1]", True),
        ("192.168.1.2", False),
        ("school.example", False),
        ("", False),
    ],
)
def test_which_hosts_are_this_machine(host, local):
    assert is_local(host) is local


def test_stun_is_the_default_elsewhere():
    result = ice_servers(Settings(), "school.example")
    assert result.servers == [{"urls": STUN}]
    assert not result.relays
    assert result.problem is None


def test_a_static_list_wins_even_on_this_machine():
    settings = Settings(ice_servers=json.dumps(TURN), hf_token="t")
    result = ice_servers(settings, "localhost")
    assert result.servers == TURN
    assert result.relays


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("turn:relay.example", "not JSON"),
        ('{"urls": "turn:x"}', "list of objects"),
        ('[{"username": "u"}]', 'object 1 lacks "urls"'),
        ('[{"urls": "turn:x"}, {"urls": "http://secret"}]', "object 2 does not begin with stun"),
        ('[{"urls": 5}]', "object 1 does not begin with stun"),
        ('[{"urls": "turn:x", "secret": "p"}]', "object 1 has a key other than"),
        ('[{"urls": "turn:x", "credential": secret}]', "not JSON"),
    ],
)
def test_a_wrong_list_is_named_and_stun_is_used(text, complaint):
    with pytest.raises(ValueError, match=complaint):
        parse(text)
    result = ice_servers(Settings(ice_servers=text), "school.example")
    assert result.servers == [{"urls": STUN}]
    assert "FER_ICE_SERVERS" in result.problem
    assert "secret" not in result.problem


def provider(monkeypatch, name, answer):
    from streamlit_webrtc import credentials

    def ask(*_, **__):
        if isinstance(answer, Exception):
            raise answer
        return answer

    ask.clear = lambda: None
    monkeypatch.setattr(credentials, name, ask)


@pytest.mark.parametrize(
    ("settings", "function", "source"),
    [
        (
            Settings(cloudflare_key="k", cloudflare_token="t"),
            "get_cloudflare_ice_servers",
            "Cloudflare",
        ),
        (Settings(twilio_sid="s", twilio_token="t"), "get_twilio_ice_servers", "Twilio"),
        (Settings(hf_token="t"), "get_hf_ice_servers", "Hugging Face"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_providers_relays_are_used(monkeypatch, settings, function, source):
    provider(monkeypatch, function, TURN)
    result = ice_servers(settings, "school.example")
    assert result.source == source
    assert result.relays


def test_twilios_passwords_are_new_whenever_they_are_asked_for(monkeypatch):
    class Client:
        asked = 0

        def __init__(self, *_) -> None:
            self.tokens = self

        def create(self, ttl):
            Client.asked += 1
            servers = [{**TURN[0], "username": f"user {Client.asked}"}]
            return SimpleNamespace(ice_servers=servers)

    monkeypatch.setattr("twilio.rest.Client", Client)
    settings = Settings(twilio_sid="s", twilio_token="t")
    names = [ice_servers(settings, "a.example").servers[0]["username"] for _ in range(2)]
    assert names == ["user 1", "user 2"]


def test_a_provider_that_is_down_leaves_stun_and_says_so(monkeypatch, caplog):
    provider(monkeypatch, "get_hf_ice_servers", ValueError("no credentials for account AC123"))
    result = ice_servers(Settings(hf_token="t"), "school.example")
    assert result.servers == [{"urls": STUN}]
    assert "Hugging Face" in result.problem
    assert "AC123" not in result.problem
    assert "AC123" in caplog.text


def test_the_hint_names_every_variable():
    names = {field.metadata["env"] for field in Settings.__dataclass_fields__.values()}
    for word in ice.HOW_TO_SET.replace(",", " ").replace(".", " ").split():
        if word.isupper() and "_" in word:
            assert word in names


def test_a_turn_server_of_ones_own_gets_a_password_that_ends():
    server = turn_server("turn:a.example:3478, turns:a.example", "north", now=1_700_000_000.0)
    # Worked out with `printf 1700043200:mood | openssl dgst -sha1 -hmac north -binary | base64`.
    assert server == {
        "urls": ["turn:a.example:3478", "turns:a.example"],
        "username": "1700043200:mood",
        "credential": "6mDOaWWdFZcYu318Ph0MdcTWAdE=",
    }


def test_the_secret_of_a_turn_server_stays_here():
    settings = Settings(turn_urls="turn:a.example", turn_secret="north")
    servers = ice_servers(settings, "school.example")
    assert servers.relays
    assert servers.problem is None
    assert "north" not in repr(servers)


@pytest.mark.parametrize("urls", ["", "a.example:3478", "turn:a.example stun:b.example"])
def test_addresses_that_are_not_of_a_turn_server_are_named(urls):
    result = ice_servers(Settings(turn_urls=urls, turn_secret="north"), "school.example")
    assert "FER_TURN_URLS" in result.problem
    assert "north" not in result.problem
