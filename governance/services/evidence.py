"""Evidence of findings: a link, a note, or a file that is kept under its hash. Evidence is only added."""

import hashlib
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import transaction
from django.utils.translation import gettext as _

from coe.errors import Invalid
from coe.models import User
from coe.rules.principals import Actor
from coe.services.history import record
from coe.services.records import locked, required
from coe.services.secrets import refuse_secrets
from governance.enums.discovery import EvidenceKind
from governance.models import Finding, FindingEvidence

MOST_BYTES = 10 * 1024 * 1024
# What a file is, is read from its first bytes; what it is called proves nothing.
_SIGNS = (
    (b"\x89PNG\r\n\x1a\n", "image/png", ".png"),
    (b"\xff\xd8\xff", "image/jpeg", ".jpg"),
    (b"GIF87a", "image/gif", ".gif"),
    (b"GIF89a", "image/gif", ".gif"),
    (b"%PDF-", "application/pdf", ".pdf"),
)
_URL = URLValidator(schemes=["http", "https"])


def type_of(head: bytes) -> tuple[str, str]:
    """Media type and ending by the first bytes of a file; empty where it is nothing the hub keeps."""
    for sign, media_type, ending in _SIGNS:
        if head.startswith(sign):
            return media_type, ending
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp", ".webp"
    return "", ""


def path_of(evidence: FindingEvidence) -> Path:
    """Where a file of evidence lies."""
    return Path(settings.MEDIA_ROOT) / evidence.stored_path


def _store(stream: BinaryIO) -> tuple[str, int, str, str]:
    """Keep a file under its hash: (sha256, bytes, media type, path below the media root). The same file twice lies there once.

    :raises Invalid: it is empty, too large, or neither a picture nor a PDF.
    """
    content = stream.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise Invalid.one(
            "file",
            "file_too_large",
            _("A file has at most %(limit)d MB.") % {"limit": MOST_BYTES // 1024 // 1024},
        )
    media_type, ending = type_of(content[:16])
    if not media_type:
        raise Invalid.one(
            "file", "type_refused", _("Add a picture (PNG, JPEG, GIF, WebP) or a PDF; this file is neither.")
        )
    digest = hashlib.sha256(content).hexdigest()
    place = Path("evidence") / digest[:2] / f"{digest}{ending}"
    path = Path(settings.MEDIA_ROOT) / place
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        # Whole or not at all: a crash half-way must not leave a file under a hash that it does not have.
        part = path.with_suffix(".part")
        part.write_bytes(content)
        part.replace(path)
    return digest, len(content), media_type, str(place)


@transaction.atomic
def add_evidence(
    finding: Finding,
    *,
    person: User | None,
    by: Actor,
    at: datetime,
    text: str = "",
    url: str = "",
    file: BinaryIO | None = None,
    file_name: str = "",
    why: str = "",
) -> FindingEvidence:
    """Add a file, a link or a note (the first of these that is given) to a finding; words may stand beside a link or file.

    :raises Invalid: nothing is given, the link is none, or the file is refused. :raises SecretRefused: the words look like a secret.
    """
    text, url = text.strip(), url.strip()
    refuse_secrets({"text": text, "url": url}, fields=("text", "url"))
    if "\x00" in text + url + file_name:
        raise Invalid.one("text", "control_character", _("The value holds an invisible control character."))
    if len(text) > 5000:
        raise Invalid.one("text", "too_long", _("A note has at most 5,000 characters."))
    if url:
        try:
            _URL(url)
        except ValidationError as error:
            raise Invalid.one(
                "url", "url_expected", _("Write a whole address that starts with https://.")
            ) from error
        if len(url) > 500:
            raise Invalid.one("url", "too_long", _("An address has at most 500 characters."))
    if file is None and not url and not text:
        raise required("text")
    finding = locked(finding)
    row = FindingEvidence(
        finding=finding, text=text, url=url, added_by=person, at=at, created_at=at, updated_at=at
    )
    row.kind = EvidenceKind.LINK if url else EvidenceKind.NOTE
    if file is not None:
        row.kind = EvidenceKind.FILE
        row.file_name = Path(file_name.replace("\\", "/")).name[-200:] or "evidence"
        row.sha256, row.file_size, row.file_type, row.stored_path = _store(file)
    row.save(force_insert=True)
    told = row.file_name or row.url or row.text[:80]
    record("finding.evidence_added", finding, by=by, at=at, changes={"evidence": [None, told]}, why=why)
    return row
