"""`make bench-persons`: people found by number and name in a generated archive, and how fast.

Quality: every number and name that the generator wrote into a document is asked for by an account that
sees all. Recall: share of (person, document) pairs found as a person match. Precision: share of documents
returned as person matches that hold the number, or the name, that was asked for.

Speed: an index of made-up people is filled directly and asked by a county's clerk, a city's and a
province's; the questions are names alone, names in a sentence, numbers, and people who are not there.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import quantiles

from api.bootstrap import Archive
from api.settings import Settings
from benchmarks.golden import OFFICER, TODAY, findable_ids, take_in
from indexer.answers import MAX_LIMIT, Query
from indexer.legs import BY_NAME, BY_NUMBER
from indexer.store.blind_keys import BlindKeys
from indexer.store.database import exclusive, migrate, open_engine, sqlite_url
from indexer.store.persons_port import PersonKey
from indexer.store.persons_sqlalchemy import SqlPersonIndex
from indexer.store.persons_writing import written_epoch
from indexer.store.sealing import MASTER_KEY_BYTES, Sealer
from indexer.understanding.people import person_terms
from indexer.understanding.question import understand
from models.privacy.blind_index import (
    INDEXED,
    PersonRole,
    Use,
    bucket_of,
    name_keys,
    stored_number_keys,
)
from training.synthetic.archive import archive_documents
from training.synthetic.documents import SyntheticDocument
from training.synthetic.identities import Identities, Person

SEED = 20261130
BORN = (date(1950, 1, 1), date(2000, 12, 31))
LINES = (("HRSS",), ("MEDICAL",), ("HRSS", "MEDICAL"))
CITIES = tuple(f"51{number:02}" for number in range(1, 22))
"""Twenty-one made-up 地市 of one province, as many as Sichuan has."""
_ASKERS = {"county or city (1 place, 3 salts)": 1, "five cities (15)": 5, "province (21 cities, 63)": 21}
_BY = {Use.NAME: frozenset(BY_NAME.values()), Use.NUMBER: frozenset(BY_NUMBER.values())}
_NAME_FORMS = ("{}", "{}的档案", "请帮我找{} 2019年的材料", "{}退休审批")
_NUMBER_FORMS = ("{}", "身份证号{}的材料", "查一下 {} 退休审批")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--documents", type=int, default=300)
    parser.add_argument("--people", type=int, default=100_000)
    given = parser.parse_args()
    if given.documents:
        _print_quality(given.documents)
    if given.people:
        _print_speed(given.people)


@dataclass(frozen=True, slots=True)
class Asked:
    """A name or number as it is written somewhere, and the documents that hold it."""

    use: Use
    written: str
    holders: frozenset[str]


def _print_quality(count: int) -> None:
    documents = list(archive_documents(count, SEED))
    with tempfile.TemporaryDirectory() as scratch:
        archive = Archive(Settings(state=Path(scratch) / "state", ocr=False), via="bench")
        take_in(archive, documents)
        findable = frozenset(findable_ids(archive, documents).values())
        seen = [d for d in documents if d.source_id in findable]
        print(f"{'asked by':<10}{'form':<28}{'asked':>7}{'recall':>9}{'precision':>11}{'first a match':>15}")
        for use, forms in ((Use.NUMBER, _NUMBER_FORMS), (Use.NAME, _NAME_FORMS)):
            asked = [a for a in _asked(seen) if a.use is use]
            for form in forms:
                print(f"{use:<10}{form:<28}{len(asked):>7}{_quality(archive, asked, form)}", flush=True)


def _asked(documents: Sequence[SyntheticDocument]) -> list[Asked]:
    """Return everybody the generator wrote down or catalogued, by every way of writing them."""
    holders: defaultdict[tuple[Use, str], set[str]] = defaultdict(set)
    written: dict[tuple[Use, str], str] = {}
    for document in documents:
        for use, value in _values(document):
            for key in name_keys(value) if use is Use.NAME else stored_number_keys(value)[:1]:
                holders[use, key].add(document.source_id)
                written.setdefault((use, key), value)
    listed = sorted(holders.items())
    return [Asked(key[0], " ".join(written[key].split()), frozenset(ids)) for key, ids in listed]


def _values(document: SyntheticDocument) -> Iterator[tuple[Use, str]]:
    entry = document.catalogue
    if entry.holder_name:
        yield Use.NAME, entry.holder_name
    if entry.holder_id:
        yield Use.NUMBER, entry.holder_id
    for page, spans in zip(document.pages, document.spans, strict=True):
        for start, end, kind in spans:
            if kind in INDEXED:
                yield INDEXED[kind], page[start:end]


def _quality(archive: Archive, asked: Sequence[Asked], form: str) -> str:
    found = wanted = returned = right = first = 0
    for one in asked:
        query = Query(form.format(one.written), MAX_LIMIT, today=TODAY)
        hits = archive.searcher.search(query, OFFICER)
        matches = [hit.source_id for hit in hits if _BY[one.use] & set(hit.reasons)]
        hit = one.holders & set(matches)
        found, wanted = found + len(hit), wanted + len(one.holders)
        returned, right = returned + len(matches), right + len(hit)
        first += bool(hits) and hits[0].source_id in one.holders
    return f"{found / wanted:>9.4f}{right / max(1, returned):>11.4f}{first / len(asked):>15.4f}"


def _print_speed(count: int) -> None:
    rng = random.Random(SEED)
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "archive.db"
        engine = open_engine(sqlite_url(path))
        migrate(engine)
        sealer = Sealer(bytes(MASTER_KEY_BYTES))
        with exclusive(engine) as session:
            keys = BlindKeys(sealer, written_epoch(session).salt)
        asked = _filled(path, keys, count)
        understand("预热", TODAY)
        index = SqlPersonIndex(engine, sealer)
        print(f"\n{count:,} people, {path.stat().st_size / 2**20:,.0f} MiB; look-up of one question, ms")
        print(f"{'asker':<38}{'question':<24}{'pieces':>7}{'found':>7}{'p50':>7}{'p95':>7}{'cpu p95':>9}")
        for who, cities in _ASKERS.items():
            buckets = [bucket_of(lines, city) for city in CITIES[:cities] for lines in LINES]
            for name, questions in _questions(asked, rng).items():
                print(f"{who:<38}{name:<24}{_timed(index, questions, buckets)}", flush=True)
        engine.dispose()


def _filled(path: Path, keys: BlindKeys, count: int) -> list[Person]:
    """Write one document of four tokens per person, past the program; return some of the people."""
    rng, asked = random.Random(SEED), []
    source = Identities(rng)
    raw = sqlite3.connect(path)
    raw.executescript("PRAGMA synchronous=OFF; PRAGMA cache_size=-200000")
    for begin in range(0, count, _PART):
        tokens: list[tuple[bytes, int, int]] = []
        people: list[tuple[int, str, int, str]] = []
        for number in range(begin + 1, min(begin + _PART, count) + 1):
            person = source.person(born=BORN)
            is_asked = number % max(1, count // 500) == 0
            bucket = bucket_of(rng.choice(LINES), CITIES[0] if is_asked else rng.choice(CITIES))
            people.append((number, f"{number:036}", 1, bucket))
            for use, value in _of(person):
                tokens.append((keys.token(use, bucket, value), number, int(PersonRole.HOLDER)))
            if is_asked:
                asked.append(person)
        raw.executemany(_DOCUMENT, people)
        raw.executemany("INSERT INTO person_tokens (token, number, role) VALUES (?,?,?)", sorted(tokens))
        raw.commit()
    raw.close()
    return asked


_PART = 250_000
_DOCUMENT = "INSERT INTO person_documents (number, doc_id, epoch, bucket) VALUES (?, ?, ?, ?)"


def _of(person: Person) -> Iterator[tuple[Use, str]]:
    yield from ((Use.NAME, key) for key in name_keys(person.name))
    for number in (person.resident_id, person.phone, person.bank_card):
        yield from ((Use.NUMBER, key) for key in stored_number_keys(number)[:1])


def _questions(asked: Sequence[Person], rng: random.Random) -> Mapping[str, list[str]]:
    people = rng.sample(asked, min(150, len(asked)))
    return {
        "a name": [p.name for p in people],
        "a name in a sentence": [f"请帮我查一下{p.name}前年在工地摔伤的工伤认定决定书" for p in people],
        "a number": [p.resident_id for p in people],
        "nobody (53 characters)": [_LONG] * len(people),
    }


_LONG = "单位没有给员工交够养老保险退休以后每个月领得比别人少" * 2 + "怎么办"


def _timed(index: SqlPersonIndex, questions: Sequence[str], buckets: Sequence[str]) -> str:
    spent, worked, pieces, found = [], [], 0, 0
    for question in questions:
        begin, work = time.perf_counter(), time.process_time()
        terms = [t for t in person_terms(question, understand(question, TODAY).pieces) if t.counts]
        keys = [PersonKey(term.use, key) for term in terms for key in term.keys]
        found += len({f.doc_id for f in index.find(keys, buckets)})
        spent.append((time.perf_counter() - begin) * 1000)
        worked.append((time.process_time() - work) * 1000)
        pieces += len(keys)
    (middle, last), n = _cuts(spent), len(questions)
    return f"{pieces / n:>7.0f}{found / n:>7.1f}{middle:>7.1f}{last:>7.1f}{_cuts(worked)[1]:>9.1f}"


def _cuts(spent: Sequence[float]) -> tuple[float, float]:
    """Return the middle and the 95th percentile."""
    cuts = quantiles(spent, n=20)
    return cuts[9], cuts[18]


if __name__ == "__main__":
    main()
