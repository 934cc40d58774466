"""The search for a region: where it is looked for, and how often."""

from collections.abc import Callable, Sequence

from core.edit.job import Job
from core.edit.placing import closer, found, sharper
from core.edit.progress import Stage
from core.edit.request import ZOOMS
from core.edit.result import HeatMap
from core.photo.rect import Rect, Size

At = Callable[[Rect | None], Job]  # the job on a part of the photo; None: on all of it


def search(job: Job, size: Size, windows: Sequence[Rect], pixels: int, at: At) -> tuple[Job, HeatMap]:
    """The region, and the job on what of a photo of `size` (W, H) it was found in.

    windows  of the photo, in the likeliest of which it is looked for where the request seeks its place; none:
             it is looked for once, and never closer
    pixels   a side of the model's view
    """
    with job.watch.stage(Stage.FINDING):
        if not windows:
            heat = job.find()
        else:
            places = job.places(windows) if job.request.seeks_place else (None,)
            looks = [look_closer(at(place), size, pixels, at) for place in places]
            job, heat = min(looks, key=lambda look: _spill(look[1]))
        job.tell(heat)
        return job, heat


def look_closer(job: Job, size: Size, pixels: int, at: At) -> tuple[Job, HeatMap]:
    """The region, looked at again in a frame round what was found, as long as that shows it sharper; as long
    as that shows it at all, where its place was looked for: then it is small.
    """
    counts = _shows if job.request.seeks_place else sharper
    heat = job.find()
    for _ in range(ZOOMS):
        frame = closer(heat, size, pixels)
        if frame is None or heat.is_global:
            break
        framed = at(frame)
        seen = framed.find()
        if not counts(seen, heat, size):
            break
        job, heat = framed, seen
    return job, heat


def _shows(seen: HeatMap, _before: HeatMap, size: Size) -> bool:
    return found(seen, size) is not None


def _spill(heat: HeatMap) -> float:
    """How far what was found goes on beyond what was looked into: of a thing that lies in it, hardly."""
    return 0.0 if heat.reach is None else heat.reach.border
