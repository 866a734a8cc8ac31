import pytest

from fer.classroom.consent import LONGEST_NICKNAME, Camera, Consent
from fer.classroom.ticket import Student, Ticket, hashed, new_secret


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Ann\tLee ", "Ann Lee"),
        ("a\x00b\u202ec", "a b c"),
        ("x" * 100, "x" * LONGEST_NICKNAME),
        (" \n ", None),
        ("<script>", "<script>"),  # escaped where it is shown
    ],
)
def test_nicknames_are_tidied(typed, kept):
    assert Consent(Camera.NONE, typed, individual=True).nickname == kept


def test_no_nickname_without_the_consent_to_it():
    assert Consent(Camera.PICTURES, "Ann").nickname is None


def test_secrets_are_not_in_a_repr_that_may_be_logged():
    secret = new_secret()
    ticket, student = Ticket(secret, "class"), Student(hashed(secret), "class", Consent())
    assert secret not in repr(ticket)
    assert hashed(secret) not in repr(student)
    assert len(hashed("\ud800")) == 64
