"""Weighted prompts as CLIP encoders read them, against the same done by hand on tiny random encoders."""

from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from core.edit.engine import Engine
from core.edit.mask_request import MaskRequest
from core.edit.method import Method
from core.edit.report import read_recipe, report
from core.edit.request import Blend, EditRequest, Embedding
from core.edit.words.weighted import PromptStyle
from core.models.backbone import Reading, Text
from core.models.load import load
from core.models.text.chunks import Slot, Unit, chunked
from core.models.text.embeddings import EmbeddingFile, named_in, taken_out
from core.movie.request import MovieRequest
from tests.core.tiny import tiny_sd3, tiny_sdxl

ROOM = 14  # tokens that the tiny encoders read at a time, without the marks
WEIGHTED = Reading(weighted=True)
PROMPT = "a (zebra:1.3) on [grass]"
LONG = "a tame (old:0.7) horse, that is longer than the encoder reads"


@pytest.fixture(scope="module")
def models(tiny, tmp_path_factory):
    root = tmp_path_factory.mktemp("prompts")
    folders = {"sd": tiny, "sdxl": tiny_sdxl(root / "sdxl"), "sd3": tiny_sd3(root / "sd3")}
    return {name: load(str(folder), "cpu") for name, folder in folders.items()}


@pytest.fixture
def embeddings(tmp_path, monkeypatch) -> Path:
    """Where ComfyUI keeps its textual inversions."""
    monkeypatch.setenv("COMFYUI_PATH", str(tmp_path / "ComfyUI"))
    folder = tmp_path / "ComfyUI" / "models" / "embeddings"
    folder.mkdir(parents=True)
    return folder


# -- chunks


def units(text: str) -> list[Unit | None]:
    """A token for every letter; “|” is BREAK, “,” a comma, “3” three vectors of a textual inversion."""
    file = EmbeddingFile("three", Path("three"), (0, 0))
    kinds = {"|": None, ",": Unit((Slot(0),), comma=True)}
    three = Unit(tuple(Slot(0, 1.0, (file, row)) for row in range(3)))
    return [three if sign == "3" else kinds.get(sign, Unit((Slot(ord(sign)),))) for sign in text]


@pytest.mark.parametrize(
    ("text", "room", "lengths"),
    [
        ("", 5, [0]),
        ("abcde", 5, [5]),
        ("abcdef", 5, [5, 1]),
        ("ab|cd", 5, [2, 2]),
        ("ab|", 5, [2]),
        ("|ab||c", 5, [0, 2, 0, 1]),
        ("a,bcde", 5, [2, 4]),  # what follows the comma stays together
        ("abcd,e", 5, [5, 1]),
        ("a,b,cde", 5, [4, 3]),
        ("abcde,f", 5, [5, 2]),  # the comma itself goes over
        ("a," + "b" * 20 + "c", 22, [22, 1]),  # one token too far back
        ("aa," + "b" * 19 + "c", 22, [3, 20]),
        ("ab3c", 4, [2, 4]),
    ],
)
def test_chunks(text, room, lengths):
    chunks = chunked(units(text), room)
    assert [len(chunk) for chunk in chunks] == lengths
    assert len([slot for chunk in chunks for slot in chunk]) == sum(
        0 if unit is None else len(unit.slots) for unit in units(text)
    )


# -- by hand


def tokens_of(tokenizer, text: str) -> list[int]:
    return tokenizer(text, add_special_tokens=False)["input_ids"]


def asked(model, n: int, ids: list[int]) -> tuple[torch.Tensor, torch.Tensor | None]:
    """The n-th CLIP encoder on one chunk, as its family reads it: hidden states and pooled text."""
    tokenizer = (model.parts.tokenizer, getattr(model.parts, "tokenizer_2", None))[n]
    encoder = (model.parts.text_encoder, getattr(model.parts, "text_encoder_2", None))[n]
    padded = [tokenizer.bos_token_id, *ids, tokenizer.eos_token_id]
    padded += [tokenizer.pad_token_id] * (ROOM + 2 - len(padded))
    with torch.no_grad():
        out = encoder(torch.tensor([padded]), output_hidden_states=True)
    if not hasattr(model.parts, "text_encoder_2"):
        return out.last_hidden_state, None
    return out.hidden_states[-2], out[0]


