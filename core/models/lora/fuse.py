"""LoRA files in a loaded model: W + w·ΔW, fused and unfused again, to the bit."""

from pathlib import Path

import torch

from core.errors import InputError
from core.models.files.packed import PackedLayer
from core.models.lora.file import read_lora
from core.models.lora.places import Modules
from core.models.lora.update import Update

TAKE_OUT = "Give them smaller weights, or take one out."


class Loras:
    """The LoRAs in a loaded model. What they changed is kept, so that taking them out leaves no trace."""

    def __init__(self, modules: Modules) -> None:
        self._modules = modules
        self._originals: dict[tuple[str, str], torch.Tensor] = {}
        self._packed: list[PackedLayer] = []
        self.fused: tuple[tuple[object, ...], ...] = ()  # file, weight, and the file's stamp
        self.notices: tuple[str, ...] = ()  # what of them the model has no place for

    def fuse(self, loras: tuple[tuple[str, float], ...]) -> bool:
        """Make exactly these (file, weight) part of the model; whether that changed which are in it.

        InputError when one can't be read or doesn't fit. The model is then left without any, to the bit, as
        after every other failure on the way.
        """
        loras = tuple((file, weight) for file, weight in loras if weight)
        wanted = tuple((file, weight, *_stamp(Path(file))) for file, weight in loras)
        if wanted == self.fused:
            return False
        self.unfuse()
        layers: dict[tuple[str, str], list[tuple[Update, float]]] = {}
        notices: list[str] = []
        for file, weight in loras:
            read = read_lora(Path(file), self._modules)
            notices += [read.notice] if read.notice else []
            for update in read.updates:
                place = update.place.part, update.place.parameter
                layers.setdefault(place, []).append((update, weight))
        try:
            for key, updates in layers.items():
                self._fuse_layer(key, updates)
        except BaseException:
            self.unfuse()
            raise
        self.fused, self.notices = wanted, tuple(dict.fromkeys(notices))
        return True

    def _fuse_layer(self, key: tuple[str, str], updates: list[tuple[Update, float]]) -> None:
        """One layer at a time: a file's updates, multiplied out, are as large as the model in float32."""
        part, name = key
        layer = self._modules[part].get_submodule(name.rpartition(".")[0])
        if isinstance(layer, PackedLayer) and name.endswith(".weight"):
            self._change_packed(name, layer, updates)
            return
        parameter = self._parameter(*key)
        with torch.no_grad():
            self._originals[key] = parameter.detach().to("cpu", copy=True)
            fused = parameter.to(torch.float32, copy=True)  # added in float32, rounded once
            for update, weight in updates:
                fused.add_(update.delta(parameter).to(fused.device), alpha=weight)
            parameter.copy_(fused)
            if not torch.isfinite(parameter).all() and torch.isfinite(self._originals[key]).all():
                raise InputError(f"With these LoRAs the weight {key[1]} is not finite.", TAKE_OUT)

    def _change_packed(self, name: str, layer: PackedLayer, updates: list[tuple[Update, float]]) -> None:
        """A weight that stays packed takes no sum: the updates wait beside it, and are added as it widens."""
        with torch.no_grad():
            finite = bool(torch.isfinite(layer.weight).all())
            layer.changes = [(update.on(layer.rows.device), weight) for update, weight in updates]
            self._packed.append(layer)
            if finite and not torch.isfinite(layer.weight).all():
                raise InputError(f"With these LoRAs the weight {name} is not finite.", TAKE_OUT)

    def unfuse(self) -> None:
        """Take out all that is fused, to the bit."""
        for layer in self._packed:
            layer.changes = ()
        self._packed = []
        with torch.no_grad():
            for key, original in self._originals.items():
                self._parameter(*key).copy_(original)
        self._originals, self.fused, self.notices = {}, (), ()

    def _parameter(self, part: str, weight: str) -> torch.Tensor:
        return self._modules[part].get_parameter(weight)


def _stamp(path: Path) -> tuple[int, int]:
    """Length and time of a file; another file of that name has others. (0, 0) for none."""
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_size, found.st_mtime_ns
