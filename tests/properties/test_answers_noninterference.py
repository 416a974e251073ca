"""Every way of asking answers in a world with hidden documents as in the world without them.

Counts, what is marked, pages, similar documents, completions, exports: all of it, to the last byte. Ids
are random and differ between any two worlds, so documents are called by their source.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.routers.search_answers import HitOut, SearchAnswer, SuggestAnswer
from indexer.answers import MaskedHit, Query
from indexer.deposits import RecordDeposit
from models.access.principal import Duty, Principal
from models.errors import Forbidden, NotVisible
from tests.assembly import Archive, record
from tests.properties.test_search_noninterference import PRINCIPALS, built, questions, visible, worlds

BEGINNINGS = ("退休", "工伤", "gs", "表", "医", "11010519491231002X")
ABSENT = "01930000-0000-7000-8000-000000000000"
options = st.fixed_dictionaries(
    {
        "ignored": st.sampled_from([frozenset[str](), frozenset({"years"}), frozenset({"insurance"})]),
        "only": st.sampled_from([frozenset[str](), frozenset({"years"}), frozenset({"insurance", "region"})]),
        "limit": st.integers(min_value=1, max_value=4),
    }
)


def named(shown: str, names: Mapping[str, str]) -> str:
    for doc_id, source in names.items():
        shown = shown.replace(doc_id, source)
    return shown


def pages(archive: Archive, query: Query, principal: Principal) -> Iterator[str]:
    """Yield every page as it goes over the wire, the cursor by its length."""
    for _ in range(20):
        answer = archive.searcher.ask(query, principal)
        wire = SearchAnswer.of(answer).model_dump()
        cursor = wire.pop("next_cursor")
        yield json.dumps([wire, len(cursor or "")], ensure_ascii=False)
        if answer.next_cursor is None:
            return
        query = replace(query, cursor=answer.next_cursor)
    raise AssertionError("no last page")


def told(archive: Archive, text: str, chosen: dict[str, Any], principal: Principal) -> Iterator[str]:
    """Yield all a principal can get out of an archive by asking about ``text``."""
    query = Query(text, **chosen)
    yield from pages(archive, query, principal)
    yield _tried(lambda: archive.exports.table(query, principal))
    for begun in BEGINNINGS:
        yield _tried(
            lambda begun=begun: SuggestAnswer.of(
                archive.suggester.suggest(begun, principal)
            ).model_dump_json()
        )


def _tried(ask: object) -> str:
    assert callable(ask)
    try:
        return str(ask())
    except (Forbidden, NotVisible) as refusal:
        return refusal.code + refusal.detail


def alike(archive: Archive, doc_id: str, principal: Principal) -> str:
    def ask() -> str:
        hits: list[MaskedHit] = archive.similar.similar_to(doc_id, principal, 3)
        return json.dumps([HitOut.of(hit).model_dump() for hit in hits], ensure_ascii=False)

    return _tried(ask)


def ids_of(archive: Archive, deposits: list[RecordDeposit]) -> dict[str, str]:
    held = archive.store.held([deposit.fingerprint for deposit in deposits])
    return {held[d.fingerprint].doc_id or "": d.source_id for d in deposits}


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(worlds, questions, options)
def test_hidden_documents_change_no_byte(
    world: list[tuple[str, str, dict[str, object]]], text: str, chosen: dict[str, Any]
) -> None:
    deposits = [
        record(f"s{number}", body, title=title, metadata=fields)
        for number, (body, title, fields) in enumerate(world)
    ]
    with tempfile.TemporaryDirectory() as folder:
        everything = built(Path(folder) / "all", deposits)
        there_ids = ids_of(everything, deposits)
        for number, principal in enumerate(PRINCIPALS):
            own = visible(everything, deposits, principal)
            alone = built(Path(folder) / f"own{number}", own)
            alone_ids = ids_of(alone, own)
            there = [named(line, there_ids) for line in told(everything, text, chosen, principal)]
            assert there == [named(line, alone_ids) for line in told(alone, text, chosen, principal)]
            _similar_too(everything, there_ids, alone, alone_ids, principal)
            alone.close()
        everything.close()


def _similar_too(
    everything: Archive,
    there_ids: Mapping[str, str],
    alone: Archive,
    alone_ids: Mapping[str, str],
    principal: Principal,
) -> None:
    here = {source: doc_id for doc_id, source in alone_ids.items()}
    absent = alike(alone, ABSENT, principal)
    for doc_id, source in there_ids.items():
        got = named(alike(everything, doc_id, principal), there_ids)
        seed = here.get(source)
        expected = named(alike(alone, seed, principal), alone_ids) if seed else absent
        assert got == expected
        assert seed or Duty.SEARCH not in principal.duties or got.startswith("not_found")


def test_fields_of_a_hit_are_all_compared() -> None:
    """A field added to hits goes over the wire, or is named here as one that must not."""
    hit = MaskedHit("d", "s", None, "t", "p", 1, (), None, None, "50", ())
    assert set(asdict(hit)) - set(HitOut.of(hit).model_dump()) == {"source_id"}
