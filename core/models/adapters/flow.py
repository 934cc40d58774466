"""What the families of flow models share: schedules that may grow with the picture, and v → ε̂ and x̂0."""

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from core.diffusion.schedule import Flow, FlowBySize, Level
from core.diffusion.step import Field, Prediction
from core.edit.words.token_count import TokenCount
from core.errors import InputError
from core.models.adapters.adapter import MOST_TIMESTEPS, Adapter, Parts
from core.models.adapters.part import DAMAGED, Part, Tensors
from core.models.backbone import PLAIN, Asked, Reading, Text
from core.models.memory.device import Placement
from core.models.text.chat import ChatPrompts

Own = Callable[[slice, torch.Tensor, int, int], dict[str, Any]]
SIDE = 2  # of a patch that stands in a row, in cells of the latent


class FlowAdapter(Adapter):
    """A transformer on patches of the latent that predicts v = ε − x0 on straight lines."""

    prediction = Field.FLOW

    def __init__(
        self,
        folder: Path,
        name: str,
        parts: Parts,
        transformer: Any,
        vae: Part,
        encoders: Sequence[Part],
        placement: Placement,
    ) -> None:
        self.schedule = read_flow(name, parts.scheduler)
        network = Part("The transformer", transformer, placement.network)
        super().__init__(folder, name, parts, network, vae, encoders, placement)

    def schedule_at(self, height: int, width: int, /) -> Flow:
        return self.schedule.for_patches(height * width // self.patch**2)

    def _times(self, asked: Asked) -> torch.Tensor:
        """(B,) in [0, 1]: 0 at the picture, 1 at the noise."""
        times = [level.timestep / self.schedule.times for level in asked.levels]
        return torch.tensor(times, device=asked.x.device, dtype=torch.float32)

    def _by_length(self, asked: Asked, own: Own) -> Callable[[Any], Tensors]:
        """The call of a network that reads patches in rows and knows no padding: texts of one length at a
        time (docs/decisions/065). own(samples, their tokens, rows, columns): what else it is told.
        """
        x, times = asked.x, self._times(asked)
        height, width = (side // SIDE for side in x.shape[-2:])

        def call(transformer: Any) -> Tensors:
            dtype = self._network.dtype

            def part(some: slice, tokens: torch.Tensor) -> torch.Tensor:
                out = transformer(
                    hidden_states=in_rows(x[some].to(dtype)),
                    timestep=times[some],
                    encoder_hidden_states=tokens.to(dtype),
                    return_dict=False,
                    **own(some, tokens, height, width),
                )[0]
                return out_of_rows(out, height, width)

            return (torch.cat([part(*alike) for alike in asked.text.alike]),)

        return call

    def _predicted(self, x: torch.Tensor, level: Level, v: torch.Tensor, /) -> Prediction:
        return flow_prediction(x, level, v, self.schedule.times)


class ChatFlowAdapter(FlowAdapter):
    """One whose texts a language model reads alone."""

    weighs = False
    _prompts: ChatPrompts

    def tokens(self, text: str, reading: Reading = PLAIN) -> TokenCount:
        return self._prompts.count(text, reading)

    @torch.inference_mode()
    def text(self, prompt: str, reading: Reading = PLAIN) -> Text:
        return Text(self._prompts.read(prompt, reading))


def read_flow(name: str, config: Mapping[str, object]) -> Flow | FlowBySize:
    """The flow of a FlowMatchEulerDiscreteScheduler's configuration. InputError for any other schedule.

    Which levels of it a walk takes (Karras's, exponential ones …) is a sampler's choice, and not read.
    """
    kind = str(config.get("_class_name", ""))
    if "FlowMatch" not in kind or config.get("invert_sigmas"):
        raise InputError(f"{name} has a schedule that this program can't use ({kind or 'unnamed'}).")
    told = {key: value for key, value in config.items() if key in _FLOW and value is not None}
    said = {key: float(str(value)) for key, value in {**_FLOW, **told}.items()}
    shift, times, end = said["shift"], said["num_train_timesteps"], said["shift_terminal"]
    if not (0 < shift < math.inf and 1 <= times <= MOST_TIMESTEPS and 0 <= end < 1):
        raise InputError(f"{name} has a schedule of {times:,} steps shifted by {shift}.", DAMAGED)
    if not config.get("use_dynamic_shifting"):
        return Flow(shift, int(times), end or None)
    least, most, few, many = (said[key] for key in _GROWS)
    exponential = config.get("time_shift_type", "exponential") == "exponential"
    if not (0 <= few < many < math.inf and abs(least) < MOST_SHIFT and abs(most) < MOST_SHIFT):
        raise InputError(f"{name} has a schedule shifted from {least} to {most}.", DAMAGED)
    return FlowBySize(least, most, int(few), int(many), exponential, int(times), end or None)


def flow_prediction(x: torch.Tensor, level: Level, v: torch.Tensor, times: int) -> Prediction:
    """v = ε − x0, so ε̂ = x + (1 − s)·v and x̂0 = x − s·v.

    At level 0 the network is asked at its smallest time: that time's own s turns v into ε̂, while x̂0 is x
    itself.
    """
    asked = level.timestep / times
    return Prediction(eps=x + (1 - asked) * v, x0=x - level.s * v)


def in_rows(latent: torch.Tensor) -> torch.Tensor:
    """(B, C, h, w) → (B, patches, 4·C): its patches row by row."""
    return torch.nn.functional.pixel_unshuffle(latent, SIDE).flatten(2).transpose(1, 2)


def out_of_rows(patches: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """The way back; height, width: in patches."""
    cells = patches.transpose(1, 2).unflatten(2, (height, width))
    return torch.nn.functional.pixel_shuffle(cells, SIDE)


def places(device: torch.device, height: int, width: int) -> torch.Tensor:
    """(patches, 3): frame, row and column of each."""
    sides = (torch.arange(side, device=device) for side in (1, height, width))
    return torch.cartesian_prod(*sides).float()


MOST_SHIFT = 10.0  # μ: e^μ is then 22,000
_GROWS = {"base_shift": 0.5, "max_shift": 1.15, "base_image_seq_len": 256, "max_image_seq_len": 4096}
_FLOW = {"shift": 1.0, "num_train_timesteps": 1000, "shift_terminal": 0.0, **_GROWS}
