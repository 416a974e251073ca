"""Made-up people planted in an archive, and every form in which they could lie on a disk."""

from __future__ import annotations

import gzip
import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

import ahocorasick
from openpyxl import Workbook

from tests.e2e.privacy_archive import BORN, text_about
from training.synthetic.identities import Identities, Person

A_FILE = 5
_SHORTEST = 6
"""Bytes of a form; two or three of base64 stand somewhere in every database."""
HEADER = ("姓名", "公民身份号码", "联系电话", "银行卡号")


def people_of(count: int, seed: int = 23) -> list[Person]:
    source = Identities(random.Random(seed))
    return [source.person(born=BORN, region="500111") for _ in range(count)]


def secrets_of(people: Iterable[Person]) -> set[str]:
    """Numbers of everybody and names; one of two characters may be a word and is left out."""
    found: set[str] = set()
    for person in people:
        found |= {person.resident_id, person.phone, person.bank_card}
        found |= {person.name} if len(person.name) > 2 else set()
    return found


def write_files(people: list[Person], folder: Path) -> None:
    """Write texts and, every third file, a workbook; five people a file."""
    folder.mkdir(parents=True)
    for begin in range(0, len(people), A_FILE):
        group, path = people[begin : begin + A_FILE], folder / f"{begin:06}"
        if begin // A_FILE % 3 == 2:
            path.with_suffix(".xlsx").write_bytes(roster(group))
        else:
            path.with_suffix(".txt").write_text("\n".join(map(text_about, group)), "utf-8")


def roster(people: Iterable[Person]) -> bytes:
    book, out = Workbook(), BytesIO()
    sheet = book.active
    assert sheet is not None
    sheet.append(HEADER)
    for person in people:
        sheet.append((person.name, person.resident_id, person.phone, person.bank_card))
    book.save(out)
    return out.getvalue()


_BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_DIGIT_OF = {ord(sign): digit for digit, sign in enumerate(_BASE64)} | {ord("-"): 62, ord("_"): 63}
_URLSAFE = bytes.maketrans(b"+/", b"-_")
_ANY = (0, 0)


@dataclass(frozen=True, slots=True)
class Form:
    """How a secret can stand in a file: ``core``, and of the signs before and behind it some bits.

    A sign of base64 holds six bits, so the first and the last of a value are shared with what stands around
    it. ``first``: how many low bits of the sign before it, and which; ``last``: high ones of the one behind.
    """

    name: str
    core: bytes
    first: tuple[int, int] = _ANY
    last: tuple[int, int] = _ANY

    def fits(self, content: bytes, end: int) -> bool:
        """Whether the signs around a core that ends before ``end`` hold the other bits of the secret."""
        begin = end - len(self.core)
        before = _DIGIT_OF.get(content[begin - 1], -1) if begin else -1
        behind = _DIGIT_OF.get(content[end], -1) if end < len(content) else -1
        (few, low), (some, high) = self.first, self.last
        return (not few or (before >= 0 and before & (1 << few) - 1 == low)) and (
            not some or (behind >= 0 and behind >> 6 - some == high)
        )


def forms_of(secret: str) -> list[Form]:
    """Return every form of a secret; base64 in all three alignments."""
    plain = {name: secret.encode(name) for name in ("utf-8", "utf-16-le", "utf-16-be", "gb18030")}
    forms = [Form(name, content) for name, content in plain.items()]
    for name in ("utf-8", "utf-16-le", "gb18030"):
        forms += [_base64_inside(f"base64 of {name}, {shift}", plain[name], shift) for shift in range(3)]
    forms.append(Form("hex", plain["utf-8"].hex().encode()))
    if not secret.isascii():
        forms.append(Form("json", json.dumps(secret)[1:-1].encode()))
        forms.append(Form("url", quote(secret).encode()))
    return forms


def _base64_inside(name: str, content: bytes, shift: int) -> Form:
    """Return the base64 of ``content`` behind ``shift`` bytes (of three) of something else."""
    bits = "".join(f"{byte:08b}" for byte in content)
    few = -8 * shift % 6
    whole = (len(bits) - few) // 6 * 6 + few
    core = "".join(_BASE64[int(bits[at : at + 6], 2)] for at in range(few, whole, 6))
    first, last = bits[:few], bits[whole:]
    return Form(name, core.encode(), (few, int(first or "0", 2)), (len(last), int(last or "0", 2)))


class Finder:
    """Looks for all forms of many secrets at once."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._automaton = ahocorasick.Automaton()
        by_core: defaultdict[bytes, list[Form]] = defaultdict(list)
        for secret in secrets:
            for form in forms_of(secret):
                assert len(form.core) >= _SHORTEST, "found in random bytes too: look for something longer"
                for core in {form.core, form.core.translate(_URLSAFE)}:
                    by_core[core].append(form)
        for core, forms in by_core.items():
            self._automaton.add_word(core.decode("latin-1"), forms)
        self._automaton.make_automaton()

    def forms_in(self, content: bytes) -> Counter[str]:
        """Count what is found by form; values are never shown."""
        found = self._automaton.iter(content.decode("latin-1"))
        return Counter(form.name for last, forms in found for form in forms if form.fits(content, last + 1))

    def forms_below(self, *folders: Path) -> dict[str, Counter[str]]:
        """Return what is found by file, also inside gzip; empty where there is nothing."""
        found: dict[str, Counter[str]] = {}
        for path in files_below(*folders):
            for content in contents_of(path):
                if forms := self.forms_in(content):
                    found[path.name] = found.get(path.name, Counter()) + forms
        return found


def files_below(*folders: Path) -> Iterator[Path]:
    for folder in folders:
        yield from (path for path in sorted(folder.rglob("*")) if path.is_file())


def contents_of(path: Path) -> Iterator[bytes]:
    """Yield the bytes of a file, and what they are where they are compressed."""
    raw = path.read_bytes()
    yield raw
    if raw[:2] == b"\x1f\x8b":
        yield gzip.decompress(raw)
