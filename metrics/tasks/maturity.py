"""Tasks of the maturity engine. Messages are wake-up calls; the rows say what there is to do."""

from celery import shared_task
from django.utils import timezone

from coe.errors import AlreadyRunning
from coe.rules.principals import Actor
from metrics.enums.maturity import RunKind
from metrics.models import MaturityRun
from metrics.services import runs


@shared_task(name="metrics.consume_facts", ignore_result=True)
def consume_facts() -> int:
    """Follow changed facts. Twice is harmless: the rows read are gone, so the second run finds none."""
    return runs.consume_facts(at=timezone.now()).facts


@shared_task(name="metrics.run_chunk", ignore_result=True)
def run_chunk(run_id: int, index: int) -> bool:
    """Do one part of a run, and finish the run if it was the last. Twice is harmless: part and finish are claimed."""
    run = MaturityRun.objects.filter(pk=run_id).first()
    if run is None:
        return False
    mine = runs.run_chunk(run, index, at=timezone.now())
    runs.finish_run(run, at=timezone.now())
    return mine


@shared_task(name="metrics.resume_runs", ignore_result=True)
def resume_runs() -> int:
    """Call again for parts that lost their worker. Twice is harmless: a part is claimed before it is done."""
    return runs.resume_runs(at=timezone.now())


@shared_task(name="metrics.nightly_run", ignore_result=True)
def nightly_run() -> int | None:
    """Start a full run, which also sees what changed by the calendar alone. Twice is harmless: one full run at a time."""
    try:
        return runs.start_run(RunKind.FULL, by=Actor.system("schedule"), at=timezone.now()).pk
    except AlreadyRunning:
        return None
