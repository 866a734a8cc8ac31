from fer.web.join.limits import Allowance, Limits


def test_both_messages_and_bytes_are_limited():
    limits = Limits(messages=1, messages_burst=3, bytes=10, bytes_burst=100)
    assert [Allowance(limits).take(size, 0) for size in (100, 101)] == [True, False]
    allowance = Allowance(limits)
    assert [allowance.take(0, 0) for _ in range(4)] == [True, True, True, False]