def by_hand(model, chunks: list[list[tuple[str, float]]]) -> Text:
    """Every chunk through every encoder, times the weights, the mean restored; side by side."""
    encoders = 2 if hasattr(model.parts, "text_encoder_2") else 1
    said, pooled = [], []
    for n in range(encoders):
        tokenizer = (model.parts.tokenizer, getattr(model.parts, "tokenizer_2", None))[n]
        read = []
        for chunk in chunks:
            pairs = [(token, weight) for text, weight in chunk for token in tokens_of(tokenizer, text)]
            hidden, whole = asked(model, n, [token for token, _ in pairs])
            weights = torch.ones(ROOM + 2)
            weights[1 : 1 + len(pairs)] = torch.tensor([weight for _, weight in pairs])
            times = hidden * weights[None, :, None]
            read.append(times * hidden.mean() / times.mean())
            pooled += [whole] if chunk is chunks[0] and whole is not None else []
        said.append(torch.cat(read, dim=1))
    tokens = torch.cat(said, dim=-1)
    if not pooled:
        return Text(tokens)
    return Text(tokens, pooled[-1] if hasattr(model.parts, "unet") else torch.cat(pooled, dim=-1))


def clip_part(model, text: Text, chunks: int) -> torch.Tensor:
    """Of SD3's tokens those of CLIP: T5's follow them, and its width is filled with zeros."""
    if hasattr(model.parts, "unet"):
        return text.tokens
    return text.tokens[:, : chunks * (ROOM + 2), : 24 + 32]


def close(a: torch.Tensor, b: torch.Tensor) -> bool:
    return a.shape == b.shape and torch.allclose(a, b, atol=1e-5, rtol=1e-5)


TELLS = [
    (PROMPT, [[("a", 1), ("zebra", 1.3), ("on", 1), ("grass", 1 / 1.1)]]),
    ("a (zebra BREAK runs:1.5)", [[("a", 1), ("zebra", 1.5)], [("runs", 1.5)]]),
    ("abcdefg hijklmn op qrs", [[("abcdefg hijklmn", 1)], [("op qrs", 1)]]),
    ("ab (cd:2), efgh ijklmn", [[("ab", 1), ("cd", 2), (",", 1)], [("efgh ijklmn", 1)]]),
]


@pytest.mark.parametrize("family", ["sd", "sdxl", "sd3"])
@pytest.mark.parametrize(("prompt", "chunks"), TELLS)
def test_weights_and_chunks_are_what_they_are_by_hand(models, family, prompt, chunks):
    model = models[family]
    found, expected = model.text(prompt, WEIGHTED), by_hand(model, chunks)
    assert close(clip_part(model, found, len(chunks)), expected.tokens)
    assert found.pooled is None or close(found.pooled, expected.pooled)
    count = model.tokens(prompt, WEIGHTED)
    assert (count.chunks, count.limit) == (len(chunks), ROOM * len(chunks))
    assert not count.too_long


@pytest.mark.parametrize("family", ["sd", "sdxl", "sd3"])
@pytest.mark.parametrize("prompt", ["", "a zebra", "x" * ROOM])
def test_without_marks_it_reads_as_plainly_to_the_bit(models, family, prompt):
    model = models[family]
    assert model.text(prompt, WEIGHTED).same(model.text(prompt))
    assert model.tokens(prompt, WEIGHTED).used == len(tokens_of(model.parts.tokenizer, prompt))


def test_read_plainly_a_prompt_is_cut_and_its_brackets_are_signs(models):
    model = models["sd"]
    assert model.text(PROMPT).tokens.shape == (1, ROOM + 2, 24)
    assert model.tokens(PROMPT).too_long
    assert not model.text("(ab)").same(model.text("ab"))


@pytest.mark.parametrize("family", ["sd", "sdxl", "sd3"])
def test_shorter_prompts_are_filled_up_with_what_is_said_to_no_words(models, family):
    model = models[family]
    filled = model.text("a zebra", replace(WEIGHTED, chunks=3))
    one, none = model.text("a zebra", WEIGHTED), by_hand(model, [[]]).tokens
    expected = torch.cat([clip_part(model, one, 1), none, none], dim=1)
    assert close(clip_part(model, filled, 3), expected)
    assert one.pooled is None or torch.equal(filled.pooled, one.pooled)
    empty = model.text("", replace(WEIGHTED, chunks=3))
    assert empty.tokens.shape == filled.tokens.shape
    assert family != "sdxl" or not empty.tokens.any()  # as its empty text always is


def test_a_weight_of_nothing_and_a_huge_one_are_finite(models):
    for prompt in ("(a:0)", "(a:-100)", "((a:100):100)"):
        assert bool(torch.isfinite(models["sdxl"].text(prompt, WEIGHTED).tokens).all())


def test_t5_reads_the_words_alone(models):
    model = models["sd3"]
    marked, bare = (model.text(prompt, WEIGHTED).tokens[:, ROOM + 2 :] for prompt in ("a (cat:1.5)", "a cat"))
    assert torch.equal(marked, bare)
    (note,) = model.tokens("horse " * 60, WEIGHTED).notes
    assert "T5 reads only the first 255" in note


def test_what_is_not_understood_here_is_said(models):
    (note,) = models["sd"].tokens("a [cow:pig:0.5]", WEIGHTED).notes
    assert note == "“[cow:pig:0.5]” is read as words here."


