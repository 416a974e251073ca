"""Made-up people planted in an archive, and every form in which they could lie on a disk."""

from __future__ import annotations

import base64
import gzip
import json
import random
from collections import Counter
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

import ahocorasick
from openpyxl import Workbook

from tests.e2e.privacy_archive import BORN, text_about
from training.synthetic.identities import Identities, Person

A_FILE = 5
_SHORTEST = 5
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


def forms_of(secret: str) -> dict[str, bytes]:
    """Return the bytes of a secret by the name of its form; base64 in all three alignments."""
    plain = {name: secret.encode(name) for name in ("utf-8", "utf-16-le", "utf-16-be", "gb18030")}
    forms = dict(plain)
    for name in ("utf-8", "utf-16-le", "gb18030"):
        for shift in range(3):
            forms[f"base64 of {name}, {shift}"] = _base64_inside(plain[name], shift)
    forms["hex"] = plain["utf-8"].hex().encode()
    if not secret.isascii():
        forms["json"] = json.dumps(secret)[1:-1].encode()
        forms["url"] = quote(secret).encode()
    return forms


def _base64_inside(content: bytes, shift: int) -> bytes:
    """Return what of the base64 does not depend on the bytes before (``shift`` of three) and after."""
    encoded = base64.b64encode(bytes(shift) + content)
    before = (0, 2, 3)[shift]
    left = (shift + len(content)) % 3
    return encoded[before : len(encoded) - (4 if left else 0)]


class Finder:
    """Looks for all forms of many secrets at once."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._automaton = ahocorasick.Automaton()
        for secret in secrets:
            for form, content in forms_of(secret).items():
                assert len(content) >= _SHORTEST, "found in random bytes too: look for something longer"
                self._automaton.add_word(content.decode("latin-1"), form)
        self._automaton.make_automaton()

    def forms_in(self, content: bytes) -> Counter[str]:
        """Count what is found by form; values are never shown."""
        return Counter(form for _, form in self._automaton.iter(content.decode("latin-1")))

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
