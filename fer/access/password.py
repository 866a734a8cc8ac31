"""Checking a password against the setting, which is the password itself or its hash."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets

from fer.errors import SettingsError

PREFIX = "scrypt"
_LOG2_N, _R, _P = 15, 8, 1
"""Cost parameters of scrypt (RFC 7914): one password takes 32 MB and about 0.1 s."""
_LARGEST_LOG2_N = 18


def hashed(password: str) -> str:
    """Returns the salted scrypt hash of a password, which may be the value of `FER_PASSWORD`."""
    salt = secrets.token_bytes(16)
    return f"{PREFIX}:{_LOG2_N}:{_text(salt)}:{_text(_scrypt(password, salt, _LOG2_N))}"


class Password:
    """The password in the settings. A comparison takes the same time for every wrong guess."""

    def __init__(self, setting: str) -> None:
        """Args:
        setting: a password, or what `hashed` returned for one.

        Raises:
            SettingsError: it begins like a hash but is not one.
        """
        if setting.startswith(f"{PREFIX}:"):
            self._log2_n, self._salt, self._digest = _parsed(setting)
        else:
            self._log2_n, self._salt = _LOG2_N, secrets.token_bytes(16)
            self._digest = _scrypt(setting, self._salt, _LOG2_N)
        # A restart does not change the key, so that nobody has to sign in again. A new password
        # does, so that it ends all sign-ins with the old one.
        self.key = _scrypt(setting, b"key of the sign-in cookie", _LOG2_N)

    def is_right(self, guess: str) -> bool:
        """Returns whether `guess` is the password. Takes about 0.1 s and 32 MB."""
        return hmac.compare_digest(_scrypt(guess, self._salt, self._log2_n), self._digest)


def _parsed(setting: str) -> tuple[int, bytes, bytes]:
    try:
        _, log2_n, salt, digest = setting.split(":")
        parts = int(log2_n), _bytes(salt), _bytes(digest)
    except (ValueError, binascii.Error):
        parts = 0, b"", b""
    if not (1 <= parts[0] <= _LARGEST_LOG2_N and parts[1] and len(parts[2]) == 32):
        raise SettingsError(
            f"FER_PASSWORD begins with “{PREFIX}:” but is not a complete hash. Make one with "
            "`python -m fer password`, and put it in quotation marks."
        )
    return parts


def _scrypt(password: str, salt: bytes, log2_n: int) -> bytes:
    n = 1 << log2_n
    return hashlib.scrypt(
        password.encode("utf-8", "surrogatepass"),
        salt=salt,
        n=n,
        r=_R,
        p=_P,
        maxmem=256 * n * _R,
        dklen=32,
    )


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode("ascii")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, altchars=b"-_", validate=True)
