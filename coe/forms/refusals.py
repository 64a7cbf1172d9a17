"""What the domain refused, said beside the fields of the form it came from."""

from django import forms

from coe.errors import DomainError


def blame(form: forms.BaseForm, error: DomainError) -> None:
    """Attach a refusal to a form: each problem to its field, the rest to the form as a whole."""
    for problem in error.problems:
        name = problem.field if problem.field in form.fields else None
        form.add_error(name, problem.message)
    if not error.problems:
        form.add_error(None, error.message)
