"""Objects between two processes: whole, and large arrays once."""

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core import spawn
from core.child import channel as channels
from core.child.channel import LARGE, SHARES, Channel
from core.photo.photo import Photo
from tests.core.profiles import PROPHOTO

SIDE = 1280  # pixels: three bytes each are more than LARGE


@pytest.fixture(params=[True, False], ids=["shared", "piped"])
def ends(request):
    """Both ends in this process, with memory shared and without."""
    if request.param and not SHARES:
        pytest.skip("this system has no memory without a name")
    one, other = spawn.SPAWN.Pipe()
    both = Channel(one, shares=request.param), Channel(other, shares=request.param)
    yield both
    for end in both:
        end.close()


def across(ends, thing, *, hold=False):
    """What arrives. What goes through the pipe is more than it holds: somebody has to take it out."""
    sender = threading.Thread(target=ends[0].send, args=(thing,), kwargs={"hold": hold})
    sender.start()
    arrived = ends[1].receive()
    sender.join()
    return arrived


def pixels(seed=0, side=SIDE):
    made = np.random.default_rng(seed).integers(0, 256, (side, side, 3), np.uint8)
    made.setflags(write=False)
    return made


def test_arrays_of_any_size_arrive_as_they_were(ends):
    sent = {
        "large": pixels(),
        "small": pixels(side=8),
        "written": np.arange(LARGE, dtype=np.uint8),
        "floats": np.linspace(0, 1, LARGE, dtype=np.float32).reshape(-1, 4),
        "columns": np.asfortranarray(pixels()),
        "cut out": pixels()[::2, ::3],
        "none": np.zeros((0, 3), np.uint8),
    }
    arrived = across(ends, sent)
    for name, array in sent.items():
        assert np.array_equal(arrived[name], array)
        assert arrived[name].dtype == array.dtype
    assert not arrived["large"].flags.writeable
    assert not arrived["small"].flags.writeable
    arrived["written"][:] = 7
    assert sent["written"][1] == 1


def test_what_arrived_outlives_the_pipe_and_what_was_sent(ends):
    first = across(ends, pixels())
    for end in ends:
        end.close()
    assert np.array_equal(first, pixels())


def test_what_is_held_is_not_sent_again(ends, monkeypatch):
    photo, written = pixels(), np.zeros(LARGE, np.uint8)
    across(ends, (photo, written), hold=True)
    taken = []
    take = Channel._take
    monkeypatch.setattr(Channel, "_take", lambda self, aside: taken.append(aside) or take(self, aside))
    written[:] = 5
    other = pixels(1)
    again = across(ends, {"photo": photo, "written": written, "other": other}, hold=True)
    assert [aside.again for aside in taken] == [0, None, None]
    assert np.array_equal(again["photo"], photo)
    assert again["written"][0] == 5
    assert np.array_equal(again["other"], other)
    taken.clear()
    third = across(ends, (other, photo), hold=True)
    assert [aside.again for aside in taken] == [2, 0]
    assert np.array_equal(third[0], other)
    assert np.array_equal(third[1], photo)


def test_what_somebody_can_still_write_is_sent_again(ends):
    base = np.zeros((SIDE, SIDE, 3), np.uint8)
    view = base[:]
    view.setflags(write=False)
    across(ends, view, hold=True)
    base[:] = 9
    assert across(ends, view, hold=True)[0, 0, 0] == 9


def test_small_things_between_two_photos_forget_neither(ends):
    photo = pixels()
    across(ends, photo, hold=True)
    across(ends, "a word")
    assert np.array_equal(across(ends, photo, hold=True), photo)


def test_a_photo_arrives_with_what_was_found_out_about_it(ends):
    photo = Photo(pixels(side=8), icc=PROPHOTO, name="a.png")
    photo.space.to_srgb(photo.pixels)  # makes what no process can send
    digest = photo.digest
    arrived = across(ends, photo)
    assert arrived.__dict__["digest"] == digest
    assert arrived.space == photo.space
    assert np.array_equal(arrived.space.to_srgb(arrived.pixels), photo.space.to_srgb(photo.pixels))
    assert across(ends, replace(photo, icc=None)).space.to_srgb(photo.pixels) is photo.pixels


def open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_short_memory_breaks_nothing(ends, monkeypatch):
    if not ends[0]._shares:
        pytest.skip("nothing is shared")
    before = open_files()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(channels.os, "write", full)
    with pytest.raises(MemoryError):
        ends[0].send(pixels())
    assert open_files() == before
    monkeypatch.undo()
    assert across(ends, "still there") == "still there"


def test_the_other_s_end_is_told(ends):
    ends[0].close()
    assert ends[1].waits(10)
    with pytest.raises((EOFError, OSError)):
        ends[1].receive()
