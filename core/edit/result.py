"""What the engine hands back: a region, an edit, a loaded model. No torch: both front ends read it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from core.diffusion.clamp import Clamp
from core.diffusion.trace import StepTrace
from core.diffusion.weight import Guided
from core.edit.evaluations import Evaluations
from core.edit.mask_request import MaskRequest
from core.edit.request import EditRequest
from core.edit.words.weighted import PromptStyle
from core.errors import InputError
from core.photo import area as areas
from core.photo import rect as rects
from core.photo.masks import locality
from core.photo.masks import mask as masks
from core.photo.masks.boxed import BoxedMask
from core.photo.masks.click import Click
from core.photo.masks.clicks import Ground, chosen, flat
from core.photo.masks.locality import Reach
from core.photo.rect import Rect, Size


@dataclass(frozen=True)
class HeatMap:
    """Where the two prompts disagree about the picture.

    values   float32 (h, w) in [0, 1] at the working resolution, read-only, covering the whole photo
    same     the prompts mean the same to the model: nothing was found, values are 0
    snapped  the values brought to the photo's cut grid along its edges (`masks.upsample.snap`), float32
             (h', w'), read-only; None when nothing was found
    clamp    what of the difference is 1, and what is 0
    unsure   float32 (h, w) in [0, 1], read-only: the standard error of the values over the draws; None where
             it isn't known
    reach    how far and how strongly the prompts disagree, by which a global edit is told; None: by `even`
    area     (x, y, w, h), the part of the photo that it was found in, outside of which the values are 0; None
             for all of it
    even     `masks.locality.evenness` of the difference alone, whatever rule made the values of it; None
             is that of the values
    guide    uint8 (h'', w'', 3), read-only: the photo as clicks on the mask see it
             (`core.photo.masks.clicks.guide`); None where it isn't known
    """

    values: np.ndarray
    same: bool = False
    snapped: np.ndarray | None = None
    clamp: Clamp = Clamp.RANGE
    unsure: np.ndarray | None = None
    even: float | None = None
    area: Rect | None = None
    guide: np.ndarray | None = None
    reach: Reach | None = None

    def arrays(self) -> Iterator[np.ndarray]:
        """All that it keeps alive but the cut."""
        yield from (one for one in (self.values, self.snapped, self.unsure, self.guide) if one is not None)

    def on(self, snap: bool) -> np.ndarray:
        """What `masks.mask.cut` cuts: along the picture's edges, or the working resolution's own."""
        return self._along_edges if snap else self._plain

    @cached_property
    def _along_edges(self) -> np.ndarray:
        return self._plain if self.snapped is None else self._scaled(self.snapped)

    @cached_property
    def _plain(self) -> np.ndarray:
        return self._scaled(self.values)

    def _scaled(self, heat: np.ndarray) -> np.ndarray:
        return masks.stretch(heat) if self.clamp is Clamp.RANGE else heat

    def centred(self, threshold: float) -> "HeatMap":
        """This map as it is cut, with its middle at a threshold (`core.photo.masks.mask.centring`).

        Along the picture's edges it has a middle of its own. What is unsure becomes half the way from a
        standard error below to one above.
        """
        plain, snapped, unsure = self._plain, self.snapped, self.unsure
        power = masks.centring(plain, threshold)
        if unsure is not None:
            error = unsure / (self._spread if self.clamp is Clamp.RANGE else 1.0)
            low, high = np.clip(plain - error, 0, 1), np.clip(plain + error, 0, 1)
            unsure = (_raised(high, power) - _raised(low, power)) / 2
            unsure.setflags(write=False)
        if snapped is not None:
            snapped = _raised(self._along_edges, masks.centring(self._along_edges, threshold))
        return replace(self, values=_raised(plain, power), snapped=snapped, unsure=unsure)

    def over(self, area: Rect | None, size: Size) -> "HeatMap":
        """This map of an area alone as one of the whole photo of `size` (W, H); None: it is that already.

        What is cut goes from the area's own coldest to its hottest: outside of it nothing was looked at.
        """
        if area is None:
            return self
        spread = self._spread if self.clamp is Clamp.RANGE else 1.0
        maps = (
            self._plain,
            None if self.snapped is None else self._along_edges,
            None if self.unsure is None else np.minimum(self.unsure / spread, 1),
        )
        values, snapped, unsure = (None if one is None else areas.spread(one, area, size) for one in maps)
        assert values is not None
        return HeatMap(values, self.same, snapped, self.clamp, unsure, self.even, area, reach=self.reach)

    @property
    def _spread(self) -> float:
        """From the coldest value to the hottest; 1 where all are the same."""
        return float(np.ptp(self.values)) or 1.0

    def doubt(self, threshold: float) -> np.ndarray | None:
        """How open it is on which side of a threshold each place lies: float32 (h, w) in [0, 1].

        Twice the chance that the mean of endless draws lies on the other side, by the values' standard error:
        1 on the threshold itself, 0 where all draws agree. None where that isn't known.
        """
        if self.unsure is None:
            return None
        heat = self.on(snap=False)
        spread = self._spread if self.clamp is Clamp.RANGE else 1.0
        error = np.maximum(self.unsure / spread, 1e-6)
        away = np.minimum(np.abs(heat - threshold) / error, 10)
        chance = 2 / (1 + np.exp(1.702 * away))  # the normal distribution's, by the logistic one like it
        return np.where(self.unsure > 0, chance, 0).astype(np.float32)

    def small(
        self, size: Size, threshold: float, grow: float, snap: bool, clicks: tuple[Click, ...] = ()
    ) -> np.ndarray:
        """`masks.mask.cut` of it for a photo of `size` (W, H), and what of that is left by clicks: uint8
        (h, w), read-only.

        The last one is kept, with and without its clicks, and goes along into another process.
        """
        key = size, threshold, grow, snap, clicks
        small = self._last.get(key)  # which another thread may replace meanwhile
        if small is None:
            kept: dict[tuple[object, ...], np.ndarray] = {}
            if clicks:
                plain = kept[(*key[:-1], ())] = self.small(size, threshold, grow, snap)
                small = chosen(plain, self.on(snap), self._ground(size), clicks, size)
            else:
                small = masks.cut(self.on(snap), size, threshold, grow)
            small.setflags(write=False)
            kept[key] = small
            self._last.clear()
            self._last.update(kept)
        return small

    @cached_property
    def _last(self) -> dict[tuple[object, ...], np.ndarray]:
        return {}

    def _ground(self, size: Size) -> Ground:
        ground = self._grounds.get(size)
        if ground is None:
            ground = self._grounds[size] = Ground(flat(size) if self.guide is None else self.guide)
        return ground

    @cached_property
    def _grounds(self) -> dict[Size, Ground]:
        return {}

    def mask(self, find: MaskRequest, size: Size) -> BoxedMask:
        """The mask of a photo of `size` (W, H) that an edit cuts from it."""
        return masks.enlarge_box(self.small(size, find.threshold, find.grow, find.snap, find.clicks), size)

    def cut(self, find: MaskRequest, size: Size) -> BoxedMask:
        """`mask`, of which there has to be something: InputError says why there is no region."""
        mask = self.mask(find, size)
        if mask.is_empty:
            raise self.nothing(find)
        return mask

    def nothing(self, find: MaskRequest) -> InputError:
        """Why no region was cut from it, and what to do."""
        if self.same:
            why, hint = "to this model the two prompts say the same", "Say more exactly what is there and"
            return InputError(f"No region was found: {why}.", f"{hint} what it should be, or paint a mask.")
        if self.is_global:
            return InputError(
                "No region was found: this edit seems to change the whole picture.",
                "Choose a method that has no mask (encode-decode), or paint one.",
            )
        return InputError(
            f"No region was found above the threshold {find.threshold:g}.",
            "Say more exactly what is there and what it should be, lower the threshold, shrink the mask "
            "less, or paint one.",
        )

    @property
    def is_global(self) -> bool:
        """No region stands out: the edit changes the whole picture, and no mask will hold it."""
        if self.reach is not None:
            return self.reach.is_global
        even = locality.evenness(self.values) if self.even is None else self.even
        return locality.is_global(even, by_mean=self.clamp is Clamp.MEAN)


def _raised(heat: np.ndarray, power: float) -> np.ndarray:
    """float32 of the same shape, read-only."""
    raised = np.asarray(heat.astype(np.float64) ** power, np.float32)
    raised.setflags(write=False)
    return raised


@dataclass(frozen=True)
class Working:
    """The model's view of the photo: the pixels it works on, padding left out."""

    width: int
    height: int


