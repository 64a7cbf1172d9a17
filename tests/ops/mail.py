"""A mail server of a few lines: it notes what it took, and can keep a sender waiting for its answer."""

import re
import socketserver
import threading
from typing import Any

from tests.ops.servers import HOST


class _Session(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        assert isinstance(self.server, _Server)
        server = self.server.owner
        self._say("220 proof")
        while line := self.rfile.readline().decode("utf-8", "replace").strip():
            word = line[:4].upper()
            if word == "DATA":
                self._say("354 go on")
                lines: list[str] = []
                while (text := self.rfile.readline().decode("utf-8", "replace").rstrip("\r\n")) != ".":
                    lines.append(text)
                server.took("\n".join(lines))
            elif word == "QUIT":
                self._say("221 bye")
                return
            self._say("250 ok")

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, owner: "MailServer") -> None:
        super().__init__((HOST, 0), _Session)
        self.owner = owner

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A sender that was killed is what this server is for."""


class MailServer:
    """Listens on the loopback until `close`."""

    def __init__(self) -> None:
        self.subjects: list[str] = []
        self.answers = threading.Event()
        self.answers.set()
        self._server = _Server(self)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def settings(self) -> dict[str, str]:
        """The hub's settings for it."""
        port = str(self._server.server_address[1])
        return {"EMAIL_HOST": HOST, "EMAIL_PORT": port, "EMAIL_USE_TLS": "false"}

    def took(self, mail: str) -> None:
        """Note a message; the sender learns of it when `answers` is set."""
        found = re.search(r"^Subject: (.*)$", mail, re.MULTILINE)
        self.subjects.append(found[1] if found else "?")
        self.answers.wait(120)

    def close(self) -> None:
        """Stop listening."""
        self.answers.set()
        self._server.shutdown()
        self._server.server_close()
