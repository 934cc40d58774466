"""News on their way from a worker to a dialog: of what supersedes itself only the newest waits."""

import threading
from collections.abc import Callable, Hashable


class Latest:
    """One slot for each key, so that a window that is slow to paint never has a queue to work off.

    The worker puts news and rings only when nothing waited; the dialog empties all slots in one go.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._news: dict[Hashable, object] = {}

    def put(self, key: Hashable, news: object, ring: Callable[["Latest"], object]) -> None:
        """Replace what waits under `key`; `ring(self)` unless somebody was rung for already."""
        with self._lock:
            waiting = bool(self._news)
            self._news.pop(key, None)  # the newest comes last
            self._news[key] = news
        if not waiting:
            ring(self)

    def take(self) -> list[object]:
        """All that waits, each the newest under its key, in the order in which they came."""
        with self._lock:
            news, self._news = list(self._news.values()), {}
        return news
