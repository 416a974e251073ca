"""Numbers that only their label tells: read from the label on, however they are spaced, broken or misread."""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from models.privacy.checksums import compact, is_plausible_resident_id
from models.privacy.detections import Detection, DetectionKind
from models.privacy.disease_names import spelt_out
from models.privacy.layout import Reading
from models.privacy.searching import any_of

_VETO_WINDOW = 12
_MOST_VALUES = 8
_LEAST_SHARE = 0.6
_MISREAD = frozenset("OoQlISBZ")
# 社 保 编 号: a form whose characters are spread says the same.
_SPREAD = re.compile("(?<=[一-鿿]) (?=[一-鿿])")
_SPREAD_LABEL = re.compile("[一-鿿] [一-鿿] ?[一-鿿] ?[号码]")


@dataclass(frozen=True, slots=True)
class LabelRule:
    """One row of the table: ``label``, right behind it ``value``; ``more`` leads from a value to the next."""

    name: str
    kind: DetectionKind
    label: re.Pattern[str]
    value: re.Pattern[str]
    more: re.Pattern[str]
    column: re.Pattern[str]
    veto: re.Pattern[str] | None
    after: re.Pattern[str]
    least: int
    score: float

    def announced_by(self, label: str, kind: str) -> bool:
        """Whether the ``label`` of a column or form, which announces ``kind``, announces such a number."""
        match = self.column.search(label)
        before = label[: match.start()] if match else label
        vetoed = self.veto is not None and self.veto.search(before) is not None
        return not vetoed and (match is not None or kind == self.kind)

    def read(self, text: str, at: int, *, announced: bool) -> Iterator[Detection]:
        """Yield the number at ``at`` and those joined to it by commas and the like."""
        for _ in range(_MOST_VALUES):
            match = self.value.match(text, at)
            if match is None or not self._holds(text, match):
                return
            evidence = ("column",) if announced else ("label",)
            yield Detection(*match.span(1), self.kind, self.score, self.name, evidence)
            joint = self.more.match(text, match.end(1))
            if joint is None:
                return
            at = joint.end()

    def _holds(self, text: str, match: re.Match[str]) -> bool:
        digits = sum(c.isdigit() for c in match[1])
        misread = sum(c in _MISREAD for c in match[1])
        plain = sum(c.isascii() and c.isalnum() for c in match[1])
        if self.kind is DetectionKind.PERSON_NO and _is_resident_id(match[1]):
            return False
        return (
            digits >= self.least
            and digits + misread >= _LEAST_SHARE * plain
            and self.after.match(text, match.end(1)) is None
        )


def _is_resident_id(value: str) -> bool:
    """Whether a person number is the resident ID, which stands in many such fields."""
    number = compact(value)
    return len(number) in {15, 18} and number[:-1].isdigit() and is_plausible_resident_id(number)


@cache
def label_rules() -> tuple[LabelRule, ...]:
    """Return the rules of `privacy_rules.toml`, in its order."""
    table = tomllib.loads((files("models") / "reference" / "privacy_rules.toml").read_text("utf-8"))[
        "labelled"
    ]
    parts = {"{d}": table["digit"], "{g}": table["gap"], "{b}": table["broken"]}
    rules = []
    for row in table["row"]:
        words = {word for token in row["words"].split() for word in spelt_out(token)}
        label = f"{any_of(words)}{row['suffix']}"
        value = row["value"]
        for name, pattern in parts.items():
            value = value.replace(name, pattern)
        rules.append(
            LabelRule(
                name=row["name"],
                kind=DetectionKind(row["kind"]),
                label=re.compile(label),
                value=re.compile(f"{table['between']}({value})(?![0-9A-Za-z*])", re.ASCII),
                more=re.compile(table["more"]),
                column=re.compile(f"{label}$"),
                veto=re.compile(row["veto"]) if "veto" in row else None,
                after=re.compile(row["after"]),
                least=row["least"],
                score=row["score"],
            )
        )
    return tuple(rules)


def find_labelled_numbers(reading: Reading) -> Iterator[Detection]:
    """Yield the numbers behind labels and under headers."""
    text = reading.text
    compact, cuts = _without_spread(text)
    for rule in label_rules():
        for match in rule.label.finditer(compact):
            before = compact[max(0, match.start() - _VETO_WINDOW) : match.start()]
            if rule.veto is None or rule.veto.search(before) is None:
                yield from rule.read(text, match.end() + bisect_right(cuts, match.end() - 1), announced=False)
    for field in reading.fields:
        for rule in _announced(field.label, field.kind):
            yield from rule.read(text, field.start, announced=True)


@lru_cache(1024)
def _announced(label: str, kind: str) -> tuple[LabelRule, ...]:
    return tuple(rule for rule in label_rules() if rule.announced_by(label, kind))


def _without_spread(text: str) -> tuple[str, list[int]]:
    """Return ``text`` without blanks within Chinese if a label is spread, and where they stood."""
    if _SPREAD_LABEL.search(text) is None:
        return text, []
    cuts = [match.start() - i for i, match in enumerate(_SPREAD.finditer(text))]
    return _SPREAD.sub("", text), cuts
