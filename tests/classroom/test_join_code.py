import itertools

from fer.classroom.join_code import LETTERS, is_code, new_code, shown, tidy_code


def test_codes_are_short_and_differ():
    codes = {new_code() for _ in range(500)}
    assert len(codes) == 500
    assert all(is_code(code) and len(code) == 7 for code in codes)
    assert not set("".join(codes)) & set("B8OIL10S5Z2")


def test_a_code_is_recognised_however_it_is_typed():
    code = "Q46TRR3"
    assert is_code(code)
    for typed in ("q46-trr3", " Q46 TRR3\n", "o46.trr3", "０q46trr3"[1:], shown(code)):
        assert tidy_code(typed) == code


def test_every_single_wrong_letter_is_noticed():
    code = new_code()
    for place, letter in itertools.product(range(7), LETTERS):
        wrong = code[:place] + letter + code[place + 1 :]
        assert is_code(wrong) == (wrong == code)


def test_swapped_neighbours_are_noticed():
    for _ in range(100):
        code = new_code()
        for place in range(5):
            swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
            assert is_code(swapped) == (swapped == code)


def test_rubbish_is_not_a_code():
    for text in ("", "A", "ÄÖÜ", "ACDEFGHJ", "<script>", "\x00" * 7, "🙂" * 7, "Q46TRR3" * 1000):
        assert not is_code(tidy_code(text))
