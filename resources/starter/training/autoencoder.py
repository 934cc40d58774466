"""The autoencoder: pictures to latents of a quarter or an eighth of their size and back.

The encoder starts as the best linear one (principal components of 4 x 4 patches) and learns on from
there; the decoder starts from noise. AutoencoderKL ends its encoder with GroupNorm and SiLU, which are not
linear, so each component enters them twice, as z and -z, beside a large constant pair that fixes the
norm's scale: SiLU(z) - SiLU(-z) = z.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as fn
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from numpy.typing import NDArray
from torch import Tensor, nn

from resources.starter.training.clock import Clock, Log
from resources.starter.training.pictures import Pictures

RATE = 2e-3  # the learning rate after its warm-up
NEAR = 0.5
"""How much a latent's distance from another encoder's counts, as a share of their variance."""
_GROUPS = 8
_CONSTANT = 8.0


@dataclass(frozen=True)
class Components:
    """Principal components of 4 x 4 patches in [-1, 1]: rows `(channels, 48)`, mean, and latent spread."""

    rows: NDArray[np.float32]
    mean: NDArray[np.float32]
    spread: NDArray[np.float32]
    """Standard deviation of every latent channel, the largest 1; detail is lifted so that it counts."""
    deviation: NDArray[np.float32]
    """Standard deviation of the components themselves."""


def build(channels: int, widths: tuple[int, ...], pixels: int = 64) -> AutoencoderKL:
    """A small AutoencoderKL; its downscaling is 2 to the number of widths minus one.

    pixels: the side of the pages that it is meant for, as its configuration tells it.
    """
    return AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * len(widths),
        up_block_types=("UpDecoderBlock2D",) * len(widths),
        block_out_channels=widths,
        layers_per_block=1,
        latent_channels=channels,
        norm_num_groups=_GROUPS,
        sample_size=pixels,
        use_quant_conv=False,
        use_post_quant_conv=False,
        mid_block_add_attention=False,
        force_upcast=False,
    )


def to_tensor(pixels: NDArray[np.uint8], device: torch.device | str = "cpu") -> Tensor:
    """uint8 `(N, H, W, 3)` to float `(N, 3, H, W)` in [-1, 1], channels last in memory."""
    tensor = torch.from_numpy(np.ascontiguousarray(pixels)).to(device).permute(0, 3, 1, 2)
    return (tensor.float() / 127.5 - 1).contiguous(memory_format=torch.channels_last)


def components(pictures: Pictures, channels: int) -> Components:
    """Principal components of the patches of at most 2,000 pages."""
    pages = pictures.pixels[:2000].astype(np.float32) / 127.5 - 1
    n, size = len(pages), pictures.size // 4
    patches = pages.reshape(n, size, 4, size, 4, 3).transpose(0, 1, 3, 2, 4, 5).reshape(-1, 48)
    mean = patches.mean(0)
    values, vectors = np.linalg.eigh(np.cov((patches - mean).T))
    order = np.argsort(values)[::-1][:channels]
    deviation = np.sqrt(values[order])
    spread = (deviation / deviation[0]) ** 0.4
    return Components(
        vectors[:, order].T.astype(np.float32),
        mean.astype(np.float32),
        spread.astype(np.float32),
        deviation.astype(np.float32),
    )


def linear_psnr(pictures: Pictures, found: Components) -> float:
    """What the components alone reach, in dB: the mark that the autoencoder has to pass."""
    pages = pictures.pixels.astype(np.float32) / 127.5 - 1
    n, size = len(pages), pictures.size // 4
    patches = pages.reshape(n, size, 4, size, 4, 3).transpose(0, 1, 3, 2, 4, 5).reshape(-1, 48) - found.mean
    left = patches - patches @ found.rows.T @ found.rows
    return float(10 * np.log10(4 / np.mean(left**2)))


@torch.no_grad()
def start_linear(vae: AutoencoderKL, found: Components) -> None:
    """Set a 4x encoder to the linear optimum (see above); the latents' mean is then exact."""
    encoder, channels = vae.encoder, len(found.rows)
    for module in encoder.modules():
        if hasattr(module, "conv1") and hasattr(module, "conv2"):
            pass_through(module)
    identity(encoder.conv_in, 3)
    # First halving: the pixels of a 2 x 2 block side by side, 3 -> 12 channels.
    first = encoder.down_blocks[0].downsamplers[0].conv
    first.weight.zero_()
    first.bias.zero_()
    for y in range(2):
        for x in range(2):
            for colour in range(3):
                first.weight[(y * 2 + x) * 3 + colour, colour, y, x] = 1
    # Second halving: 48 pixels to the components, as z and -z.
    second = encoder.down_blocks[1].downsamplers[0].conv
    second.weight.zero_()
    second.bias.zero_()
    scale = found.spread / found.deviation
    rows = torch.from_numpy(found.rows * scale[:, None]).reshape(channels, 4, 4, 3)
    shift = torch.from_numpy((found.rows @ found.mean) * scale)
    for sign, offset in ((1, 0), (-1, channels)):
        for y in range(4):
            for x in range(4):
                inner = ((y % 2) * 2 + x % 2) * 3
                second.weight[offset : offset + channels, inner : inner + 3, y // 2, x // 2] = (
                    sign * rows[:, y, x]
                )
        second.bias[offset : offset + channels] = -sign * shift
    _pairs_out(encoder, channels)


