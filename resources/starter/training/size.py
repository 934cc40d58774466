"""The sizes that the starter model is made in."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """Everything that differs between the sizes of the model."""

    pixels: int
    pictures: int
    autoencoder_pictures: int
    """Pages that are enough for the autoencoder: the first of them all."""
    channels: int
    autoencoder: tuple[int, ...]
    unet: tuple[int, ...]
    text_width: int
    text_layers: int
    autoencoder_batch: int
    batch: int
    rate: float
    autoencoder_share: float = 0.15
    """Share of the minutes that the autoencoder gets."""
    layers: int = 1
    """Of attention in every place of the UNet."""


SIZES = {
    "small": Size(
        pixels=128,
        pictures=16_000,
        autoencoder_pictures=4_000,
        channels=12,
        autoencoder=(16, 16, 32, 64),
        unet=(48, 96, 96),
        text_width=192,
        text_layers=3,
        autoencoder_batch=12,
        batch=24,
        rate=8e-4,
        layers=2,
    ),
    "large": Size(
        pixels=256,
        pictures=40_000,
        autoencoder_pictures=40_000,
        channels=16,
        autoencoder=(32, 64, 128, 128),
        unet=(64, 160, 240),
        text_width=256,
        text_layers=4,
        autoencoder_batch=32,
        batch=128,
        rate=3e-4,
    ),
}
