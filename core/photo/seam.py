"""The seam: the colours of what was drawn, brought to those of the photo along the mask's edge.

Outside the mask a masked decoding ends in the photo's own latent: what it drew there should be the photo, and
the difference is the model's error (its autoencoder's, and that of latent cells that straddle the edge). That
error is continued into the mask and taken away, so that neither colour nor brightness steps at the edge. It
is continued by normalised convolution (Knutsson & Westin, CVPR 1993).
"""

import numpy as np

from core.photo.lazy import ndimage
from core.photo.masks.boxed import BoxedMask
from core.photo.region import View, mask_to_model

# Measured on Storybook (tests/bench/bench_seam.py)
REACH = 0.5  # σ of the Gaussian that continues the error, in latent cells
LEAST = 0.25  # certainty below which it fades out: deep inside the mask nothing is known of the error


def mend(drawn: np.ndarray, photo: np.ndarray, mask: BoxedMask, view: View) -> np.ndarray:
    """What the model drew, less the error that it shows outside the mask: a new uint8 (ph, pw, 3).

    drawn, photo  uint8 (ph, pw, 3), as the model gave and got them (`core.photo.region.to_model`)
    mask          soft, on the photo: 0 where `drawn` should be the photo

    Farther than two latent cells inside the mask nothing changes.
    """
    sigma = REACH * view.factor
    certain = (255 - mask_to_model(mask, view)) / np.float32(255)
    error = (photo.astype(np.float32) - drawn) * certain[..., None]
    blurred = ndimage().gaussian_filter(error, (sigma, sigma, 0), mode="nearest")
    certainty = ndimage().gaussian_filter(certain, sigma, mode="nearest")
    mended = drawn + blurred / np.maximum(certainty, LEAST)[..., None]
    return np.clip(np.rint(mended), 0, 255).astype(np.uint8)
