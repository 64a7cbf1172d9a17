"""A command whose reader has enough (`… | head`) ends quietly."""

import os
import subprocess
import sys

from django.conf import settings


def test_a_closed_pipe_ends_a_command_without_a_traceback(tmp_path):
    reading, writing = os.pipe()
    os.close(reading)

    done = subprocess.run(
        [sys.executable, "manage.py", "help"],
        cwd=settings.BASE_DIR,
        env={**os.environ, "VAR_DIR": str(tmp_path)},
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writing)

    assert (done.returncode, done.stderr) == (141, b"")
