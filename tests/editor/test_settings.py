"""What is remembered, and that nothing in the settings file can keep the window from opening."""

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor

import filelock
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from editor.settings import RECENT, Settings, Store, Theme, first
from tests.faults import KINDS, tried


def test_defaults_without_a_file(tmp_path):
    assert Store(tmp_path).settings == Settings()


def test_what_was_written_is_read_again(tmp_path):
    Store(tmp_path / "new").update(model="/models/sd", theme=Theme.DARK, recent=("/a.png",), brush_size=12.5)
    again = Store(tmp_path / "new").settings
    assert (again.model, again.theme, again.recent, again.brush_size) == (
        "/models/sd", Theme.DARK, ("/a.png",), 12.5,
    )  # fmt: skip


@pytest.mark.parametrize("damage", [b"{", b"\xff\xfe", b"[]", b'"', b"", b"\x00" * 40, b"[" * 100_000])
def test_a_damaged_file_is_set_aside_and_none_that_was_before(tmp_path, damage):
    file = tmp_path / "settings.json"
    (tmp_path / "settings.damaged.json").write_bytes(b"earlier")
    file.write_bytes(damage)
    assert Store(tmp_path).settings == Settings()
    assert (tmp_path / "settings.damaged.json").read_bytes() == b"earlier"
    assert (tmp_path / "settings.damaged-2.json").read_bytes() == damage
    assert not file.exists()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_file_edited_elsewhere_is_read(tmp_path, encoding):
    (tmp_path / "settings.json").write_bytes('{"model": "Bär"}'.encode(encoding))
    assert Store(tmp_path).settings.model == "Bär"


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("brush_size", "huge"), ("brush_size", -1), ("brush_size", 1e300), ("overlay_opacity", 2),
        ("theme", "pink"), ("theme", None), ("device", "abacus"), ("quality", 0), ("quality", "92"),
        ("overlay_color", "#12"), ("geometry", "né"), ("geometry", 3), ("layout", {}), ("keep_recipe", "yes"),
        ("model", "a\0b"), ("model", ["starter"]), ("folders", "all"), ("recent", {"a": 1}),
    ],
)  # fmt: skip
def test_a_bad_value_is_dropped_alone(tmp_path, name, bad):
    good = {"prompts": ["a zebra"], "quality": 50, "model": "/sd", name: bad}
    (tmp_path / "settings.json").write_text(json.dumps(good))
    read = Store(tmp_path).settings
    assert getattr(read, name) == getattr(Settings(), name)
    assert read.prompts == ("a zebra",)
    assert not (tmp_path / "settings.damaged.json").exists()


def test_a_bad_entry_of_a_list_is_dropped_alone(tmp_path):
    (tmp_path / "settings.json").write_text('{"recent": ["/a.png", 3, null, "/b\\u0000.png", "/c.png"]}')
    assert Store(tmp_path).settings.recent == ("/a.png", "/c.png")


good = {
    "model": "/sd", "device": "cpu", "folders": ["/sd"], "recent": ["/a.png", "/b.png"], "theme": "dark",
    "overlay_color": "#00ff00", "overlay_opacity": 0.25, "brush_size": 12.5, "brush_hardness": 0.5,
    "prompts": ["a horse"], "quality": 50, "keep_recipe": True, "keep_parameters": True, "folded": ["mask"],
    "geometry": "AdnQ", "layout": "AAAA", "from_the_future": {"a": [1]},
}  # fmt: skip
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(sorted(good)), anything, max_size=4))
def test_whatever_stands_for_some_values_the_others_are_read(tmp_path, bad):
    (tmp_path / "settings.json").write_text(json.dumps({**good, **bad}))
    store = Store(tmp_path)
    for name in set(good) - set(bad) - {"from_the_future"}:
        value = good[name]
        assert getattr(store.settings, name) == (tuple(value) if isinstance(value, list) else value)
    store.update(quality=51)
    assert Store(tmp_path).settings == store.settings


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_mutation_of_the_file_keeps_the_store_from_opening_and_writing(tmp_path, data):
    whole = bytearray(json.dumps(good).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(whole)))
        cut = data.draw(st.sampled_from((0, 1, 7, 1000)))
        whole[at : at + cut] = data.draw(st.binary(max_size=8))
    (tmp_path / "settings.json").write_bytes(whole)
    store = Store(tmp_path)
    store.update(quality=51)
    assert Store(tmp_path).settings == store.settings
    for kept in tmp_path.glob("settings.damaged*"):
        kept.unlink()


