"""Files of strangers, a few hundred of them; tests/bench/bench_fuzz.py tries ten thousand."""

import json
import mmap
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import CoreError
from tests.bench import bench_fuzz as fuzz
from tests.bench.fuzz.model_files import model_kinds
from tests.bench.fuzz.targets import Kind, document_kinds, picture_kinds

SEED = 21


@pytest.fixture
def kinds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Kind]:
    monkeypatch.setattr(fuzz, "KEPT", tmp_path / "kept")
    return fuzz.every_kind(tmp_path, makers=(picture_kinds, document_kinds))


def run(kinds: list[Kind], files: int, folder: Path) -> dict[str, fuzz.Row]:
    rows = {kind.name: fuzz.Row() for kind in kinds}
    for kind, n in fuzz.turns(kinds, files, 0):
        fuzz.step(kind, SEED, n, folder, rows[kind.name])
    return rows


def failures(rows: dict[str, fuzz.Row]) -> list[str]:
    """What is asked of `make bench-fuzz` to see more of: --only KIND:N --seed 21."""
    return [name for row in rows.values() for name in row.kept]


def test_pictures_and_documents_are_read_or_refused(kinds, tmp_path):
    rows = run(kinds, 400, tmp_path)
    assert not failures(rows)
    for name, row in rows.items():
        assert row.passed * 3 >= row.tries, f"{name}: the mutants are too crude to get anywhere"
    assert sum(row.ends["decoded"] for row in rows.values()) > 100
    assert sum(row.ends["refused"] for row in rows.values()) > 100


def test_loras_and_models_are_read_or_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(fuzz, "KEPT", tmp_path / "kept")
    rows = run(fuzz.every_kind(tmp_path, makers=(model_kinds,)), 12, tmp_path)
    assert not failures(rows)


@pytest.mark.parametrize("blocks", ["up_block_types", "down_block_types"])
def test_a_vae_that_draws_another_size_than_it_reads_is_refused(tmp_path, blocks):
    (folder,) = [
        kind for kind in fuzz.every_kind(tmp_path, makers=(model_kinds,)) if kind.name == "model folder"
    ]
    (whole,) = [file for file in folder.whole if file.startswith(b"vae/config.json\n")]
    name, _, data = whole.partition(b"\n")
    config = json.loads(data)
    config[blocks] = []
    path = tmp_path / "vae.file"
    path.write_bytes(name + b"\n" + json.dumps(config).encode())
    with pytest.raises(CoreError):
        folder.opens(path)


def test_a_mutant_is_made_again_from_its_seed_and_its_number(kinds):
    for kind in kinds:
        made = [fuzz.mutant(kind, SEED, n) for n in range(20)]
        assert made == [fuzz.mutant(kind, SEED, n) for n in range(20)]
        assert len(set(made)) > 10
        assert made != [fuzz.mutant(kind, SEED + 1, n) for n in range(20)]


def refuses() -> None:
    raise CoreError("It is damaged.")


def is_short() -> None:
    raise CoreError("There isn't enough memory to open it.")


def breaks() -> None:
    raise KeyError("no such thing")


def panics() -> None:
    raise type("PanicException", (BaseException,), {})


def lasts() -> None:
    while True:
        pass


@pytest.mark.parametrize(
    ("opens", "end"),
    [
        (lambda: None, "decoded"),
        (refuses, "refused"),
        (is_short, "over 2 GB"),
        (breaks, "faults"),
        (panics, "faults"),
        (lasts, "hangs"),
    ],
)
def test_each_end_is_told_from_the_others(kinds, tmp_path, monkeypatch, opens: Callable[[], None], end: str):
    monkeypatch.setattr(fuzz, "CLOCKS", [(*clock[:2], 0.2) for clock in fuzz.CLOCKS])
    kind = replace(kinds[0], opens=lambda _: opens())
    row = fuzz.Row()
    assert fuzz.step(kind, SEED, 7, tmp_path, row) == end
    assert row.tries == row.ends[end] == 1
    kept = [tmp_path / "kept" / name for name in row.kept]
    assert [path.read_bytes() for path in kept] == (
        [] if end in ("decoded", "refused") else [fuzz.mutant(kind, SEED, 7)]
    )


def test_what_takes_much_memory_is_seen(kinds, tmp_path, monkeypatch):
    monkeypatch.setattr(fuzz, "BYTES", 50_000_000)
    # not from the heap, where an earlier test may have left as much
    held = mmap.mmap(-1, 100_000_000, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    pages = len(range(0, len(held), mmap.PAGESIZE))

    def opens(_: Path) -> None:
        held[:: mmap.PAGESIZE] = b"\1" * pages

    kind = replace(kinds[0], opens=opens)
    row = fuzz.Row()
    assert fuzz.step(kind, SEED, 0, tmp_path, row) == "over 2 GB"
    assert row.bytes > 90_000_000
