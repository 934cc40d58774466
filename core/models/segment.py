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
from transformers import Sam2Config, Sam2Model

from core.causes import reading
from core.errors import InputError
from core.models.device import place
from core.models.documents import read_json
from core.models.header import AGAIN, read_header
from core.models.memory import Ladder, Measure
from core.models.weights import fill, opened, without_weights
from core.photo.click import Click
from core.photo.rect import Rect, Size, corners

MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet's red, green and blue
KINDS = ("sam2", "sam2_video")  # the hub's files are those of the video model, which holds this one
PARTS = ("vision_config", "prompt_encoder_config", "mask_decoder_config")
FILE = "model.safetensors"


@dataclass(frozen=True, eq=False)
class Looked:
    """What the encoder made of a picture of `size` (W, H): all that is asked of it afterwards."""

    embeddings: tuple[torch.Tensor, ...]
    size: Size


class Segmenter:
    """One SAM 2.1 on a device."""

    def __init__(self, model: Any, device: torch.device) -> None:
        self._model, self._device = model.to(device).eval(), device
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
            header = read_header(folder / FILE)
            with opened(header) as source:
                known = model.state_dict().keys() & header.tensors.keys()
                weights = {key: source.tensor(key).to(torch.float32) for key in known}
            fill(folder.name, model, weights)
        return Segmenter(model, place(device).device)

    def look(self, pixels: np.ndarray) -> Looked:
        """A picture, uint8 (H, W, 3) in sRGB, through the encoder: once, however much is asked of it."""
        seen = prepared(pixels, self._side)
        with torch.inference_mode():
            found = self._ladder.climb(lambda: self._model.get_image_embeddings(seen.to(self._device)))
        return Looked(tuple(found), (pixels.shape[1], pixels.shape[0]))

    def take(self, looked: Looked, clicks: Sequence[Click], box: Rect | None = None) -> np.ndarray:
        """What is meant by clicks, in pixels of the picture, and by a box (x, y, w, h): uint8 (h, w), which
        covers the picture (`core.photo.mask.enlarge_box`), 128 and more inside.

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
            inside = torch.sigmoid(found.pred_masks[0, 0, best].float()).mul(255).round()
        return inside.to(torch.uint8).cpu().numpy()

    def _asked(self, looked: Looked, asked: Mapping[str, torch.Tensor], *, several: bool) -> Any:
        here = {name: value.to(self._device) for name, value in asked.items()}
        embeddings = [one.to(self._device) for one in looked.embeddings]
        return self._model(image_embeddings=embeddings, multimask_output=several, **here)

    def _to_processor(self) -> bool:
        """The rung that there is: the whole model is computed by the processor."""
        if self._device.type == "cpu":
            return False
        self._device = torch.device("cpu")
        self._model.to(self._device)
        self.measures.append(Measure.OFFLOADED)
        return True


def prepared(pixels: np.ndarray, side: int) -> torch.Tensor:
    """A picture, uint8 (H, W, 3) in sRGB, as the encoder takes it: (1, 3, side, side), float32."""
    small = Image.fromarray(pixels).resize((side, side), Image.Resampling.BILINEAR, reducing_gap=3.0)
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
    given = read_json(folder / "config.json")
    if given.get("model_type") not in KINDS:
        raise InputError(
            f"{folder.name} is no SAM 2.1 model.", "Take facebook/sam2.1-hiera-tiny or -small from the hub."
        )
    parts: dict[str, Any] = {part: given[part] for part in PARTS if part in given}
    return Sam2Config(**parts)
