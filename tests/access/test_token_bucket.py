import pytest

from fer.access.token_bucket import TokenBucket


def test_a_bucket_gives_what_it_has_and_fills_again():
    bucket = TokenBucket(rate=2, burst=3)
    assert [bucket.take(1, 5) for _ in range(4)] == [True, True, True, False]
    assert not bucket.take(1, 5.4)
    assert bucket.missing_s(1, 5.4) == pytest.approx(0.1)
    assert bucket.take(1, 5.6)
    assert not bucket.take(4, 100)
    assert bucket.take(3, 100)


def test_what_is_owed_is_paid_back_with_time():
    bucket = TokenBucket(rate=10, burst=3)
    assert [bucket.owe(1, 5) for _ in range(5)] == pytest.approx([0, 0, 0, 0.1, 0.2])
    assert not bucket.take(1, 5.2)
    assert bucket.owe(1, 15) == 0
