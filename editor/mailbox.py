"""News on their way from a worker's thread to the window."""

import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Mailbox(Generic[T]):
    """One slot for all that waits, so that slow painting never queues up.

    The worker puts news and rings only when nothing waited; the window empties the box in one go.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._news: dict[Hashable, T] = {}

    def put(self, news: T, ring: Callable[["Mailbox[T]"], object], key: Hashable = None) -> None:
        """Add news, in place of what waits under the same `key`, if one is given.

        `ring(self)`, unless somebody was rung for already.
        """
        with self._lock:
            waiting = bool(self._news)
            key = object() if key is None else key  # like no other: all of these are kept
            self._news.pop(key, None)  # the newest comes last
            self._news[key] = news
        if not waiting:
            ring(self)

    def take(self) -> tuple[T, ...]:
        """All that waits, in the order in which it came."""
        with self._lock:
            news, self._news = tuple(self._news.values()), {}
        return news
