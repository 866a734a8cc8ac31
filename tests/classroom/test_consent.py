import pytest

from fer.classroom.consent import LONGEST_NICKNAME, Camera, Consent
from fer.classroom.ticket import Student, hashed, new_secret


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


def test_the_hash_of_a_secret_is_not_in_a_repr_that_may_be_logged():
    secret = new_secret()
    assert hashed(secret) not in repr(Student(hashed(secret), Consent()))
    assert len(hashed("\ud800")) == 64
