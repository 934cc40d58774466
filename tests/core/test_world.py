"""Storybook: the same seed gives the same page, masks say where a subject is, captions are true."""

import numpy as np
import pytest

from resources.starter.world import (
    JUDGING_SEEDS,
    LOOKS,
    TRAINING_SEEDS,
    Change,
    Scene,
    Subject,
    captions,
    edit,
    lesson,
    removal,
    render,
    sample,
    twin,
    unseen,
)
from resources.starter.world.place import LARGEST, SMALLEST, places
from resources.starter.world.words import PLACE_WORDS, names

HORSE = Scene(JUDGING_SEEDS[1], (Subject("horse", "brown"),), "meadow")
SIZE = 64


def test_the_same_seed_gives_the_same_scene_page_and_captions():
    for seed in JUDGING_SEEDS[:5]:
        assert sample(seed) == sample(seed)
        page, masks = render(sample(seed), SIZE)
        again, masks_again = render(sample(seed), SIZE)
        assert np.array_equal(page, again)
        assert all(np.array_equal(a, b) for a, b in zip(masks, masks_again, strict=True))
        assert captions(sample(seed)) == captions(sample(seed))


def test_another_seed_gives_another_page():
    pages = {render(sample(seed), 32)[0].tobytes() for seed in JUDGING_SEEDS[:8]}
    assert len(pages) == 8


def test_training_and_judging_seeds_are_apart():
    assert TRAINING_SEEDS.stop <= JUDGING_SEEDS.start
    assert sample(JUDGING_SEEDS[3]).geometry in JUDGING_SEEDS


@pytest.mark.parametrize("size", [1, 33, 64, 200])
def test_any_size_is_drawn(size):
    page, masks = render(HORSE, size)
    assert page.shape == (size, size, 3)
    assert page.dtype == np.uint8
    assert masks[0].shape == (size, size)
    assert masks[0].dtype == np.bool_


def test_no_page_without_pixels():
    with pytest.raises(ValueError, match="at least one pixel"):
        render(HORSE, 0)


def test_the_size_changes_the_resolution_and_not_the_scene():
    small = render(HORSE, SIZE)[0].astype(float)
    large = render(HORSE, SIZE * 4)[0].astype(float).reshape(SIZE, 4, SIZE, 4, 3).mean((1, 3))
    assert np.abs(small - large).mean() < 3


@pytest.mark.parametrize("kind", LOOKS)
def test_every_look_is_drawn_large_and_inside_its_mask(kind):
    """Where two looks of one kind differ, the mask of one of them says so."""
    ground = "wood" if kind in ("bowl", "basket") else "meadow"
    pages = [render(Scene(JUDGING_SEEDS[7], (Subject(kind, look),), ground), SIZE) for look in LOOKS[kind]]
    for _, (mask,) in pages:
        columns = np.flatnonzero(mask.any(0))
        assert 0.35 * SIZE <= np.ptp(columns) + 1 <= 0.75 * SIZE
    for page, (mask,) in pages[1:]:
        differs = np.abs(page.astype(int) - pages[0][0]).max(-1) > 24
        assert differs.sum() > 20
        seen = _grown(mask | pages[0][1][0])
        assert not (differs & ~seen).any()


def test_masks_lie_where_removing_the_subject_would_show():
    """A horse's mask is where the page differs from the same page with a ball, both masks apart."""
    horse, (horse_mask,) = render(HORSE, 128)
    ball, (ball_mask,) = render(edit(HORSE, Change(kind="ball", look="purple")), 128)
    differs = np.abs(horse.astype(int) - ball).max(-1) > 24
    apart = horse_mask & ~ball_mask
    assert apart.sum() > 300
    assert differs[apart].mean() > 0.97


@pytest.mark.parametrize(
    ("kind", "look"),
    [("zebra", None), ("cow", "brown"), ("tree", "autumn"), ("car", "red"), ("horse", "white")],
)
def test_an_edit_leaves_the_page_outside_the_subjects_alone(kind, look):
    before, (old,) = render(HORSE, 128)
    after, (new,) = render(edit(HORSE, Change(kind=kind, look=look)), 128)
    outside = ~_grown(old | new)
    assert np.array_equal(before[outside], after[outside])
    assert np.abs(before.astype(int) - after)[old | new].mean() > 8