# -- textual inversions


def vectors(n: int, width: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(n, width, generator=torch.Generator().manual_seed(seed))


def reading_of(*prompts: str) -> Reading:
    return Reading(weighted=True, embeddings=named_in(prompts))


def taught(encoder, learned: torch.Tensor, first: int):
    """The encoder with these vectors as those of tokens from `first` on."""
    pupil = deepcopy(encoder)
    pupil.get_input_embeddings().weight.data[first : first + len(learned)] = learned
    return pupil


@pytest.mark.parametrize("key", ["emb_params", "string_to_param.*", "<learned-word>"])
@pytest.mark.parametrize("prompt", ["a zebra, Mystyle ab", "a zebra, embedding:mystyle ab"])
def test_a_learned_word_stands_where_it_is_named(models, embeddings, key, prompt):
    model, learned = models["sd"], vectors(2, 24)
    save_file({key: learned}, embeddings / "mystyle.safetensors")
    words = model.parts.tokenizer
    # Signs that the prompt does without mean what was learned.
    spare = tokens_of(words, "#")[0]
    ids = [*tokens_of(words, "a zebra,"), spare, spare + 1, *tokens_of(words, "ab")]
    padded = [words.bos_token_id, *ids, words.eos_token_id]
    padded += [words.pad_token_id] * (ROOM + 2 - len(padded))
    with torch.no_grad():
        expected = taught(model.parts.text_encoder, learned, spare)(torch.tensor([padded]))[0]
    reading = reading_of(prompt)
    assert close(model.text(prompt, reading).tokens, expected)
    count = model.tokens(prompt, reading)
    assert (count.used, count.embeddings, count.notes) == (len(ids), ("mystyle",), ())
    assert model.text(prompt, WEIGHTED).tokens.shape[1] > 0  # and the encoder is as it was
    assert not close(model.text("a zebra", reading).tokens, expected)


def test_a_learned_word_of_sdxl_has_vectors_for_both_encoders(models, embeddings):
    model = models["sdxl"]
    learned = {"clip_l": vectors(1, 24), "clip_g": vectors(1, 32, 1)}
    save_file(learned, embeddings / "mystyle.safetensors")
    found = model.text("(mystyle:1.5)", reading_of("mystyle"))
    spare = tokens_of(model.parts.tokenizer, "#")[0]
    said = []
    for encoder, role in ((model.parts.text_encoder, "clip_l"), (model.parts.text_encoder_2, "clip_g")):
        words = model.parts.tokenizer
        ids = torch.tensor([[words.bos_token_id, spare, *[words.eos_token_id] * ROOM]])
        with torch.no_grad():
            out = taught(encoder, learned[role], spare)(ids, output_hidden_states=True)
        hidden = out.hidden_states[-2]
        times = hidden.clone()
        times[:, 1] *= 1.5
        said.append(times * hidden.mean() / times.mean())
    assert close(found.tokens, torch.cat(said, dim=-1))
    assert close(found.pooled, out[0])


@pytest.mark.parametrize(
    ("learned", "family", "said"),
    [
        ({"emb_params": (2, 32)}, "sd", "of the width 32, but this model is of the kind of a model of the"),
        ({"emb_params": (2, 768)}, "sdxl", "was learned by Stable Diffusion 1, but this model"),
        ({"clip_l": (1, 768), "clip_g": (1, 1280)}, "sd", "was learned by Stable Diffusion XL, but this"),
        ({"clip_l": (1, 24), "clip_g": (2, 32)}, "sdxl", "is damaged"),
        ({"emb_params": (15, 24)}, "sd", "has more than 14 vectors"),
        ({"a": (2, 24), "b": (2, 24)}, "sd", "holds no embedding"),
        ({"emb_params": (2, 3, 4)}, "sd", "holds no embedding"),
    ],
)
def test_what_can_not_be_used_is_read_as_words_and_said(models, embeddings, learned, family, said):
    model = models[family]
    save_file({key: torch.randn(shape) for key, shape in learned.items()}, embeddings / "my.safetensors")
    count = model.tokens("my", reading_of("my"))
    assert said in count.notes[0]
    assert count.notes[0].endswith("Its name is read as words.")
    assert count.embeddings == ()
    assert model.text("my", reading_of("my")).same(model.text("my"))


def test_a_pickle_is_never_opened(models, embeddings):
    (embeddings / "my.pt").write_bytes(b"cos\nsystem\n")
    count = models["sd"].tokens("my", reading_of("my"))
    assert "“my” is a pickle, which can run code, so it is never opened" in count.notes[0]
    save_file({"emb_params": vectors(1, 24)}, embeddings / "my.safetensors")
    assert models["sd"].tokens("my", reading_of("my")).embeddings == ("my",)


def test_names_are_words_of_their_own_the_longest_first(embeddings):
    for name in ("bad", "bad-hands", "x(1)"):
        (embeddings / f"{name}.safetensors").write_bytes(b"")
    prompt = "badly, a BAD thing and bad-hands, (embedding:bad:1.2)"
    files = named_in([prompt])
    assert [file.name for file in files] == ["bad", "bad-hands"]
    parts = list(taken_out(prompt, files))
    assert [part if isinstance(part, str) else part.name.upper() for part in parts] == [
        "badly, a ", "BAD", " thing and ", "BAD-HANDS", ", (", "BAD", ":1.2)",
    ]  # fmt: skip
    assert named_in(["", "badly"]) == ()


# -- edits

QUICK = EditRequest(
    photo="", query=LONG, avoid="(blur:1.2)", reference="a horse", device="cpu", steps=2,
    find=MaskRequest(draws=1, settle=0, snap=False, threshold=0.3),
)  # fmt: skip


@pytest.fixture(scope="module")
def engine():
    return Engine()


@pytest.fixture
def request_(tiny):
    return QUICK.with_(model=str(tiny))


def test_a_recipe_with_weights_repeats_to_the_byte(engine, request_, picture):
    first = engine.run(request_, picture)
    assert first.request.prompt_style is PromptStyle.WEIGHTED  # the model's own way, written down
    recipe = read_recipe(report(first, "tiny"))
    assert recipe == first.request
    again = Engine().run(recipe, picture)
    assert np.array_equal(again.pixels, first.pixels)
    assert again.request == first.request
    plain = engine.run(request_.with_(prompt_style=PromptStyle.PLAIN), picture)
    assert not np.array_equal(plain.drawn, first.drawn)
    assert any("reads only the first 14" in notice for notice in plain.notices)
    assert not any("reads only" in notice for notice in first.notices)


def test_the_files_behind_learned_words_belong_to_the_recipe(engine, request_, picture, embeddings):
    file = embeddings / "mystyle.safetensors"
    request = request_.with_(query="mystyle", method=Method.SDEDIT)
    words = engine.run(request, picture)
    save_file({"emb_params": vectors(2, 24)}, file)
    first = engine.run(request, picture)
    (named,) = first.request.embeddings
    assert named.name == "mystyle"
    assert len(named.digest) == 64
    assert not np.array_equal(words.drawn, first.drawn)
    recipe = read_recipe(report(first, "tiny"))
    assert engine.run(recipe, picture).notices == first.notices
    save_file({"emb_params": vectors(2, 24, 1)}, file)
    other = engine.run(recipe, picture)
    assert "another file of the embedding “mystyle”" in other.notices[0]
    assert not np.array_equal(other.drawn, first.drawn)
    file.unlink()
    without = engine.run(recipe, picture)
    assert "embedding “mystyle”, which can't be used here" in without.notices[0]
    assert np.array_equal(without.drawn, words.drawn)
    assert without.request.embeddings == ()
    plain = request.with_(query="a zebra", embeddings=(Embedding("mystyle", "0"),))
    assert not any("mystyle" in notice for notice in engine.run(plain, picture).notices)


def test_a_batch_and_a_movie_go_on_with_the_same_learned_words_only(tiny, embeddings):
    from core.models.identity import identity_of

    request, file = QUICK.with_(model=str(tiny)), embeddings / "mystyle.safetensors"
    without = identity_of(request, prompts=["mystyle"])
    save_file({"emb_params": vectors(2, 24)}, file)
    first = identity_of(request, prompts=["mystyle"])
    save_file({"emb_params": vectors(2, 24, 1)}, file)
    assert len({found.digest for found in (without, first, identity_of(request, prompts=["mystyle"]))}) == 3
    plain = request.with_(prompt_style=PromptStyle.PLAIN)
    assert identity_of(plain, prompts=["mystyle"]).digest == without.digest
    assert identity_of(request, prompts=["a zebra"]).digest == without.digest


def test_a_blend_of_unequal_lengths_is_drawn(engine, request_, picture):
    blend = Blend("a BREAK b BREAK c", 0.5)
    result = engine.run(request_.with_(query="a zebra", blend=blend, method=Method.SDEDIT), picture)
    assert result.complete


def test_where_the_ways_of_a_movie_meet_prompts_are_read_alike(tiny, picture, tmp_path):
    edit = QUICK.with_(model=str(tiny), method=Method.SDEDIT, avoid="")
    request = MovieRequest(edit, ("a cat", "a dog", "a BREAK b BREAK c"), seconds=1, fps=1)
    seen = []

    class Watched(Engine):
        def run(self, request, *more, **others):
            seen.append(request.blend.chunks)
            return super().run(request, *more, **others)

    from core.movie.make import make

    make(request, Watched(), picture, None, tmp_path / "movie.gif")
    assert seen == [3, 3, 3]
