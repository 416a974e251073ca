"""A name that is sure somewhere in a document is that person's name on all of its pages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from models.privacy.detections import Detection, DetectionKind
from models.privacy.layout import Reading
from models.privacy.name_table import is_name_like, name_table
from models.privacy.resolution import Taken
from models.text.segmentation import is_word

SURE_NAME = 0.85
_BEFORE_NAME = frozenset("和与及同由系经为对给是让叫把被向找")

_BLOCK = 65_536
_MOST_BLANKS = 2

Wanted = Mapping[str, Mapping[str, Sequence[str]]]
"""By the first character of a name and by its second: the names that begin so, longest first."""


def sure_names(reading: Reading, found: Iterable[Detection]) -> set[str]:
    """Return the names with a score of at least .85, without blanks."""
    return {
        "".join(reading.text[d.start : d.end].split())
        for d in found
        if d.kind is DetectionKind.PERSON and d.score >= SURE_NAME
    }


def by_opening(names: Iterable[str]) -> Wanted:
    """Return what `propagate` looks for; a name of one character or a word of forms is left out."""
    wanted: dict[str, dict[str, list[str]]] = {}
    likely = (name for name in names if is_name_like(name, firm=True))
    for name in sorted(likely, key=lambda name: (-len(name), name)):
        wanted.setdefault(name[0], {}).setdefault(name[1], []).append(name)
    return wanted


def propagate(reading: Reading, found: Sequence[Detection], wanted: Wanted) -> Iterator[Detection]:
    """Yield the occurrences of ``wanted`` names that nothing found yet covers, or only their beginning."""
    if not wanted:
        return
    text = reading.text
    people = {d.start: d for d in found if d.kind is DetectionKind.PERSON}
    taken = Taken((d.start, d.end) for d in found)
    places = Taken(reading.places)
    position = 0
    for start in _places_of(text, wanted):
        end = _name_end(text, start, wanted[text[start]]) if start >= position else 0
        score = _score(start, end, people, taken, places) if end else 0.0
        if score and (_stands_alone(text, start, end) or not is_ordinary(text[start:end])):
            position = end
            yield Detection(start, end, DetectionKind.PERSON, score, "name-again", ("same document",))


def _places_of(text: str, characters: Iterable[str]) -> Iterator[int]:
    """Yield where one of ``characters`` stands, in order."""
    for first in range(0, len(text), _BLOCK):
        yield from sorted(place for one in characters for place in _of_one(text, one, first, first + _BLOCK))


def _of_one(text: str, character: str, start: int, end: int) -> Iterator[int]:
    place = text.find(character, start, end)
    while place >= 0:
        yield place
        place = text.find(character, place + 1, end)


def _name_end(text: str, start: int, names: Mapping[str, Sequence[str]]) -> int:
    """Return where the longest of ``names`` ends at ``start``, up to two blanks between its signs."""
    second = _behind_blanks(text, start + 1)
    for name in names.get(text[second : second + 1], ()):
        end = start + 1
        for character in name[1:]:
            end = _behind_blanks(text, end)
            if text[end : end + 1] != character:
                break
            end += 1
        else:
            return end
    return 0


def _behind_blanks(text: str, place: int) -> int:
    """Return where the first character stands from ``place`` on that is no blank; the third counts."""
    last = place + _MOST_BLANKS
    while place < last and text[place : place + 1] == " ":
        place += 1
    return place


def _score(start: int, end: int, people: Mapping[int, Detection], taken: Taken, places: Taken) -> float:
    """Return 0 where something else stands; a name that was cut short here wins over what was left of it."""
    cut = people.get(start)
    if cut is not None and cut.end < end and not taken.overlaps(cut.end, end):
        return max(0.86, min(0.99, cut.score + 0.01))
    return 0.0 if taken.overlaps(start, end) or places.overlaps(start, end) else 0.86


def is_ordinary(name: str) -> bool:
    """Whether a name of two characters is a word of daily use as well (高兴, 成功)."""
    return not is_name_like(name) or (len(name) == 2 and is_word(name))


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Whether what stands around allows a name here, rather than a word in a sentence."""
    before, after = text[max(0, start - 6) : start], text[end : end + 1]
    labelled = any(before[-size:] in name_table().labels for size in range(1, len(before) + 1))
    left = labelled or not before or before[-1] in _BEFORE_NAME or not before[-1].isalnum()
    return left and (not after or not after.isalnum() or after in name_table().followers)
