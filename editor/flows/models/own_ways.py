"""The draft follows the model: what its user hasn't touched becomes the model's own, and a notice says so."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QCoreApplication, QObject, QTimer, Signal

from core.document.state import State
from core.edit.parameter import Parameter
from core.edit.parameters import named
from core.edit.request import EditRequest, Lora
from core.edit.together import put
from core.edit.words.lora_tags import without_tags
from core.errors import InputError
from editor.banner import Banner
from editor.document.changes import Changed, What
from editor.document.document import Document
from editor.tasks import Tasks

if TYPE_CHECKING:
    from core.models.ways import Ways, Whence

PAUSE = 400  # ms without a key

T = TypeVar("T")

Worn = tuple[str, tuple[Lora, ...], tuple[str, ...]]  # a model, its LoRAs, and prompts that name more of them
Values = dict[str, object]  # by the fields of a request


class OwnWays(QObject):
    """What a model begins with (`core.models.ways`), in the draft; looked up off the window's thread.

    started  those of its settings that aren't the usual, by their fields
    settled  nothing is looked up any more: the draft is what its model begins with
    """

    started = Signal(dict)
    settled = Signal()

    def __init__(self, document: Document, tasks: Tasks, banner: Banner, parent: QObject) -> None:
        super().__init__(parent)
        self._document, self._tasks, self._banner = document, tasks, banner
        self._starts: Values = {}  # of the model before
        self._seen = self._worn()  # followed last
        self._looks = 0  # under way
        self._pause = QTimer(self, singleShot=True, interval=PAUSE)
        self._pause.timeout.connect(self.follow)
        document.changed.connect(self._hear)

    def follow(self, *, say: bool = True) -> None:
        """The draft has another model, or other LoRAs, or these have got other ways."""
        worn = self._seen = self._worn()
        self._looks += 1
        self._tasks.start(
            partial(_look, worn),
            partial(self._end, partial(self._take, worn, say)),
            partial(self._end, self._banner.error),
        )

    @property
    def looking(self) -> bool:
        """What the draft begins with is not known yet: an edit asked for now would be drawn otherwise."""
        return self._looks > 0

    def _end(self, tell: Callable[[T], object], answer: T) -> None:
        """Of one look, whatever came of it."""
        self._looks -= 1
        tell(answer)
        if not self.looking:
            self.settled.emit()

    def _worn(self) -> Worn:
        draft = self._document.state.draft
        prompts = draft.reference, draft.query
        return draft.model, draft.loras, tuple(prompt for prompt in prompts if without_tags(prompt) != prompt)

    def _hear(self, change: Changed) -> None:
        """A prompt names other LoRAs: to be followed once typing pauses."""
        if change.what & What.DRAFT and self._worn()[2] != self._seen[2]:
            self._pause.start()

    def _take(self, worn: Worn, say: bool, ways: "Ways") -> None:
        if worn != self._worn():
            return  # chosen on meanwhile: another look is on its way
        before, self._starts = self._starts, ways.starts
        self.started.emit(dict(ways.starts))
        draft = self._document.state.draft
        changes, mine = Values(), Values()
        for field in dict.fromkeys((*before, *ways.starts)):
            row = _row(field)
            own = ways.starts.get(field, row.default)
            if row.of(draft) == own:
                continue
            touched = row.of(draft) != before.get(field, row.default) or _replaced(field, draft)
            (mine if touched else changes)[field] = own
        was = {field: _row(field).of(draft) for field in changes}
        if changes:
            self._put(changes)
        if say and (changes or mine):
            self._say(ways, was, changes, mine)

    def _put(self, values: Mapping[str, object]) -> None:
        def command(state: State) -> State:
            return state.with_(draft=put(state.draft, values))

        self._document.adjust(command)

    def _say(self, ways: "Ways", was: Values, now: Values, mine: Values) -> None:
        fields = (*now, *mine)
        by = next((ways.of(field) for field in fields if field in ways.starts), None)
        changed = [
            self.tr("{name} {was} → {now}").format(
                name=self._name(field), was=_shown(field, was[field]), now=_shown(field, value)
            )
            for field, value in now.items()
        ]
        draft = self._document.state.draft
        kept = [
            self.tr("{name} stays at {mine}, as you set it; its own is {own}.").format(
                name=self._name(field), mine=_shown(field, _row(field).of(draft)), own=_shown(field, own)
            )
            for field, own in mine.items()
        ]
        text = self._because(by)
        said = f"{text}: {', '.join(changed)}." if changed else f"{text}."
        bar = self._banner.notice(said, " ".join(kept)).until(self.started)
        if now:
            tip = self.tr("Take back what this model has changed of the settings")
            bar.add(self.tr("Keep Mine"), tip, partial(self._put, was))

    def _because(self, by: "Whence | None") -> str:
        from core.models.ways import SaidBy

        if by is None:
            return self.tr("The usual settings again")
        match by.source:
            case SaidBy.DISTILLED | SaidBy.LORA if by.by_name:
                text = self.tr("By its name {name} is made for few steps and little guidance")
            case SaidBy.DISTILLED | SaidBy.LORA:
                text = self.tr("{name} is made for few steps and little guidance")
            case SaidBy.FAMILY:
                text = self.tr("Usual for {name}")
            case SaidBy.TOLD:
                text = self.tr("You gave {name} settings of its own")
            case _:
                text = self.tr("{name} has settings of its own")
        return text.format(name=by.name)

    def _name(self, field: str) -> str:
        names: dict[str, Callable[[], str]] = {
            "guidance.scale": lambda: self.tr("guidance"),
            "guidance.decay": lambda: self.tr("decay"),
            "steps": lambda: self.tr("steps"),
            "solver": lambda: self.tr("solver"),
            "change": lambda: self.tr("change"),
            "time_shift": lambda: self.tr("time shift"),
            "pseudo_guidance": lambda: self.tr("away from what is there"),
        }
        return names[field]()


def _look(worn: Worn) -> "Ways":
    from core.models.lora.named import with_loras_of
    from core.models.ways import ways_of

    model, loras, prompts = worn
    with suppress(InputError):  # of a name that no file has, or that is still being typed
        loras = with_loras_of(EditRequest(photo="", query="", loras=loras), prompts).loras
    return ways_of(model, loras)


def _row(field: str) -> Parameter:
    row = named(field)
    assert row is not None
    return row


def _replaced(field: str, draft: EditRequest) -> bool:
    """Whether something that the user has drawn or set stands in its place."""
    bent = field in ("guidance.scale", "guidance.decay") and draft.guidance.curve is not None
    return bent or (field == "guidance.decay" and draft.guidance.interval is not None)


def _shown(field: str, value: object) -> str:
    """A value as its control shows it."""
    row = _row(field)
    for option in row.options:
        if option.value == value:
            return option.text
    slide = row.slide
    if isinstance(value, bool):
        on, off = QCoreApplication.translate("OwnWays", "on"), QCoreApplication.translate("OwnWays", "off")
        return on if value else off
    if slide is None or not isinstance(value, int | float):
        return str(value)
    return f"{value * slide.factor:g}{f' {slide.unit}' if slide.unit else ''}"
