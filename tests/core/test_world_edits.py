"""Storybook's counterfactual edits: what may change, how it is asked for, what training never shows."""

from itertools import chain
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import ArrayLike
from PIL import Image

from resources.starter.training.denoiser import EMPHASIS, Lessons, emphasis
from resources.starter.training.pictures import draw
from resources.starter.world import (
    GLOBAL,
    JUDGING_SEEDS,
    TRAINING_SEEDS,
    Edit,
    Scene,
    Subject,
    captions,
    edit,
    edits,
    lesson,
    render,
    sample,
    twin,
    unseen,
)
from tests.bench.storybook.cases import SEEDS, TUNING, chosen

SEED = JUDGING_SEEDS[1]


def _families(scene: Scene) -> set[str]:
    return {one.family for one in edits(scene)}


@pytest.mark.parametrize(
    ("subject", "ground", "expected"),
    [
        (Subject("horse", "brown"), "meadow", {"animal", "colour", "ground", "hour", "sky"}),
        (Subject("bowl", "apples"), "wood", {"vessel", "fruit", "ground"}),
        (Subject("tree", "summer"), "sand", {"season", "ground", "hour", "sky"}),
        (Subject("car", "red"), "road", {"vehicle", "colour", "ground", "hour", "sky"}),
        (Subject("ball", "red"), "snow", {"shape", "colour", "material", "ground", "hour", "sky"}),
        (Subject("ball", "striped"), "snow", {"shape", "material", "ground", "hour", "sky"}),
    ],
)
def test_every_kind_of_edit_is_there(subject, ground, expected):
    assert _families(Scene(SEED, (subject,), ground)) == expected


def test_an_edit_changes_the_page_and_is_asked_for_in_two_different_ways():
    for seed in JUDGING_SEEDS[:12]:
        scene = sample(seed)
        before = render(scene, 32)[0]
        for one in edits(scene)[::6]:
            after = edit(scene, one.change)
            assert after != scene
            assert one.reference != one.query
            assert not np.array_equal(before, render(after, 32)[0])
            assert one.local == (one.family not in GLOBAL)


def test_both_prompts_are_words_that_captions_use():
    """A model that has learnt the captions has met the words of every edit."""
    known = {
        word for seed in TRAINING_SEEDS[:400] for said in captions(sample(seed)) for word in said.split()
    }
    asked = {
        word
        for seed in JUDGING_SEEDS[:40]
        for one in edits(sample(seed))
        for word in f"{one.reference} {one.query}".split()
    }
    assert asked <= known


def test_the_other_subject_is_never_drawn_twice():
    scene = Scene(SEED, (Subject("horse", "brown"), Subject("zebra", "striped")), "meadow")
    kinds = [
        {subject.kind for subject in edit(scene, one.change).subjects}
        for one in edits(scene)
        if one.change.kind
    ]
    assert kinds
    assert all(len(pair) == 2 for pair in kinds)


def test_a_global_edit_changes_most_of_the_page_and_a_local_one_little():
    scene = Scene(SEED, (Subject("horse", "brown"),), "meadow")
    before = render(scene, 64)[0].astype(int)
    shares = {
        one.family: (np.abs(render(edit(scene, one.change), 64)[0] - before).max(-1) > 16).mean()
        for one in edits(scene)
    }
    assert shares["animal"] < 0.35
    assert shares["colour"] < 0.35
    assert shares["hour"] > 0.8
    assert shares["ground"] > 0.2


def test_training_never_shows_an_unseen_combination_and_judging_does():
    trained = [sample(seed) for seed in TRAINING_SEEDS[:700]]
    assert not any(unseen(scene) or unseen(twin(scene)) for scene in trained)
    assert sum(unseen(sample(seed)) for seed in JUDGING_SEEDS[:500]) >= 5
    assert unseen(Scene(SEED, (Subject("zebra", "striped"),), "snow", time="night"))
    assert not unseen(Scene(SEED, (Subject("zebra", "striped"),), "snow"))
    assert not unseen(Scene(SEED, (Subject("zebra", "striped"),), "meadow", time="night"))


def test_every_part_of_an_unseen_combination_is_known_from_elsewhere():
    kinds, grounds, times = set(), set(), set()
    for seed in TRAINING_SEEDS[:500]:
        scene = sample(seed)
        kinds |= {(subject.kind, subject.look) for subject in scene.subjects}
        grounds.add(scene.ground)
        times.add(scene.time)
    assert {("zebra", "striped"), ("cow", "brown"), ("cube", "striped"), ("basket", "pears")} <= kinds
    assert {"snow", "sand", "road", "cloth"} <= grounds
    assert {"night", "evening"} <= times


