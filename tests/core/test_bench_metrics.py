"""The benches' own mathematics, on cases worked out by hand; judge and judged never share a scene."""

import numpy as np
import pytest

from resources.starter.world import JUDGING_SEEDS, TRAINING_SEEDS, edit, unseen, unseen_subject
from tests.bench import results
from tests.bench.bench_candidate import SCORES, table
from tests.bench.storybook import metrics
from tests.bench.storybook.cases import FAMILIES, QUOTAS, SEEDS, TUNING, cases, chosen
from tests.bench.storybook.strict import PAGE, TRUTH, Strict, nearest


def square(x: int, y: int, side: int, size: int = 20) -> np.ndarray:
    found = np.zeros((size, size), bool)
    found[y : y + side, x : x + side] = True
    return found


def test_overlap_of_two_squares():
    found = metrics.overlap(square(0, 0, 10), square(5, 0, 10))
    assert found == metrics.Overlap(iou=50 / 150, precision=0.5, recall=0.5)
    inside = metrics.overlap(square(2, 2, 4), square(0, 0, 8))
    assert (inside.precision, inside.recall) == (1.0, 16 / 64)


def test_an_empty_mask_scores_nothing():
    assert metrics.overlap(np.zeros((20, 20), bool), square(0, 0, 3)) == metrics.Overlap(0.0, 0.0, 0.0)


def test_psnr_looks_only_inside():
    truth = np.full((20, 20, 3), 100, np.uint8)
    drawn = truth.copy()
    drawn[:, 10:] = 0
    drawn[:5, :5] = 110
    assert metrics.psnr(drawn, truth, square(0, 0, 5)) == pytest.approx(20 * np.log10(25.5))
    assert metrics.psnr(drawn, truth, square(0, 6, 4)) == 99.0


def test_ssim_is_one_for_equals_and_falls_with_noise():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 256, (32, 32, 3), np.uint8)
    where = square(8, 8, 16, 32)
    little, much = (
        np.clip(truth + rng.normal(0, sigma, truth.shape), 0, 255).astype(np.uint8) for sigma in (10, 60)
    )
    assert metrics.ssim(truth, truth, where) == pytest.approx(1)
    assert 0.995 > metrics.ssim(little, truth, where) > metrics.ssim(much, truth, where) + 0.1


def test_ssim_of_two_flat_pictures_is_its_luminance_term():
    a, b = (np.full((24, 24, 3), level, np.uint8) for level in (100, 150))
    c1 = (0.01 * 255) ** 2
    expected = (2 * 100 * 150 + c1) / (100**2 + 150**2 + c1)
    assert metrics.ssim(a, b, square(4, 4, 10, 24)) == pytest.approx(expected, abs=1e-6)


def test_what_changed_closes_pinholes_and_ignores_the_invisible():
    before = np.full((20, 20, 3), 100, np.uint8)
    after = before.copy()
    after[2:12, 2:12, 1] = 150
    after[6, 6] = 100
    after[16, 16] = 116
    assert np.array_equal(metrics.changed(before, after), square(2, 2, 10))


def test_differences_outside():
    photo = np.zeros((20, 20, 3), np.uint8)
    drawn = photo.copy()
    drawn[3, 3, 2] = 7
    assert metrics.largest_difference(drawn, photo, ~square(0, 0, 5)) == 0
    assert metrics.largest_difference(drawn, photo, ~square(10, 10, 5)) == 7
    assert metrics.largest_difference(drawn, photo, np.zeros((20, 20), bool)) == 0


def test_colour_measures():
    picture = np.zeros((4, 4, 3), np.uint8)
    picture[..., 0], picture[..., 1:] = 200, 100
    assert metrics.saturation(picture, np.ones((4, 4), bool)) == pytest.approx(0.5)
    grey = np.repeat(np.array([[90, 110]], np.uint8), 2, axis=0)[..., None].repeat(3, axis=2)
    assert metrics.contrast(grey, np.ones((2, 2), bool)) == pytest.approx(10)


def test_the_best_common_threshold_is_that_of_the_highest_mean():
    assert metrics.best_column(np.array([[0.9, 0.5, 0.1], [0.1, 0.6, 0.2]])) == 1


def test_ranks_take_the_ends_and_the_middle():
    scores = [5.0, 1.0, 4.0, 2.0, 3.0]
    assert metrics.by_rank(scores, 1) == {"worst": [1], "median": [4], "best": [0]}
    assert metrics.by_rank(scores, 3)["best"] == [4, 2, 0]


def test_a_mean_and_its_standard_error():
    found = metrics.mean([1.0, 2.0, 3.0])
    assert (found.value, found.error) == (2.0, pytest.approx(1 / 3**0.5))
    assert metrics.mean([4.0]) == metrics.Mean(4.0, 0.0)


