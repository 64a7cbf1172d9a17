"""Test data of the ground floor: one valid record with as little as it needs."""

from datetime import UTC, datetime, timedelta

import factory
from factory.django import DjangoModelFactory

from coe.enums.accounts import AccountState
from coe.enums.roles import LINE_ROLES, Role
from coe.models import (
    AccountCoOwner,
    BusinessLine,
    HandleRecord,
    ImportBatch,
    LineClosure,
    Platform,
    RoleAssignment,
    ServiceToken,
    SocialAccount,
    Tag,
    User,
)

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


class UserFactory(DjangoModelFactory):
    """An active person without roles."""

    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"person{n}@example.com")
    name = factory.Sequence(lambda n: f"Person {n}")
    password = "!"


class TagFactory(DjangoModelFactory):
    """A tag."""

    class Meta:
        model = Tag

    name = factory.Sequence(lambda n: f"Tag {n}")
    key = factory.LazyAttribute(lambda tag: tag.name.casefold())


class LineFactory(DjangoModelFactory):
    """An active line with its closure rows; `parent=` hangs it below another."""

    class Meta:
        model = BusinessLine
        skip_postgeneration_save = True

    code = factory.Sequence(lambda n: f"L{n}")
    code_key = factory.LazyAttribute(lambda line: line.code.casefold())
    name = factory.LazyAttribute(lambda line: f"Line {line.code}")
    depth = factory.LazyAttribute(lambda line: line.parent.depth + 1 if line.parent else 0)
    parent = None

    @factory.post_generation
    def closure(self, create, extracted, **kwargs):
        """Link the line to itself and to all above it."""
        if not create:
            return
        rows = [LineClosure(ancestor_id=self.pk, descendant_id=self.pk, depth=0)]
        if self.parent_id:
            above = LineClosure.objects.filter(descendant_id=self.parent_id)
            rows += [
                LineClosure(ancestor_id=up.ancestor_id, descendant_id=self.pk, depth=up.depth + 1)
                for up in above
            ]
        LineClosure.objects.bulk_create(rows)


class PlatformFactory(DjangoModelFactory):
    """A platform; `code="twitter"` and its kin find the catalogue's."""

    class Meta:
        model = Platform
        django_get_or_create = ("code",)

    code = factory.Sequence(lambda n: f"platform-{n}")
    name = factory.LazyAttribute(lambda platform: platform.code.title())


class AccountFactory(DjangoModelFactory):
    """A live account."""

    class Meta:
        model = SocialAccount

    platform = factory.SubFactory(PlatformFactory, code="twitter")
    handle = factory.Sequence(lambda n: f"handle{n}")
    handle_key = factory.LazyAttribute(lambda account: account.handle.casefold())
    line = factory.SubFactory(LineFactory)
    state = AccountState.ACTIVE
    state_since = AT


class CoOwnerFactory(DjangoModelFactory):
    """A line that shares an account."""

    class Meta:
        model = AccountCoOwner

    account = factory.SubFactory(AccountFactory)
    line = factory.SubFactory(LineFactory)


class HandleRecordFactory(DjangoModelFactory):
    """A handle an account had."""

    class Meta:
        model = HandleRecord

    account = factory.SubFactory(AccountFactory)
    platform = factory.SelfAttribute("account.platform")
    handle = factory.Sequence(lambda n: f"former{n}")
    handle_key = factory.LazyAttribute(lambda record: record.handle.casefold())


class RoleFactory(DjangoModelFactory):
    """A role in force since long; line roles get a line."""

    class Meta:
        model = RoleAssignment

    user = factory.SubFactory(UserFactory)
    role = Role.LINE_LEAD
    line = factory.Maybe(
        factory.LazyAttribute(lambda held: held.role in LINE_ROLES),
        yes_declaration=factory.SubFactory(LineFactory),
    )
    valid_from = AT - timedelta(days=365)


class TokenFactory(DjangoModelFactory):
    """A token that reads its line; its secret is nobody's."""

    class Meta:
        model = ServiceToken

    line = factory.SubFactory(LineFactory)
    name = factory.Sequence(lambda n: f"Token {n}")
    prefix = factory.Sequence(lambda n: f"t{n:08d}")
    digest = "0" * 64
    scopes = factory.LazyFunction(lambda: ["read"])
    expires_at = AT + timedelta(days=90)


class BatchFactory(DjangoModelFactory):
    """An import that was uploaded."""

    class Meta:
        model = ImportBatch

    kind = "lines"
    file_name = "lines.csv"
    file_sha256 = "0" * 64
