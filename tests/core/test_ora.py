"""Projects: what was saved comes back whole, other programs show the same, and damage is a sentence."""

import io
import json
import shutil
import zipfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from pyora import Project as Pyora

from core.document.composite import Composite
from core.document.drawn import Undecided
from core.document.kept_commands import keep_mask
from core.document.shapes import Ellipse
from core.document.state import State
from core.errors import CoreError, InputError
from core.photo.deep import Deep
from core.photo.files.open import open_photo
from core.photo.photo import Photo
from core.project.ora.parts import DOCUMENT
from core.project.ora.read import Project, open_project
from core.project.ora.write import Origin, save_project
from tests.core.profiles import D65, colorants, gamma, profile
from tests.core.test_journal import DEEDS, HEIGHT, WIDTH, Work, comparable, deeds, values
from tests.core.test_packing import plain
from tests.faults import KINDS, check_whole, tried

KEPT = ["Mask: sky", "Mask: ground"]


@pytest.fixture(scope="module")
def picture(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("photo") / "horse.png"
    Image.fromarray(values(HEIGHT, WIDTH, 3)).save(path, dpi=(300, 300))
    return path


@pytest.fixture(scope="module")
def photo(picture) -> Photo:
    return open_photo(picture)


def worked(photo: Photo) -> Work:
    """Layers that overlap, one hidden, one faded, a mask, something undone, variants to choose from."""
    work = Work(photo)
    work.paint(1)
    for n in range(3):
        work.repaint(n)
    work.fade(0.5)
    work.apply(lambda state: state.with_(layers=(state.layers[0].with_(visible=False), *state.layers[1:])))
    work.paint(2, 100, 100)
    work.apply(keep_mask("sky", Ellipse(5, 5, 60, 70.5).plane(photo.size)))
    work.apply(keep_mask("ground", Ellipse(40, 50, 90, 90).plane(photo.size)))
    work.paint(3)
    work.undo()
    work.type_(7)
    for seed in (4, 7, 9):
        work.ask(seed)
    for seed in (4, 7):
        work.vary(seed)
    return work


@pytest.fixture
def saved(tmp_path, photo, picture) -> tuple[Path, Work]:
    work = worked(photo)
    path = tmp_path / "work.ora"
    save_project(path, work.now, Origin(picture))
    return path, work


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds)
def test_what_was_saved_comes_back(tmp_path_factory, photo, picture, done):
    path = tmp_path_factory.mktemp("work") / "a.ora"
    work = Work(photo)
    for name, n, _ in done:
        DEEDS[name](work, n)
    save_project(path, work.now, Origin(picture))
    found = open_project(path)
    assert comparable(found.snapshot) == comparable(work.now)
    assert not found.foreign
    assert found.path == picture


def test_the_photo_comes_back_with_its_file(saved, photo, picture, tmp_path):
    """From the project, whatever became of the file; and from there into the next."""
    path, work = saved
    with zipfile.ZipFile(path) as archive:
        assert archive.read("palimpsest/photo.png") == picture.read_bytes()
    found = open_project(path)
    assert (found.photo.digest, found.photo.dpi, found.photo.name) == (photo.digest, photo.dpi, photo.name)
    save_project(path, found.snapshot, Origin(Path("/nowhere/horse.png"), path))
    with zipfile.ZipFile(path) as archive:
        assert archive.read("palimpsest/photo.png") == picture.read_bytes()
    assert comparable(open_project(path).snapshot) == comparable(work.now)


def test_steps_beyond_the_bound_are_left_out_but_never_what_is_shown(tmp_path, photo):
    work = Work(photo)
    for n in range(30):
        work.paint(n)
    save_project(tmp_path / "a.ora", work.now, Origin(), history=20_000)
    found = open_project(tmp_path / "a.ora").snapshot
    assert 1 < len(found.entries) < 20
    assert plain(found.entries[found.index].state) == plain(work.history.state)


def test_sixteen_bits_come_back_and_others_see_eight(tmp_path, photo):
    deep = Deep(photo.pixels, values(HEIGHT, WIDTH, 3, seed=5))
    made = replace(photo, deep=deep)
    work = worked(made)
    save_project(tmp_path / "a.ora", work.now, Origin())
    found = open_project(tmp_path / "a.ora")
    assert np.array_equal(found.photo.deep.low, deep.low)
    assert np.array_equal(
        np.asarray(Pyora.load(str(tmp_path / "a.ora"))["horse.png"].image)[..., :3], photo.pixels
    )


