"""Who a visitor is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fer.access.policy import Door, Policy, Request
from fer.access.roles import Person, Role
from fer.errors import SettingsError

HERE = Request("localhost", "localhost", "127.0.0.1")
AWAY = Request("mood.school.org", "mood.school.org", "203.0.113.5")


def test_on_this_machine_with_nothing_set_the_app_is_open():
    assert Policy().door(HERE) == Door.OPEN
    assert Policy().person(HERE, 0.0).role == Role.OPERATOR


@pytest.mark.parametrize(
    "request_",
    [
        AWAY,
        pytest.param(replace(HERE, peer="192.168.1.7"), id="another machine"),
        pytest.param(replace(HERE, host="mood.school.org"), id="rebinding of a name"),
        pytest.param(replace(HERE, origin="evil.org"), id="a page from elsewhere"),
        pytest.param(replace(HERE, origin="mood.school.org"), id="a proxy that hides the name"),
        pytest.param(replace(HERE, forwarded=True), id="a proxy on this machine"),
        pytest.param(replace(HERE, peer="nonsense"), id="an unreadable address"),
        pytest.param(replace(HERE, host=""), id="no name"),
    ],
)
def test_anywhere_else_with_nothing_set_it_is_shut(request_):
    assert Policy().door(request_) == Door.SHUT
    assert not Policy().person(request_, 0.0).may_teach


@pytest.mark.parametrize("request_", [HERE, AWAY])
def test_a_password_opens_for_those_who_know_it(request_):
    policy = Policy(password="open sesame")
    assert policy.door(request_) == Door.SIGN_IN
    assert not policy.person(request_, 0.0).may_teach
    assert policy.sign_in("wrong", 0.0) is None
    token = policy.sign_in("open sesame", 0.0)
    assert policy.person(replace(request_, token=token), 1.0).role == Role.OPERATOR
    assert not policy.person(replace(request_, token=token), 13 * 3600.0).may_teach
    other = Policy(password="another")
    assert not other.person(replace(request_, token=token), 1.0).may_teach


@pytest.mark.parametrize(
    ("account", "verified", "admitted"),
    [
        ("ann@school.org", True, True),
        ("Ann@School.ORG", True, True),
        ("bob@college.edu", True, True),
        ("bob@school.org", True, False),
        ("ann@school.org", False, False),
        ("x@evil.org@college.edu", True, True),
        ("bob@sub.college.edu", True, False),
        ("college.edu", True, False),
        ("", True, False),
    ],
)
def test_accounts_come_in_by_list_or_domain(account, verified, admitted):
    policy = Policy(accounts=["ann@school.org", "@college.edu"])
    person = policy.person(replace(AWAY, account=account, verified=verified), 0.0)
    assert person.may_teach == admitted
    assert person.role < Role.OPERATOR


@pytest.mark.parametrize("account", ["school.org", "ann@", "", "*"])
def test_a_malformed_list_is_refused(account):
    with pytest.raises(SettingsError, match="FER_ACCOUNTS"):
        Policy(accounts=[account])


def test_instructors_see_their_own_results_and_an_operator_sees_all():
    ann, bob = (Person(Role.INSTRUCTOR, name) for name in ("ann@a.org", "bob@a.org"))
    operator, visitor = Person(Role.OPERATOR), Person(Role.VISITOR, "ann@a.org")
    assert ann.may_see("ann@a.org")
    assert not bob.may_see("ann@a.org")
    assert not ann.may_see("")
    assert operator.may_see("ann@a.org")
    assert operator.may_see("")
    assert not visitor.may_see("ann@a.org")
    assert not Person(Role.VISITOR).may_see("")
