"""Cyclic garbage, collected in the window's thread only."""

import gc

from PySide6.QtCore import QObject, QTimer

INTERVAL = 1000  # milliseconds between two looks at Python's counters


class Collector(QObject):
    """Takes Python's garbage collector over, from construction to `close`.

    Python collects in whichever thread makes the one object too many. If that is a worker, a closed dialog's
    widgets are destroyed there, and Qt, whose widgets belong to the window's thread, crashes.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        self._timer = QTimer(self, interval=INTERVAL)
        self._timer.timeout.connect(self.collect)
        self._timer.start()

    def collect(self) -> None:
        """Collect the oldest generation whose turn it is by `gc.get_threshold`, and all younger ones.

        Nothing while the first of its limits is 0, as during imports (core.calm).
        """
        limits = gc.get_threshold()
        if not limits[0]:
            return
        due = [
            age
            for age, (count, limit) in enumerate(zip(gc.get_count(), limits, strict=True))
            if count > limit
        ]
        if due:
            gc.collect(max(due))

    def close(self) -> None:
        """Hand the collector back to Python."""
        self._timer.stop()
        gc.enable()
