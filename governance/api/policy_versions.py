"""Versions of a policy: drafted, judged by named reviewers, published. The same services as the pages, and the same refusals."""

from dataclasses import replace
from typing import Any

from django.db.models import F, Max, Q
from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response

from coe.api.base.bodies import Body, Input
from coe.api.base.concurrency import expected_revision
from coe.api.base.fields import Field, Filter, Resource, person_field, plain
from coe.api.base.idempotency import idempotent
from coe.api.base.views import Operation
from coe.enums.roles import Permission
from coe.errors import Invalid, NotAllowed
from coe.models import User
from coe.rules.scope import people_in_scope, require
from governance.api.policies import PolicyView
from governance.enums.policies import PolicyVersionState, ReviewOutcome
from governance.models import PolicyReview, PolicyText, PolicyVersion
from governance.rules.differences import words
from governance.selectors.policies import owed_on, versions_visible_to
from governance.selectors.publishing import effects_of
from governance.services.publishing import publish_policy
from governance.services.reviews import decide_review, return_version, submit_version
from governance.services.versions import discard_version, draft_version, edit_version


def _texts(keys: list[int]) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {}
    for row in PolicyText.objects.filter(version_id__in=keys).order_by("version_id", "language"):
        one = {"language": row.language, "body": row.body, "sha256": row.sha256}
        found.setdefault(row.version_id, []).append(one)
    return found


def _reviews(keys: list[int]) -> dict[int, list[dict[str, Any]]]:
    """The newest round of each version."""
    found: dict[int, list[dict[str, Any]]] = {}
    rows = PolicyReview.objects.filter(version_id__in=keys).exclude(version__state=PolicyVersionState.DRAFT)
    newest = rows.annotate(last=Max("version__reviews__round")).filter(round=F("last"))
    for row in newest.select_related("reviewer").order_by("version_id", "id"):
        one = {
            "reviewer": {"id": row.reviewer.public_id, "display": str(row.reviewer)}, "outcome": row.outcome, "due_at": row.due_at,
            "decided_at": row.decided_at, "round": row.round,
        }  # fmt: skip
        found.setdefault(row.version_id, []).append(one)
    return found


def _address(code: str, major: int, minor: int) -> str:
    return f"/api/v1/policies/{code}/versions/{major}.{minor}/"


VERSIONS = Resource(
    name="PolicyVersion",
    plural="policy-versions",
    rows=versions_visible_to,
    on_lines=lambda lines: Q(policy_id__in=owed_on(lines).values("policy_id")),
    fields=(
        Field("id", ("public_id",), "uuid"),
        Field("url", ("policy__code", "major", "minor"), "uri", _address),
        Field("policy", ("policy__code",)),
        Field("number", ("major", "minor"), make=lambda major, minor: f"{major}.{minor}"),
        plain("state", choices=PolicyVersionState),
        plain("is_material", "boolean"),
        plain("ends_certificates", "boolean"),
        plain("change_note"),
        Field(
            "sha256", ("sha256",), note="Of the words of all languages, from submission on: reviews name it."
        ),
        person_field("submitted_by"),
        plain("submitted_at", "datetime", nullable=True),
        plain("approved_at", "datetime", nullable=True),
        person_field("published_by"),
        plain("published_at", "datetime", nullable=True),
        plain("superseded_at", "datetime", nullable=True),
        Field("texts", kind="array", collect=_texts),
        Field("reviews", kind="array", collect=_reviews, note="Of the newest round."),
        plain("revision", "integer"),
        plain("updated_at", "datetime"),
    ),
    filters=(Filter("state", "state", choices=PolicyVersionState),),
    ordering={"number": "major", "updated_at": "updated_at"},
    default=("-major", "-minor", "-id"),
    description="The words of a policy, for good once they are published. Texts stand at a version's own address.",
)
LISTED = replace(
    VERSIONS, fields=tuple(one for one in VERSIONS.fields if one.name not in ("texts", "reviews"))
)
EDIT = (
    Input("texts", "object", note='Markdown by language: {"en": "…"}; languages left out stay, an empty text is taken out.'),
    Input("is_material", "boolean", note="People acknowledge a material version afresh."),
    Input("ends_certificates", "boolean"),
    Input("change_note"),
)  # fmt: skip
SUBMIT = (
    Input("reviewers", "strings", required=True, note="E-mails; not those who wrote or submit it."),
    Input("due_at", "datetime", nullable=True),
)
REVIEW = (
    Input("outcome", choices=ReviewOutcome, required=True, note="approved or changes."),
    Input("sha256", required=True, note="Of the version you read."),
    Input("note", note="Needed to ask for changes."),
)
PUBLISH = (
    Input("confirm", note="The token of the effects you were shown."),
    Input("dry_run", "boolean", note="true: tell what publishing would do, and its token; write nothing."),
)


