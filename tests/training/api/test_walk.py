"""The training manager's walk in docs/api against a running hub, command by command."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

from coe.enums.roles import Role
from tests.factories import RoleFactory, UserFactory
from tests.plugins.api import line_tree, token_of
from training.models import Certificate, Completion, CourseVersion, Enrolment, Seat, Session

__all__ = ["line_tree", "token_of"]
WALK = Path(settings.BASE_DIR) / "docs/api/training-manager.md"
PASSWORD = "a long walk with curl"


@pytest.mark.django_db(transaction=True)
def test_the_hour_works_as_it_is_written(live_server, token_of, line_tree, tmp_path):
    if shutil.which("curl") is None or shutil.which("bash") is None:
        pytest.skip("the walk needs bash and curl")
    hub = UserFactory(email="hanna@example.com")
    hub.set_password(PASSWORD)
    hub.save()
    RoleFactory(user=hub, role=Role.HUB_LEAD, line=None)
    ada = UserFactory(email="ada@example.com")
    RoleFactory(user=ada, role=Role.COMMUNITY_MANAGER, line=line_tree.foods)
    caller = token_of(line_tree.foods, "read", "training:write")
    script = "set -euo pipefail\n" + "\n".join(
        re.findall(r"```bash\n(.*?)```", WALK.read_text(encoding="utf-8"), re.DOTALL)
    )

    walk = subprocess.run(
        ["bash", "-c", script],
        env={
            "PATH": os.environ["PATH"], "HUB": live_server.url, "TOKEN": caller.secret, "HUB_EMAIL": hub.email, "HUB_PASSWORD": PASSWORD,
            "no_proxy": "*",
        },
        capture_output=True, text=True, timeout=120, check=False, cwd=tmp_path,
    )  # fmt: skip

    assert walk.returncode == 0, walk.stdout[-1500:] + walk.stderr[-1500:]
    assert "as it should be" in walk.stdout
    assert list(CourseVersion.objects.values_list("course__code", "state")) == [("CARE", "published")]
    assert list(Enrolment.objects.open().values_list("user", "curriculum__code")) == [(ada.pk, "care")]
    assert (Session.objects.get().place, Session.objects.get().line) == ("Room 4", line_tree.foods)
    assert list(Seat.objects.values_list("user", "state")) == [(ada.pk, "booked")]
    assert list(Completion.objects.values_list("user", "source", "score")) == [(ada.pk, "api", 9250)]
    assert Certificate.objects.count() == 1
    assert '"complete":1' in walk.stdout
    assert "line,line_name,curriculum,people,complete,overdue" in walk.stdout
