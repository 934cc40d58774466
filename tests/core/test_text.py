"""Text and names as people and systems write them: any encoding, any bytes in a file name."""

import json
import os
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from core import cli
from core.batch.outcome import NAME, Outcome
from core.batch.pictures import gather
from core.batch.run import Batch
from core.edit.report import open_recipe
from core.edit.request import EditRequest, Lora
from core.errors import CoreError, InputError
from core.models.identity import identity_of
from core.text import decoded, from_json, shown, to_json

REQUEST = EditRequest(photo="", query="a zebra", steps=4, device="cpu")
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32")
bytes_in_names = pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="file names are Unicode here")
names = st.binary().map(os.fsdecode)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text() | names,
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | names, inner),
    max_leaves=8,
)


@given(values, st.booleans())
def test_json_gives_back_every_name(value, readable):
    assert from_json(to_json(value, readable=readable), object) == value


@given(values)
def test_json_is_unicode_and_plain_json(value):
    assert json.loads(to_json(value).decode()) == value


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_text_is_read_however_it_was_saved(encoding):
    assert decoded('{"name": "Bär – 熊"}'.encode(encoding)) == '{"name": "Bär – 熊"}'


@pytest.mark.parametrize(
    "damage", [b"[" * 100_000, b'{"a"', b"", b"\xff", b'"\\ud800', b'\xff\xfe{"', b"[1, 2]"]
)
def test_what_is_no_json_of_its_kind_is_one_error(damage):
    with pytest.raises(msgspec.DecodeError):
        from_json(damage, dict[str, object])


def test_what_is_shown_is_unicode():
    assert shown(os.fsdecode(b"caf\xe9.png")) == "caf\\udce9.png"
    assert shown("café.png") == "café.png"


# -- recipes


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_recipe_is_read_however_it_was_saved(tmp_path, encoding):
    recipe = tmp_path / "recipe.json"
    request = REQUEST.with_(query="ein Zebra – schön")
    recipe.write_bytes(request.to_json().decode().encode(encoding))
    assert open_recipe(recipe) == request


def test_a_recipe_keeps_the_name_of_a_file():
    request = REQUEST.with_(
        model=os.fsdecode(b"/models/caf\xe9"), loras=(Lora(os.fsdecode(b"/\xe9.safetensors")),)
    )
    assert EditRequest.from_json(request.to_json()) == request


@pytest.mark.parametrize(
    "words", [["--from", "\udce9", "--to", "a"], ["--to", "caf\udce9"], ["--to", "a", "--avoid", "\udcff"]]
)
@pytest.mark.parametrize("command", ["edit", "grid"])
def test_a_prompt_that_is_no_text_is_a_sentence(tmp_path, capsys, command, words):
    more = [] if command == "edit" else ["--x", "seed=1,2"]
    assert cli.main([command, "photo.png", *words, "-o", str(tmp_path / "out.png"), *more]) == 2
    assert "is not text in UTF-8" in capsys.readouterr().err


def test_the_prompts_of_a_movie_must_be_text_too(tmp_path, capsys):
    words = ["--to", "a horse", "--to", "caf\udce9", "--to", "a zebra"]
    assert cli.main(["movie", *words, "-o", str(tmp_path / "out.gif")]) == 2
    assert "is not text in UTF-8" in capsys.readouterr().err


# -- batches


class Copies:
    """Workers in this process that only copy."""

    def __init__(self) -> None:
        self.did: list[str] = []

    def run(self, items, stopped):
        for item in items:
            self.did.append(item.name)
            item.output.parent.mkdir(parents=True, exist_ok=True)
            item.output.write_bytes(item.source.read_bytes())
            yield Outcome(item.name, notices=(f"{item.source} was copied.",))


def save(path: Path, tone: int = 0) -> Path:
    Image.fromarray(np.full((8, 8, 3), tone, np.uint8)).save(path)
    return path


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    for n, name in enumerate(("a.png", "b.png", "c.png")):
        save(folder / name, n)
    return folder


def copied(out: Path, *given: Path) -> tuple[list[str], tuple[str, ...]]:
    """What a batch over the given did, and what it said of the manifest."""
    workers = Copies()
    batch = Batch(REQUEST, gather([str(path) for path in given], out), out)
    batch.run(workers)
    return workers.did, batch.notices


@bytes_in_names
def test_a_name_that_is_no_unicode_goes_through_a_whole_batch_and_the_next(photos, tmp_path):
    odd = Path(os.fsdecode(b"caf\xe9.png"))
    save(tmp_path / "odd.png", 9).rename(photos / odd)
    assert len(copied(tmp_path / "out", photos)[0]) == 4
    assert (tmp_path / "out" / odd).is_file()
    assert copied(tmp_path / "out", photos) == ([], ())
    told = from_json((tmp_path / "out" / "batch.json").read_bytes(), dict)["outcomes"]
    assert str(photos / odd) in [row["picture"] for row in told]
    assert "caf\\udce9.png" in (tmp_path / "out" / "batch.csv").read_text(encoding="utf-8-sig")


