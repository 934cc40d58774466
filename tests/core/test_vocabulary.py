"""A prompt of unknown words alone says nothing."""

import pytest

from core.edit.words.vocabulary import other_number, says_nothing


@pytest.mark.parametrize(
    ("prompt", "unknown", "nothing"),
    [
        ("a unicorn", ("unicorn",), True),
        ("斑马", ("斑马",), True),
        ("The Unicorn, a dragon", ("unicorn", "dragon"), True),
        ("a horse with wings", ("wings",), False),
        ("a zebra", (), False),
        ("", (), False),
        ("the", (), False),
        ("%%% ?", ("%%%", "?"), True),
        ("a horse!", (), False),
    ],
)
def test_a_prompt_says_nothing(prompt, unknown, nothing):
    assert says_nothing(prompt, unknown) is nothing


@pytest.mark.parametrize(
    ("one", "many"),
    [("apple", "apples"), ("box", "boxes"), ("cherry", "cherries"), ("leaf", "leaves"), ("knife", "knives")],
)
def test_the_other_number_of_a_word(one, many):
    assert many in other_number(one)
    assert one in other_number(many)
    assert one not in other_number(one)
