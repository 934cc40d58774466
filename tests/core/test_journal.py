"""The journal: what was acknowledged comes back whole, however the file ends and whatever the disk does."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from core.document import commands
from core.document.composite import Composite
from core.document.drawn import Drawn, Undecided
from core.document.history import History
from core.document.layer import Layer, Variant
from core.document.layer_commands import set_opacity
from core.document.order import Order, Orders
from core.document.state import State
from core.document.strokes import Mode
from core.edit.request import EditRequest
from core.edit.result import HeatMap
from core.errors import CoreError, InputError
from core.photo.deep import Deep
from core.photo.files.open import open_photo
from core.photo.photo import Photo, digest
from core.project import journal as journal_module
from core.project.journal import JOURNAL, PROJECT, Journal, Snapshot, read
from core.project.orders import pack_orders, unpack_orders
from core.project.packing import Packer
from core.project.source import changed_since, keep, opened, saved_as
from core.project.stored import PhotoSource
from tests.core.test_packing import Kept, plain
from tests.faults import KINDS, tried

WIDTH, HEIGHT = 300, 200
LIMIT = 1 << 30


def values(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


@pytest.fixture(scope="module")
def picture(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("photo") / "horse.png"
    Image.fromarray(values(HEIGHT, WIDTH, 3)).save(path)
    os.utime(path, (1, 1))
    return path


@pytest.fixture(scope="module")
def photo(picture) -> Photo:
    return open_photo(picture)


class Work:
    """A document without a window: a history, and the settings of now."""

    def __init__(self, photo: Photo, cap: int = LIMIT) -> None:
        state = commands.open_photo(photo)(State(photo))
        self.history, self.draft, self.layers = History(state, cap), state.draft, 0
        self.orders: Orders = ()
        self.choice = Undecided()

    def paint(self, seed: int, x: int = 20, y: int = 30) -> None:
        self.apply(commands.paint((x, y, 40, 40), values(40, 40, seed=seed)))

    def repaint(self, seed: int) -> None:
        box = (10, 20, 60, 50)
        variant = Variant(box, values(50, 60, 3, seed=seed), values(50, 60, seed=seed), EditRequest("a", "b"))
        layer = Layer(f"edit {seed}", variant)
        self.apply(lambda state: state.with_(layers=(*state.layers, layer)))

    def fade(self, opacity: float) -> None:
        layers = self.history.state.layers
        if layers:
            self.apply(set_opacity(layers[-1].id, opacity))

    def apply(self, command: Callable[[State], State]) -> None:
        self.history.push("step", command(self.history.state))

    def undo(self) -> None:
        if self.history.undo_text is not None:
            self.history.undo()

    def redo(self) -> None:
        if self.history.redo_text is not None:
            self.history.redo()

    def type_(self, steps: int) -> None:
        self.draft = self.draft.with_(steps=steps)

    def ask(self, seed: int) -> None:
        """An edit that waits: without a mask, through the document's, or in a layer's place."""
        state = self.history.state
        assert state.photo is not None
        picture = Composite(state.photo, state.layers)
        request = EditRequest("", "a zebra", seed=seed)
        masked = seed % 2 and not state.mask.is_empty
        one = Order.of(state, picture, request, state.mask.boxed() if masked else None, searches=seed == 4)
        one = one.with_(mode=tuple(Mode)[seed % 4])
        if state.layers and seed % 3 == 0:
            one = one.with_(again=state.layers[-1].id, made_with=None)
            one = one.with_(picture=picture.under(one.over))
        self.orders = (*self.orders, one)

    def draw(self) -> None:
        self.orders = self.orders[1:]

    def vary(self, seed: int) -> None:
        """The next one is drawn, and nobody has decided about it."""
        if not self.orders:
            self.ask(seed)
        order, self.orders = self.orders[0].with_(group="g"), self.orders[1:]
        box = (10, 20, 60, 50)
        drawn = Variant(box, values(50, 60, 3, seed=seed), values(50, 60, seed=seed), order.request)
        if order.mask is None and seed % 2:
            heat = HeatMap(values(20, 30, seed=seed).astype(np.float32) / 255)
            order = order.with_(found=(heat, order.request), drafts=(self.draft, order.request))
        one = Drawn(order, drawn, is_global=seed % 3 == 0, notices=("a notice",) * (seed % 2))
        ids = (*self.choice.places, order.id)
        self.choice = replace(self.choice, drawn=(*self.choice.drawn, one), places=ids, shown=order.id)

    def mark(self, n: int) -> None:
        places = self.choice.places
        if places:
            self.choice = replace(self.choice, marked=places[n % 2 :: 2], shown=places[n % len(places)])

    def decide(self) -> None:
        self.choice = Undecided()

    @property
    def now(self) -> Snapshot:
        return Snapshot(self.history.entries, self.history.index, self.draft, self.orders, self.choice)


def comparable(snapshot: Snapshot) -> object:
    states = [(entry.text, plain(entry.state), plain(entry.drafts)) for entry in snapshot.entries]
    orders = [_comparable(order) for order in snapshot.orders]
    drawn = [{**plain(one), "order": _comparable(one.order)} for one in snapshot.choice.drawn]
    return states, snapshot.index, snapshot.draft, [orders, {**plain(snapshot.choice), "drawn": drawn}]


def _comparable(order: Order) -> object:
    return {**plain(order), "picture": digest(order.picture.whole())}


def again(folder: Path, photo: Photo) -> object:
    return comparable(read(folder).snapshot(photo))


MADE: list[Journal] = []


@pytest.fixture(autouse=True)
def _closed():
    yield
    while MADE:
        MADE.pop().close()


def journal(folder: Path, photo: Photo, picture: Path | None, limit: int = LIMIT) -> Journal:
    MADE.append(Journal(folder, keep(photo, picture, folder), limit))
    return MADE[-1]


DEEDS = {
    "paint": lambda work, n: work.paint(n, 7 * n % 250, 5 * n % 150),
    "repaint": lambda work, n: work.repaint(n),
    "fade": lambda work, n: work.fade(n / 50),
    "undo": lambda work, _: work.undo(),
    "redo": lambda work, _: work.redo(),
    "type": lambda work, n: work.type_(n + 1),
    "ask": lambda work, n: work.ask(n),
    "draw": lambda work, _: work.draw(),
    "vary": lambda work, n: work.vary(n),
    "mark": lambda work, n: work.mark(n),
    "decide": lambda work, _: work.decide(),
}
deeds = st.lists(st.tuples(st.sampled_from(sorted(DEEDS)), st.integers(0, 50), st.booleans()), max_size=12)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds, st.sampled_from([LIMIT, 30_000, 1]), st.sampled_from([LIMIT, 200_000]))
def test_what_was_written_comes_back(tmp_path_factory, photo, picture, done, limit, cap):
    """Whatever was done, written after some deeds and not after others; undo that is pruned in memory too."""
    folder = tmp_path_factory.mktemp("work")
    work, file = Work(photo, cap), journal(folder, photo, picture, limit)
    file.write(work.now)
    for name, n, write in done:
        DEEDS[name](work, n)
        if write:
            file.write(work.now)
    file.write(work.now)
    if limit == LIMIT:
        assert again(folder, photo) == comparable(work.now)
    else:  # steps may be left out, but never what is shown
        found = read(folder).snapshot(photo)
        assert plain(found.entries[found.index].state) == plain(work.history.state)
        assert found.draft == work.draft
        assert comparable(found)[-1] == comparable(work.now)[-1]
        assert (folder / JOURNAL).stat().st_size == file.nbytes


def test_any_end_of_the_file_gives_a_state_that_was_acknowledged(tmp_path, photo, picture):
    work, file = Work(photo), journal(tmp_path, photo, picture)
    acknowledged, ends = [], []
    for n in range(5):
        work.paint(n)
        file.write(work.now)
        acknowledged.append(comparable(work.now))
        ends.append(file.nbytes)
    data = (tmp_path / JOURNAL).read_bytes()
    assert ends[-1] == len(data)
    rng = np.random.default_rng(0)
    cuts = {
        *ends,
        *(end - 1 for end in ends),
        *(end + 1 for end in ends[:-1]),
        *rng.integers(0, len(data), 40),
    }
    for cut in sorted(cuts):
        (tmp_path / JOURNAL).write_bytes(data[:cut])
        whole = sum(end <= cut for end in ends)
        if whole:
            assert again(tmp_path, photo) == acknowledged[whole - 1]
        else:
            with pytest.raises(InputError):
                read(tmp_path)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_damaged_journal_gives_an_earlier_state_or_a_sentence(tmp_path_factory, photo, picture, data):
    folder = tmp_path_factory.mktemp("work")
    work, file = Work(photo), journal(folder, photo, picture)
    for n in range(3):
        work.paint(n)
        file.write(work.now)
    good = bytearray((folder / JOURNAL).read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        good[data.draw(st.integers(0, len(good) - 1))] ^= data.draw(st.integers(1, 255))
    (folder / JOURNAL).write_bytes(good)
    try:
        found = read(folder).snapshot(photo)
    except InputError:
        return
    states = [plain(entry.state) for entry in work.history.entries]
    assert [plain(entry.state) for entry in found.entries] == states[: len(found.entries)]


def test_a_stroke_writes_its_tiles_and_no_more(tmp_path, photo, picture):
    work, file = Work(photo), journal(tmp_path, photo, picture)
    work.repaint(1)
    file.write(work.now)
    before = file.nbytes
    work.apply(commands.paint((5, 5, 4, 4), np.full((4, 4), 200, np.uint8)))
    file.write(work.now)
    assert file.nbytes - before < 6000
    before = file.nbytes
    work.type_(7)
    file.write(work.now)
    assert file.nbytes - before < 4000


def test_the_file_stays_within_its_limit(tmp_path, photo, picture):
    limit = 60_000
    work, file = Work(photo), journal(tmp_path, photo, picture, limit)
    for n in range(60):
        work.paint(n)
        before = file.nbytes
        file.write(work.now)
        assert file.nbytes < limit + 16_000  # some steps
    assert before > limit // 2
    found = read(tmp_path).history
    assert 1 < len(found.entries) < 40
    assert found.index == len(found.entries) - 1


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_a_disk_that_fails_never_takes_what_was_acknowledged(tmp_path, photo, picture, kind):
    """Each write is tried again with the next; what is there in the end is the last acknowledged or newer."""
    source = keep(photo, picture, tmp_path)

    def run(folder: Path) -> tuple[list[object], int]:
        work, file, last, states = Work(photo), Journal(folder, source, 30_000), -1, []
        for n in range(4):
            work.paint(n)
            states.append(plain(work.history.state))
            try:
                file.write(work.now)
                last = n
            except CoreError:
                pass
        file.close()
        return states, last

    for one in tried(tmp_path / "runs", lambda _: None, run, kind):
        states, last = one.result
        if last >= 0:
            found = read(one.folder).snapshot(photo)
            assert plain(found.entries[found.index].state) in states[last:], one.struck


# -- the photo


def test_the_photo_comes_from_its_own_file_or_from_the_copy(tmp_path, photo, picture):
    folder, path = tmp_path / "work", tmp_path / "a b.png"
    folder.mkdir()
    path.write_bytes(picture.read_bytes())
    source = keep(photo, path, folder)
    assert opened(source, folder).digest == photo.digest
    path.unlink()
    found = opened(source, folder)
    assert (found.digest, found.name) == (photo.digest, "horse.png")
    Image.fromarray(values(HEIGHT, WIDTH, 3, seed=9)).save(path)
    assert opened(source, folder).digest == photo.digest


@pytest.mark.parametrize("long_ago", [False, True])
def test_a_file_written_over_in_place_is_not_the_photo_that_was_opened(tmp_path, photo, long_ago):
    """It may have been long ago: a project brings its photo along."""
    path = tmp_path / "a.png"
    Image.fromarray(values(HEIGHT, WIDTH, 3, seed=9)).save(path)
    if long_ago:
        os.utime(path, (1, 1))
    source = keep(photo, path, tmp_path)
    assert opened(source, tmp_path).digest == photo.digest


@pytest.mark.parametrize("deep", [False, True])
def test_a_pasted_picture_is_kept_with_all_its_bits(tmp_path, photo, deep):
    high, alpha = photo.pixels, values(HEIGHT, WIDTH, seed=4)
    low, below = values(HEIGHT, WIDTH, 3, seed=5), values(HEIGHT, WIDTH, seed=6)
    made = Photo(high, alpha, deep=Deep(high, low, (alpha, below)) if deep else None)
    source = keep(made, None, tmp_path)
    found = opened(source, tmp_path)
    assert found.digest == made.digest
    assert np.array_equal(found.alpha, made.alpha)
    if deep:
        assert np.array_equal(found.deep.low, made.deep.low)


@pytest.mark.parametrize("limit", [LIMIT, 1])
def test_the_project_that_it_was_is_known(tmp_path, photo, picture, limit):
    """However often the file is made anew."""
    path, work, file = tmp_path / "work.ora", Work(photo), journal(tmp_path, photo, picture, limit)
    file.write(work.now)
    assert read(tmp_path).saved is None
    path.write_text("one")
    first = saved_as(path)
    for seed in range(3):
        work.paint(seed)
        file.write(work.now, first)
        assert read(tmp_path).saved == first
    assert not changed_since(first)
    path.write_text("another")
    assert changed_since(first)
    file.write(work.now, saved_as(path))  # saved again, and nothing done since
    assert read(tmp_path).saved == saved_as(path) != first
    path.unlink()
    assert saved_as(path) is None
    assert not changed_since(first)
    file.write(work.now)
    assert read(tmp_path).saved is None


def test_a_journal_that_knows_no_projects_still_opens(tmp_path, photo, picture, monkeypatch):
    written = journal_module._record
    with monkeypatch.context() as patch:  # as such a journal was written
        patch.setattr(
            journal_module, "_record", lambda file, kind, data: kind == PROJECT or written(file, kind, data)
        )
        work, file = Work(photo), journal(tmp_path, photo, picture)
        work.paint(1)
        file.write(work.now)
    found = read(tmp_path)
    assert found.saved is None
    assert comparable(found.snapshot(photo)) == comparable(work.now)


def test_neither_file_nor_copy_is_said(tmp_path, photo, picture):
    source = keep(photo, picture, tmp_path)
    (tmp_path / source.copy).write_bytes(b"")
    gone = PhotoSource("/nowhere/horse.png", source.name, source.copy, source.file, source.photo)
    with pytest.raises(InputError, match="can't be found"):
        opened(gone, tmp_path)


def test_orders_that_waited_share_their_start_and_know_their_layers(tmp_path, photo, picture):
    work, file = Work(photo), journal(tmp_path, photo, picture)
    work.repaint(1)
    work.paint(2)
    for seed in (1, 2, 3):
        work.ask(seed)
    file.write(work.now)
    one, two, again = read(tmp_path).snapshot(photo).orders
    assert one.start is two.start is again.start
    assert one.picture is two.picture
    assert one.made_with is one.start.mask.strokes
    assert [layer.id for layer in one.over] == [layer.id for layer in work.history.state.layers]
    assert again.over == ()
    assert one.leaves_mask(work.history.state.mask)
    size = (tmp_path / JOURNAL).stat().st_size
    work.draw()
    file.write(work.now)
    assert (tmp_path / JOURNAL).stat().st_size - size < 10_000  # no array a second time, and one start
    assert len(read(tmp_path).snapshot(photo).orders) == 2


def test_variants_come_back_with_what_they_were_drawn_from_at_the_cost_of_their_own_pixels(
    tmp_path, photo, picture
):
    work, file = Work(photo), journal(tmp_path, photo, picture)
    work.repaint(1)
    for seed in (1, 5, 7, 2):
        work.ask(seed)
    for seed in (1, 2):
        work.vary(seed)
    file.write(work.now)
    found = read(tmp_path).snapshot(photo)
    one, two = found.choice.drawn
    (waiting, _) = found.orders
    assert one.order.picture is two.order.picture is waiting.picture
    assert [layer.id for layer in one.order.over] == [layer.id for layer in work.history.state.layers]
    assert np.array_equal(one.variant.drawn, work.choice.drawn[0].variant.drawn)
    assert one.order.found[1] == one.order.request
    for deed, most in (
        (lambda: work.vary(3), 50 * 60 * 4 + 22_000),  # a variant without the others
        (lambda: work.mark(1), 20_000),  # another is looked at
    ):
        deed()
        size = (tmp_path / JOURNAL).stat().st_size
        file.write(work.now)
        assert (tmp_path / JOURNAL).stat().st_size - size < most
        assert again(tmp_path, photo) == comparable(work.now)


def test_an_order_for_a_layer_that_is_not_there_is_refused(photo):
    work = Work(photo)
    work.repaint(1)
    work.ask(3)
    kept = Kept()
    stored = pack_orders(Packer(kept.put), *work.now.unfinished)
    (one,) = stored.orders
    for wrong, said in ((replace(one, again="0" * 32), "isn't there"), (replace(one, start=1), "nothing")):
        with pytest.raises(InputError, match=said):
            unpack_orders(replace(stored, orders=(wrong,)), photo, kept.get)
