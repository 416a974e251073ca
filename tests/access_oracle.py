"""Who sees which paper, said in plain facts: no predicate, nothing of the policy's code."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass
class Paper:
    insurance: str
    region: str
    level: int
    state: str
    case: str


@dataclass
class Permit:
    who: str
    papers: frozenset[str]
    case: str
    until: datetime
    revoked: bool = False


PEOPLE = {  # line, region, level, sees of the other line, states
    "clerk": ("HRSS", "500111", 1, False, {"held"}),
    "reviewer": ("MEDICAL", "50", 2, False, {"held"}),
    "archivist": ("HRSS", "429004", 3, False, {"held", "to_be_catalogued"}),
    "officer": ("", "42", 3, True, {"held"}),
    "admin": ("HRSS", "50", 3, True, set[str]()),
}
OF_LINE = {"养老": {"HRSS"}, "工伤": {"HRSS"}, "医疗": {"MEDICAL"}, "综合": {"HRSS", "MEDICAL"}}


@dataclass
class Oracle:
    papers: dict[str, Paper] = field(default_factory=dict)
    permits: dict[str, Permit] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    clerks_see: bool = True

    def sees(self, who: str, name: str, now: datetime) -> bool:
        paper = self.papers[name]
        line, region, level, other_line, states = PEOPLE[who]
        if who in self.closed or paper.level > level or paper.state not in states:
            return False
        if who in {"clerk", "reviewer"} and not self.clerks_see:
            return False
        mine = other_line or line in OF_LINE[paper.insurance] or paper.state == "to_be_catalogued"
        if mine and paper.region.startswith(region):
            return True
        return any(
            permit.who == who
            and not permit.revoked
            and now < permit.until
            and (name in permit.papers or (paper.case != "" and paper.case == permit.case))
            for permit in self.permits.values()
        )
