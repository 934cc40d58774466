"""A prompt of unknown words alone says nothing."""

import pytest

from core.edit.vocabulary import says_nothing


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
    ],
)
def test_a_prompt_says_nothing(prompt, unknown, nothing):
    assert says_nothing(prompt, unknown) is nothing
