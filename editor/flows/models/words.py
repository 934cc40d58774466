"""What the chooser says of a model, and in which colour."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from editor.flows.models.choice import ModelChoice

if TYPE_CHECKING:
    from core.models.memory.machine import Verdict

COLORS = {"YES": "#2e9e5b", "TIGHT": "#d08a1d", "NO": "#d2455c", "UNKNOWN": "#8a8a8a"}


def gigabytes(count: int) -> str:
    """Bytes as people read them on a page of models."""
    from core.models.memory.machine import size

    return size(count)


class Words(QObject):
    """Sentences and marks."""

    def color(self, choice: ModelChoice) -> str:
        """Of the dot that says whether it fits; "" while nobody asked."""
        best = choice.lean or choice.fits
        return "" if best is None else self.color_of(best)

    @staticmethod
    def color_of(verdict: "Verdict") -> str:
        return COLORS[verdict.fit.name]

    def short_fit(self, choice: ModelChoice) -> str:
        """Whether it fits, in a word."""
        best = choice.lean or choice.fits
        words = {
            "YES": self.tr("fits"),
            "TIGHT": self.tr("tight"),
            "NO": self.tr("too large"),
            "UNKNOWN": self.tr("fit unknown"),
        }
        return "" if best is None else words[best.fit.name]

    def marks(self, choice: ModelChoice) -> tuple[str, ...]:
        """What is to be known at a glance."""
        marks = [self.tr("recommended")] if choice.recommended else []
        if choice.where is not None:
            marks.append(self.tr("on this machine"))
        elif choice.on_disk:
            marks.append(self.tr("{size} of it here").format(size=gigabytes(choice.on_disk)))
        elif choice.lean is not None:
            marks.append(self.tr("from {size}").format(size=gigabytes(choice.to_fetch(t5=False))))
        elif choice.bytes:
            marks.append(gigabytes(choice.bytes))
        if choice.commercial == "no":
            marks.append(self.tr("non-commercial"))
        if choice.gated:
            marks.append(self.tr("account needed"))
        return tuple(marks)

    def commercial(self, choice: ModelChoice) -> str:
        """Whether what it makes may be sold."""
        return {
            "yes": self.tr("Commercial use is allowed within it."),
            "limited": self.tr("Commercial use is limited."),
            "no": self.tr("Non-commercial: what it makes may not be sold."),
        }.get(choice.commercial, self.tr("Whether commercial use is allowed stands on its page."))

    def licence(self, choice: ModelChoice) -> str:
        """Its name, or where it stands."""
        if choice.licence:
            return choice.licence
        return self.tr("Not told by its card") if choice.offer else self.tr("On its page")

    def size(self, choice: ModelChoice, *, t5: bool) -> str:
        """What there is to fetch."""
        whole = choice.to_fetch(t5=t5)
        if choice.where is not None:
            return self.tr("Nothing: it is on this machine")
        if not whole:
            return self.tr("Not known yet: look it up")
        here = choice.on_disk
        if here and choice.offer is None:
            text = self.tr("{whole}, of which {here} are here")
            return text.format(whole=gigabytes(whole), here=gigabytes(min(here, whole)))
        if choice.offer is not None and choice.left < whole == choice.bytes:
            text = self.tr("{left} of {whole}: the rest is here")
            return text.format(left=gigabytes(choice.left), whole=gigabytes(whole))
        return gigabytes(whole)

    def memory(self, choice: ModelChoice, *, t5: bool) -> str:
        verdict = choice.verdict(t5=t5)
        if verdict is None or not verdict.memory:
            return self.tr("Not known yet")
        return self.tr("about {size}").format(size=gigabytes(verdict.memory))

    def fit(self, choice: ModelChoice, *, t5: bool) -> str:
        verdict = choice.verdict(t5=t5)
        return self.tr("Not known before it is looked up.") if verdict is None else verdict.sentence

    def progress(self, here: int, whole: int, speed: float) -> str:
        """How far it is, how fast, and how long it will take."""
        from editor.statusbar import clock

        text = self.tr("{here} of {whole}").format(here=gigabytes(here), whole=gigabytes(whole))
        if speed <= 0:
            return text
        left = clock((whole - here) / speed)
        return text + self.tr(" · {speed}/s · {left} left").format(speed=gigabytes(int(speed)), left=left)