def test_a_section_is_replaced_and_the_rest_of_the_page_stays():
    page = "# Results\n\nBy hand.\n"
    once = results.with_section(page, "quality", "| a |")
    both = results.with_section(once, "speed", "fast")
    again = results.with_section(both, "quality", "\\1 new")
    assert again.startswith(
        "# Results\n\nBy hand.\n\n<!-- bench:quality -->\n\\1 new\n<!-- /bench:quality -->"
    )
    assert "| a |" not in again
    assert again.endswith("<!-- bench:speed -->\nfast\n<!-- /bench:speed -->\n")


def test_judge_and_judged_never_share_a_scene():
    from tests.bench.storybook.judge import EXAMINED_ON, TRAINED_ON

    assert TRAINED_ON[0] in TRAINING_SEEDS
    assert TRAINED_ON[-1] in TRAINING_SEEDS
    assert EXAMINED_ON[0] in JUDGING_SEEDS
    assert SEEDS[-1] in JUDGING_SEEDS
    assert not set(TRAINED_ON) & (set(EXAMINED_ON) | set(SEEDS))
    assert not set(EXAMINED_ON) & (set(SEEDS) | set(TUNING))
    assert TUNING[-1] in JUDGING_SEEDS
    assert TUNING[0] == SEEDS[-1] + 1


def test_the_judged_edits_are_balanced_and_each_of_its_own_scene():
    found = chosen()
    assert len(found) >= 200
    assert len({scene.geometry for scene, _, _ in found}) == len(found)
    assert all(scene.geometry in SEEDS and one.local for scene, one, _ in found)
    for family in FAMILIES:
        groups = [group for _, one, group in found if one.family == family]
        assert {group: groups.count(group) for group in QUOTAS} == QUOTAS
    assert {one.family for _, one, _ in found[: len(FAMILIES)]} == set(FAMILIES)
    for scene, one, group in found:
        assert not unseen(scene)
        assert unseen_subject(edit(scene, one.change), one.change.subject) == (group == "unseen")
        assert group == "unseen" or ("one", "two")[len(scene.subjects) - 1] == group


def flat(level: int, side: int = 24) -> np.ndarray:
    return np.full((side, side, 3), level, np.uint8)


def test_the_nearest_of_several_pictures_is_told_by_mean_squared_error_inside():
    could_be = {TRUTH: flat(100), PAGE: flat(140)}
    assert nearest(flat(119), could_be, square(0, 0, 24, 24)) == TRUTH
    assert nearest(flat(121), could_be, square(0, 0, 24, 24)) == PAGE
    half = flat(100)
    half[:, 12:] = 255  # outside it doesn't count
    assert nearest(half, could_be, square(0, 0, 12, 24)) == TRUTH


def test_after_a_blur_the_content_counts_and_not_the_texture():
    """Stripes out of step are further from the right stripes than grey is."""
    stripes = flat(0)
    stripes[:, ::2] = 200
    grey, wrong = flat(60), np.roll(stripes, 1, axis=1)
    where = square(4, 4, 16, 24)
    assert nearest(wrong, {TRUTH: stripes, PAGE: grey}, where) == PAGE
    assert nearest(wrong, {TRUTH: stripes, PAGE: grey}, where, blur=2.0) == TRUTH


def test_an_edit_could_be_its_page_its_truth_and_all_its_siblings():
    case, strict = cases(1, 16, TUNING)[0], Strict()
    could_be = strict.outcomes(case)
    assert case.edit.query not in could_be
    assert len(could_be) > 4
    assert list(could_be)[:2] == [TRUTH, PAGE]
    assert strict.row(case, case.truth) == {"strict": True, "blurred": True}
    assert strict.row(case, case.page) == {"strict": False, "blurred": False}
    sibling = could_be[list(could_be)[-1]]
    assert strict.row(case, sibling) == {"strict": False, "blurred": False}


def test_two_models_are_compared_edit_by_edit_and_what_is_worse_is_marked():
    ships = [dict.fromkeys(SCORES, 0.5) for _ in range(3)]
    other = [{**row, "right": 1.0, "psnr": 0.4 + 0.01 * i, "kept": None} for i, row in enumerate(ships)]
    for row in ships:
        row["kept"] = None
    ships[0]["kept"] = other[0]["kept"] = 1.0
    lines = {line.split(" | ")[0].strip("| "): line for line in table(ships, other).splitlines()}
    assert lines["right"] == "| right | 0.500 | 1.000 | +0.500 ± 0.000 |"
    assert lines["psnr"] == "| psnr | 0.500 | 0.410 | **-0.090 ± 0.006** |"
    assert lines["kept"] == "| kept | 1.000 | 1.000 | +0.000 ± 0.000 |"
