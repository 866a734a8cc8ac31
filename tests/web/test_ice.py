import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import ClassVar

import pytest

from fer.settings import Settings
from fer.web.sources import ice
from fer.web.sources.ice import STUN, ice_servers, is_local, parse
from fer.web.sources.turn_server import turn_server
from fer.web.sources.twilio import twilio_servers

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
        (Settings(hf_token="t"), "get_hf_ice_servers", "Hugging Face"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_providers_relays_are_used(monkeypatch, settings, function, source):
    provider(monkeypatch, function, TURN)
    result = ice_servers(settings, "school.example")
    assert result.source == source
    assert result.relays


class Twilio(BaseHTTPRequestHandler):
    """Answers as Twilio does, with another password each time."""

    asked: ClassVar[list[tuple[str, str, str]]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.asked.append((self.path, self.headers["Authorization"], body))
        if base64.b64decode(self.headers["Authorization"].split()[1]).decode() != "AC1:secret":
            self.send_error(401)
            return
        address = "turn:global.turn.twilio.com:3478?transport=udp"
        user = f"user {len(self.asked)}"
        servers = [{"url": address, "urls": address, "username": user, "credential": "c"}]
        answer = json.dumps({"ttl": "86400", "ice_servers": servers}).encode()
        self.send_response(201)
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_) -> None:
        pass


@pytest.fixture
def twilio(monkeypatch):
    Twilio.asked.clear()
    with HTTPServer(("127.0.0.1", 0), Twilio) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        api = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setattr(ice, "twilio_servers", lambda *keys: twilio_servers(*keys, api=api))
        yield
        server.shutdown()
        thread.join()


def test_twilios_passwords_are_new_whenever_they_are_asked_for(twilio):
    settings = Settings(twilio_sid="AC1", twilio_token="secret")
    results = [ice_servers(settings, "a.example") for _ in range(2)]
    assert [result.source for result in results] == ["Twilio", "Twilio"]
    assert all(result.relays for result in results)
    assert [result.servers[0]["username"] for result in results] == ["user 1", "user 2"]
    assert set(results[0].servers[0]) == {"urls", "username", "credential"}
    path, _, body = Twilio.asked[0]
    assert (path, body) == ("/2010-04-01/Accounts/AC1/Tokens.json", "Ttl=86400")


def test_a_wrong_token_of_twilio_leaves_stun(twilio, caplog):
    result = ice_servers(Settings(twilio_sid="AC1", twilio_token="wrong"), "a.example")
    assert result.servers == [{"urls": STUN}]
    assert "Twilio" in result.problem
    assert "401" in caplog.text


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
