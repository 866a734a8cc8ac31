"""Passwords, and the tokens that a sign-in gives."""

from __future__ import annotations

import pytest

from fer.access.password import Password, hashed
from fer.access.token import holds, new_token
from fer.errors import SettingsError

KEY = b"k" * 32


@pytest.mark.parametrize("setting", ["open sesame", hashed("open sesame")], ids=["plain", "hash"])
def test_only_the_password_is_right(setting):
    password = Password(setting)
    assert password.is_right("open sesame")
    for guess in ("", "open", "open sesame ", "OPEN SESAME", setting + "x", "\ud800", "☃" * 10_000):
        assert not password.is_right(guess)


def test_a_hash_is_salted_and_not_the_password():
    first, second = hashed("open sesame"), hashed("open sesame")
    assert first != second
    assert "sesame" not in first
    assert not Password(first).is_right(first)


@pytest.mark.parametrize(
    "setting", ["scrypt:", "scrypt:15:abc", "scrypt:15:!!!!:!!!!", "scrypt:40:c2FsdA==:c2FsdA=="]
)
def test_a_damaged_hash_is_refused_with_what_to_do(setting):
    with pytest.raises(SettingsError, match="fer password"):
        Password(setting)


def test_a_restart_keeps_the_key_and_a_new_password_changes_it():
    stored = hashed("a")
    assert Password(stored).key == Password(stored).key
    assert Password(stored).key != Password(hashed("a")).key
    assert Password("a").key == Password("a").key != Password("b").key


def test_a_token_is_valid_until_its_end():
    token = new_token(KEY, now=1000.0, lasts_s=60.0)
    assert holds(token, KEY, now=1059.0)
    assert not holds(token, KEY, now=1060.0)


def test_nobody_makes_or_changes_a_token_without_the_key():
    token = new_token(KEY, now=1000.0, lasts_s=60.0)
    until, nonce, signature = token.split(".")
    forged = [
        "", ".", "..", "9999999999", f"9999999999.{nonce}.{signature}", f"{until}.x.{signature}",
        f"{until}.{nonce}.", f"{until}.{nonce}.ä", "\ud800.\ud800.\ud800", f"{token}0",
    ]  # fmt: skip
    assert not any(holds(text, KEY, now=1001.0) for text in forged)
    assert not holds(token, b"other key", now=1001.0)