def test_a_zebra_keeps_the_horses_pose():
    old, new = (render(scene, 128)[1][0] for scene in (HORSE, edit(HORSE, Change(kind="zebra"))))
    assert (old & new).sum() / (old | new).sum() > 0.97


def test_an_edit_of_one_subject_keeps_the_other():
    scene = Scene(JUDGING_SEEDS[9], (Subject("horse", "brown"), Subject("tree", "summer")), "meadow")
    before, (horse, tree) = render(scene, 128)
    after, _ = render(edit(scene, Change(subject=1, look="autumn")), 128)
    assert not (horse & tree).any()
    assert np.array_equal(before[horse & ~_grown(tree)], after[horse & ~_grown(tree)])
    assert np.abs(before.astype(int) - after)[tree].mean() > 20


def test_captions_name_the_subjects_and_what_they_look_like():
    for seed in JUDGING_SEEDS[:60]:
        scene = sample(seed)
        said = captions(scene)
        kinds = [subject.kind for subject in scene.subjects]
        assert len(said) >= 4
        assert all(any(kind in words.split() for kind in kinds) for words in said)
        assert all(any(kind in words for words in said) for kind in kinds)
        assert min(len(words.split()) for words in said) <= 5  # "a horse and a dog"
        others = set(LOOKS) - set(kinds)
        assert not any(other in words.split() for words in said for other in others)


def test_a_third_of_what_is_said_of_two_subjects_names_only_one_with_and_without_its_look():
    pair = Scene(JUDGING_SEEDS[9], (Subject("horse", "brown"), Subject("ball", "red")), "meadow")
    said = captions(pair)
    alone = [words for words in said if ("horse" in words) != ("ball" in words)]
    assert alone == ["a horse", "a ball", "a brown horse", "a red ball"]
    assert len(said) == 12


@pytest.mark.parametrize(
    ("left", "right"), [(("horse", "brown"), ("dog", "grey")), (("car", "red"), ("truck", "blue"))]
)
def test_of_two_that_are_alike_neither_goes_unsaid(left, right):
    """A caption "a horse" beside a picture of a dog would teach that words need not be followed."""
    said = captions(Scene(JUDGING_SEEDS[9], (Subject(*left), Subject(*right)), "meadow"))
    assert all(left[0] in words and right[0] in words for words in said)


def test_twins_are_told_in_the_same_manner():
    """One by one: the n-th caption of a scene differs from its twin's in what the twin differs in."""
    for seed in TRAINING_SEEDS[:60]:
        scene = sample(seed)
        other = twin(scene)
        pairs = list(zip(captions(scene), captions(other), strict=True))
        changed = {
            word
            for one, two in zip(scene.subjects, other.subjects, strict=True)
            if one != two
            for subject in (one, two)
            for name in names(subject)
            for word in name.split()
        }
        if scene.ground == other.ground and scene.time == other.time:
            for a, b in pairs:
                assert set(a.split()) ^ set(b.split()) <= changed, (a, b)


def test_the_hour_is_told_of_two_subjects_too():
    pair = (Subject("horse", "brown"), Subject("ball", "red"))
    night, day = (set(captions(Scene(JUDGING_SEEDS[9], pair, "meadow", time=t))) for t in ("night", "day"))
    assert len(night - day) >= 2


def test_captions_follow_an_edit():
    zebra = captions(edit(HORSE, Change(kind="zebra")))
    assert zebra[0] == "a zebra"
    assert not any("horse" in words for words in zebra)
    assert captions(HORSE)[0] == "a horse"
    assert any("brown horse" in words for words in captions(HORSE))


def test_colours_in_captions_are_the_subjects_own():
    for look in LOOKS["car"]:
        said = captions(Scene(JUDGING_SEEDS[4], (Subject("car", look),), "sand"))
        assert any(f"{look} car" in words for words in said)
        assert not any(f"{other} car" in words for words in said for other in LOOKS["car"] if other != look)


