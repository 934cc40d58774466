"""What of the prompts a model reads and knows: looked at once typing pauses, and for every new model."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from core.edit.request import EditRequest
from core.edit.result import ModelInfo
from core.edit.words.instruction import asking_words
from core.edit.words.lora_tags import without_tags
from core.edit.words.notices import AVOID, THERE, WANTED
from core.edit.words.token_count import TokenCount
from core.edit.words.weighted import PromptStyle, understood
from editor.document.changes import Changed, What
from editor.document.document import Document
from editor.jobs import Jobs

PAUSE = 400  # ms without a key

Prompts = tuple[str, str, str]
Asked = tuple[Prompts, PromptStyle]
Then = Callable[[dict[str, TokenCount]], None]


class Tokens(QObject):
    """What is told of prompts.

    read      of each prompt how it is understood and what of it the model can't read, "" when all is plain
    learned   another model is there, which may know other words
    weighs    whether prompts are read with weights, and the model goes by them
    knows     what a model of a small world knows, "" when it knows all the world
    """

    learned = Signal()
    read = Signal(tuple)
    weighs = Signal(bool)

    def __init__(self, document: Document, jobs: Jobs) -> None:
        super().__init__(document)
        self._document, self._jobs = document, jobs
        self._pause = QTimer(self, singleShot=True, interval=PAUSE)
        self._counted: Asked | None = None  # None: no model is there that could count
        self._own = PromptStyle.PLAIN  # the model's way of reading prompts
        self._goes_by_weights = True  # the model, where they are read
        self.knows: str | None = None  # None: while no model is loaded
        self._last: tuple[Prompts, tuple[TokenCount, ...]] | None = None
        self._waiting: tuple[Prompts, Then] | None = None
        self._pause.timeout.connect(self._count)
        document.changed.connect(self._hear)
        jobs.modelLoading.connect(self._leave)
        jobs.modelReady.connect(self._meet)
        jobs.counted.connect(self._tell)

    def when_known(self, request: EditRequest, then: Then) -> None:
        """Call `then` with what the model makes of each prompt, by name; with {} if it knows all the world.

        At once where that is known; after the model is loaded and has looked at the prompts, where it isn't.
        """
        prompts = _prompts_of(request)
        self._waiting = prompts, then
        if self.knows == "":
            self._answer(prompts, ())
        elif self._last is not None and self._last[0] == prompts:
            self._answer(*self._last)
        else:
            self._jobs.count(prompts, request.prompt_style)

    def _answer(self, prompts: Prompts, counts: tuple[TokenCount, ...]) -> None:
        if self._waiting is not None and self._waiting[0] == prompts:
            then, self._waiting = self._waiting[1], None
            then(dict(zip((THERE, WANTED, AVOID), counts, strict=False)))

    def _leave(self, _: str) -> None:
        self.knows, self._last = None, None
        self._own = PromptStyle.PLAIN
        self.weighs.emit(self._weighs)

    def _meet(self, info: ModelInfo, _: tuple[str, ...]) -> None:
        self.knows, self._own, self._goes_by_weights = info.knows, info.prompt_style, info.weighs
        self.learned.emit()
        self.weighs.emit(self._weighs)
        self._count()

    def _prompts(self) -> Prompts:
        return _prompts_of(self._document.state.draft)

    @property
    def _marked(self) -> bool:
        """Brackets and numbers in prompts are weights."""
        style = self._document.state.draft.prompt_style
        return (self._own if style is PromptStyle.AUTO else style) is PromptStyle.WEIGHTED

    @property
    def _weighs(self) -> bool:
        return self._marked and self._goes_by_weights

    def _hear(self, change: Changed) -> None:
        style = self._document.state.draft.prompt_style
        if change.what & What.DRAFT and self._counted not in (None, (self._prompts(), style)):
            self.weighs.emit(self._weighs)
            self._pause.start()

    def _count(self) -> None:
        prompts, style = self._counted = self._prompts(), self._document.state.draft.prompt_style
        if any(prompts):
            self._jobs.count(prompts, style)
        else:
            self.read.emit(("", "", ""))

    def _tell(self, prompts: Prompts, counts: tuple[TokenCount, ...]) -> None:
        if prompts == self._prompts():  # else typed on since: another count is on its way
            self._show(prompts, counts)
        self._answer(prompts, counts)

    def _show(self, prompts: Prompts, counts: tuple[TokenCount, ...]) -> None:
        self._last = (prompts, counts) if counts else None
        self.read.emit(tuple(map(self._said, prompts, counts)) or ("", "", ""))

    def _said(self, prompt: str, count: TokenCount) -> str:
        """All that is to be known of a prompt, a sentence a line; of an instruction not what instructs."""
        said: list[str] = []
        if count.too_long:
            long = self.tr("{used} tokens; this model reads only the first {limit}.")
            said.append(long.format(used=count.used, limit=count.limit))
        asking = asking_words(prompt)
        if strange := [word for word in count.unknown if word not in asking]:
            said.append(self.tr("This model doesn't know: {words}.").format(words=", ".join(strange)))
        if self._weighs and (read := self._understood(prompt, count)):
            said.append(read)
        elif self._marked and not self._goes_by_weights and understood(prompt).weighed:
            said.append(self.tr("This model reads the words without their weights."))
        return "\n".join([*said, *count.notes])

    def _understood(self, prompt: str, count: TokenCount) -> str:
        """A prompt's words of other weights, its chunks and textual inversions; "" where there are none."""
        pieces = (piece for segment in understood(prompt).segments for piece in segment)
        parts = [f"{piece.text.strip()} ×{round(piece.weight, 2):g}" for piece in pieces if piece.weight != 1]
        if count.chunks > 1:
            said = self.tr("{n} chunks, {used} tokens")
            parts.append(said.format(n=count.chunks, used=count.used))
        if count.embeddings:
            parts.append(self.tr("embeddings: {names}").format(names=", ".join(count.embeddings)))
        return self.tr("Understood: {parts}").format(parts=" · ".join(parts)) if parts else ""


def _prompts_of(request: EditRequest) -> Prompts:
    return without_tags(request.reference), without_tags(request.query), request.avoid
