"""Two people who press at once, in threads with connections of their own: one of them wins, the other is told."""

import threading

import pytest
from django.db import connection

from coe.errors import WrongState
from coe.models import ChangeEvent
from coe.rules.principals import actor_of
from governance.models import PolicyVersion
from governance.selectors.publishing import effects_of
from governance.services.publishing import publish_policy
from governance.services.reviews import return_version
from tests.governance.world import SINCE, approved, drafted, hub_person, published


def at_once(*works):
    """What each work came to: its result, or the refusal it met."""
    gate, found = threading.Barrier(len(works)), [None] * len(works)

    def run(place, work):
        try:
            gate.wait(30)
            found[place] = work()
        except WrongState as error:
            found[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return found


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_who_publish_at_once_one_wins_and_the_other_is_told():
    # Before the effects are read: people are what a publication reaches.
    people = [hub_person("Hanna"), hub_person("Mia")]
    version = approved(drafted(published().policy))
    confirm = effects_of(version, at=SINCE).token

    def publish(person):
        read = PolicyVersion.objects.get(pk=version.pk)
        return publish_policy(read, confirm=confirm, by=actor_of(person), at=SINCE)

    found = at_once(*[lambda person=person: publish(person) for person in people])

    refused = [one for one in found if isinstance(one, WrongState)]
    assert ([one.status for one in refused], [one.extra for one in refused]) == (
        [409],
        [{"state": "published"}],
    )
    winner = people[next(place for place, one in enumerate(found) if isinstance(one, PolicyVersion))]
    assert list(PolicyVersion.objects.order_by("pk").values_list("state", "published_by")) == [
        ("superseded", None),
        ("published", winner.pk),
    ]
    told = ChangeEvent.objects.filter(action="policy_version.published", object_id=version.public_id)
    assert told.get().actor_id == str(winner.public_id)

    # And one who publishes while another takes it back: never both.
    other = approved(drafted(PolicyVersion.objects.in_force().get().policy))
    shown = effects_of(other, at=SINCE).token
    found = at_once(
        lambda: publish_policy(
            PolicyVersion.objects.get(pk=other.pk), confirm=shown, by=actor_of(people[0]), at=SINCE
        ),
        lambda: return_version(PolicyVersion.objects.get(pk=other.pk), by=actor_of(people[1]), at=SINCE),
    )
    assert sorted(isinstance(one, WrongState) for one in found) == [False, True]
