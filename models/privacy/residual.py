"""What is left to recognise people by once their names and numbers are hidden.

Birth year, sex, 区县 and employer stay readable in masked text. Persons who share all four with few
others can be told apart (k-anonymity; GB/T 37964-2019 3.6–3.8, GB/T 42460-2023).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from models.privacy.checksums import compact, is_plausible_resident_id
from models.privacy.classes import privacy_classes
from models.text.normalisation import normalise


class RiskGrade(StrEnum):
    LOW = "低"
    MEDIUM = "中"
    HIGH = "高"
    UNKNOWN = "无法评定"
    """No person is known by number."""


@dataclass(frozen=True, slots=True)
class ResidualRisk:
    """``smallest`` is the archive's k; ``unique`` persons are alone, ``small`` in a group below k."""

    grade: RiskGrade
    persons: int
    groups: int
    smallest: int
    unique: int
    small: int
    k_small: int


def birth_year_and_sex(resident_id: str) -> tuple[str, str] | None:
    """Return birth year and 男/女 out of a resident number of 15 or 18 characters (GB 11643-1999)."""
    number = compact(normalise(resident_id))
    if len(number) not in {15, 18} or not number[:-1].isdigit() or not is_plausible_resident_id(number):
        return None
    year, order = (number[6:10], number[16]) if len(number) == 18 else (f"19{number[6:8]}", number[14])
    return (year, "男" if int(order) % 2 else "女") if order.isdigit() else None


def residual_risk(people: Iterable[tuple[str, str]]) -> ResidualRisk:
    """Grade (person, combination) pairs, both opaque keys; a person counts in its smallest group."""
    members: dict[str, set[str]] = defaultdict(set)
    for person, combination in people:
        members[combination].add(person)
    k_of: dict[str, int] = {}
    for group in members.values():
        for person in group:
            k_of[person] = min(k_of.get(person, len(group)), len(group))
    limits = privacy_classes().limits
    sizes = Counter(k_of.values())
    small = sum(count for k, count in sizes.items() if k < limits.k_small)
    grade = RiskGrade.UNKNOWN
    if k_of:
        share = small / len(k_of)
        grade = RiskGrade.LOW if share < limits.medium_share else RiskGrade.MEDIUM
        grade = RiskGrade.HIGH if share >= limits.high_share else grade
    return ResidualRisk(
        grade, len(k_of), len(members), min(sizes, default=0), sizes[1], small, limits.k_small
    )
