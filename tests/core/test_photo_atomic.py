"""Files appear whole or not at all."""

import errno
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pytest

from core.errors import CoreError, InputError
from core.photo.files.atomic import PART, check_writable, kept_as, write_atomic


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


# ---------------------------------------------------------------- what killed writers leave

HALF = (
    "import sys, time; from pathlib import Path; from core.photo.files.atomic import write_atomic\n"
    "def half(file): file.write(b'half'); file.flush(); print('now', flush=True); time.sleep(60)\n"
    "write_atomic(Path(sys.argv[1]), half)"
)


@contextmanager
def writer_at_work(path: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", HALF, str(path)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "now\n"
        try:
            yield process
        finally:
            process.kill()


def parts(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if PART.fullmatch(path.name)]


def test_what_a_killed_writer_left_is_swept_and_what_another_is_writing_is_not(tmp_path: Path) -> None:
    with writer_at_work(tmp_path / "killed.png") as process:
        (part,) = parts(tmp_path)
        write_atomic(tmp_path / "a.png", say(b"one"))
        assert parts(tmp_path) == [part]
        process.kill()
        process.wait()
    assert parts(tmp_path) == [part]
    write_atomic(tmp_path / "a.png", say(b"two"))
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_files_of_others_are_never_swept(tmp_path: Path) -> None:
    others = [
        ".0123456789ab.part",
        "movie.part",
        ".palimpsest-0123456789ab.part~",
        "palimpsest-0123456789ab.part",
    ]
    for name in others:
        (tmp_path / name).write_bytes(b"mine")
        os.utime(tmp_path / name, (0, 0))
    write_atomic(tmp_path / "a.png", say(b"one"))
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*others, "a.png"])


def test_without_locks_only_a_part_of_days_ago_is_swept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_locks(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr("core.photo.files.atomic.fcntl.flock", no_locks)
    young, old = (tmp_path / f".palimpsest-{n:012x}.part" for n in (1, 2))
    for part, days in ((young, 0.9), (old, 1.1)):
        part.write_bytes(b"half")
        os.utime(part, (0, time.time() - days * 86400))
    write_atomic(tmp_path / "a.png", say(b"one"))
    assert sorted(path.name for path in tmp_path.iterdir()) == [young.name, "a.png"]


def test_a_part_swept_before_its_writer_could_lock_it_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    lock, swept = fcntl.flock, []

    def flock(file: BinaryIO, how: int) -> None:
        if not how & fcntl.LOCK_NB and not swept:
            swept.append(file)
            (part,) = parts(tmp_path)
            part.unlink()
        lock(file, how)

    monkeypatch.setattr("core.photo.files.atomic.fcntl.flock", flock)
    write_atomic(tmp_path / "a.png", say(b"one"))
    assert (tmp_path / "a.png").read_bytes() == b"one"
    assert len(swept) == 1


# ---------------------------------------------------------------- known before


def test_a_place_that_can_be_written_to_is_left_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "old.png").write_bytes(b"old")
    check_writable(tmp_path / "old.png")
    check_writable(tmp_path / "new.png")
    assert [path.name for path in tmp_path.iterdir()] == ["old.png"]
    assert (tmp_path / "old.png").read_bytes() == b"old"


def test_a_full_disk_is_known_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CoreError, match="disk is full"):
        check_writable(tmp_path / "a.png")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_may_not_be_written_to_is_known_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(InputError, match="not allowed"):
        check_writable(tmp_path / "a.png")


# ---------------------------------------------------------------- what was there first


@pytest.mark.parametrize("links", [True, False])
def test_what_was_there_first_is_kept_through_every_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    def none(*_: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    if not links:
        monkeypatch.setattr(os, "link", none)
    path = tmp_path / "a.png"
    path.write_bytes(b"first")
    for text in (b"second", b"third"):
        write_atomic(path, say(text), keep=True)
        assert path.read_bytes() == text
        assert kept_as(path).read_bytes() == b"first"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.png", "a.png~"]


def test_what_was_not_written_keeps_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"first")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CoreError):
        write_atomic(path, say(b"second"), keep=True)
    assert [file.name for file in tmp_path.iterdir()] == ["a.png"]


def test_nothing_is_replaced_when_the_first_cannot_be_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"first")
    monkeypatch.setattr(os, "link", full)
    monkeypatch.setattr("core.photo.files.atomic.shutil.copyfileobj", full)
    with pytest.raises(CoreError, match=r"a\.png~"):
        write_atomic(path, say(b"second"), keep=True)
    assert path.read_bytes() == b"first"
    assert [file.name for file in tmp_path.iterdir()] == ["a.png"]