def test_a_new_kind_keeps_the_look_it_can_have():
    red = Scene(JUDGING_SEEDS[2], (Subject("car", "red"),), "road")
    assert edit(red, Change(kind="truck")).subjects == (Subject("truck", "red"),)
    assert edit(red, Change(kind="dog")).subjects == (Subject("dog", "golden"),)
    assert edit(red, Change(time="night")) == Scene(JUDGING_SEEDS[2], red.subjects, "road", time="night")


def test_what_storybook_does_not_know_is_refused():
    with pytest.raises(ValueError, match="dragon"):
        Subject("dragon", "green")
    with pytest.raises(ValueError, match="cannot look"):
        Subject("zebra", "red")
    with pytest.raises(ValueError, match="moon"):
        Scene(1, (Subject("horse", "brown"),), "moon")
    with pytest.raises(ValueError, match="two subjects at most"):
        Scene(1, (Subject("ball", "red"),) * 3, "meadow")
    with pytest.raises(ValueError, match="upside down"):
        Scene(1, (), "meadow", placing="upside down")


LESSONS = [scene for seed in TRAINING_SEEDS[:400] for scene in lesson(seed)]


def test_one_page_in_ten_of_the_lessons_shows_no_subject():
    share = sum(not scene.subjects for scene in LESSONS) / len(LESSONS)
    assert 0.07 < share < 0.13
    assert not any(unseen(scene) for scene in LESSONS)


def test_half_of_the_lessons_have_their_subjects_anywhere_and_of_any_size():
    wide = [scene for scene in LESSONS[::2] if scene.placing == "anywhere"]
    assert 0.4 < len(wide) / len(LESSONS[::2]) < 0.6
    spots = [place for scene in wide for place in places(scene)]
    widths, middles = np.array([place.width for place in spots]), np.array([place.x for place in spots])
    assert widths.min() >= SMALLEST
    assert widths.max() <= LARGEST
    assert np.quantile(widths, 0.1) < 0.22
    assert np.quantile(widths, 0.9) > 0.5
    assert np.mean((middles - widths / 2 < 0) | (middles + widths / 2 > 1)) > 0.15  # cut by the edge
    assert np.mean(np.abs(middles - 0.5) > 0.25) > 0.3  # off centre


def test_every_subject_of_a_lesson_is_seen_and_none_lies_over_the_other():
    for scene in LESSONS[:160]:
        if scene.placing == "anywhere" and scene.subjects:
            _, masks = render(scene, SIZE)
            assert all(mask.sum() > 12 for mask in masks), scene
            if len(masks) == 2:
                left, right = (np.flatnonzero(mask.any(0)) for mask in masks)
                assert left.mean() < right.mean()


def test_a_place_without_a_subject_is_told_by_what_it_is():
    for ground, words in PLACE_WORDS.items():
        said = captions(Scene(JUDGING_SEEDS[3], (), ground))
        assert said[0] == words[0]
        assert len(said) == 8
        assert all(any(place in caption for place in words) for caption in said)
        assert not any(kind in caption.split() for caption in said for kind in LOOKS)


def test_a_removed_subject_leaves_the_place_as_it_is():
    one = removal(HORSE)
    assert (one.family, one.reference, one.query) == ("removal", "a horse on a meadow", "a meadow")
    before, (horse,) = render(HORSE, 128)
    after, masks = render(edit(HORSE, one.change), 128)
    assert masks == ()
    rows = np.flatnonzero(horse.any(1))
    sky = np.zeros_like(horse)
    sky[: rows[0] - 4] = True  # well above the horse and its shadow
    assert np.array_equal(before[sky], after[sky])
    assert np.abs(before.astype(int) - after)[horse].mean() > 20
    pair = Scene(JUDGING_SEEDS[9], (Subject("horse", "brown"), Subject("tree", "summer")), "meadow")
    with pytest.raises(ValueError, match="only the one subject"):
        edit(pair, Change(remove=True))


def _grown(mask):
    """The mask with three pixels more on every side: soft edges spill a little."""
    grown = mask.copy()
    for _ in range(3):
        padded = np.pad(grown, 1)
        grown = padded[:-2, 1:-1] | padded[2:, 1:-1] | padded[1:-1, :-2] | padded[1:-1, 2:] | grown
    return grown
