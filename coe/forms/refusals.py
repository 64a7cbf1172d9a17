"""What the domain refused, said beside the fields of the form it came from."""

import re

from django import forms

from coe.errors import DomainError


def blame(form: forms.BaseForm, error: DomainError, *, tells_place: bool = False) -> None:
    """Attach a refusal to a form: each problem to its field (also to the one it lies in, as `hours.0`), the rest to the form as a whole.

    `tells_place` names the place of what no field of the form stands for, as in a document.
    """
    for problem in error.problems:
        head = re.split(r"[./]", problem.field, maxsplit=1)[0]
        named = (problem.field, head, getattr(form, "stands_for", {}).get(head))
        name = next((one for one in named if one in form.fields), None)
        is_elsewhere = tells_place and problem.field and (name is None or head != problem.field)
        form.add_error(name, f"{problem.field}: {problem.message}" if is_elsewhere else problem.message)
    if not error.problems:
        form.add_error(None, error.message)
