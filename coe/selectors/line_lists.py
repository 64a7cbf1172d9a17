"""The tree of lines as a list: children right after their parent, whatever part of the tree the reader sees."""

from django.db.models import QuerySet

from coe.models import BusinessLine


def tree_order(lines: QuerySet[BusinessLine]) -> list[tuple[int, int]]:
    """(line, depth below the reader's outermost line) in the order of the tree, siblings by code (one query).

    Three columns a line and no object: a page of the list then loads what it shows.
    """
    rows = list(lines.order_by("code_key").values_list("pk", "parent_id"))
    known = {pk for pk, _parent in rows}
    below: dict[int | None, list[int]] = {}
    for pk, parent in rows:
        below.setdefault(parent if parent in known else None, []).append(pk)
    ordered: list[tuple[int, int]] = []
    waiting = [(pk, 0) for pk in reversed(below.get(None, []))]
    while waiting:
        pk, depth = waiting.pop()
        ordered.append((pk, depth))
        waiting.extend((child, depth + 1) for child in reversed(below.get(pk, [])))
    return ordered
