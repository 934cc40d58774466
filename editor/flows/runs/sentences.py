"""What is said above the canvas before, during and after a run."""

from collections.abc import Callable

from PySide6.QtCore import QObject

from editor.banner import Banner, Bar


class Sentences(QObject):
    """The notices and questions of runs, each with its ways on."""

    def __init__(self, banner: Banner) -> None:
        super().__init__(banner)
        self._banner = banner

    def open_first(self) -> None:
        self._banner.notice(self.tr("Open a picture first."))

    def query_first(self) -> None:
        self._banner.notice(
            self.tr("Say first what it should be."),
            self.tr("For instance “a zebra”, where the picture shows a horse."),
        )

    def same(self) -> None:
        """A search came to nothing: the prompts don't differ."""
        self._banner.notice(
            self.tr("The two prompts mean the same to this model: nothing was found."),
            self.tr("Say more exactly what is there and what it should be, or paint the mask."),
        )

    def unclear(self) -> None:
        """A search came to nothing above the threshold."""
        self._banner.notice(
            self.tr("No clear region was found."),
            self.tr("Lower the threshold, paint the mask, or repaint the whole picture."),
        )

    def everywhere(self, edit_whole: Callable[[], None]) -> None:
        """No region stands out: no mask will hold this edit, so offer the method that has none."""
        self._banner.notice(
            self.tr("This edit seems to change the whole picture."),
            self.tr("No region stands out from the rest, so a mask can't hold it."),
        ).add(
            self.tr("Edit the whole picture"),
            self.tr("Turn to the method without a mask (encode–decode) and repaint the picture as it was."),
            edit_whole,
        )

    def empty(self, text: str, find: Callable[[], None], whole: Callable[[], None]) -> None:
        """There is no region to repaint, as `text` says."""
        self._banner.ask(
            text or self.tr("The mask is empty."),
            (self.tr("Find mask"), find),
            (self.tr("Whole picture"), whole),
            hint=self.tr("Find the region by the prompts, repaint the whole picture, or paint a mask."),
        )

    def changed(self, apply: Callable[[], None]) -> None:
        """An edit is finished, but was asked for on something else than is there now."""
        self._banner.ask(
            self.tr("The picture or its mask changed meanwhile."),
            (self.tr("Apply anyway"), apply),
            (self.tr("Discard"), lambda: None),
            hint=self.tr("The finished edit is kept here until you decide."),
        )

    def stopped(self, i: int, n: int, keep: Callable[[], None]) -> Bar:
        """A run was stopped after i of n steps of its stage."""
        return self._banner.ask(
            self.tr("Stopped at step {i} of {n}.").format(i=i, n=n),
            (self.tr("Keep"), keep),
            (self.tr("Drop"), lambda: None),
            hint=self.tr("Keep takes what the model had drawn so far; Drop leaves the picture as it was."),
        )
