"""After a start: what a window that ended unexpectedly was at, restored by one click."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject

from core.errors import CoreError
from core.photo.photo import Photo
from core.project.journal import Snapshot
from core.project.recovery import Unfinished, unfinished
from editor.autosave import Autosave
from editor.banner import Banner, Bar
from editor.flows.files.files import Files
from editor.tasks import Tasks

MOST = 3  # offers at once; the others wait for the next start
MINUTE, HOUR, DAY = 60, 3600, 86_400


class Recovery(QObject):
    """An offer for each picture that was open. Whoever closes it is asked again at the next start."""

    def __init__(
        self, root: Path, files: Files, autosave: Autosave, tasks: Tasks, banner: Banner, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._root, self._files, self._autosave = root, files, autosave
        self._tasks, self._banner = tasks, banner
        self.looked = False  # what there is, is offered
        self._held: dict[Bar, Unfinished] = {}  # what is offered: no other window takes it meanwhile
        autosave.failed.connect(self._say_unsaved)

    def look(self) -> None:
        """Offer what there is."""
        self._tasks.start(self._found, self._offer_all, self._banner.error)

    def close(self) -> None:
        """The window closes: what was offered and not taken waits for the next start."""
        for work in self._held.values():
            work.session.release()
        self._held.clear()

    def _say_unsaved(self, error: CoreError) -> None:
        self._banner.notice(
            self.tr("What you do is not kept for the case of a crash: {why}").format(why=error.message),
            error.hint,
        )

    def _found(self) -> list[Unfinished]:
        found: list[Unfinished] = []
        for work in unfinished(self._root):
            if len(found) < MOST:
                found.append(work)
            else:
                work.session.release()
        return found

    def _offer_all(self, found: list[Unfinished]) -> None:
        for work in reversed(found):  # the newest is said last
            self._offer(work)
        self.looked = True

    def _offer(self, work: Unfinished) -> None:
        saved = work.work.saved
        picture = work.work.source.name or self.tr("a pasted picture")
        name = picture if saved is None else Path(saved.path).name
        bar = self._banner.ask(
            self.tr("Palimpsest ended unexpectedly while “{name}” was open.").format(name=name),
            hint=self.tr("Last changed {ago}: {what}.").format(
                ago=self._ago(work.age), what=self._made(work)
            ),
        )
        self._held[bar] = work
        bar.closed.connect(lambda: self._let_go(bar))
        restore = self.tr("Restore"), self.tr("Photo, mask, layers, prompts, settings and undo, as they were")
        discard = self.tr("Discard"), self.tr("Delete what was kept of it")
        for (text, tip), do in ((restore, self._restore), (discard, self._discard)):
            bar.add(text, tip, self._taking(bar, do))

    def _taking(self, bar: Bar, do: Callable[[Unfinished], None]) -> Callable[[], None]:
        def take() -> None:
            work = self._held.pop(bar, None)
            if work is not None:
                do(work)

        return take

    def _let_go(self, bar: Bar) -> None:
        work = self._held.pop(bar, None)
        if work is not None:
            work.session.release()

    def _discard(self, work: Unfinished) -> None:
        self._tasks.start(work.session.discard, lambda _: None, self._banner.error)

    def _restore(self, work: Unfinished) -> None:
        path, saved = work.work.source.path, work.work.saved
        project = None if saved is None else Path(saved.path)

        def read() -> tuple[Photo, Snapshot, bool]:
            from core.project.source import changed_since, opened

            photo = opened(work.work.source, work.session.folder)
            return photo, work.work.snapshot(photo), saved is not None and changed_since(saved)

        def show(found: tuple[Photo, Snapshot, bool]) -> None:
            photo, snapshot, changed = found
            self._files.restore(photo, Path(path) if path else None, snapshot, None if changed else project)
            if changed and project is not None:
                self._tell_changed(project)
            self._discard_once_kept(work, self._autosave.number)

        def fail(error: CoreError) -> None:
            work.session.release()
            self._banner.error(error)

        self._files.leave(lambda: self._tasks.start(read, show, fail))

    def _tell_changed(self, project: Path) -> None:
        self._banner.notice(
            self.tr("“{name}” was saved again since: what is restored here is from before.").format(
                name=project.name
            ),
            self.tr("Save asks for another name, so that nothing there is lost."),
        )

    def _discard_once_kept(self, work: Unfinished, number: int) -> None:
        """Not before this window's own journal holds it."""

        def kept(upto: int) -> None:
            if upto >= number:
                self._autosave.kept.disconnect(kept)
                self._discard(work)

        self._autosave.kept.connect(kept)

    def _made(self, work: Unfinished) -> str:
        made, unfinished = self._edited(work), work.work.history.waiting
        if drawn := len(unfinished.choice.drawn):
            made = self.tr("{made}, {n} to choose from").format(made=made, n=drawn)
        waiting = len(unfinished.orders)
        return self.tr("{made}, {n} waiting").format(made=made, n=waiting) if waiting else made

    def _edited(self, work: Unfinished) -> str:
        state = work.work.history.entries[work.work.history.index].state
        layers = len(state.layers)
        if layers:
            return self.tr("one edit") if layers == 1 else self.tr("{n} edits").format(n=layers)
        painted = state.mask.strokes.added or state.mask.strokes.erased
        return self.tr("a painted mask") if painted else self.tr("nothing edited yet")

    def _ago(self, seconds: float) -> str:
        if seconds < MINUTE:
            return self.tr("a moment ago")
        for unit, text in (
            (DAY, self.tr("{n} d ago")),
            (HOUR, self.tr("{n} h ago")),
            (MINUTE, self.tr("{n} min ago")),
        ):
            if seconds >= unit:
                return text.format(n=int(seconds // unit))
        return ""
