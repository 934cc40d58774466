"""What is noticed of prompts names the prompt, by which a window tells it from what it must say itself."""

from core.edit.prompt_notices import is_of_a_prompt, named, prompt_notices
from core.edit.request import Blend, EditRequest
from core.edit.token_count import TokenCount


def test_each_names_its_prompt():
    request = EditRequest("", "an apple", "a horse", blend=Blend("a dragon", 0.5))
    counts = {name: TokenCount(9, 5, unknown=("apple",), notes=("It is a note.",)) for name in named(request)}
    said = prompt_notices(counts)
    assert len(said) == 12
    assert all(map(is_of_a_prompt, said))
    assert said[5] == "“what it should be” has words that this model doesn't know: apple."


def test_others_are_of_none():
    assert not is_of_a_prompt("The VAE overflowed in half precision.")
    assert not is_of_a_prompt("“[a|b]” is read as words here.")
