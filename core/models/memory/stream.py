"""A network that is larger than its device: its blocks go there in turn."""

from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch
from torch import nn

from core.models.memory.machine import main_memory

MOSTLY = 0.9  # of a layer's weights lie in lists of its own: it is taken apart


@dataclass(eq=False)
class _Block:
    """One layer of a network. host: its tensors and where each lies in main memory while it is there."""

    module: nn.Module
    host: list[tuple[torch.Tensor, torch.Tensor]] = field(default_factory=list[tuple[Any, Any]])
    came: torch.cuda.Event | None = None  # marks the end of its copying


class Lane:
    """A CUDA stream that copies while another one computes."""

    def __init__(self, device: torch.device) -> None:
        self._device, self._copies = device, torch.cuda.Stream(device)

    def fetch(self, tensors: list[torch.Tensor]) -> tuple[list[torch.Tensor], torch.cuda.Event]:
        """Begin to copy; what is computed with the copies has to wait for the event."""
        with torch.cuda.stream(self._copies):
            there = [on_device(tensor, self._device) for tensor in tensors]
            event = torch.cuda.Event()
            event.record(self._copies)
        for tensor in there:  # once let go, its memory waits for what the device still computes with it
            tensor.record_stream(torch.cuda.current_stream(self._device))
        return there, event

    def wait(self, event: torch.cuda.Event) -> None:
        torch.cuda.current_stream(self._device).wait_event(event)


class Stream:
    """Keeps a network in main memory and brings each block to the device for its own computation only.

    A block is an element of a list of layers (nn.ModuleList); what stands outside of such lists goes as a
    whole (`move_rest`). Which block follows which is learned from the first pass; from then on a
    CUDA device gets the next block by a stream of its own while the present one computes, so that it holds
    two at most, and elsewhere one. Weights never change under way, so nothing is copied back. The
    predictions are those of a network that lies there whole, to the bit.
    """

    def __init__(self, module: nn.Module, device: torch.device) -> None:
        self._module, self._device = module, device
        self._blocks = tuple(map(_Block, _layers(module)))
        self._lane = Lane(device) if device.type == "cuda" else None
        self._next: dict[_Block, _Block] = {}
        self._last: _Block | None = None
        module.to(torch.device("cpu"))
        if self._lane is not None and _bytes(module) < (main_memory().free or 0) / 2:
            for tensor in _tensors(module):
                tensor.data = tensor.data.pin_memory()  # from elsewhere copying holds up the computing
        self._hooks = [module.register_forward_pre_hook(self._begin)]
        for block in self._blocks:
            self._hooks.append(block.module.register_forward_pre_hook(partial(self._enter, block)))
            self._hooks.append(block.module.register_forward_hook(partial(self._leave, block)))

    def move_rest(self, device: torch.device) -> None:
        """What is no block, to the device or to main memory; blocks that a failed pass left leave."""
        self._begin()
        inside = {id(tensor) for block in self._blocks for tensor in _tensors(block.module)}
        for tensor in _tensors(self._module):
            if id(tensor) not in inside:
                tensor.data = tensor.data.to(device)

    def end(self) -> None:
        """All of it lies in main memory, as an ordinary module."""
        self.move_rest(torch.device("cpu"))
        for hook in self._hooks:
            hook.remove()

    def _begin(self, *_: object) -> None:
        self._last = None
        for block in self._blocks:
            self._drop(block)

    def _enter(self, block: _Block, *_: object) -> None:
        if not block.host:
            self._fetch(block)
        if self._lane is not None and block.came is not None:
            self._lane.wait(block.came)
        if self._last is not None:
            self._next[self._last] = block
        self._last = block
        following = self._next.get(block)
        if self._lane is not None and following is not None and not following.host:
            self._fetch(following)

    def _leave(self, block: _Block, *_: object) -> None:
        self._drop(block)

    def _fetch(self, block: _Block) -> None:
        tensors = _tensors(block.module)
        held = [tensor.data for tensor in tensors]
        if self._lane is not None:
            there, block.came = self._lane.fetch(held)
        else:
            there = [on_device(tensor, self._device) for tensor in held]
        block.host = list(zip(tensors, held, strict=True))
        for tensor, copy in zip(tensors, there, strict=True):
            tensor.data = copy

    def _drop(self, block: _Block) -> None:
        for tensor, held in block.host:
            tensor.data = held
        block.host, block.came = [], None


def on_device(tensor: torch.Tensor, device: torch.device) -> torch.Tensor:
    """A copy of a tensor there."""
    return tensor.to(device, non_blocking=True)


def _layers(module: nn.Module) -> list[nn.Module]:
    """The blocks of a network, in order.

    Elements of its lists of layers: the outermost ones, but for an element that is itself hardly more than
    lists (a stage of a U-Net is).
    """
    if not isinstance(module, nn.ModuleList):
        return [layer for child in module.children() for layer in _layers(child)]
    found: list[nn.Module] = []
    for element in module:
        within = _layers(element)
        covered = sum(map(_bytes, within))
        found += within if within and covered > MOSTLY * _bytes(element) else [element]
    return found


def _tensors(module: nn.Module) -> list[torch.Tensor]:
    return [*module.parameters(), *module.buffers()]


def _bytes(module: nn.Module) -> int:
    return sum(tensor.nbytes for tensor in _tensors(module))
