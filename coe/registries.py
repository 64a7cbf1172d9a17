"""What `coe` offers the apps above: named slots they fill in `AppConfig.ready`. `coe` calls what it finds and imports nobody.

A value is a set-based callable or a small description object; each registry's comment says which.
"""

from collections.abc import Iterator
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Registry(Generic[T]):
    """An ordered name → value map that refuses a second value for a name."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._items: dict[str, T] = {}

    def register(self, key: str, value: T) -> T:
        """Fill a slot.

        :raises ValueError: the name is taken by another value; two apps claiming one name is a mistake to see at start-up.
        """
        if key in self._items and self._items[key] is not value:
            raise ValueError(f"{self.name}: {key!r} is registered already")
        self._items[key] = value
        return value

    def get(self, key: str) -> T | None:
        """The value of a name, or None."""
        return self._items.get(key)

    def __getitem__(self, key: str) -> T:
        return self._items[key]

    def __contains__(self, key: str) -> bool:
        return key in self._items

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def items(self) -> list[tuple[str, T]]:
        """All pairs, in the order of registration (the floors register bottom-up)."""
        return list(self._items.items())

    def values(self) -> list[T]:
        """All values, in the order of registration."""
        return list(self._items.values())


# key: kind of import; value: coe.services.importing.ImportKind
import_kinds: Registry[Any] = Registry("import kinds")
# key: kind of export; value: callable (principal, line) -> (columns, row iterator)
export_kinds: Registry[Any] = Registry("export kinds")
# key: kind of search result; value: callable (principal, words, limit) -> list[SearchHit]
search_kinds: Registry[Any] = Registry("search kinds")
# key: kind of duty, such as "account.owner"; value: coe.selectors.duties.DutyKind
duties: Registry[Any] = Registry("duties")
# key: kind of timer, such as "certificate.expiry"; value: coe.engine.kinds.TimerKind
timer_kinds: Registry[Any] = Registry("timer kinds")
# key: kind of e-mail a person may turn off; value: its name
mail_kinds: Registry[Any] = Registry("kinds of e-mail")
# key: kind of what a person holds; value: coe.selectors.holdings.HoldingKind
holdings: Registry[Any] = Registry("holdings")
# key: what blocks an archive; value: callable (object) -> list of labels
blockers: Registry[Any] = Registry("archive blockers")
# key: panel name; value: coe.selectors.panels.Panel
panels: Registry[Any] = Registry("panels")
# key: part of the demo company; value: callable (coe.demo.world.World) run once a step, in the order of registration
demo_builders: Registry[Any] = Registry("demo builders")
# key: app; value: callable () that removes what the app holds of a hub, called from the highest floor down
demo_leavers: Registry[Any] = Registry("demo leavers")
# key: name; value: callable (account_ids: dict[int, tuple[old_line_id, new_line_id]], *, at) run inside the move's transaction
account_moved: Registry[Any] = Registry("account moved")
# key: name; value: callable (assignment_ids: list[int], *, by, at) run inside the transaction that gave or ended these roles
role_changed: Registry[Any] = Registry("role changed")
# key: name; value: callable (person_ids: list[int], *, by, at) run inside the transaction in which these people left
person_left: Registry[Any] = Registry("person left")
# key: name; value: callable (codes: set[str]) -> dict of the codes an exception may name to their titles, such as criteria
waivable: Registry[Any] = Registry("waivable codes")
# key: name; value: callable (pairs of platform code and normalised handle) -> dict of those that are known outside the register to what
# may be told about them to anybody: a value of coe.selectors.verify.Verdict
known_outside: Registry[Any] = Registry("known outside the register")
# key: menu key; value: coe.context.MenuItem
menu: Registry[Any] = Registry("menu")
# key: invariant; value: callable () -> list of the rows that break it, as texts (see coe.selectors.invariants)
invariants: Registry[Any] = Registry("invariants")
# key: gauge name; value: callable () -> float, for /-/metrics
gauges: Registry[Any] = Registry("gauges")
# key: part of the first-steps list; value: coe.selectors.first_steps.FirstStep
first_steps: Registry[Any] = Registry("first steps")