# -- other programs


def test_it_is_an_openraster_file(saved):
    path, _ = saved
    with zipfile.ZipFile(path) as archive:
        first = archive.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        assert archive.read("mimetype") == b"image/openraster"
        with archive.open("Thumbnails/thumbnail.png") as small:
            assert max(Image.open(small).size) == 256
    assert path.read_bytes()[30:54] == b"mimetypeimage/openraster"


def ours(work: Work) -> np.ndarray:
    return ours_of(work.history.state)


def ours_of(state: State) -> np.ndarray:
    return Composite(state.photo, state.layers).whole()


@pytest.mark.parametrize("see_through", [False, True])
def test_pyora_shows_the_same(tmp_path, photo, see_through):
    alpha = values(HEIGHT, WIDTH, seed=8)
    made = replace(photo, alpha=alpha) if see_through else photo
    work = worked(made)
    save_project(tmp_path / "a.ora", work.now, Origin())
    project = Pyora.load(str(tmp_path / "a.ora"))
    merged = np.asarray(project.get_image_data()).astype(int)
    assert project.dimensions == (WIDTH, HEIGHT)
    shown = merged[..., 3] > 0
    assert np.abs(merged[..., :3] - ours(work))[shown].max() <= 1
    assert np.array_equal(merged[..., 3], alpha if see_through else np.full_like(alpha, 255))
    kept = np.asarray(project.get_image_data(use_original=True).convert("RGBA")).astype(int)
    assert np.array_equal(kept[..., :3], ours(work))
    assert np.array_equal(kept[..., 3], merged[..., 3])
    layers = list(project.iter_layers)
    assert [one.name for one in layers] == ["horse.png", "edit 0", "edit 1", "edit 2", "Mask", *KEPT]
    assert [one.visible for one in layers] == [True, False, True, True, False, False, False]
    assert [one.opacity for one in layers] == [1, 1, 1, 0.5, 1, 1, 1]
    assert [one.offsets for one in layers[:4]] == [(0, 0)] + [(10, 20)] * 3


def test_another_space_is_shown_in_srgb(tmp_path, photo):
    path, matrix = tmp_path / "a.tif", colorants((0.68, 0.32), (0.265, 0.69), (0.15, 0.06), D65)
    Image.fromarray(photo.pixels).save(path, icc_profile=profile(matrix, gamma(1.8)))
    made = open_photo(path)
    assert not made.space.is_srgb
    work = Work(made)
    work.repaint(1)
    save_project(tmp_path / "a.ora", work.now, Origin(path))
    found = open_project(tmp_path / "a.ora")
    assert comparable(found.snapshot) == comparable(work.now)
    merged = np.asarray(Pyora.load(str(tmp_path / "a.ora")).get_image_data(use_original=True).convert("RGB"))
    assert np.array_equal(merged, made.space.to_srgb(ours(work)))


def changed(path: Path, change) -> Project:
    """Opened by pyora, changed, saved and opened again."""
    project = Pyora.load(str(path))
    change(project)
    project.save(str(path))
    return open_project(path)


def picture_of(colour: tuple[int, ...], size: tuple[int, int]) -> Image.Image:
    return Image.new("RGBA", size, colour)


def test_layers_that_another_program_left_alone_keep_their_recipes(saved, photo):
    """pyora drops what only we read, but keeps what the list says of each layer."""
    path, work = saved
    found = changed(path, lambda project: None)
    assert found.foreign
    state, was = found.state, work.history.state
    assert np.array_equal(found.photo.pixels, photo.pixels)
    assert [one.name for one in state.layers] == [one.name for one in was.layers]
    for one, before in zip(state.layers, was.layers, strict=True):
        assert (one.visible, one.opacity, one.box) == (before.visible, before.opacity, before.box)
        assert np.array_equal(one.variant.drawn, before.variant.drawn)
        assert np.array_equal(one.variant.mask, before.variant.mask)
        assert one.variant.request == before.variant.request
    assert np.array_equal(state.mask.array(), was.mask.array())
    assert [one.name for one in state.kept] == ["sky", "ground"]
    for one, before in zip(state.kept, was.kept, strict=True):
        assert np.array_equal(one.mask.array(), before.mask.array())