def test_a_twin_differs_in_one_thing_and_keeps_the_geometry():
    for seed in TRAINING_SEEDS[:100]:
        scene = sample(seed)
        other = twin(scene)
        assert other == twin(scene)
        assert other.geometry == scene.geometry
        differing = sum(a != b for a, b in zip(scene.subjects, other.subjects, strict=True))
        differing += (scene.ground != other.ground) + (scene.time != other.time)
        assert differing == 1


def test_pages_are_drawn_scene_by_twin():
    drawn = draw(4, 16, processes=1)
    first, other = lesson(TRAINING_SEEDS[0])
    assert np.array_equal(drawn.pixels[0], render(first, 16)[0])
    assert np.array_equal(drawn.pixels[1], render(other, 16)[0])
    assert drawn.captions[1] == captions(other)


def test_a_lesson_pairs_a_page_with_what_is_said_of_it():
    latents = torch.arange(8.0)[:, None, None, None]
    captions_of = [torch.full((1, 3), float(i)) for i in range(8)]
    lessons = Lessons(latents, captions_of, torch.full((3,), -1.0))
    pages, words = lessons.draw(256, torch.Generator().manual_seed(0))
    numbers = pages.tolist()
    assert all(row[0] in (-1, number) for row, number in zip(words.tolist(), numbers, strict=True))
    assert len(set(numbers)) == 8
    assert 0.05 < np.mean([row[0] == -1 for row in words.tolist()]) < 0.2


def test_errors_count_more_where_a_page_differs_from_its_twin():
    latents = torch.zeros(4, 2, 8, 8)
    latents[0, :, :2, :2] = 1.0
    weights = emphasis(latents)
    assert weights.shape == (4, 1, 8, 8)
    assert torch.allclose(weights.mean((1, 2, 3)), torch.ones(4))
    assert torch.equal(weights[0], weights[1])
    assert torch.all(weights[:2, :, :2, :2] == (1 + EMPHASIS) * weights[0, 0, 7, 7])
    assert torch.all(weights[2:] == 1)


def test_stripes_and_spots_are_two_colours_on_one_outline():
    """The outline is the plain one's; inside, the pattern brings light and dark together."""
    for kind in ("ball", "cube"):
        plain, (shape,) = render(Scene(SEED, (Subject(kind, "blue"),), "meadow"), 96)
        for look in ("striped", "spotted"):
            page, (mask,) = render(Scene(SEED, (Subject(kind, look),), "meadow"), 96)
            assert np.array_equal(mask, shape)
            bright = page[mask].mean(-1)
            assert np.percentile(bright, 90) - np.percentile(bright, 10) > 60
            assert not np.array_equal(page, plain)


@pytest.fixture(scope="module")
def judged() -> list[list[tuple[Scene, Edit, str]]]:
    """The edits that tables judge, and those that choices are made by."""
    return [chosen(seeds) for seeds in (SEEDS, TUNING)]


def test_judged_and_tuning_scenes_are_drawn_as_they_always_were(judged):
    """Whatever the world learns: figures of today are compared with those of before.

    The pages of both sides of an edit, four pixels wide, in rows, of which every fourth is drawn here; a
    processor may round one of them apart.
    """
    away = _away("judged_pages.png", [_sides(*one, 4) for one in [*chain(*judged)][::4]], 4)
    assert away.max() <= 1
    assert (away > 0).mean() < 0.01


def test_a_few_of_them_are_so_in_every_line_at_the_starters_own_size(judged):
    """Before above after, four edits of each kind of seeds, drawn before the world knew 128 pixels."""
    pages = np.array([_sides(*one, 128) for kind in judged for one in kind[:40:10]])
    away = _away("judged_pages_at_128.webp", pages.reshape(2, 4, 2, 128, 128, 3).transpose(0, 2, 3, 1, 4, 5))
    assert away.max() <= 1
    assert (away > 0).mean() < 0.0001


def _sides(scene: Scene, one: Edit, _: str, size: int) -> list[np.ndarray]:
    return [render(side, size)[0] for side in (scene, edit(scene, one.change))]


def _away(name: str, drawn: ArrayLike, every: int = 1) -> np.ndarray:
    """By how much each value differs from what is kept, of which `every`-th edits are drawn."""
    kept = np.asarray(Image.open(Path(__file__).parent / name)).astype(int)
    pages = np.array(drawn)
    return np.abs(pages - kept.reshape(-1, *pages.shape[1:])[::every])