class _VersionView(PolicyView):
    resource = VERSIONS

    def version(self, code: str, number: str) -> PolicyVersion:
        """The version of a number that the caller may see; 404 otherwise."""
        key = _key(code, number)
        visible = versions_visible_to(self.principal).exclude(state=PolicyVersionState.DISCARDED)
        found = visible.select_related("policy").filter(**key).first()
        if found is None:
            raise Http404
        return found

    def shown(self, version: PolicyVersion, status: int = 200) -> Response:
        """The version as it is now."""
        return self.told(VERSIONS, status=status, pk=version.pk)


def _key(code: str, number: str) -> dict[str, Any]:
    major, dot, minor = number.partition(".")
    if not (dot and major.isdecimal() and minor.isdecimal() and len(number) < 12):
        raise Http404
    return {
        "policy__code": code.casefold(), "major": min(int(major), 32_767), "minor": min(int(minor), 32_767),
    }  # fmt: skip


class PolicyVersionListView(_VersionView):
    """The versions of a policy."""

    resource = LISTED
    permissions = {"GET": Permission.VIEW, "POST": Permission.MANAGE_POLICIES}
    operations = {
        "GET": Operation("List the versions of a policy, the newest first", is_list=True),
        "POST": Operation("Open the next draft, with the words of the version in force", status=201),
    }

    def get(self, request: Request, code: str) -> Response:
        """A page of versions."""
        policy = self.policy(code)
        return self.listed(LISTED, keep=lambda rows: rows.filter(policy=policy))

    @idempotent
    def post(self, request: Request, code: str) -> Response:
        """Draft the next version."""
        require(self.principal, Permission.MANAGE_POLICIES)
        policy, body = self.policy(code), Body(request.data or {}, (), self.principal)
        return self.shown(draft_version(policy, **self.told_by(body)), 201)


class PolicyVersionDetailView(_VersionView):
    """One version of a policy."""

    permissions = {
        "GET": Permission.VIEW,
        "PATCH": Permission.MANAGE_POLICIES,
        "DELETE": Permission.MANAGE_POLICIES,
    }
    operations = {
        "GET": Operation("Read a version with its words"),
        "PATCH": Operation(
            "Edit a draft", EDIT, example={"texts": {"en": "## 1. Purpose"}, "change_note": "Clearer"}
        ),
        "DELETE": Operation("Discard a version that was not published, for a reason; it is kept"),
    }

    def get(self, request: Request, code: str, number: str) -> Response:
        """The version."""
        return self.shown(self.version(code, number))

    def patch(self, request: Request, code: str, number: str) -> Response:
        """Change the draft."""
        require(self.principal, Permission.MANAGE_POLICIES)
        version = self.version(code, number)
        body = Body(request.data, EDIT, self.principal, partial=True)
        values = body.values
        texts = values.pop("texts", None)
        edit_version(
            version, changes=values, texts=texts, expected_revision=expected_revision(request), **self.told_by(body)
        )  # fmt: skip
        return self.shown(version)

    def delete(self, request: Request, code: str, number: str) -> Response:
        """Discard it."""
        require(self.principal, Permission.MANAGE_POLICIES)
        version, body = self.version(code, number), Body(request.data or {}, (), self.principal)
        discard_version(version, expected_revision=expected_revision(request), **self.told_by(body))
        return self.shown(version)


