"""Answers kept in the process under all they depend on, so that what is shown is never old: a key that is equal is the same answer."""

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar
from weakref import WeakSet

T = TypeVar("T")
_ALL: "WeakSet[Kept]" = WeakSet()


class Kept(Generic[T]):
    """At most `most` answers of one kind; of more, the one that was not asked for longest is forgotten.

    In the process and not in the shared cache: an answer of five hundred small values takes longer to unpack than to ask for.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._answers: dict[Hashable, T] = {}
        self._lock = Lock()
        _ALL.add(self)

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The answer under a key, made when it is new. Two threads may both make it; they make the same."""
        with self._lock:
            found = self._answers.pop(key, None)
            if found is not None:
                self._answers[key] = found
                return found
        found = make()
        with self._lock:
            self._answers[key] = found
            while len(self._answers) > self._most:
                del self._answers[next(iter(self._answers))]
        return found

    def forget(self) -> None:
        """Forget everything."""
        self._answers.clear()


def forget_all() -> None:
    """Forget every kept answer, as a fresh process would have none."""
    for one in _ALL:
        one.forget()
