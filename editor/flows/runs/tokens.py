"""What of the prompts a model reads and knows: looked at once typing pauses, and for every new model."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from core.edit.lora_tags import without_tags
from core.edit.result import Counted, ModelInfo
from core.edit.vocabulary import says_nothing
from editor.document.document import Changed, Document, What
from editor.jobs import Jobs

PAUSE = 400  # ms without a key

Prompts = tuple[str, str, str]
Then = Callable[[tuple[str, ...]], None]


class Tokens(QObject):
    """`told`: a sentence for each prompt that the model can't read whole, "" when it can.

    strange   of what it should be: the words that the model doesn't know
    knows     what a model of a small world knows, "" when it knows all the world
    """

    told = Signal(str)
    strange = Signal(tuple)

    def __init__(self, document: Document, jobs: Jobs) -> None:
        super().__init__()
        self._document, self._jobs = document, jobs
        self._pause = QTimer(self, singleShot=True, interval=PAUSE)
        self._counted: Prompts | None = None  # None: no model is there that could count
        self.knows: str | None = None  # None: while no model is loaded
        self._unknown: tuple[Prompts, tuple[str, ...]] | None = None  # as counted last
        self._waiting: Then | None = None
        self._pause.timeout.connect(self._count)
        document.changed.connect(self._hear)
        jobs.modelLoading.connect(self._leave)
        jobs.modelReady.connect(self._meet)
        jobs.counted.connect(self._tell)

    def when_known(self, then: Then) -> None:
        """Call `then` with the words of what it should be, if the model knows none of them, else with ().

        At once where that is known; after the model is loaded and has looked at the prompts, where it isn't.
        """
        self._waiting = then
        if self.knows == "":
            self._answer(())
        elif self._unknown is not None and self._unknown[0] == self._prompts():
            self._answer(self._unknown[1])
        else:
            self._count()

    def _answer(self, unknown: tuple[str, ...]) -> None:
        then, self._waiting = self._waiting, None
        if then is not None:
            then(unknown if says_nothing(self._prompts()[1], unknown) else ())

    def _leave(self, _: str) -> None:
        self.knows, self._unknown = None, None

    def _meet(self, info: ModelInfo, _: tuple[str, ...]) -> None:
        self.knows = info.knows
        self._count()

    def _prompts(self) -> Prompts:
        draft = self._document.state.draft
        return without_tags(draft.reference), without_tags(draft.query), draft.avoid

    def _hear(self, change: Changed) -> None:
        if change.what & What.DRAFT and self._counted not in (None, self._prompts()):
            self._pause.start()

    def _count(self) -> None:
        self._counted = self._prompts()
        if any(self._counted):
            self._jobs.count(self._counted)
        else:
            self.told.emit("")
            self.strange.emit(())

    def _tell(self, prompts: Prompts, counts: tuple[Counted, ...]) -> None:
        if prompts != self._prompts():
            return  # typed on since: another count is on its way
        unknown = counts[1][2] if counts else ()
        self._unknown = (prompts, unknown) if counts else None
        names = self.tr("What is there"), self.tr("What it should be"), self.tr("Avoid")
        long = self.tr("“{name}” has {used} tokens; this model reads only the first {limit}.")
        strange = self.tr("“{name}” has words that this model doesn't know: {words}.")
        said: list[str] = []
        for name, (used, limit, words) in zip(names, counts, strict=False):
            said += [long.format(name=name, used=used, limit=limit)] if used > limit else []
            said += [strange.format(name=name, words=", ".join(words))] if words else []
        self.told.emit("\n".join(said))
        self.strange.emit(unknown)
        self._answer(unknown)
