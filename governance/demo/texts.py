"""The words of the demo company's governance, read from `texts.yaml` into values.

Texts are keyed by language: `training.models.texts.read` takes the reader's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).resolve().parent / "texts.yaml"
Texts = Mapping[str, str]


@dataclass(frozen=True)
class DemoException:
    """An exception somebody asked for. What it is from depends on `subject`; the other names are empty."""

    title: Texts
    subject: str
    line: str
    requester: str
    approver: str
    state: str
    asked_days_ago: int
    lasts_days: int
    reason: Texts
    control: Texts
    policy: str = ""
    clause: str = ""
    criterion: str = ""
    account: str = ""
    course: str = ""
    person: str = ""
    decision: Texts | None = None


@dataclass(frozen=True)
class DemoSweep:
    """A search for accounts outside the register."""

    name: Texts
    lead: str
    platforms: tuple[str, ...]
    started_days_ago: int
    days: int
    method: Texts
    result: Texts


@dataclass(frozen=True)
class DemoFinding:
    """An account that a sweep found, and what was made of it. Not judged yet: no `judgement`."""

    platform: str
    handle: str
    display_name: str
    kind: str
    state: str
    line: str
    handled_by: str
    found_days_ago: int
    seen: Texts
    judged_after_days: int = 0
    takedown_reference: str = ""
    judgement: Texts | None = None


@dataclass(frozen=True)
class DemoDecline:
    """Why somebody does not accept a policy."""

    policy: str
    person: str
    reason: Texts


@dataclass(frozen=True)
class DemoCampaign:
    """A round of acknowledgements, or of certification (no policies; of a tier, else of all). A negative start lies ahead."""

    name: Texts
    starts_days_ago: int
    days: int
    policies: tuple[str, ...] = ()
    is_repeated: bool = False
    tier: int | None = None


@dataclass(frozen=True)
class DemoChange:
    """What a later version of a policy changes, as its change note says."""

    policy: str
    is_material: bool
    note: Texts


@dataclass(frozen=True)
class DemoTexts:
    """All of it."""

    exceptions: tuple[DemoException, ...]
    sweeps: tuple[DemoSweep, ...]
    findings: tuple[DemoFinding, ...]
    declines: tuple[DemoDecline, ...]
    campaigns: tuple[DemoCampaign, ...]
    certification_campaigns: tuple[DemoCampaign, ...]
    changes: tuple[DemoChange, ...]


_SHAPES: Mapping[str, type] = {
    "exceptions": DemoException,
    "sweeps": DemoSweep,
    "findings": DemoFinding,
    "declines": DemoDecline,
    "campaigns": DemoCampaign,
    "certification_campaigns": DemoCampaign,
    "changes": DemoChange,
}


def _value(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


@cache
def demo_texts() -> DemoTexts:
    """The texts, read once a process."""
    document: Mapping[str, list[dict[str, Any]]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return DemoTexts(
        **{
            name: tuple(
                shape(**{key: _value(value) for key, value in entry.items()}) for entry in document[name]
            )
            for name, shape in _SHAPES.items()
        }
    )