def test_what_another_program_changed_is_read_as_it_stands(saved):
    path, _ = saved

    def change(project):
        layers = {one.name: one for one in project.iter_layers}
        layers["edit 0"].visible = True
        layers["edit 1"].opacity, layers["edit 1"].name = 0.25, "faint"
        layers["edit 2"].offsets = (280, 190)  # partly beyond
        painted = layers["edit 1"].image.copy()
        painted.paste((1, 2, 3, 255), (0, 0, 5, 5))
        layers["edit 1"].set_image_data(painted)
        project.add_layer(picture_of((9, 8, 7, 128), (30, 20)), "new", offsets=(-10, 5))

    found = changed(path, change)
    state = found.state
    assert [one.name for one in state.layers] == ["edit 0", "faint", "edit 2", "new"]
    first, faint, moved, new = state.layers
    assert first.visible
    assert first.variant.request is not None
    assert (faint.opacity, faint.variant.request) == (0.25, None)
    assert np.array_equal(faint.variant.drawn[:5, :5], np.full((5, 5, 3), (1, 2, 3)))
    assert moved.box == (280, 190, 20, 10)
    assert moved.variant.request is not None
    assert new.box == (0, 5, 20, 20)
    assert (new.variant.mask == 128).all()
    assert np.abs(ours_of(state).astype(int) - merged(path)[..., :3]).max() <= 1


def merged(path: Path) -> np.ndarray:
    image = Pyora.load(str(path)).get_image_data(use_original=True)
    return np.asarray(image.convert("RGBA")).astype(int)


def test_a_file_of_pyora_alone_is_opened(tmp_path):
    project = Pyora.new(60, 40)
    project.add_layer(picture_of((10, 20, 30, 255), (60, 40)), "ground")
    project.add_layer(picture_of((200, 100, 0, 100), (10, 10)), "dot", offsets=(5, 6))
    project.save(str(tmp_path / "b.ora"))
    found = open_project(tmp_path / "b.ora")
    assert (found.photo.size, found.photo.name) == ((60, 40), "b.png")
    assert [one.name for one in found.state.layers] == ["dot"]
    assert np.abs(ours_of(found.state).astype(int) - merged(tmp_path / "b.ora")[..., :3]).max() <= 1


@pytest.mark.parametrize("op", ["svg:multiply", "svg:src-over"])
def test_what_cannot_be_layers_is_opened_as_one_picture(tmp_path, op):
    project = Pyora.new(60, 40)
    if op != "svg:src-over":
        project.add_layer(picture_of((10, 120, 130, 255), (60, 40)), "ground")
    layer = project.add_layer(picture_of((200, 100, 0, 100), (10, 10)), "dot", offsets=(5, 6))
    layer.composite_op = op
    project.save(str(tmp_path / "b.ora"))
    found = open_project(tmp_path / "b.ora")
    assert not found.state.layers
    assert np.array_equal(found.photo.pixels, merged(tmp_path / "b.ora")[..., :3])


# -- programs that change the list and leave the rest alone


def rewritten(path: Path, **files: bytes | None) -> Path:
    """With some entries changed, or left out; "__" is a stroke, "_" a dot."""
    named = {name.replace("__", "/").replace("_", "."): data for name, data in files.items()}
    with zipfile.ZipFile(path) as old:
        entries = {name: old.read(name) for name in old.namelist()} | named
    with zipfile.ZipFile(path, "w") as new:
        for name, data in entries.items():
            if data is not None:
                new.writestr(name, data)
    return path


def listed(path: Path, change) -> Project:
    with zipfile.ZipFile(path) as archive:
        root = ElementTree.fromstring(archive.read("stack.xml"))
    change(root.find("stack"))
    return open_project(rewritten(path, stack_xml=ElementTree.tostring(root)))


