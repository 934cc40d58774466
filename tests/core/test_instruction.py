"""What instructs is taken apart; what describes is left alone."""

import pytest

from core.edit.words.instruction import Instruction, asking_words, taken_apart


@pytest.mark.parametrize(
    ("prompt", "there", "wanted"),
    [
        ("turn the horse into a zebra", "a horse", "a zebra"),
        ("Turn the horse into a zebra.", "a horse", "a zebra"),
        ("please change my orange cat to a dog", "an orange cat", "a dog"),
        ("Can you replace the ball with a wooden cube?", "a ball", "a wooden cube"),
        ("swap a horse for a zebra", "a horse", "a zebra"),
        ("transform a tree in summer into a tree in autumn", "a tree in summer", "a tree in autumn"),
        ("change the leaves to snow", "leaves", "snow"),
        ("turn the horses into zebras", "horses", "zebras"),
        ("make the horse a zebra", "a horse", "a zebra"),
        ("make the horse look like a zebra", "a horse", "a zebra"),
        ("make the horse on the meadow into a zebra", "a horse on the meadow", "a zebra"),
        ("turn it into a zebra", "", "a zebra"),
        ("make it a zebra", "", "a zebra"),
        ("a horse -> a zebra", "a horse", "a zebra"),
        ("a horse→a zebra", "a horse", "a zebra"),
        ("  horse  => zebra ", "horse", "zebra"),
        ("das Pferd → ein Zebra", "das Pferd", "ein Zebra"),
        ("change the dog to a cat next to a tree", "a dog", "a cat next to a tree"),
    ],
)
def test_an_instruction_is_taken_apart(prompt, there, wanted):
    assert taken_apart(prompt) == Instruction(there, wanted)


@pytest.mark.parametrize(
    "prompt",
    [
        "",
        "a zebra",
        "a horse turning into a side street",
        "a turn in the road to a village",
        "a man who turns into a wolf",
        "turn left",
        "turn into the wind",
        "change of heart",
        "a change to make",
        "make-up on a table",
        "make it autumn",
        "make the sky blue",
        "makes the horse a zebra",
        "replace me",
        "the replacement of a tire with a new one",
        "change to winter",
        "-> a zebra",
        "a horse ->",
        "a -> b -> c",
        "a heart <3 and a sign >",
        "change the colour of the horse to red",
        "change the color to red",
        "turn the horse into a zebra and the dog into a cat",
        "a sign that says “turn right to the beach”",
        "return the book to a shelf",
        "exchange student with a map",
        "swap meet with a crowd",
        "turn signal to the left",
        "an easy-to-turn handle",
        "斑马",
    ],
)
def test_a_description_is_left_alone(prompt):
    assert taken_apart(prompt) is None


@pytest.mark.parametrize("typed", ["Turn the", "please change my", "could you make it a", "swap"])
def test_the_words_that_instruct_are_known_before_it_is_all_typed(typed):
    assert {"turn", "into", "please"} <= asking_words(typed)


@pytest.mark.parametrize("typed", ["", "a turn", "a horse", "turnips", "the change of the year"])
def test_what_describes_has_none(typed):
    assert asking_words(typed) == frozenset()
