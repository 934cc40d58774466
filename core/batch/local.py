"""The workers of a batch on this machine: how many, with which devices and threads."""

import os
from functools import partial

from core.batch.processes import Processes
from core.batch.run import Workers
from core.edit.request import EditRequest
from core.models.memory.machine import ask_torch


def local(request: EditRequest, workers: int | None, quality: int) -> Workers:
    """Processes of this machine: one for each GPU that the recipe's device allows, else one or `workers`."""
    from core.batch.worker import PictureWorker, Setup

    devices = ask_torch(_gpus) or () if request.device in ("auto", "cuda") else ()
    count = workers or len(devices) or 1
    threads = max(1, (os.cpu_count() or 1) // count)
    return Processes(partial(PictureWorker, Setup(request, threads, quality)), count, threads, devices)


def _gpus() -> tuple[str, ...]:
    """What CUDA_VISIBLE_DEVICES can name here."""
    import torch

    seen = os.environ.get("CUDA_VISIBLE_DEVICES")
    names = seen.split(",") if seen else [str(n) for n in range(torch.cuda.device_count())]
    return tuple(names[: torch.cuda.device_count()])
