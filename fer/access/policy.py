"""Who a visitor is: the one place that decides it."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from fer.access.password import Password
from fer.access.roles import EVERYBODY, Person, Role
from fer.access.token import holds, new_token
from fer.settings import Settings

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


class Door(StrEnum):
    """How the app lets instructors in.

    OPEN: everybody, since only this machine's browsers can reach the app. SIGN_IN: by password or
    account. SHUT: nobody, since others can reach the app and no way to sign in is set.
    """

    OPEN = "open"
    SIGN_IN = "sign-in"
    SHUT = "shut"


@dataclass(frozen=True)
class Request:
    """What is known of the request that opened a page.

    Attributes:
        host: the name, without port, under which the browser reached the app.
        origin: the name, without port, of the page that opened the connection; "" if unknown.
        peer: the address of the other end of the connection; "" if unknown.
        forwarded: whether a proxy passed it on.
        token: the sign-in token of its cookie, or "".
        account: the e-mail address of the account that signed in, or "".
        verified: whether the account's provider says that the address is theirs.
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
    """Who may come in, by the settings."""

    def __init__(self, password: str = "", accounts: Iterable[str] = ()) -> None:
        """Args:
        password: a password or its hash; "" for none.
        accounts: e-mail addresses, and domains written as `@school.org`.

        Raises:
            ValueError: an account or the hash is malformed.
        """
        self._password = Password(password) if password else None
        self._accounts = frozenset(account.strip().lower() for account in accounts)
        for account in self._accounts:
            if "@" not in account or account.endswith("@"):
                raise ValueError(
                    "FER_ACCOUNTS takes e-mail addresses and domains, such as "
                    f"“ann@school.org, @college.edu”, not {account!r}"
                )

    @classmethod
    def from_settings(cls, settings: Settings) -> Policy:
        """Returns the policy that the settings describe.

        Raises:
            ValueError: a setting is malformed.
        """
        return cls(settings.password, [a for a in settings.accounts.split(",") if a.strip()])

    @property
    def takes_password(self) -> bool:
        """Whether one can sign in by password."""
        return self._password is not None

    @property
    def takes_accounts(self) -> bool:
        """Whether one can sign in by account."""
        return bool(self._accounts)

    def door(self, request: Request) -> Door:
        """How a request's visitor gets in."""
        if self.takes_password or self.takes_accounts:
            return Door.SIGN_IN
        return Door.OPEN if request.local else Door.SHUT

    def person(self, request: Request, now: float) -> Person:
        """Who sent a request; `now` is in s since 1970."""
        if self.door(request) == Door.OPEN:
            return Person(Role.OPERATOR)
        if self._password and holds(request.token, self._password.key, now):
            return Person(Role.OPERATOR, EVERYBODY)
        if self.admits(request.account, request.verified):
            return Person(Role.INSTRUCTOR, request.account.strip().lower())
        return Person(Role.VISITOR)

    def admits(self, account: str, verified: bool = True) -> bool:
        """Whether an account is on the list, itself or by its domain."""
        name = account.strip().lower()
        domain = "@" + name.rpartition("@")[2]
        return verified and "@" in name and (name in self._accounts or domain in self._accounts)

    def sign_in(self, guess: str, now: float) -> str | None:
        """Returns a token for the right password, else None. Takes about 0.1 s and 32 MB."""
        if self._password is None or not self._password.is_right(guess):
            return None
        return new_token(self._password.key, now)


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
