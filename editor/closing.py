"""Before the window closes: files on their way are waited for, and what would be lost is asked about."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from editor.banner import Banner, Bar
from editor.flows.files.files import Files
from editor.flows.many.many import Many
from editor.tasks import Tasks

DIALOGS = 20  # more than are ever open over one another


class Closing(QObject):
    """The window asks when it shall close, and is closed once more when it may.

    many   what may be making many pictures, which stops with it
    ended  by a signal or the session: nothing was asked, so nothing may be lost
    """

    def __init__(
        self, files: Files, many: Sequence[Many[Any]], tasks: Tasks, banner: Banner, window: QWidget
    ) -> None:
        super().__init__(window)
        self._files, self._many, self._tasks = files, many, tasks
        self._banner, self._window = banner, window
        self.ended = False
        self._leaving = False  # asked already, or not to be asked
        self._awaited: Bar | None = None  # says that the window closes once a file is written

    def ready(self) -> bool:
        """It may close now."""
        if self._tasks.writing:
            self._await_files()
            return False
        if self._leaving:
            return True
        stops = tuple(one.stops for one in self._many if one.stops)
        if stops or not self._files.safe:
            self._files.leave(self._leave, *stops)
            return False
        return True

    def end(self) -> None:
        """Close as the user closes it, but ask nothing: a terminal, the system or the session ends it. What
        no file holds is offered at the next start.
        """
        self.ended = self._leaving = True
        for _ in range(DIALOGS):
            open_ = QApplication.activePopupWidget() or QApplication.activeModalWidget()
            if open_ is None:
                break
            open_.reject() if isinstance(open_, QDialog) else open_.close()
        self._files.projects.when_kept(lambda: None)  # for the journal
        QTimer.singleShot(0, self._window.close)

    def _await_files(self) -> None:
        """Say what is waited for, and close afterwards; an error that comes of it can be seen before."""
        if self._awaited is None:
            self._awaited = self._banner.notice(self.tr("The window closes when the file is written."))
            self._tasks.written.connect(self._close_again)

    def _close_again(self) -> None:
        self._tasks.written.disconnect(self._close_again)
        if self._awaited is not None:
            self._awaited.close()
            self._awaited = None
        QTimer.singleShot(0, self._window.close)

    def _leave(self) -> None:
        self._leaving = True
        QTimer.singleShot(0, self._window.close)  # Qt ignores a close inside of a close