@dataclass(frozen=True)
class FindResult:
    """A found region: the heat map; cutting it into a mask never calls the model (masks.mask.cut)."""

    request: EditRequest
    heat: HeatMap
    evaluations: Evaluations
    seconds: dict[str, float]
    working: Working
    device: str


@dataclass(frozen=True)
class EditResult:
    """A finished (or stopped and kept) edit: what it made of the photo inside a box, that of its mask.

    request   the request with everything filled in (κ, mask digest): feeding it back gives the same bytes
    pixels    uint8 (h, w, 3): the photo in the box with the edit pasted in, at full resolution, in its space
    drawn     uint8 (h, w, 3) in sRGB: what the model drew in the box, scaled back to the photo
    area      (x, y, w, h), the part of the photo that the model worked on; None for all of it
    mask      the mask the paste used, feather included, in its box
    heat      the heat map, when the region was found in this run
    traces    one per decode step done; `complete` False when the run was stopped and its last x̂0 kept
    """

    request: EditRequest
    pixels: np.ndarray
    drawn: np.ndarray
    mask: BoxedMask
    heat: HeatMap | None
    traces: tuple[StepTrace, ...]
    evaluations: Evaluations
    seconds: dict[str, float]
    working: Working
    device: str
    notices: tuple[str, ...] = ()
    complete: bool = True
    area: Rect | None = None

    @property
    def box(self) -> Rect:
        """(x, y, w, h): the part of the photo that the edit touches."""
        return self.mask.box

    def on(self, photo: np.ndarray) -> np.ndarray:
        """The whole picture: a new uint8 (H, W, 3), outside the box as `photo`, which was edited."""
        picture = photo.copy()
        picture[rects.slices(self.box)] = self.pixels
        return picture

    def whole(self, photo: np.ndarray) -> "tuple[np.ndarray, EditResult]":
        """`on`, and this result with its pixels as a part of that: of a large picture one copy less."""
        picture = self.on(photo)
        return picture, replace(self, pixels=picture[rects.slices(self.box)])


@dataclass(frozen=True)
class ModelInfo:
    """A loaded model, as the window and the report name it.

    pixels  the side of the square it was trained on
    knows   a sentence when it knows a small world only, else ""
    prompt_style  how its prompts are read where nobody says otherwise
    weighs  the weights of a prompt's words count, where prompts are read with them
    guided  what guides it
    notices sentences: what of its files is left out or taken from elsewhere, what is done otherwise here
    lacks   the tokenizer whose text encoder is left out for want of it (core.models.text.tokenizer_places)
    """

    name: str
    folder: str
    pixels: int
    device: str
    precision: str
    knows: str = ""
    prompt_style: PromptStyle = PromptStyle.PLAIN
    weighs: bool = True
    guided: Guided = Guided.PROMPTS
    notices: tuple[str, ...] = ()
    lacks: str = ""
