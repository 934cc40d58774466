"""A photo as a model sees it: scaled, encoded, and what it makes of it brought back to the photo."""

from collections.abc import Hashable
from dataclasses import dataclass, replace

import numpy as np
import torch

from core.diffusion.preview import LatentToRgb
from core.edit.cache import Cache
from core.models.backbone import Backbone
from core.photo import area as areas
from core.photo import region, seam
from core.photo.fill.completion import fill
from core.photo.masks.boxed import BoxedMask
from core.photo.masks.clicks import guide
from core.photo.masks.upsample import Edges, edges, snap, windows_on
from core.photo.photo import Photo, digest
from core.photo.region import View
from core.photo.seen import seen


@dataclass(frozen=True, eq=False)
class Sight:
    """A photo, or an area of it, through one `view`.

    pixels    uint8 (ph, pw, 3) in sRGB, padding and all; `image` the same, (1, 3, ph, pw) in [−1, 1]
    latent    (1, C, h, w): the image encoded
    to_rgb    colours of latents, fitted on these
    backdrop  what stands round the area in previews, uint8 (h', w', 3) in sRGB; None where it sees everything
    hole      SHA-256 of where `pixels` are continued from the surroundings, "" where nowhere
    """

    photo: Photo
    view: View
    pixels: np.ndarray
    image: torch.Tensor
    latent: torch.Tensor
    to_rgb: LatentToRgb
    backdrop: np.ndarray | None
    hole: str = ""

    @staticmethod
    def of(photo: Photo, view: View, model: Backbone, cache: Cache) -> "Sight":
        """The photo scaled and encoded, unless `cache` has it."""

        def shrunk() -> tuple[torch.Tensor, ...]:
            made = [seen(photo, view)]
            if view.area is not None:
                made.append(photo.space.to_srgb(areas.backdrop(photo.pixels, view.area, view.working[0])))
            return tuple(map(torch.from_numpy, made))

        pixels, *around = (one.numpy() for one in cache.get(("seen", photo.digest, view), shrunk))
        backdrop = around[0] if around else None
        image = image_of(pixels)
        latent = cache.get(("latent", photo.digest, view), lambda: (model.encode(image),))[0]
        return Sight(photo, view, pixels, image, latent, LatentToRgb.fit(latent, image), backdrop)

    @property
    def key(self) -> tuple[Hashable, ...]:
        """What it is cached by, and what is made of it."""
        return self.photo.digest, self.view, self.hole

    def without(self, mask: BoxedMask, model: Backbone, cache: Cache) -> "Sight":
        """The same view, the surroundings continued into the mask, which is one of what is seen.

        InputError where the mask leaves no surroundings.
        """
        inside = region.latent_mask(mask, replace(self.view, factor=1)) > 0
        hole = digest(inside)
        key = self.photo.digest, self.view, hole
        (filled,) = cache.get(("filled", *key), lambda: (torch.from_numpy(fill(self.pixels, inside)),))
        pixels = filled.numpy()
        image = image_of(pixels)
        latent = cache.get(("latent", *key), lambda: (model.encode(image),))[0]
        to_rgb = LatentToRgb.fit(latent, image)
        return replace(self, pixels=pixels, image=image, latent=latent, to_rgb=to_rgb, hole=hole)

    def snapped(self, values: np.ndarray, windows: tuple[float, ...], cache: Cache) -> np.ndarray:
        """A heat map of what is seen along its edges, as `core.photo.masks.upsample.snap` says, read-only.

        Both are kept by content: another query has the same edges, and may find the same map.
        """
        about = self.photo.digest, self.view.area, windows

        def snap_it() -> tuple[torch.Tensor]:
            return (torch.from_numpy(snap(values, self._edges(windows, cache))),)

        found = cache.get(("snapped", *about, digest(values)), snap_it)[0].numpy()
        found.setflags(write=False)
        return found

    def guide(self, cache: Cache) -> np.ndarray:
        """The whole photo as clicks on a mask see it, read-only."""
        photo = self.photo

        def shrink() -> tuple[torch.Tensor]:
            return (torch.from_numpy(guide(photo.pixels, photo.space)),)

        small = cache.get(("guide", photo.digest), shrink)[0].numpy()
        small.setflags(write=False)
        return small

    def _edges(self, windows: tuple[float, ...], cache: Cache) -> Edges:
        photo, area = self.photo, self.view.area

        def find() -> tuple[torch.Tensor, ...]:
            found = edges(areas.crop(photo.pixels, area), windows, photo.space)
            return tuple(map(torch.from_numpy, (found.guide, *found.fits)))

        guide, *fits = (one.numpy() for one in cache.get(("edges", photo.digest, area, windows), find))
        return Edges(guide, tuple(fits), windows_on(self.view.photo, windows))

    def mask(self, mask: BoxedMask) -> torch.Tensor:
        """A mask of what is seen on the latent's grid: (1, 1, h, w), 0 or 1."""
        return torch.from_numpy(region.latent_mask(mask, self.view))[None, None].to(self.latent.device)

    def heat(self, heat: torch.Tensor) -> np.ndarray:
        """A map on the latent's grid (h, w) at the working resolution: float32, read-only."""
        values = region.unpad(heat.numpy(), self.view)
        values.setflags(write=False)
        return values

    def preview(self, x0: torch.Tensor) -> np.ndarray:
        """x̂0 in colours, uint8 (h, w, 3) in sRGB, small, covering the whole photo."""
        small = region.unpad_rgb(self.to_rgb(x0).numpy(), self.view)
        if self.view.area is None or self.backdrop is None:
            return small
        return areas.frame(small, self.backdrop, self.view.area, self.photo.size)

    def drawn(self, image: torch.Tensor, mask: BoxedMask, *, mends: bool) -> np.ndarray:
        """What the model drew, (1, 3, ph, pw), scaled back, in the mask's box: uint8 (h, w, 3) in sRGB.

        mask: feathered, through which it will be pasted. mends: the seam, along the mask.
        """
        picture = _to_pixels(image)
        if mends:
            picture = seam.mend(picture, self.pixels, mask, self.view)
        return region.from_model(picture, self.view, mask.box)


def image_of(pixels: np.ndarray) -> torch.Tensor:
    """Pixels as a model takes them: uint8 (H, W, 3) → (1, 3, H, W) in [−1, 1]."""
    return torch.from_numpy(pixels.astype(np.float32) / 127.5 - 1).permute(2, 0, 1)[None]


def _to_pixels(image: torch.Tensor) -> np.ndarray:
    """(1, 3, H, W), about [−1, 1] → uint8 (H, W, 3)."""
    scaled = ((image[0].float().cpu() + 1) * 127.5).round().clamp(0, 255)
    return scaled.to(torch.uint8).permute(1, 2, 0).contiguous().numpy()
