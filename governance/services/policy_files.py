"""Takes a policy's words from a Markdown file into a draft. Nothing is published by a file."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from coe.errors import Invalid, WrongState
from coe.rules.principals import Actor
from governance.enums.policies import PolicyType, PolicyVersionState
from governance.models import Policy, PolicyVersion
from governance.rules.files import read_file
from governance.services.policies import create_policy, edit_policy
from governance.services.versions import draft_version, edit_version


@dataclass(frozen=True)
class Imported:
    """What a file came to: the draft, whether its policy is new, and the words of its front matter nobody read."""

    version: PolicyVersion
    is_new: bool
    unread: tuple[str, ...]


@transaction.atomic
def import_policy_file(
    content: bytes,
    *,
    by: Actor,
    at: datetime,
    name: str = "",
    code: str = "",
    language: str = "",
    kind: str = "",
) -> Imported:
    """Write a Markdown file into the draft of the policy it names; policy and draft are made where there are none.

    What the caller says goes before the file's front matter, which goes before its name. Other languages of the draft stay.

    :raises Invalid: the file or what it says is wrong. :raises WrongState: the policy's version on its way is no draft.
    """
    read = read_file(content, name=name)
    code = (code or read.code).strip().casefold()
    language = language or read.language or settings.LANGUAGES[0][0]
    if language not in dict(settings.LANGUAGES):
        message = _("“%(language)s” is not a language of this hub.") % {"language": language}
        raise Invalid.one("language", "language_unknown", message)
    policy = Policy.objects.filter(code=code).first()
    is_new = policy is None
    if policy is None:
        chosen = kind or read.type or PolicyType.OTHER
        summaries = {language: read.summary} if read.summary else {}
        policy = create_policy(
            code=code, type=chosen, titles={language: read.title}, summaries=summaries, by=by, at=at, why=name
        )
    elif language not in policy.titles:
        policy = edit_policy(
            policy, changes={"titles": {**policy.titles, language: read.title}}, by=by, at=at, why=name
        )
    version = PolicyVersion.objects.open().filter(policy=policy).first()
    if version is None:
        version = draft_version(policy, by=by, at=at, why=name)
    elif version.state != PolicyVersionState.DRAFT:
        raise WrongState(
            _("Version %(number)s is being judged. Take it back to draft first.") % {"number": version.number}
        )
    changes = {"change_note": read.change_note[:500]} if read.change_note else {}
    version = edit_version(version, changes=changes, texts={language: read.body}, by=by, at=at, why=name)
    return Imported(version, is_new, read.unread)
