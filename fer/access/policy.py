"""The one place that decides who a visitor is."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from fer.access.password import Password
from fer.access.roles import EVERYBODY, Person, Role
from fer.access.token import holds, new_token
from fer.errors import SettingsError
from fer.settings import Settings

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
"""What a browser on the machine that runs the app may write for it."""


class Door(StrEnum):
    """How the app lets instructors in.

    OPEN: everybody may come in, since only browsers on this machine can reach the app. SIGN_IN:
    with a password or an account. SHUT: nobody may, since others can reach the app and no way to
    sign in is set.
    """

    OPEN = "open"
    SIGN_IN = "sign-in"
    SHUT = "shut"


@dataclass(frozen=True)
class Request:
    """What is known of the request that opened a page.

    Attributes:
        host: the host name, without a port, under which the browser reached the app.
        origin: the host name, without a port, of the page that opened the connection; "" if
            unknown.
        peer: the address of the other end of the connection; "" if unknown.
        forwarded: whether a proxy passed the request on.
        token: the sign-in token in its cookie, or "".
        account: the e-mail address of the account that signed in, or "".
        verified: whether the provider of the account has verified that address.
    """

    host: str
    origin: str = ""
    peer: str = ""
    forwarded: bool = False
    token: str = ""
    account: str = ""
    verified: bool = True

    @property
    def local(self) -> bool:
        """Whether a browser on this machine sent it to this machine, with nothing in between."""
        return (
            not self.forwarded
            and self.host in LOOPBACK_NAMES
            and (not self.origin or self.origin in LOOPBACK_NAMES)
            and (not self.peer or _is_loopback(self.peer))
        )


class Policy:
    """Who may come in, as the settings say."""

    def __init__(self, password: str = "", accounts: Iterable[str] = ()) -> None:
        """Args:
        password: a password or its hash; "" for none.
        accounts: e-mail addresses, and domains in the form `@school.org`.

        Raises:
            SettingsError: an account or the hash is malformed.
        """
        self._password = Password(password) if password else None
        self._accounts = frozenset(account.strip().lower() for account in accounts)
        for account in self._accounts:
            if "@" not in account or account.endswith("@"):
                raise SettingsError(
                    "FER_ACCOUNTS needs e-mail addresses and domains, such as "
                    f"“ann@school.org, @college.edu”, not {account!r}"
                )

    @classmethod
    def from_settings(cls, settings: Settings) -> Policy:
        """Returns the policy that the settings describe.

        Raises:
            SettingsError: a setting is malformed.
        """
        return cls(settings.password, [a for a in settings.accounts.split(",") if a.strip()])

    @property
    def takes_password(self) -> bool:
        """Whether people can sign in with a password."""
        return self._password is not None

    @property
    def takes_accounts(self) -> bool:
        """Whether people can sign in with an account."""
        return bool(self._accounts)

    def door(self, request: Request) -> Door:
        """Returns how the visitor who sent a request gets in."""
        if self.takes_password or self.takes_accounts:
            return Door.SIGN_IN
        return Door.OPEN if request.local else Door.SHUT

    def person(self, request: Request, now: float) -> Person:
        """Returns who sent a request; `now` is in seconds since 1970."""
        if self.door(request) == Door.OPEN:
            return Person(Role.OPERATOR)
        if self._password and holds(request.token, self._password.key, now):
            return Person(Role.OPERATOR, EVERYBODY)
        if self.admits(request.account, request.verified):
            return Person(Role.INSTRUCTOR, request.account.strip().lower())
        return Person(Role.VISITOR)

    def admits(self, account: str, verified: bool = True) -> bool:
        """Returns whether an account is allowed, by its address or by its domain."""
        name = account.strip().lower()
        domain = "@" + name.rpartition("@")[2]
        return verified and "@" in name and (name in self._accounts or domain in self._accounts)

    def sign_in(self, guess: str, now: float) -> str | None:
        """Returns a sign-in token if the guess is the password, else None.

        Takes about 0.1 s and 32 MB. `now` is in seconds since 1970.
        """
        if self._password is None or not self._password.is_right(guess):
            return None
        return new_token(self._password.key, now)


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
