"""Made-up personal names of every shape that archives hold."""

from __future__ import annotations

import random
import tomllib
from functools import cache
from importlib.resources import files

from models.privacy.name_table import name_table
from models.text.segmentation import is_word
from training.privacy_texts.stock import daily_characters, early, general_words, pick, stock
from training.synthetic.identities import vocabulary

STYLES = ("plain",) * 4 + ("mixed", "words", "bare") * 2 + ("short", "minority", "foreign")
_WORDED = 160
_SHARES = {
    "plain": (0.90, 0.03, 0.03, 0.02, 0.01, 0.01),
    "mixed": (0.48, 0.20, 0.10, 0.09, 0.04, 0.09),
    "words": (0.25, 0.55, 0.03, 0.01, 0.01, 0.15),
    "bare": (0.22, 0.22, 0.05, 0.01, 0.00, 0.50),
    "short": (0.30, 0.10, 0.53, 0.01, 0.01, 0.05),
    "minority": (0.30, 0.03, 0.02, 0.62, 0.03, 0.00),
    "foreign": (0.35, 0.03, 0.02, 0.15, 0.45, 0.00),
}


@cache
def _surnames() -> tuple[str, ...]:
    """Return surnames, frequent ones first."""
    common = str(vocabulary()["surnames"])
    others = sorted(set(_all_surnames()) - set(common))
    return (*common, *others)


@cache
def _all_surnames() -> str:
    text = tomllib.loads((files("models.reference") / "surnames.toml").read_text("utf-8"))
    return "".join(str(text["common"]).split())


@cache
def _word_names() -> tuple[str, ...]:
    """Return words of two or three characters that begin with a surname."""
    surnames = set(_all_surnames()) | set(name_table().doubtful)
    return tuple(word for word in stock("names", "words") if 2 <= len(word) <= 3 and word[0] in surnames)


@cache
def _dictionary_names() -> tuple[tuple[str, ...], ...]:
    """Return, for each frequent surname, the words of two characters that begin with it."""
    characters = daily_characters()
    words = (
        tuple(surname + c for c in characters if is_word(surname + c)) for surname in _surnames()[:_WORDED]
    )
    return tuple(found for found in words if found)


@cache
def _plain_words() -> tuple[str, ...]:
    """Return words of two characters that begin with a character frequent in given names."""
    heads = dict.fromkeys((*stock("names", "male"), *stock("names", "female")))
    return tuple(head + c for head in heads for c in daily_characters() if is_word(head + c))


@cache
def _statute_words() -> tuple[str, ...]:
    """Return words of two characters that statutes are made of: given names nobody expects."""
    return tuple(word for word in general_words() if len(word) == 2 and "一" <= word[0] <= "鿿")


class NameMaker:
    """Names in one of ``STYLES``, which one document keeps."""

    def __init__(self, rng: random.Random, style: str) -> None:
        self._rng = rng
        self._shares = _SHARES[style]

    def name(self, sex: str) -> str:
        shapes = (self._usual, self._word, self._single, self._minority, self._foreign, self._bare)
        shape = self._rng.choices(shapes, self._shares)[0]
        return shape(sex)

    def surname(self) -> str:
        rng, draw = self._rng, self._rng.random()
        if draw < 0.03:
            return str(rng.choice(vocabulary()["double_surnames"]))
        if draw < 0.15:
            return rng.choice(_surnames())
        return early(rng, _surnames()[:100])

    def _character(self, sex: str) -> str:
        draw = self._rng.random()
        if draw < 0.06:
            return pick(self._rng, "names", "rare")
        if draw < 0.12:
            return pick(self._rng, "names", "female" if sex == "男" else "male")
        return early(self._rng, stock("names", "male" if sex == "男" else "female"), 1.2)

    def _usual(self, sex: str) -> str:
        rng = self._rng
        given = self._character(sex)
        if rng.random() < 0.78:
            given = given * 2 if rng.random() < 0.03 else given + self._character(sex)
        if rng.random() < 0.02:
            return self.surname() + self.surname() + given
        if rng.random() < 0.012:
            return f"{self.surname()}{rng.choice(('', self.surname()))}氏"
        return self.surname() + given

    def _single(self, sex: str) -> str:
        return self.surname() + self._character(sex)

    def _word(self, sex: str) -> str:  # noqa: ARG002
        rng = self._rng
        draw = rng.random()
        if draw < 0.3:
            return rng.choice(_word_names())
        if draw < 0.7:
            return rng.choice(early(rng, _dictionary_names(), 1.5))
        word = pick(rng, "names", "words") if draw < 0.85 else rng.choice(_statute_words())
        return self.surname()[-2:] + (word if len(word) <= 2 else word[:2])

    def _bare(self, sex: str) -> str:  # noqa: ARG002
        """Return a word that does not even begin with a surname."""
        rng, draw = self._rng, self._rng.random()
        if draw < 0.4:
            return rng.choice(_plain_words())
        if draw < 0.55:
            return rng.choice(_statute_words())
        if draw < 0.9:
            return pick(rng, "names", "words")
        return self._rng.choice(stock("names", "female")) * 2

    def _minority(self, sex: str) -> str:  # noqa: ARG002
        rng = self._rng
        people = rng.choice(("uyghur", "uyghur", "tibetan", "tibetan", "mongol", "yi", "other_minor"))
        first, second = pick(rng, "names", people), pick(rng, "names", people)
        if people == "tibetan":
            return first + (second if rng.random() < 0.85 else "")
        if people in {"mongol", "other_minor"}:
            return first if rng.random() < 0.8 else self.surname() + first[:3]
        dot = rng.choice("····•・.．")
        if rng.random() < 0.1:
            return f"{first}{dot}{second}{dot}{pick(rng, 'names', people)}"
        return f"{first}{dot}{second}" if rng.random() < 0.85 else first + rng.choice(("", second))

    def _foreign(self, sex: str) -> str:  # noqa: ARG002
        rng, draw = self._rng, self._rng.random()
        if draw < 0.5:
            dot = rng.choice("····•・.")
            return dot.join(self._transliterated() for _ in range(rng.choice((2, 2, 2, 3, 1))))
        if draw < 0.6:
            return f"{pick(rng, 'names', 'cyrillic_given')} {pick(rng, 'names', 'cyrillic_family')}"
        first = pick(rng, "names", "latin_given").replace(".", " ")
        last = pick(rng, "names", rng.choice(("latin_family", "pinyin"))).replace(".", " ")
        shown = rng.choice((f"{first} {last}", f"{last} {first}", f"{last}, {first}", f"{first[0]}. {last}"))
        return shown.upper() if rng.random() < 0.3 else shown

    def _transliterated(self) -> str:
        return "".join(pick(self._rng, "names", "translit") for _ in range(self._rng.choice((2, 2, 3, 3, 4))))
