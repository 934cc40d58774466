"""What a bench tells of itself while it runs and when it ends early; the speed page from made-up figures."""

import io
import json
import signal
from pathlib import Path

import pytest
import torch

from core.diffusion.step import noised
from tests.bench import course as courses
from tests.bench.bench_quality import METHODS_, RATIOS, trade_off
from tests.bench.course import INTERRUPTED, Course, clock
from tests.bench.storybook import speed_page
from tests.bench.storybook.batch import between
from tests.bench.storybook.picture import Chart, Line, charts
from tests.bench.storybook.study import METHODS
from tests.core.schedules import SCHEDULE


def test_latents_between_two_levels_are_exact_where_the_noise_is_one():
    """A whole DDIM inversion of a network whose ε̂ is constant runs on one line through all its latents."""
    levels, x0, eps = SCHEDULE.levels(7), *(torch.randn(2, 4, 8, 8, dtype=torch.float64) for _ in range(2))
    whole = [noised(x0, eps, level) for level in levels]
    for asked in ((0, 7), (0, 3, 6, 7), tuple(range(8))):
        found = between({i: whole[i] for i in asked}, levels)
        assert all(torch.allclose(a, b) for a, b in zip(found, whole, strict=True))
    bent = between({0: whole[0], 4: whole[4] + 1, 7: whole[7]}, levels)
    assert torch.equal(bent[4], whole[4] + 1)
    assert not torch.allclose(bent[5], whole[5])


class Time:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def time(self) -> float:
        return self.now

    monotonic = time


@pytest.fixture
def moved(monkeypatch: pytest.MonkeyPatch) -> Time:
    moved = Time()
    monkeypatch.setattr(courses, "time", moved)
    return moved


def test_the_time_left_follows_the_machine_s_own_pace(moved):
    course = Course({"one": 10.0, "two": 20.0, "three": 30.0}, io.StringIO())
    course.part("one")
    assert course.left() == 60  # nothing known but what is written
    moved.now += 4
    assert course.left() == 56
    for _ in course.each("two", range(4)):
        if course._i == 2:
            # 4 s instead of 10, then half of 20 in 16 s: 20 s of what was to take 20
            assert course.left() == pytest.approx(16 + 30 * 20 / 20)
        moved.now += 8
    course.part("three")
    assert course.left() == pytest.approx(30 * 36 / 30)
    moved.now += 100
    assert course.left() == 0  # it takes longer than that; how much isn't known


def test_lines_say_what_it_is_at_and_not_too_often(moved):
    out = io.StringIO()
    course = Course({"pages": 20.0, "scores": 10.0}, out)
    for _ in course.each("pages", range(10)):
        moved.now += 4
    lines = out.getvalue().splitlines()
    assert lines[0] == "[1/2] pages, 0 of 10 · 0:00, about 0:30 left"
    assert lines[1] == "[1/2] pages, 3 of 10 · 0:12, about 0:48 left"
    assert len(lines) == 4
    course.part("scores")
    assert out.getvalue().splitlines()[-1] == "[2/2] scores · 0:40, about 0:20 left"


def test_on_a_terminal_one_line_is_renewed_and_gives_way_to_figures(moved, capsys):
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    out = Terminal()
    with Course({"pages": 20.0}, out) as course:
        for _ in course.each("pages", range(2)):
            moved.now += 1
        course.found("a figure")
        moved.now += 1
    assert "\n" not in out.getvalue()
    assert out.getvalue().endswith("\r")
    assert capsys.readouterr().out == "a figure\n"


def ended(error: BaseException, kept: Path | None = None) -> None:
    """A bench of four pages that ends so during its second."""
    with Course({"pages": 20.0}, io.StringIO(), kept) as course:
        for i in course.each("pages", range(4)):
            course.figures.setdefault("rows", []).append({"page": i, "IoU": 0.5})
            courses.time.now += 61
            if i == 1:
                raise error


def test_an_interrupted_bench_says_what_it_had_measured(moved, capsys):
    with pytest.raises(SystemExit) as exited:
        ended(KeyboardInterrupt())
    assert exited.value.code == INTERRUPTED
    said, _, figures = capsys.readouterr().out.partition("\n")
    assert said == "Ended at pages, 1 of 4, after 2:02. Measured until then:"
    assert json.loads(figures) == {"rows": [{"page": 0, "IoU": 0.5}, {"page": 1, "IoU": 0.5}]}


def test_an_interrupted_bench_keeps_what_it_had_measured(moved, tmp_path):
    kept = tmp_path / "bench" / "begun.json"
    with pytest.raises(SystemExit):
        ended(KeyboardInterrupt(), kept)
    assert len(json.loads(kept.read_text("utf-8"))["rows"]) == 2


def test_what_an_interrupted_run_of_the_quality_bench_measured_is_not_measured_again():
    rows = [{"method": name, "ratio": ratio} for ratio in RATIOS for name in METHODS.values()]
    with Course({METHODS_: 1.0}, io.StringIO()) as course:
        assert list(trade_off(course, None, rows[::-1])) == rows  # without a model to ask


