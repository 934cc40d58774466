"""Wiring: settings, theme, document, worker and window, put together and run."""

import sys
from contextlib import ExitStack
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtGui import QIcon

from core.calm import uncollected
from core.child.engine import ChildEngine
from editor import log
from editor.document.document import Document
from editor.ending import Application, Signals, leave
from editor.garbage import Collector
from editor.jobs import Jobs
from editor.settings import MEGABYTE, Store
from editor.theme import Themer
from editor.window import MainWindow
from resources import icon_file

PATIENCE = 0.0005  # seconds until a thread that is at Python's lets the window's go on; Python's own is 0.005


def run(photo: Path | None, model: str | None, device: str | None) -> int:
    """Open the window and stay until it is closed; the exit code. `model`, `device`: for this time only."""
    sys.setswitchinterval(PATIENCE)
    app = Application(sys.argv[:1])
    signals = Signals(app)
    app.setApplicationName("palimpsest")
    app.setApplicationDisplayName("Palimpsest")
    app.setDesktopFileName("palimpsest")
    app.setWindowIcon(QIcon(str(icon_file())))
    log.start()
    collector, standing = Collector(), ExitStack()
    standing.enter_context(uncollected())  # until the window stands: what it is made of stays
    faults = log.Faults()
    faults.install()
    store = Store()
    themer = Themer(store.settings.theme)
    engine = ChildEngine()
    engine.limit_cache(store.settings.cache_limit * MEGABYTE)
    window = MainWindow(Document(), Jobs(lambda: engine), store, themer, engine)
    faults.happened.connect(window.banner.error)
    window.furnished.connect(standing.close)
    window.furnished.connect(lambda: _start(window, store, photo, model, device))
    window.closed.connect(lambda: app.exit())
    for end in (signals, app):
        end.asked.connect(window.closing.end)
    app.committed.connect(window.keep)
    window.show()
    try:
        app.exec()
    finally:
        faults.remove()
        collector.close()
    if not window.quiet:
        leave(signals.code)
    return signals.code


def _start(
    window: MainWindow, store: Store, photo: Path | None, model: str | None, device: str | None
) -> None:
    """What may wait until the window stands: the picture first, then the model, which keeps Python busy."""
    window.recovery.look()
    if photo is not None:
        window.files.open_path(photo)
    settings = store.settings
    chosen = (model or settings.model, device or settings.device)
    QTimer.singleShot(0, lambda: window.models.choose(*chosen, remember=False))
