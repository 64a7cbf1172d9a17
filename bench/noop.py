"""The least a worker can do: say that it was here. The floor of row 7."""

from pathlib import Path

from celery import shared_task


@shared_task(name="bench.noop", ignore_result=True)
def noop(path: str) -> None:
    """Leave an empty file."""
    Path(path).touch()