# -- two windows


def test_two_windows_lose_nothing_of_each_other_s(tmp_path):
    one, other = Store(tmp_path), Store(tmp_path)
    one.update(theme=Theme.DARK, brush_size=12.5)
    other.update(quality=50, brush_size=48.0)  # as it was when this window opened
    one.change(lambda now: {"recent": first("/a.png", now.recent, RECENT)})
    other.change(lambda now: {"recent": first("/b.png", now.recent, RECENT)})
    assert other.settings.recent == ("/b.png", "/a.png")
    assert other.settings.theme is Theme.SYSTEM  # each window keeps its own look
    again = Store(tmp_path).settings
    assert (again.theme, again.quality, again.brush_size) == (Theme.DARK, 50, 12.5)
    assert again.recent == ("/b.png", "/a.png")


def test_many_windows_at_once_lose_nothing(tmp_path):
    def work(n: int) -> None:
        store = Store(tmp_path)
        for i in range(5):
            store.change(lambda now, i=i: {"prompts": first(f"{n} {i}", now.prompts, 100)})

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert len(Store(tmp_path).settings.prompts) == 20


def test_a_window_that_hangs_keeps_no_other_from_writing(tmp_path, monkeypatch):
    monkeypatch.setattr("editor.settings.PATIENCE", 0.05)
    with filelock.FileLock(tmp_path / "settings.lock"):
        Store(tmp_path).update(quality=50)
    assert Store(tmp_path).settings.quality == 50


def test_values_of_a_newer_version_stay_in_the_file(tmp_path):
    (tmp_path / "settings.json").write_text('{"quality": 50, "from_the_future": [1]}')
    Store(tmp_path).update(quality=51)
    assert json.loads((tmp_path / "settings.json").read_text()) == {"quality": 51, "from_the_future": [1]}


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="file names are Unicode here")
def test_a_file_of_any_name_is_remembered(tmp_path):
    name = os.fsdecode(b"/photos/caf\xe9.png")
    Store(tmp_path).change(lambda now: {"recent": first(name, now.recent, RECENT)})
    again = Store(tmp_path)
    assert again.settings.recent == (name,)
    again.update(quality=50)
    assert Store(tmp_path).settings.recent == (name,)


def test_reset_keeps_the_old_file_aside(tmp_path):
    for quality in (50, 51):
        store = Store(tmp_path)
        store.update(quality=quality)
        kept = store.reset()
        assert store.settings == Settings() == Store(tmp_path).settings
        assert json.loads(kept.read_text())["quality"] == quality
    assert Store(tmp_path).reset() is None


def test_a_lone_surrogate_in_place_of_a_known_word_is_dropped(tmp_path):
    (tmp_path / "settings.json").write_text('{"theme": "\\udcff", "quality": 50}')
    assert Store(tmp_path).settings == Settings(quality=50)


def test_fields_of_another_version_are_passed_over(tmp_path):
    (tmp_path / "settings.json").write_text('{"quality": 50, "from_the_future": 1}')
    assert Store(tmp_path).settings.quality == 50


def test_a_place_that_cannot_be_written_is_no_error(tmp_path):
    (tmp_path / "file").write_text("in the way")
    store = Store(tmp_path / "file" / "below")
    store.update(quality=50)
    assert store.settings.quality == 50


def test_the_platforms_own_place_follows_the_environment(own_folders):
    Store().update(quality=51)
    assert (own_folders / "config" / "palimpsest" / "settings.json").is_file()


def test_first_moves_to_the_front_and_forgets_the_oldest():
    entries = tuple(str(i) for i in range(RECENT))
    assert first("3", entries, RECENT)[:2] == ("3", "0")
    assert len(first("new", entries, RECENT)) == RECENT


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_a_disk_that_fails_at_any_operation_forgets_nothing(tmp_path, kind):
    def begin(folder):
        Store(folder).update(model="/models/sd", recent=("/a.png",), quality=40)

    def remember(folder):
        Store(folder).update(quality=50)

    for run in tried(tmp_path, begin, remember, kind):
        assert not run.strays, run.struck
        again = Store(run.folder).settings
        assert (again.model, again.recent) == ("/models/sd", ("/a.png",)), run.struck
        assert again.quality in (40, 50), run.struck
    assert again.quality == 50
