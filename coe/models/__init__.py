"""The records of the Centre. One aggregate a file; import from here."""

from coe.models.accounts import AccountCoOwner, HandleRecord, SocialAccount
from coe.models.base import Record, uuid7
from coe.models.history import ChangeEvent, JournalEntry, SavedFilter
from coe.models.imports import ImportBatch, ImportEffect, ImportProblem, SavedMapping
from coe.models.lines import BusinessLine, LineClosure, Tag
from coe.models.organisation import Holiday, Organisation, WorkingCalendar
from coe.models.outbox import IdempotencyRecord, LineFact, Notice, OutboxMessage
from coe.models.platforms import Platform
from coe.models.timers import Timer
from coe.models.tokens import ServiceToken
from coe.models.users import RoleAssignment, User

__all__ = [
    "AccountCoOwner", "BusinessLine", "ChangeEvent", "HandleRecord", "Holiday", "IdempotencyRecord", "ImportBatch", "ImportEffect",
    "ImportProblem", "JournalEntry", "LineClosure", "LineFact", "Notice", "Organisation", "OutboxMessage", "Platform", "Record",
    "RoleAssignment", "SavedFilter", "SavedMapping", "ServiceToken", "SocialAccount", "Tag", "Timer", "User", "WorkingCalendar", "uuid7",
]  # fmt: skip