def test_packed_anew_it_is_the_same(saved):
    path, work = saved
    with zipfile.ZipFile(path) as archive:
        png = Image.open(io.BytesIO(archive.read("data/photo.png")))
        png.save(file := io.BytesIO(), "PNG", compress_level=9)
    found = open_project(rewritten(path, data__photo_png=file.getvalue()))
    assert not found.foreign
    assert comparable(found.snapshot) == comparable(work.now)


def test_a_change_is_one_step_that_undo_takes_back(saved):
    path, work = saved

    def change(stack):
        layers = list(stack)[2:]  # mask, edits from the top, photo; over them two masks by name
        stack.remove(layers[1])
        layers[2].set("x", "100")
        stack.remove(layers[3])
        stack.insert(3, layers[3])

    found = listed(path, change)
    was, state = work.history.state, found.state
    assert [one.name for one in state.layers] == ["edit 1", "edit 0"]
    moved, kept = state.layers
    assert moved.box == (100, 20, 60, 50)
    assert (moved.id, moved.variant.request) == (was.layers[1].id, was.layers[1].variant.request)
    assert plain(kept) == plain(was.layers[0])
    entries = found.snapshot.entries
    assert [plain(one.state) for one in entries[:-1]] == [
        plain(one.state) for one in work.now.entries[: work.now.index + 1]
    ]


def test_what_was_painted_on_the_photo_becomes_a_layer(saved, photo):
    path, _ = saved
    painted = photo.pixels.copy()
    painted[50:60, 70:90] = 255 - painted[50:60, 70:90]
    Image.fromarray(painted).save(file := io.BytesIO(), "PNG")
    found = open_project(rewritten(path, data__photo_png=file.getvalue()))
    assert found.photo.digest == photo.digest
    assert [one.name for one in found.state.layers] == ["horse.png", "edit 0", "edit 1", "edit 2"]
    assert found.state.layers[0].box == (70, 50, 20, 10)
    assert not found.notices
    assert np.array_equal(ours_of(found.state.with_(layers=found.state.layers[:1])), painted)


def test_a_photo_taken_away_is_said(saved):
    path, _ = saved
    found = listed(path, lambda stack: stack.remove(stack[-1]))
    assert any("photo" in sentence for sentence in found.notices)
    assert [one.name for one in found.state.layers] == ["edit 0", "edit 1", "edit 2"]


def test_a_mask_painted_elsewhere_is_the_mask(saved):
    path, work = saved
    box = work.history.state.mask.box
    new = np.full((box[3], box[2], 4), 255, np.uint8)
    new[..., 3] = values(box[3], box[2], seed=77)
    Image.fromarray(new).save(file := io.BytesIO(), "PNG")
    found = open_project(rewritten(path, data__mask_png=file.getvalue()))
    assert np.array_equal(found.state.mask.crop(box), new[..., 3])
    assert [plain(one) for one in found.state.layers] == [plain(one) for one in work.history.state.layers]


def test_a_mask_by_name_that_was_renamed_or_painted_elsewhere_is_as_it_stands(saved):
    path, work = saved
    sky, ground = work.history.state.kept

    def rename(stack):
        next(one for one in stack if one.get("name") == KEPT[1]).set("name", "Mask: earth")

    found = listed(path, rename).state.kept
    assert [one.name for one in found] == ["sky", "earth"]
    assert [one.id for one in found] == [sky.id, ground.id]
    new = np.full((sky.box[3], sky.box[2], 4), 255, np.uint8)
    new[..., 3] = values(sky.box[3], sky.box[2], seed=7)
    Image.fromarray(new).save(file := io.BytesIO(), "PNG")
    found = open_project(rewritten(path, **{f"data__mask-{sky.id}_png": file.getvalue()})).state.kept
    assert np.array_equal(found[0].mask.crop(sky.box), new[..., 3])
    assert np.array_equal(found[1].mask.array(), ground.mask.array())


# -- versions and damage


def test_a_later_version_is_refused_and_an_unknown_field_of_this_one_is_not(saved):
    path, work = saved
    with zipfile.ZipFile(path) as archive:
        document = json.loads(archive.read(DOCUMENT))
    later = {"version": 2, "all": "else"}
    known = {**document, "more": 1, "history": {**document["history"], "more": 2}}
    open_ = rewritten(path, palimpsest__document_json=json.dumps(known).encode())
    assert comparable(open_project(open_).snapshot) == comparable(work.now)
    with pytest.raises(InputError, match="later version"):
        open_project(rewritten(path, palimpsest__document_json=json.dumps(later).encode()))


