"""A name that is sure somewhere in a document is that person's name on all of its pages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from models.privacy.detections import Detection, DetectionKind
from models.privacy.layout import Reading
from models.privacy.name_table import is_name_like, name_table
from models.privacy.resolution import Taken
from models.text.segmentation import is_word

SURE_NAME = 0.85
_BEFORE_NAME = frozenset("和与及同由系经为对给是让叫把被向找")

Patterns = Mapping[str, Sequence[re.Pattern[str]]]
"""By the first character of a name: patterns of the names that begin with it, longest first."""


def sure_names(reading: Reading, found: Iterable[Detection]) -> set[str]:
    """Return the names with a score of at least .85, without blanks."""
    return {
        re.sub(r"\s", "", reading.text[d.start : d.end])
        for d in found
        if d.kind is DetectionKind.PERSON and d.score >= SURE_NAME
    }


def name_patterns(names: Iterable[str]) -> Patterns:
    """Return what `propagate` looks for; a name of one character or a word of forms is left out."""
    wanted: dict[str, list[re.Pattern[str]]] = {}
    likely = (name for name in names if is_name_like(name, firm=True))
    for name in sorted(likely, key=lambda name: (-len(name), name)):
        wanted.setdefault(name[0], []).append(re.compile(r" {0,2}".join(map(re.escape, name))))
    return wanted


def propagate(reading: Reading, found: Sequence[Detection], wanted: Patterns) -> Iterator[Detection]:
    """Yield the occurrences of ``wanted`` names that nothing found yet covers, or only their beginning."""
    if not wanted:
        return
    people = {d.start: d for d in found if d.kind is DetectionKind.PERSON}
    taken = Taken((d.start, d.end) for d in found)
    places = Taken(reading.places)
    position = 0
    for first in re.finditer(f"[{''.join(map(re.escape, wanted))}]", reading.text):
        if first.start() < position:
            continue
        tried = (name.match(reading.text, first.start()) for name in wanted[first.group()])
        match = next((match for match in tried if match), None)
        if match is None or (is_ordinary(match.group()) and not _stands_alone(reading.text, *match.span())):
            continue
        score = _score(match, people, taken, places)
        if score:
            position = match.end()
            yield Detection(*match.span(), DetectionKind.PERSON, score, "name-again", ("same document",))


def _score(match: re.Match[str], people: Mapping[int, Detection], taken: Taken, places: Taken) -> float:
    """Return 0 where something else stands; a name that was cut short here wins over what was left of it."""
    cut = people.get(match.start())
    if cut is not None and cut.end < match.end() and not taken.overlaps(cut.end, match.end()):
        return max(0.86, min(0.99, cut.score + 0.01))
    return 0.0 if taken.overlaps(*match.span()) or places.overlaps(*match.span()) else 0.86


def is_ordinary(name: str) -> bool:
    """Whether a name of two characters is a word of daily use as well (高兴, 成功)."""
    return not is_name_like(name) or (len(name) == 2 and is_word(name))


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Whether what stands around allows a name here, rather than a word in a sentence."""
    before, after = text[max(0, start - 6) : start], text[end : end + 1]
    labelled = any(before[-size:] in name_table().labels for size in range(1, len(before) + 1))
    left = labelled or not before or before[-1] in _BEFORE_NAME or not before[-1].isalnum()
    return left and (not after or not after.isalnum() or after in name_table().followers)
