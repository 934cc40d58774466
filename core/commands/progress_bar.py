"""How far a command is, as a bar on a terminal; elsewhere nothing is shown."""

import sys
from typing import Any, Self

from core.edit.progress import Progress

PIECES = "{l_bar}{bar}| {n_fmt}/{total_fmt} {unit}s [{elapsed}{postfix}]"


class ProgressBar:
    """One bar over all that a command does; `with` closes it.

    unit: what is counted, `total` of it; layout: tqdm's bar_format; stays: on the screen when closed;
    scaled: told in thousands and millions.
    done: how many there are, on a terminal or not.
    """

    def __init__(
        self,
        unit: str,
        total: int,
        layout: str | None = None,
        *,
        stays: bool = False,
        scaled: bool = False,
    ) -> None:
        from tqdm import tqdm

        hidden = not sys.stderr.isatty()
        self._bar: Any = tqdm(
            total=total, unit=unit, bar_format=layout, leave=stays, unit_scale=scaled, disable=hidden
        )
        self.done = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def show(self, done: int, stage: str = "", beside: str = "") -> None:
        """stage: said before the bar; beside: said after it. What is empty stays as it was."""
        if stage:
            self._bar.set_description(stage, refresh=False)
        if beside:
            self._bar.set_postfix_str(beside, refresh=False)
        self._bar.update(done - self.done)
        self._bar.refresh()
        self.done = done


class JobBar(ProgressBar):
    """Over all that a job asks of the network, in hundredths: called with its progress."""

    def __init__(self) -> None:
        super().__init__("%", 100, "{l_bar}{bar}| [{elapsed}{postfix}]")

    def __call__(self, progress: Progress) -> None:
        self.show(round(100 * progress.share), progress.stage.value, time_left(progress.seconds_left))


def time_left(seconds: float | None) -> str:
    """To say beside a bar: "12 s left", nothing where it isn't known."""
    return "" if seconds is None else f"{seconds:.0f} s left"
