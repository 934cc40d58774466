"""What of the prompts a model reads and knows: looked at once typing pauses, and for every new model."""

from PySide6.QtCore import QObject, QTimer, Signal

from core.edit.progress import Counted
from editor.document.document import Changed, Document, What
from editor.jobs import Jobs

PAUSE = 400  # ms without a key

Prompts = tuple[str, str, str]


class Tokens(QObject):
    """`told`: a sentence for each prompt that the model can't read whole, "" when it can."""

    told = Signal(str)

    def __init__(self, document: Document, jobs: Jobs) -> None:
        super().__init__()
        self._document, self._jobs = document, jobs
        self._pause = QTimer(self, singleShot=True, interval=PAUSE)
        self._counted: Prompts | None = None  # None: no model is there that could count
        self._pause.timeout.connect(self._count)
        document.changed.connect(self._hear)
        jobs.modelReady.connect(self._count)
        jobs.counted.connect(self._tell)

    def _prompts(self) -> Prompts:
        draft = self._document.state.draft
        return draft.reference, draft.query, draft.avoid

    def _hear(self, change: Changed) -> None:
        if change.what & What.DRAFT and self._counted not in (None, self._prompts()):
            self._pause.start()

    def _count(self) -> None:
        self._counted = self._prompts()
        if any(self._counted):
            self._jobs.count(self._counted)
        else:
            self.told.emit("")

    def _tell(self, prompts: Prompts, counts: tuple[Counted, ...]) -> None:
        if prompts != self._prompts():
            return  # typed on since: another count is on its way
        names = self.tr("What is there"), self.tr("What it should be"), self.tr("Avoid")
        long = self.tr("“{name}” has {used} tokens; this model reads only the first {limit}.")
        strange = self.tr("“{name}” has words that this model doesn't know: {words}.")
        said: list[str] = []
        for name, (used, limit, unknown) in zip(names, counts, strict=False):
            said += [long.format(name=name, used=used, limit=limit)] if used > limit else []
            said += [strange.format(name=name, words=", ".join(unknown))] if unknown else []
        self.told.emit("\n".join(said))
