"""A stricter judge than the classifier: is the picture nearest to what it should be, of all that it could be?

Of the page, its truth and every other outcome of an edit of the same subject, the one nearest to the picture
by mean squared error inside the region that must change. A ghost of the old thing, which the classifier
overlooks, brings a picture nearer to the page or to a sibling. After a blur it is the content that counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from scipy import ndimage

from resources.starter.world import edit, edits, render
from tests.bench.storybook.cases import Case

BLUR: Final = 1.5 / 64
"""Standard deviation of the blur, a share of the page."""
PAGE, TRUTH = "page", "truth"


@dataclass
class Strict:
    """Draws the outcomes of each case once."""

    _known: dict[int, dict[str, np.ndarray]] = field(default_factory=dict)

    def row(self, case: Case, picture: np.ndarray) -> dict[str, bool]:
        """strict and blurred: whether the truth is nearest, sharp and after the blur."""
        could_be = self.outcomes(case)
        return {
            "strict": nearest(picture, could_be, case.region) == TRUTH,
            "blurred": nearest(picture, could_be, case.region, BLUR * len(picture)) == TRUTH,
        }

    def outcomes(self, case: Case) -> dict[str, np.ndarray]:
        """The truth, the page and the siblings' truths at the page's size, by name; the truth first."""
        if case.seed not in self._known:
            size = len(case.page)
            self._known[case.seed] = {
                TRUTH: case.truth,
                PAGE: case.page,
                **{
                    one.query: render(edit(case.before, one.change), size)[0]
                    for one in edits(case.before)
                    if one.local and one.change.subject == case.edit.change.subject and one != case.edit
                },
            }
        return self._known[case.seed]


def nearest(
    picture: np.ndarray, could_be: Mapping[str, np.ndarray], where: np.ndarray, blur: float = 0.0
) -> str:
    """The name of the outcome nearest to the picture inside `where`, the first of equals.

    pictures: uint8 (H, W, 3); where: bool (H, W); blur: a standard deviation in pixels, before comparing.
    """
    seen = _seen(picture, where, blur)
    away = {name: np.square(seen - _seen(one, where, blur)).mean() for name, one in could_be.items()}
    return min(away, key=lambda name: away[name])


def _seen(picture: np.ndarray, where: np.ndarray, blur: float) -> np.ndarray:
    values = picture.astype(np.float32)
    return (ndimage.gaussian_filter(values, (blur, blur, 0)) if blur else values)[where]
