"""SAM 2.1: what a click or a box on a picture takes. Ravi et al., SAM 2 (arXiv 2408.00714), by transformers.

transformers' own image processor wants torchvision; what it does to a picture, to points and to masks is done
here: a picture is squeezed to the model's square, and masks of that square are enlarged with the photo.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from transformers.models.sam2.configuration_sam2 import Sam2Config
from transformers.models.sam2.modeling_sam2 import Sam2Model

from core.causes import reading
from core.models.files.header import AGAIN, read_header
from core.models.files.weights import fill, opened, without_weights
from core.models.memory.device import place
from core.models.memory.ladder import Ladder, Measure
from core.models.segment.folders import WEIGHTS, settings_of
from core.photo import bands
from core.photo.masks.click import Click
from core.photo.masks.mask import cut
from core.photo.rect import Rect, Size, corners
from core.photo.space import SRGB, Space

MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet's red, green and blue
PARTS = ("vision_config", "prompt_encoder_config", "mask_decoder_config")
CPU = torch.device("cpu")
SURE = 8.0  # the log-odds beyond which what is in and what is out isn't told apart any further


@dataclass(frozen=True, eq=False)
class Looked:
    """What the encoder made of a picture of `size` (W, H), in main memory: all that is asked of it
    afterwards.
    """

    embeddings: tuple[torch.Tensor, ...]
    size: Size

    @property
    def bytes(self) -> int:
        return sum(one.nbytes for one in self.embeddings)


class Segmenter:
    """One SAM 2.1, on its device while it is asked."""

    def __init__(self, model: Any, device: torch.device) -> None:
        self._model, self._device = model.eval(), device
        self._side = int(model.prompt_encoder.input_image_size)
        self._ladder = Ladder([self._to_processor], device)
        self.measures: list[Measure] = []

    @staticmethod
    def open(folder: Path, device: str = "auto") -> "Segmenter":
        """From a folder as the hub has it: config.json and model.safetensors. InputError for any other."""
        with reading(folder.name, AGAIN):
            config = _config(folder)
            with without_weights():
                model = Sam2Model(config)
            header = read_header(folder / WEIGHTS)
            with opened(header) as source:
                known = model.state_dict().keys() & header.tensors.keys()
                weights = {key: source.tensor(key).to(torch.float32) for key in known}
            fill(folder.name, model, weights)
        return Segmenter(model, place(device).device)

    def look(self, pixels: np.ndarray, space: Space = SRGB) -> Looked:
        """A picture, uint8 (H, W, 3), through the encoder: once, however much is asked of it."""
        seen = prepared(pixels, self._side, space)
        with torch.inference_mode():
            found = self._ladder.climb(lambda: self._ready().get_image_embeddings(seen.to(self._device)))
        return Looked(tuple(one.to(CPU) for one in found), (pixels.shape[1], pixels.shape[0]))

    def take(self, looked: Looked, clicks: Sequence[Click], box: Rect | None = None) -> np.ndarray:
        """What is meant by clicks, in pixels of the picture, and by a box (x, y, w, h): a small mask as
        `core.photo.masks.mask.cut` makes them, uint8 (h, w), which covers the picture (`enlarge_box`).

        Of a single click, which may mean a thing or its part, the reading that the model trusts most.
        ValueError for neither a click nor a box.
        """
        if not clicks and box is None:
            raise ValueError("neither a click nor a box")
        asked = _prompts(clicks, box, looked.size, self._side)
        with torch.inference_mode():
            found = self._ladder.climb(
                lambda: self._asked(looked, asked, several=len(clicks) == 1 and box is None)
            )
            best = int(found.iou_scores[0, 0].argmax())
            odds = found.pred_masks[0, 0, best].float().cpu().numpy()
        return cut(np.clip(odds / (2 * SURE) + 0.5, 0, 1), looked.size, 0.5)

    def rest(self) -> None:
        """Leave the device to others until it is asked again."""
        self._model.to(CPU)

    def _ready(self) -> Any:
        return self._model.to(self._device)

    def _asked(self, looked: Looked, asked: Mapping[str, torch.Tensor], *, several: bool) -> Any:
        here = {name: value.to(self._device) for name, value in asked.items()}
        embeddings = [one.to(self._device) for one in looked.embeddings]
        return self._ready()(image_embeddings=embeddings, multimask_output=several, **here)

    def _to_processor(self) -> bool:
        """The rung that there is: the whole model is computed by the processor."""
        if self._device == CPU:
            return False
        self._device = CPU
        self._model.to(CPU)
        self.measures.append(Measure.SEGMENTED)
        return True


def prepared(pixels: np.ndarray, side: int, space: Space = SRGB) -> torch.Tensor:
    """A picture, uint8 (H, W, 3) in its space, as the encoder takes it: (1, 3, side, side), float32."""
    small = space.to_srgb(bands.shrink(pixels, (side, side), Image.Resampling.BILINEAR, 3.0))
    mean, deviation = np.array(MEAN, np.float32), np.array(DEVIATION, np.float32)
    values = (np.asarray(small, np.float32) / 255 - mean) / deviation
    return torch.from_numpy(np.moveaxis(values, 2, 0).copy())[None]


def _prompts(clicks: Sequence[Click], box: Rect | None, size: Size, side: int) -> dict[str, torch.Tensor]:
    """As the model takes them: in pixels of its square, to whose middles it adds half a one itself."""
    scale = torch.tensor([side / size[0], side / size[1]])
    asked: dict[str, torch.Tensor] = {}
    if clicks:
        points = torch.tensor([[click.x + 0.5, click.y + 0.5] for click in clicks]) * scale - 0.5
        asked["input_points"] = points[None, None]
        asked["input_labels"] = torch.tensor([[[int(click.keep) for click in clicks]]])
    if box is not None:
        edges = torch.tensor(corners(box), dtype=torch.float32).reshape(2, 2) * scale - 0.5
        asked["input_boxes"] = edges.reshape(1, 1, 4)
    return asked


def _config(folder: Path) -> Any:
    given = settings_of(folder)
    parts: dict[str, Any] = {part: given[part] for part in PARTS if part in given}
    return Sam2Config(**parts)
