"""An engine without torch, for a process of its own: it starts at once, and dies where it is told to."""

import logging
import os
import signal
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from core.edit.evaluations import Evaluations
from core.edit.progress import Progress, Stage
from core.edit.result import EditResult, FindResult, HeatMap, ModelInfo, Working
from core.edit.words.token_count import TokenCount
from core.errors import Cancelled, CoreError, DeviceError, InputError
from core.models.text.tokenizer_places import KINDS, by_command
from core.photo import rect as rects
from core.photo.masks.boxed import BoxedMask

HEAT = HeatMap(np.linspace(0, 1, 96, dtype=np.float32).reshape(8, 12))


class OwnError(InputError):
    """As the models' room has of its own, which the other side doesn't know."""


def raised(name):
    """An error by name."""

    class UnheardError(Exception):
        """Nobody can pickle it."""

        def __init__(self):
            super().__init__("oops")
            self.lock = threading.Lock()

    return {
        "core": CoreError("No memory left.", "Take a smaller picture."),
        "input": InputError("The mask is empty."),
        "lacking": InputError("It needs a tokenizer.", "Get it.", lacks="t5"),
        "device": DeviceError("There is no such device.", "Choose another."),
        "own": OwnError("It can't be used.", "Take another."),
        "fault": ZeroDivisionError("oops"),
        "unheard": UnheardError(),
    }[name]


class StandIn:
    """`folder` is where it is told what to do: a file "dies" names the stage at which it is killed, once, and
    "crashes" likewise; while "waits" is there, it decodes until it is stopped, and while "lacks" names a
    tokenizer, a model in a file is refused for want of it, while "without" names one, it has left out a part.
    """

    def __init__(self, folder):
        self.folder = Path(folder)
        self.loaded = None
        self.cached = 0
        self._reach("starting")

    def limit_cache(self, limit):
        self.cached = limit // 2

    def devices(self):
        return ("cpu",)

    def load(self, model, device):
        self._reach("loading")
        lacks = self.folder / "lacks"
        if lacks.exists() and model.endswith(".safetensors"):
            raise InputError("It needs the tokenizer.", "A command fetches it.", lacks=lacks.read_text())
        logging.getLogger("stand_in").warning("loading %s", model)
        self.loaded = ModelInfo(model, "/models", 64, device, "float32")
        without = self.folder / "without"
        if without.exists() and model.endswith(".safetensors"):
            told = without.read_text()
            notices = "T5 is left out.", by_command(KINDS[told]), "The rest is taken from elsewhere."
            self.loaded = replace(self.loaded, notices=notices, lacks=told)
        return self.loaded

    def find(self, request, photo, on_progress, cancel):
        self._reach("finding")
        on_progress(Progress(Stage.FINDING, 1, 1, found=HEAT))
        return FindResult(request, HEAT, Evaluations(), {}, Working(12, 8), "cpu")

    def run(self, request, photo, mask, on_progress, cancel):
        if request.query.startswith("raise "):
            raise raised(request.query.split()[1])
        small = np.ascontiguousarray(photo.pixels[:8, :8])
        for stage in (Stage.FINDING, Stage.ENCODING, Stage.DECODING):
            on_progress(Progress(stage, 1, 2, preview=small))
            self._reach(stage.value)
        result = drawn(request, photo, mask)
        while (self.folder / "waits").exists():
            if cancel.asked:
                raise Cancelled((result, on_progress))
            on_progress(Progress(Stage.DECODING, 1, 2))
            time.sleep(0.001)
        on_progress(Progress(Stage.PASTING, 1, 1))
        self._reach("pasting")
        return result

    def draw(self, request, size, on_progress, cancel):
        raise NotImplementedError

    def keep(self, partial):
        self._reach("keeping")
        result, on_progress = partial
        on_progress(Progress(Stage.PASTING, 1, 1))
        return replace(result, complete=False)

    def tokens(self, texts, style):
        self._reach("counting")
        return tuple(TokenCount(len(text), 16) for text in texts) if self.loaded else ()

    def _reach(self, stage):
        for order, number in (("dies", signal.SIGKILL), ("crashes", signal.SIGSEGV)):
            file = self.folder / order
            if file.is_file() and file.read_text() == stage:
                file.unlink()
                os.kill(os.getpid(), number)
                time.sleep(60)


def drawn(request, photo, mask):
    """What a run comes to: inside the mask the seed's colour."""
    mask = BoxedMask.of(np.full(photo.pixels.shape[:2], 255, np.uint8) if mask is None else mask)
    pixels = photo.pixels[rects.slices(mask.box)].copy()
    pixels[mask.values > 0] = request.seed % 256
    pixels.setflags(write=False)
    return EditResult(
        request=request, pixels=pixels, drawn=pixels, mask=mask, heat=HEAT, traces=(),
        evaluations=Evaluations(), seconds={}, working=Working(12, 8), device="cpu",
    )  # fmt: skip