class PolicySubmitView(_VersionView):
    """The submission of a draft."""

    permissions = {"POST": Permission.MANAGE_POLICIES}
    operations = {"POST": Operation("Freeze a draft's words and ask people to review them", SUBMIT)}

    @idempotent
    def post(self, request: Request, code: str, number: str) -> Response:
        """Submit it."""
        require(self.principal, Permission.MANAGE_POLICIES)
        version, body = self.version(code, number), Body(request.data, SUBMIT, self.principal)
        submit_version(
            version, reviewers=self._people(body.values["reviewers"]), due_at=body.values.get("due_at"),
            expected_revision=expected_revision(request), **self.told_by(body),
        )  # fmt: skip
        return self.shown(version)

    def _people(self, emails: list[str]) -> list[User]:
        wanted = list(dict.fromkeys(email.strip().lower() for email in emails))[:200]
        found = {
            one.email: one for one in people_in_scope(self.principal).filter(is_active=True, email__in=wanted)
        }
        for email in wanted:
            if email not in found:
                raise Invalid.one("reviewers", "not_found", f"{email}?")
        return [found[email] for email in wanted]


class PolicyReturnView(_VersionView):
    """The way back to a draft."""

    permissions = {"POST": Permission.MANAGE_POLICIES}
    operations = {"POST": Operation("Take a version back to draft; what its reviewers said no longer counts")}

    @idempotent
    def post(self, request: Request, code: str, number: str) -> Response:
        """Take it back."""
        require(self.principal, Permission.MANAGE_POLICIES)
        version, body = self.version(code, number), Body(request.data or {}, (), self.principal)
        return_version(version, expected_revision=expected_revision(request), **self.told_by(body))
        return self.shown(version)


class PolicyReviewView(_VersionView):
    """What a named reviewer says; nobody says it of their own words."""

    permissions = {"POST": Permission.VIEW}
    operations = {
        "POST": Operation("Approve a version or ask for changes, as one of its named reviewers", REVIEW)
    }

    @idempotent
    def post(self, request: Request, code: str, number: str) -> Response:
        """Say it."""
        if self.principal.user is None:
            raise NotAllowed()
        version, body = self.version(code, number), Body(request.data, REVIEW, self.principal)
        decide_review(version, by=self.principal.actor, at=self.at, **body.values)
        return self.shown(version)


class PolicyPublishView(_VersionView):
    """The publication of an approved version."""

    permissions = {"POST": Permission.MANAGE_POLICIES}
    operations = {"POST": Operation("Publish an approved version; a dry run tells what that does", PUBLISH)}

    @idempotent
    def post(self, request: Request, code: str, number: str) -> Response:
        """Publish it, or tell what that would do."""
        require(self.principal, Permission.MANAGE_POLICIES)
        version, body = self.version(code, number), Body(request.data or {}, PUBLISH, self.principal)
        if body.values.get("dry_run"):
            effects = effects_of(version, at=self.at)
            return Response(
                {
                    "effects": effects.sentences, "acknowledgements_voided": effects.voided,
                    "certificates_ended": effects.certificates, "confirm": effects.token,
                }
            )  # fmt: skip
        publish_policy(
            version, confirm=body.values.get("confirm", ""), expected_revision=expected_revision(request), **self.told_by(body)
        )  # fmt: skip
        return self.shown(version)


class PolicyDiffView(_VersionView):
    """What changed between two versions."""

    permissions = {"GET": Permission.VIEW}
    operations = {
        "GET": Operation("What changed since another version (`from`), word by word, in every language")
    }

    def get(self, request: Request, code: str, number: str) -> Response:
        """Pieces that are the same, added and removed, by language."""
        version = self.version(code, number)
        other = self.version(code, request.GET.get("from", ""))
        new = dict(version.texts.values_list("language", "body"))
        old = dict(other.texts.values_list("language", "body"))
        return Response(
            {
                language: [
                    {"kind": one.kind, "text": one.text}
                    for one in words(old.get(language, ""), new.get(language, ""))
                ]
                for language in sorted({*old, *new})
            }
        )
