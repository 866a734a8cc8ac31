from fer.web.join.limits import Allowance, Bucket, Limits


def test_a_bucket_gives_what_it_has_and_fills_again():
    bucket = Bucket(rate=2, burst=3, now=0)
    assert [bucket.take(1, 0) for _ in range(4)] == [True, True, True, False]
    assert not bucket.take(1, 0.4)
    assert bucket.take(1, 0.6)
    assert not bucket.take(4, 100)
    assert bucket.take(3, 100)


def test_both_messages_and_bytes_are_limited():
    limits = Limits(messages=1, messages_burst=3, bytes=10, bytes_burst=100)
    assert [Allowance(limits, 0).take(size, 0) for size in (100, 101)] == [True, False]
    allowance = Allowance(limits, 0)
    assert [allowance.take(0, 0) for _ in range(4)] == [True, True, True, False]
