"""Pattern rules: data in `models/reference/privacy_rules.toml`, judged one match at a time."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from models.privacy import checksums
from models.privacy.checksums import Verdict
from models.privacy.detections import Detection, DetectionKind
from models.privacy.labelled_numbers import find_labelled_numbers
from models.privacy.layout import Reading

_CHECKS: Mapping[str, Callable[[str], Verdict]] = {
    "resident_id": checksums.resident_id_verdict,
    "old_resident_id": checksums.old_resident_id_verdict,
    "damaged_resident_id": checksums.damaged_resident_id_verdict,
    "disability_certificate": checksums.disability_certificate_verdict,
    "uscc": checksums.uscc_verdict,
    "card": checksums.card_verdict,
}


@dataclass(frozen=True, slots=True)
class PatternRule:
    """One row of the rule table; ``scores`` maps a verdict, or verdict + ``+context``, to a score 0–1."""

    name: str
    kind: DetectionKind
    pattern: re.Pattern[str]
    scores: Mapping[str, float]
    check: Callable[[str], Verdict] | None
    context: re.Pattern[str] | None
    veto: re.Pattern[str] | None
    after_veto: re.Pattern[str] | None
    needs: tuple[str, ...]

    def matches(self, text: str, before: Before) -> Iterator[Detection]:
        """Yield the detections of this rule, left to right, without overlaps."""
        position = 0
        while (match := self.pattern.search(text, position)) is not None:
            detection = self._judge(text, match, before)
            # A refused candidate may hide a good one that begins inside it (a serial before a number).
            position = match.start() + 1 if detection is None else match.end()
            if detection is not None:
                yield detection

    def _judge(self, text: str, match: re.Match[str], before: Before) -> Detection | None:
        if self.after_veto is not None and self.after_veto.match(text, match.end()):
            return None
        in_context = False
        if self.context is not None or self.veto is not None:
            words = before[match.start()]
            said, refused = _last(self.context, words), _last(self.veto, words)
            if refused > said:
                return None
            in_context = said >= 0
        verdict = self.check(match.group()) if self.check else Verdict.MATCHED
        score = self.scores.get(f"{verdict}+context") if in_context else None
        score = self.scores.get(verdict) if score is None else score
        if not score:
            return None
        evidence = (str(verdict), "context") if in_context else (str(verdict),)
        return Detection(match.start(), match.end(), self.kind, score, self.name, evidence)


class Before(dict[int, str]):
    """What stands before the places of a reading, blanks left out; several rules ask for the same one."""

    _MOST = 1024

    def __init__(self, reading: Reading) -> None:
        super().__init__()
        self._reading = reading

    def __missing__(self, place: int) -> str:
        if len(self) >= self._MOST:
            self.clear()
        # 社 保 编 号: a form whose characters are spread says the same.
        words = self[place] = self._reading.context(place).replace(" ", "")
        return words


def _last(pattern: re.Pattern[str] | None, before: str) -> int:
    """Return where the last match of ``pattern`` in ``before`` ends; -1 if there is none."""
    last = -1
    for match in pattern.finditer(before) if pattern else ():
        last = match.end()
    return last


@cache
def pattern_rules() -> tuple[PatternRule, ...]:
    """Return the rules of the table in its order."""
    table = tomllib.loads((files("models") / "reference" / "privacy_rules.toml").read_text("utf-8"))
    return tuple(
        PatternRule(
            name=row["name"],
            kind=DetectionKind(row["kind"]),
            pattern=re.compile(row["pattern"], re.ASCII | re.DOTALL),
            scores=row["scores"],
            check=_CHECKS[row["confirms"]] if "confirms" in row else None,
            context=_optional(row.get("context")),
            veto=_optional(row.get("veto")),
            after_veto=_optional(row.get("after_veto")),
            needs=tuple(row.get("needs", "").split()),
        )
        for row in table["rule"]
    )


def _optional(pattern: str | None) -> re.Pattern[str] | None:
    return None if pattern is None else re.compile(pattern)


def match_rules(reading: Reading) -> Iterator[Detection]:
    """Yield what every pattern rule and label finds; overlaps between rules are left to the resolution."""
    text, before = reading.text, Before(reading)
    headers = "\n".join({field.label for field in reading.fields})
    for rule in pattern_rules():
        if not rule.needs or any(word in text or word in headers for word in rule.needs):
            yield from rule.matches(text, before)
    yield from find_labelled_numbers(reading)
