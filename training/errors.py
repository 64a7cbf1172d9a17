"""What the training floor refuses, beyond the refusals every floor knows."""

from coe.errors import DomainError, Invalid


class StatementRefused(Invalid):
    """A body is no statement; xAPI answers 400 (Communication 3.2), and `problems` carry JSON pointers."""

    code = "statement_invalid"
    status = 400


class StatementConflict(DomainError):
    """A statement of this id is stored with other content (xAPI Communication 2.1.1 and 2.1.2)."""

    code = "statement_conflict"
    status = 409