@bytes_in_names
def test_a_list_names_files_by_any_bytes(photos, tmp_path):
    save(tmp_path / "odd.png", 9).rename(photos / os.fsdecode(b"caf\xe9.png"))
    (photos / "list.txt").write_bytes(b"a.png\r\ncaf\xe9.png\r\n")
    assert len(gather([str(photos / "list.txt")], tmp_path / "out").items) == 2


@bytes_in_names
def test_weights_are_known_whatever_their_files_are_called(tmp_path):
    folder = tmp_path / os.fsdecode(b"mod\xe9l")
    folder.mkdir()
    (folder / os.fsdecode(b"w\xe9.safetensors")).write_bytes(b"1")
    request = REQUEST.with_(model=str(folder))
    assert identity_of(request) is not None


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_list_is_read_however_it_was_saved(photos, tmp_path, encoding, end):
    save(photos / "Bär.png", 9)
    (photos / "list.txt").write_bytes(end.join(("b.png", "", "Bär.png")).encode(encoding))
    found = gather([str(photos / "list.txt")], tmp_path / "out").items
    assert [item.name for item in found] == ["b.png", "Bär.png"]


@pytest.mark.parametrize(
    "line", ["x" * 300, "x" * 100_000, "~nobody_of_this_name/a.png", "no\0thing", "a*\0b", "gone.png"]
)
def test_a_line_that_names_nothing_is_a_sentence(photos, tmp_path, line):
    (photos / "list.txt").write_text(line)
    with pytest.raises(InputError) as error:
        gather([str(photos / "list.txt")], tmp_path / "out")
    assert len(str(error.value)) < 800


def test_a_file_may_be_called_like_nobody_s_home(photos, tmp_path, monkeypatch):
    monkeypatch.chdir(photos)
    (photos / "a.png").rename(photos / "~nobody.png")
    assert [item.name for item in gather(["~nobody.png"], tmp_path / "out").items] == ["~nobody.png"]


def test_lists_in_lists_end(photos, tmp_path):
    for n in range(1500):
        (photos / f"{n}.txt").write_text(f"{n + 1}.txt\n")
    (photos / "1500.txt").write_text("a.png\n")
    with pytest.raises(InputError, match="lies in 20 others"):
        gather([str(photos / "0.txt")], tmp_path / "out")
    assert len(gather([str(photos / "1490.txt")], tmp_path / "out").items) == 1


def test_a_link_to_itself_is_passed_over_and_an_output_like_it_a_sentence(photos):
    (photos / "self.png").symlink_to("self.png")
    (photos / "out").symlink_to("out")
    assert len(gather([str(photos)], photos / "out").items) == 3
    with pytest.raises(CoreError):
        copied(photos / "out", photos)


@pytest.mark.parametrize(
    "bad",
    [
        b"\x00\xff\x80garbage",
        b'{"name":"b.png","of":{"picture":',
        b'{"name":"b.png"}',
        b'{"name":"b.png","of":3,"outcome":{}}',
        b'{"name":"b.png","of":{},"outcome":[]}',
        b'{"name":7}',
        b'{"weights":"none"}',
        b'"b.png"',
        b"[" * 50_000,
    ],
)
def test_a_damaged_line_is_said_and_its_picture_done_again(photos, tmp_path, bad):
    out = tmp_path / "out"
    copied(out, photos)
    lines = (out / NAME).read_bytes().splitlines()
    at = next(n for n, line in enumerate(lines) if b'"b.png"' in line)
    lines[at] = bad
    (out / NAME).write_bytes(b"\n".join([*lines, lines[-1]]) + b"\n")  # and one that stands there twice
    did, said = copied(out, photos)
    assert did == ["b.png"]
    assert f"is damaged in line {at + 1}:" in said[0]
    assert copied(out, photos)[0] == []


def test_a_damaged_head_is_a_sentence_unless_nothing_was_done(photos, tmp_path):
    out = tmp_path / "out"
    copied(out, photos)
    _, *rest = (out / NAME).read_bytes().splitlines()
    (out / NAME).write_bytes(b"\n".join([b"\xff{", *rest]))
    with pytest.raises(InputError, match="which names the recipe, is damaged"):
        copied(out, photos)
    (out / NAME).write_bytes(b'\xff\x00{"format')
    assert len(copied(out, photos)[0]) == 3
    assert copied(out, photos)[0] == []
