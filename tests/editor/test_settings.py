"""What is remembered, and that nothing in the settings file can keep the window from opening."""

import pytest

from editor.settings import RECENT, Settings, Store, Theme, first


def test_defaults_without_a_file(tmp_path):
    assert Store(tmp_path).settings == Settings()


def test_what_was_written_is_read_again(tmp_path):
    Store(tmp_path / "new").update(model="/models/sd", theme=Theme.DARK, recent=("/a.png",), brush_size=12.5)
    again = Store(tmp_path / "new").settings
    assert (again.model, again.theme, again.recent, again.brush_size) == (
        "/models/sd", Theme.DARK, ("/a.png",), 12.5,
    )  # fmt: skip


@pytest.mark.parametrize(
    "damage", [b"{", b'{"brush_size": "huge"}', b"\xff\xfe", b"[]", b'{"theme": "pink"}']
)
def test_a_damaged_file_is_set_aside(tmp_path, damage):
    file = tmp_path / "settings.json"
    file.write_bytes(damage)
    assert Store(tmp_path).settings == Settings()
    assert (tmp_path / "settings.damaged.json").read_bytes() == damage
    assert not file.exists()


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
