"""What tenants say under a key: an index that never changes and is cheap to change a copy of."""

from collections.abc import Callable, Iterable, Mapping
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")
Says = Iterable[tuple[K, V]]

_MOST_CHANGES = 512  # laid over the base; then all become a new base


class Index(Generic[K, V]):
    """Entries are the tenant's name and what it says; of several the later tenant's come last.

    A changed index shares the base with the one that it came from, and holds what is different.
    """

    __slots__ = ("_base", "_changes")

    def __init__(
        self,
        base: Mapping[K, tuple[tuple[str, V], ...]],
        changes: Mapping[K, tuple[tuple[str, V], ...]] | None = None,
    ) -> None:
        self._base = base
        self._changes = changes or {}

    def every(self, key: K) -> tuple[tuple[str, V], ...]:
        """All entries of a key, in the order of the tenants."""
        if self._changes:
            changed = self._changes.get(key)
            if changed is not None:
                return changed
        return self._base.get(key, ())

    def last(self, key: K) -> tuple[str, V] | None:
        """The entry that holds: of several tenants' the last."""
        found = self._changes.get(key) if self._changes else None
        if found is None:
            found = self._base.get(key)
        return found[-1] if found else None

    def changed(
        self,
        name: str,
        gone: Says[K, V],
        come: Says[K, V],
        everything: Callable[[], Says[K, V]],
        order: Mapping[str, object],
    ) -> "Index[K, V]":
        """The index when a tenant no longer says what is gone, and says what has come.

        `everything` that the tenant says now is asked for only where it says several things
        under one key; `order`: all tenants in theirs.
        """
        less, more = _by_key(gone), _by_key(come)
        if not less and not more:
            return self
        changes = dict(self._changes)
        for key in {**less, **more}:
            held = self.every(key)
            others = [entry for entry in held if entry[0] != name]
            mine = more.get(key, [])
            if len(held) - len(others) > len(less.get(key, [])):
                mine = _by_key(everything())[key]
            entries = [*others, *((name, value) for value in mine)]
            changes[key] = tuple(_in_order(entries, order) if others else entries)
        return Index(self._base, changes) if len(changes) <= _MOST_CHANGES else self._over(changes)

    def _over(self, changes: Mapping[K, tuple[tuple[str, V], ...]]) -> "Index[K, V]":
        merged = {**self._base, **changes}
        return Index({key: entries for key, entries in merged.items() if entries})


def index(said: Iterable[tuple[str, Says[K, V]]]) -> Index[K, V]:
    """The index of what each tenant, by name, says."""
    base: dict[K, tuple[tuple[str, V], ...]] = {}
    for name, says in said:
        for key, value in says:
            held = base.get(key)
            base[key] = ((name, value),) if held is None else (*held, (name, value))
    return Index(base)


def _by_key(says: Says[K, V]) -> dict[K, list[V]]:
    found: dict[K, list[V]] = {}
    for key, value in says:
        found.setdefault(key, []).append(value)
    return found


def _in_order(entries: list[tuple[str, V]], order: Mapping[str, object]) -> list[tuple[str, V]]:
    rank = {name: number for number, name in enumerate(order)}
    return sorted(entries, key=lambda entry: rank[entry[0]])