def test_a_project_of_before_there_were_variants_to_choose_from_opens(saved):
    path, work = saved
    with zipfile.ZipFile(path) as archive:
        document = json.loads(archive.read(DOCUMENT))
    del document["history"]["waiting"]["choice"]
    for order in document["history"]["waiting"]["orders"]:
        del order["found"], order["drafts"]
    found = open_project(rewritten(path, palimpsest__document_json=json.dumps(document).encode()))
    assert comparable(found.snapshot) == comparable(replace(work.now, choice=Undecided()))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_damaged_file_is_opened_or_refused_with_a_sentence(tmp_path_factory, sound, data):
    good = bytearray(sound)
    for _ in range(data.draw(st.integers(1, 3))):
        good[data.draw(st.integers(0, len(good) - 1))] ^= data.draw(st.integers(1, 255))
    path = tmp_path_factory.mktemp("work") / "a.ora"
    path.write_bytes(good[: data.draw(st.sampled_from([None, None, len(good) // 2]))])
    with suppress(CoreError):
        open_project(path)


@pytest.fixture(scope="module")
def sound(tmp_path_factory, photo) -> bytes:
    path = tmp_path_factory.mktemp("work") / "a.ora"
    save_project(path, worked(photo).now, Origin())
    return path.read_bytes()


BAD_LISTS = {
    "no XML": b"<image",
    "an entity": b'<!DOCTYPE a [<!ENTITY b "c">]><image w="3" h="3"><stack/></image>',
    "no size": b"<image><stack/></image>",
    "a huge size": b'<image w="99999999999" h="3"><stack/></image>',
    "deep groups": b'<image w="300" h="200">' + b"<stack>" * 5000 + b"</stack>" * 5000 + b"</image>",
    "a file outside": b'<image w="300" h="200"><stack><layer src="../../etc/passwd"/></stack></image>',
    "no number": b'<image w="300" h="200"><stack><layer x="a" src="data/photo.png"/></stack></image>',
    "far away": b'<image w="300" h="200"><stack><layer x="1e300" src="data/photo.png"/></stack></image>',
}


@pytest.mark.parametrize("what", BAD_LISTS)
def test_a_damaged_list_is_refused_with_a_sentence(saved, what):
    with pytest.raises(InputError):
        open_project(rewritten(saved[0], stack_xml=BAD_LISTS[what]))


def test_what_is_no_project_is_refused_with_a_sentence(tmp_path):
    (tmp_path / "a.ora").write_bytes(b"PNG?")
    with zipfile.ZipFile(tmp_path / "b.ora", "w") as archive:
        archive.writestr("a.txt", "b")
    (tmp_path / "c.ora").mkdir()
    for name in "abcd":
        with pytest.raises(InputError) as told:
            open_project(tmp_path / f"{name}.ora")
        assert told.value.hint


def test_more_than_was_said_is_never_unpacked(saved):
    """A list of layers that would be gigabytes."""
    path = saved[0]
    with zipfile.ZipFile(path) as old:
        entries = {name: old.read(name) for name in old.namelist() if name != "stack.xml"}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, data in entries.items():
            new.writestr(name, data)
        new.writestr("stack.xml", b" " * ((1 << 24) + 1))
    with pytest.raises(InputError):
        open_project(path)


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_a_disk_that_fails_leaves_the_old_project(tmp_path, photo, kind):
    """One thing of each kind: every write fails in its turn, and so what is written twice costs fourfold."""
    work = Work(photo)
    work.repaint(1)
    work.apply(keep_mask("sky", Ellipse(5, 5, 60, 70.5).plane(photo.size)))
    work.ask(4)
    save_project(tmp_path / "old.ora", work.now, Origin())
    work.paint(9)

    def set_up(folder: Path) -> None:
        shutil.copyfile(tmp_path / "old.ora", folder / "a.ora")

    def save(folder: Path) -> None:
        save_project(folder / "a.ora", work.now, Origin())

    check_whole(list(tried(tmp_path, set_up, save, kind)))
