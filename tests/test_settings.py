import re
from pathlib import Path

import pytest

from fer.settings import ROOT, Settings


def test_defaults_need_no_environment():
    settings = Settings.from_environment({})
    assert settings.detector == "bundled"
    assert settings.model == ROOT / "models" / "emotion.onnx"
    assert settings.download is True


def test_values_come_from_the_environment():
    settings = Settings.from_environment(
        {"FER_DETECT_SIZE": "640", "FER_YUNET": "/x/y.onnx", "FER_DOWNLOAD": "no"}
    )
    assert (settings.detect_size, settings.yunet, settings.download) == (
        640,
        Path("/x/y.onnx"),
        False,
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FER_DETECTOR", "magic"),
        ("FER_CAMERA", "carrier pigeon"),
        ("FER_DETECT_SIZE", "big"),
        ("FER_DETECT_SIZE", "10"),
        ("FER_THREADS", "0"),
        ("FER_DOWNLOAD", "perhaps"),
        ("FER_EMBEDDED_BY", "*"),
        ("FER_EMBEDDED_BY", "https://a.example;script-src"),
        ("FER_PROXIES", "-1"),
        ("FER_RESULTS", "~nobody-of-this-name/results"),
    ],
)
def test_a_wrong_value_is_named(name, value):
    with pytest.raises(ValueError, match=name) as caught:
        Settings.from_environment({name: value})
    assert value in str(caught.value)


def test_no_secret_stands_in_the_representation():
    secrets = {
        "FER_ICE_SERVERS": '[{"urls": "turn:host", "credential": "secret-0"}]',
        "TWILIO_ACCOUNT_SID": "secret-1",
        "TWILIO_AUTH_TOKEN": "secret-2",
        "CLOUDFLARE_TURN_KEY_ID": "secret-3",
        "CLOUDFLARE_TURN_KEY_API_TOKEN": "secret-4",
        "HF_TOKEN": "secret-5",
        "FER_PASSWORD": "secret-6",
        "FER_TURN_SECRET": "secret-7",
        "FER_METRICS_TOKEN": "secret-8",
    }
    settings = Settings.from_environment(secrets)
    assert settings.hf_token == "secret-5"
    assert "secret" not in repr(settings)


def test_documentation_lists_every_variable():
    table = Settings.documentation()
    assert "`FER_DETECTOR`" in table
    assert table.count("\n") == 1 + len(Settings.__dataclass_fields__)


def test_the_documents_hold_the_documentation():
    assert Settings.documentation() in (ROOT / "docs" / "operators" / "settings.md").read_text(
        "utf-8"
    )


def test_the_example_holds_every_setting_and_sets_none():
    text = (ROOT / ".env.example").read_text("utf-8")
    # After a change: python -c "from fer.settings import *; print(Settings.example(), end='')"
    assert text == Settings.example()
    assert not [line for line in text.splitlines() if line and not line.startswith("#")]
    set_all = dict(
        line[1:].split("=", 1) for line in text.splitlines() if re.match("#[A-Z_]+=", line)
    )
    assert len(set_all) == len(Settings.__dataclass_fields__)
    assert Settings.from_environment(set_all).detector == Settings().detector