def test_the_chart_has_a_colour_and_a_mark_for_every_method():
    lines = [Line(name, [(0.3, float(i)), (0.9, i + 1.0)]) for i, name in enumerate(METHODS.values())]
    assert charts((Chart("", "ratio", "dB", lines), Chart("", "ratio", "dB", lines[:1]))).getbbox()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_bench_in_the_background_can_be_interrupted_too(number, capsys):
    before = signal.signal(number, signal.SIG_IGN)  # as a shell leaves it there

    def interrupted():
        with Course({"pages": 1.0}) as course:
            course.figures["iou"] = 0.5
            signal.raise_signal(number)

    try:
        with pytest.raises(SystemExit):
            interrupted()
        assert signal.getsignal(number) == signal.SIG_IGN
    finally:
        signal.signal(number, before)
    assert '"iou": 0.5' in capsys.readouterr().out


def test_a_fault_stays_the_fault_that_it_is(moved, capsys):
    with pytest.raises(ZeroDivisionError):
        ended(ZeroDivisionError())
    assert '"page": 1' in capsys.readouterr().out


def test_minutes_and_seconds():
    assert [clock(seconds) for seconds in (-1, 0, 59.6, 61, 3600)] == [
        "0:00",
        "0:00",
        "1:00",
        "1:01",
        "60:00",
    ]


def edits(wall: float, evaluations: float) -> dict[str, float]:
    return {"wall": wall, "processor": 2 * wall, "evaluations": evaluations}


def compared(first: float, second: float, outside: float) -> dict[str, object]:
    ratios = {"first_ratio": 6 / first, "second_ratio": 6 / second}
    processor = {f"{name}_of_processor": ratio for name, ratio in ratios.items()}
    ranges = {"first_range": [1.0, 9.0], "second_range": [1.0, 9.0]}
    by_stage = {"finding": 0.25, "encoding": 0.01, "decoding": 0.03, "pasting": 0.04}
    alone = {"first": edits(first, 31), "second": edits(second, 19), "outside": outside, "own": outside / 2}
    return {"peer": edits(6, 200), **alone, "by_stage": by_stage, **ratios, **processor, **ranges}


def figures(first: float, outside: float, processor: float, right: float) -> dict[str, object]:
    row = compared(first, first / 2, outside)
    score = {"edits": 48, "psnr": 15.0, "strict": 0.6}
    return {
        "rounds": 2,
        "edits": 3,
        "rows": {name: {"defaults": row, "same_steps": row} for name in ("64 px", "512 px")},
        "alone": {"12 megapixels": row, "24 megapixels": row},
        "scores": {"ours": {**score, "right": right}, "peer": {**score, "right": 0.7}},
        "ready": {"wall": 3.0, "processor": processor},
        "loading": {"python": 0.1, "torch": 1.5, "imports": 3.0, "load": 0.2},
        "memory": {"ours": 500.0, "peer": 600.0},
        "large_starter": 2.0,
        "made": {
            "command": "make bench-speed",
            "commit": "abc",
            "changed_since": False,
            "weights": "def",
            "date": "2026-01-01",
            "minutes": 9.0,
            "machine": {"processor": "one", "cores": 2},
            "versions": {"torch": "2", "diffusers": "0"},
        },
    }


def test_the_table_of_aims_stands_first_and_tells_of_a_miss_what_holds_it_back():
    page = speed_page.text(figures(first=1.2, outside=0.3, processor=4.8, right=0.6))
    table = page.split("\n\n")[1].splitlines()[2:]
    assert [line.split("|")[2].strip() for line in table[:2]] == ["5.00 ×", "10.00 ×"]
    assert [line.split("|")[3].strip() for line in table] == ["**no**"] * 6
    assert "200 evaluations against 31; 30% of a first edit" in table[0]
    assert "200 evaluations against 19" in table[1]
    assert "250 ms finding, 40 ms pasting, 30 ms decoding" in table[3]
    assert "3.00 s are of “imports”" in table[5]
    met = speed_page.aims(figures(first=0.9, outside=0.1, processor=3.9, right=0.8))
    assert [row[2:] for row in met] == [("yes", "")] * 6


def test_the_page_shows_both_sides_by_the_clock_and_by_the_processor():
    page = speed_page.text(figures(first=1.2, outside=0.3, processor=4.8, right=0.6))
    assert "| 512 px, own defaults: diffusers | 200 | 6.00 | 12.00 | 1 | 1 |" in page
    side = "| 64 px, 50 steps and 0.8 both: Palimpsest, first edit"
    assert f"{side} | 31 | 1.20 | 2.40 | 5.00 (1.00 to 9.00) | 5.00 |" in page
    assert "| 24 megapixels | 1.20 | 2.40 | 0.60 | 1.20 | 30.0% | 15.0% |" in page
