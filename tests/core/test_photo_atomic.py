"""Files appear whole or not at all."""

import errno
import os
from pathlib import Path
from typing import BinaryIO

import pytest

from core.errors import CoreError, InputError
from core.photo.atomic import write_atomic


def say(text: bytes):
    return lambda file: file.write(text)


def test_a_new_file_and_its_replacement(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_atomic(path, say(b"one"))
    write_atomic(path, say(b"two"))
    assert path.read_bytes() == b"two"
    assert list(tmp_path.iterdir()) == [path]


def test_permissions_are_the_usual_ones_or_the_old_ones(tmp_path: Path) -> None:
    plain, path = tmp_path / "plain", tmp_path / "a"
    plain.write_bytes(b"")
    write_atomic(path, say(b"one"))
    assert path.stat().st_mode == plain.stat().st_mode
    path.chmod(0o640)
    write_atomic(path, say(b"two"))
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_bytes(b"old")
    link.symlink_to(target)
    write_atomic(link, say(b"new"))
    assert link.is_symlink()
    assert target.read_bytes() == b"new"


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("where", ["write", "fsync", "rename"])
def test_a_full_disk_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"old")

    def write(file: BinaryIO) -> None:
        file.write(b"half")
        if where == "write":
            full()

    if where == "fsync":
        monkeypatch.setattr(os, "fsync", full)
    if where == "rename":
        monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(CoreError, match=r"“a\.png” was not written: the disk is full") as caught:
        write_atomic(path, write)
    assert not isinstance(caught.value, InputError)  # a failure while running, not a wrong argument
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_what_the_writer_raises_passes_through_and_leaves_nothing(tmp_path: Path) -> None:
    def write(file: BinaryIO) -> None:
        file.write(b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_atomic(tmp_path / "a", write)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no folder"):
        write_atomic(tmp_path / "nowhere" / "a.png", say(b""))


def test_a_file_where_a_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(InputError, match="there is no folder"):
        write_atomic(tmp_path / "file" / "a.png", say(b""))


def test_a_folder_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "a.png").mkdir()
    with pytest.raises(InputError, match="is a folder"):
        write_atomic(tmp_path / "a.png", say(b""))


def test_a_name_that_is_too_long(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="too long"):
        write_atomic(tmp_path / ("a" * 300), say(b""))


def test_a_name_of_full_length_is_fine(tmp_path: Path) -> None:
    path = tmp_path / ("a" * 251 + ".png")
    write_atomic(path, say(b"x"))
    assert path.read_bytes() == b"x"


@pytest.mark.parametrize("code", [errno.EACCES, errno.EROFS])
def test_no_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(Path, "open", refuse)  # root may write anywhere: the refusal is played
    with pytest.raises(InputError, match="not allowed to write"):
        write_atomic(tmp_path / "a.png", say(b""))


def test_a_protected_file_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(InputError, match="not allowed to write"):
        write_atomic(path, say(b"new"))
    assert path.read_bytes() == b"old"


def test_any_other_refusal_is_told_in_the_system_s_words(tmp_path: Path) -> None:
    def write(_: BinaryIO) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with pytest.raises(CoreError, match="Input/output error"):
        write_atomic(tmp_path / "a", write)