@torch.no_grad()
def _pairs_out(encoder: nn.Module, channels: int) -> None:
    """Sort z, -z and the constants into the last norm's groups and take z out of them again."""
    width = encoder.conv_norm_out.num_channels
    per_group = width // _GROUPS
    block = encoder.down_blocks[2].resnets[0]
    block.conv_shortcut.weight.zero_()
    block.conv_shortcut.bias.zero_()
    encoder.conv_out.weight.mul_(0.02)
    encoder.conv_out.bias.zero_()
    pairs = -(-channels // _GROUPS)
    gain = _CONSTANT * (2 / per_group) ** 0.5
    encoder.conv_norm_out.weight.fill_(gain)
    encoder.conv_norm_out.bias.zero_()
    encoder.conv_out.weight[:channels].zero_()
    for z in range(channels):
        at = (z % _GROUPS) * per_group + 2 * (z // _GROUPS)
        for sign, offset in ((1, 0), (-1, 1)):
            block.conv_shortcut.weight[at + offset, z + (0 if sign > 0 else channels), 0, 0] = 1
            encoder.conv_out.weight[z, at + offset, 1, 1] = sign
    for group in range(_GROUPS):
        at = group * per_group + 2 * pairs
        block.conv_shortcut.bias[at] = _CONSTANT
        block.conv_shortcut.bias[at + 1] = -_CONSTANT
    encoder.conv_out.weight[channels:].zero_()
    encoder.conv_out.bias[channels:] = -6.0


@torch.no_grad()
def identity(conv: nn.Conv2d, channels: int) -> None:
    conv.weight.zero_()
    if conv.bias is not None:
        conv.bias.zero_()
    middle = conv.kernel_size[0] // 2
    for channel in range(channels):
        conv.weight[channel, channel, middle, middle] = 1


@torch.no_grad()
def pass_through(block: nn.Module) -> None:
    """A residual block that changes nothing yet."""
    block.conv2.weight.zero_()
    block.conv2.bias.zero_()
    if block.conv_shortcut is not None:
        identity(block.conv_shortcut, min(block.conv_shortcut.in_channels, block.conv_shortcut.out_channels))


def psnr(a: Tensor, b: Tensor) -> float:
    """Peak signal-to-noise ratio of pictures in [-1, 1], in dB."""
    return float(10 * torch.log10(4 / fn.mse_loss(a, b)))


def _loss(drawn: Tensor, page: Tensor) -> Tensor:
    """L1, and L1 of the differences between neighbours, which keeps edges and stripes; a little L2."""
    across = (drawn[..., 1:] - drawn[..., :-1]) - (page[..., 1:] - page[..., :-1])
    down = (drawn[..., 1:, :] - drawn[..., :-1, :]) - (page[..., 1:, :] - page[..., :-1, :])
    return (
        fn.l1_loss(drawn, page) + 0.5 * (across.abs().mean() + down.abs().mean()) + fn.mse_loss(drawn, page)
    )


def distance(latents: Tensor, onto: AutoencoderKL, page: Tensor) -> Tensor:
    """Mean square of how far the latents are from the half-size page's, as a share of these' variance."""
    with torch.no_grad():
        aims = onto.encode(fn.avg_pool2d(page, 2)).latent_dist.mean
    return fn.mse_loss(latents, aims) / aims.var()


@dataclass
class Learner:
    """Everything a checkpoint holds: the autoencoder, its optimiser and how far it got."""

    vae: AutoencoderKL
    optimizer: torch.optim.Optimizer
    step: int = 0
    seconds: float = 0.0

    @classmethod
    def new(cls, vae: AutoencoderKL, rate: float = RATE) -> "Learner":
        vae.to(memory_format=torch.channels_last)
        return cls(vae, torch.optim.AdamW(vae.parameters(), lr=rate, betas=(0.9, 0.98), weight_decay=1e-3))

    def state(self) -> dict[str, object]:
        parts = {"vae": self.vae.state_dict(), "optimizer": self.optimizer.state_dict()}
        return {**parts, "step": self.step, "seconds": self.seconds}

    def restore(self, state: dict[str, Any]) -> None:
        self.vae.load_state_dict(state["vae"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.seconds = int(state["step"]), float(state["seconds"])


def train(
    learner: Learner,
    pictures: Pictures,
    clock: Clock,
    log: Log,
    save: Callable[[], None],
    batch: int = 16,
    rate: float = RATE,
    seed: int = 0,
    onto: AutoencoderKL | None = None,
) -> None:
    """Train until the clock is over. KL weight 1e-6, AdamW, cosine decay.

    onto: of half the pixels; the latents are held near those that it makes of the reduced page.
    """
    generator = torch.Generator().manual_seed(seed + learner.step)
    vae, optimizer = learner.vae, learner.optimizer
    device = next(vae.parameters()).device
    step, running, since = learner.step, 0.0, learner.step
    while not clock.over:
        for group in optimizer.param_groups:
            group["lr"] = rate * clock.rate(step, warmup=100)
        chosen = torch.randint(len(pictures.pixels), (batch,), generator=generator).numpy()
        page = to_tensor(pictures.pixels[chosen], device)
        if step % 2:
            page = page.flip(-1)
        posterior = vae.encode(page).latent_dist
        latent = posterior.mean + 0.03 * torch.randn(posterior.mean.shape, generator=generator).to(device)
        kl = posterior.kl().mean() / latent[0].numel()
        loss = _loss(vae.decode(latent).sample, page) + 1e-6 * kl
        if onto is not None:
            loss = loss + NEAR * distance(posterior.mean, onto, page)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(vae.parameters(), 1.0)
        optimizer.step()
        step += 1
        running += float(loss.detach())
        if step % 100 == 0:
            mean = running / (step - since)
            log(f"autoencoder step {step} loss {mean:.4f} lr factor {clock.rate(step):.3f}")
            running, since = 0.0, step
        learner.step = step
        if clock.due():
            learner.seconds = clock.seconds
            save()
    learner.seconds = clock.seconds


@torch.no_grad()
def encode_all(vae: AutoencoderKL, pictures: Pictures, batch: int = 64) -> Tensor:
    """Posterior means of every page, not scaled."""
    device = next(vae.parameters()).device
    parts = [
        vae.encode(to_tensor(pictures.pixels[i : i + batch], device)).latent_dist.mean
        for i in range(0, len(pictures.pixels), batch)
    ]
    return torch.cat(parts)


@torch.no_grad()
def held_out_psnr(vae: AutoencoderKL, pictures: Pictures) -> float:
    """Picture -> latent mode -> picture, against the picture, over all pages together, in dB."""
    pages = to_tensor(pictures.pixels, next(vae.parameters()).device)
    latents = encode_all(vae, pictures)
    drawn = torch.cat([vae.decode(part).sample for part in latents.split(64)])
    return psnr(drawn.clamp(-1, 1), pages)


def set_scale(vae: AutoencoderKL, latents: Tensor) -> list[float]:
    """Write scaling factor 1/std into the config; returns each channel's std (a dead one shows here)."""
    vae.register_to_config(scaling_factor=float(1 / latents.std()), shift_factor=None)
    return [float(s) for s in latents.std(dim=(0, 2, 3))]
