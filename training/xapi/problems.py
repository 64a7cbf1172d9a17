"""What can be wrong with a statement, said so that its sender can mend it."""

from dataclasses import dataclass
from enum import StrEnum


class Version(StrEnum):
    """The versions of the specification that are understood."""

    ONE = "1.0.3"
    TWO = "2.0.0"


@dataclass(frozen=True)
class Problem:
    """One breach: where (a JSON pointer), what, and the clause of the xAPI Data document that forbids it."""

    pointer: str
    code: str
    detail: str
    clause: str


class StatementInvalid(Exception):
    """A body that is no JSON the specification allows."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem


class Findings:
    """Collects problems under the pointer at which the reader stands."""

    def __init__(self, version: Version) -> None:
        self.version = version
        self.problems: list[Problem] = []

    def add(self, pointer: str, code: str, detail: str, clause: str) -> None:
        """Note one breach."""
        self.problems.append(Problem(pointer or "/", code, detail, clause))


def below(pointer: str, key: str | int) -> str:
    """The pointer of a member (RFC 6901)."""
    return f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}"
