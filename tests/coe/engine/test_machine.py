"""Any sequence of set, move, cancel, tick and crash, with clocks that step, against a model that fits on one page."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from coe.engine.claims import claim_due
from coe.engine.ticking import MOST_ATTEMPTS, tick
from coe.models import Tag, Timer
from coe.models.timers import LEASE, SKEW
from coe.services.timers import cancel_timers, set_timers
from tests.coe.engine.clockwork import registered, ring, rung
from tests.factories import AT

MINUTE = timedelta(minutes=1)
subjects = st.sampled_from("abc")
offsets = st.sampled_from((-90, -1, 0, 0, 1, 5)).map(lambda minutes: minutes * MINUTE)


class Clocks(RuleBasedStateMachine):
    """The model: per subject the epoch, the instant it is set to (None: nothing to fire), and until when a dead worker holds it."""

    def __init__(self):
        super().__init__()
        self.now = AT
        self.epoch, self.set_to, self.fired_at, self.leased, self.claims = {}, {}, {}, {}, {}
        self.known = {}
        self.fired = set()
        self.kind = registered("bell", ring)
        self.kind.__enter__()

    def teardown(self):
        self.kind.__exit__(None, None, None)
        Timer.objects.all().delete()
        Tag.objects.all().delete()

    def _ready(self):
        """Subjects whose time has come and whom no living lease holds, in the order in which they fire."""

        def is_free(subject):
            until = self.leased.get(subject)
            return until is None or until <= self.now or until > self.now + LEASE + SKEW

        due = [
            name for name, instant in self.set_to.items() if instant and instant <= self.now and is_free(name)
        ]
        return sorted(due, key=lambda name: (self.set_to[name], Timer.objects.get(subject=name).pk))

    def _set(self, chosen):
        set_timers("bell", due=chosen, at=self.now)
        for subject, instant in chosen.items():
            self.known[subject] = instant
            if instant in (self.set_to.get(subject), self.fired_at.get(subject)):
                continue
            self.epoch[subject] = self.epoch.get(subject, 0) + 1
            self.set_to[subject] = instant
            for held in (self.leased, self.fired_at, self.claims):
                held.pop(subject, None)

    @rule(chosen=st.dictionaries(subjects, offsets, min_size=1))
    def set(self, chosen):
        self._set({subject: self.now + offset for subject, offset in chosen.items()})

    @rule()
    def set_again(self):
        """To the instants they have or had: what waits or fired stays, what was cancelled starts again."""
        self._set(dict(self.known))

    @rule(chosen=st.sets(subjects, min_size=1))
    def cancel(self, chosen):
        cancel_timers("bell", subjects=chosen, at=self.now)
        for subject in chosen:
            if self.set_to.pop(subject, None):
                self.leased.pop(subject, None)
                self.claims.pop(subject, None)

    @rule(minutes=st.sampled_from((-60, -1, 1, 5, 60)))
    def step_the_clock(self, minutes):
        self.now += minutes * MINUTE

    @precondition(lambda self: all(count < MOST_ATTEMPTS for count in self.claims.values()))
    @rule(limit=st.integers(1, 3), then=st.sampled_from((timedelta(), LEASE, -60 * MINUTE)))
    def die_after_the_claim(self, limit, then):
        """Then nothing, or the lease ends, or somebody sets the clock back."""
        claim = claim_due(at=self.now, limit=limit)
        ready = self._ready()[:limit]
        suspects = [name for name in ready if self.claims.get(name)]
        taken = ready[:1] if ready[:1] == suspects[:1] else [name for name in ready if name not in suspects]
        assert [one.due.subject for one in claim.timers] == taken if claim else not ready
        for subject in taken:
            self.leased[subject] = self.now + LEASE
            self.claims[subject] = self.claims.get(subject, 0) + 1
        self.now += then

    @rule(times=st.integers(1, 2))
    def tick(self, times):
        for _duplicate in range(times):
            tick(at=self.now)
        for subject in self._ready():
            self.fired.add(f"bell:{subject}:{self.epoch[subject]}")
            self.fired_at[subject] = self.set_to.pop(subject)
            self.leased.pop(subject, None)
            self.claims.pop(subject, None)

    @invariant()
    def what_fired_is_what_the_model_says(self):
        assert rung() == sorted(self.fired)


@pytest.mark.django_db
def test_clocks():
    examples = settings(
        max_examples=40,
        stateful_step_count=25,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )

    run_state_machine_as_test(Clocks, settings=examples)
