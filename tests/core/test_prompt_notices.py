"""What is noticed of prompts names the prompt, by which a window tells it from what it must say itself."""

from core.edit.request import Blend, EditRequest
from core.edit.words.notices import doubted, is_of_a_prompt, named, prompt_notices
from core.edit.words.token_count import TokenCount


def test_each_names_its_prompt():
    request = EditRequest("", "an apple", "a horse", blend=Blend("a dragon", 0.5))
    counts = {name: TokenCount(9, 5, unknown=("apple",), notes=("It is a note.",)) for name in named(request)}
    said = prompt_notices(counts)
    assert len(said) == 12
    assert all(map(is_of_a_prompt, said))
    assert said[5] == "“What it should be” has words that this model doesn't know: apple."


def test_others_are_of_none():
    assert not is_of_a_prompt("The VAE overflowed in half precision.")
    assert not is_of_a_prompt("“[a|b]” is read as words here.")


def test_a_prompt_of_which_no_word_is_known_tells_what_is():
    count = TokenCount(1, 9, unknown=("unicorn",), guessed=True)
    assert prompt_notices({"What it should be": count}, "a farm: cows.") == (
        "“What it should be” has no word that this model knows: unicorn. "
        "It can but guess what that looks like. It knows a farm: cows.",
    )


def test_what_is_there_is_doubted_where_it_says_the_place():
    counts = dict.fromkeys(("What is there", "What it should be", "Avoid"), TokenCount(1, 9, guessed=True))
    assert list(doubted(counts, seeks=True)) == ["What it should be", "What is there"]
    assert list(doubted(counts, seeks=False)) == ["What it should be"]
    assert not doubted({}, seeks=True)
