"""An archive to be called with anything at all: real policy, store, index and routes, small working models.

Markers lie where no answer may bring them from: in documents outside everybody's region, and as personal
data in documents everybody may see.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from fastapi.testclient import TestClient

from api.app import create_app
from api.bootstrap import Archive
from indexer.catalogue import row_of
from indexer.deposits import FileDeposit
from indexer.indexing import IndexKeeper
from models.access.principal import Role
from models.classification.results import Classifier
from models.privacy.detector import PersonalDataDetector
from tests.e2e.http_archive import (
    OTHER_REGION,
    REGION,
    House,
    add_account,
    settings_for,
    wait_until_ready,
)
from tests.fakes_classifier import KeywordClassifier
from tests.fakes_embedding import BigramEmbedder
from tests.fakes_privacy import FakeDetector
from tests.strategies import resident_id
from tests.worlds.archive import ROUTING

ANONYMOUS = "anonymous"
CALLERS = (*(role.value for role in Role), ANONYMOUS)
HIDDEN_WORDS = "藏于他处的标记"


class SmallArchive(Archive):
    """An archive whose models are the small working ones."""

    @cached_property
    def embedder(self) -> BigramEmbedder:  # type: ignore[override]
        return BigramEmbedder()

    @cached_property
    def detector(self) -> PersonalDataDetector:
        return FakeDetector()

    @cached_property
    def classifier(self) -> Classifier:
        return KeywordClassifier()

    @cached_property
    def index(self) -> IndexKeeper:
        return IndexKeeper(self.folder / "index", self.store, self.embedder.space, ROUTING)


def renewed(house: House, caller: str) -> dict[str, str]:
    """Return the headers of a new session of a caller whose former one has ended, unlocked if need be."""
    accounts, service = house.archive.accounts, house.client.app.state.service  # type: ignore[attr-defined]
    accounts.record_failure(caller, failures=0, locked_until=None)
    account = accounts.account(caller)
    assert account is not None
    house.tokens[caller] = service.tokens.issue(account, account.principal.purpose).text
    return house.bearer(caller)


@dataclass(frozen=True, slots=True)
class Marked:
    """A served archive; ``markers``: words that may stand in no answer.

    ``revealable``: those of documents that callers may see, which a reveal may tell for a reason given.
    """

    house: House
    markers: tuple[str, ...]
    visible: tuple[str, ...]
    hidden: tuple[str, ...]
    revealable: frozenset[str] = frozenset()


@contextmanager
def small_house(archive: Archive) -> Iterator[House]:
    """Serve an archive with an account per role."""
    for role in Role:
        add_account(archive, role.value, role)
    with TestClient(create_app(archive), raise_server_exceptions=False) as client:
        wait_until_ready(client)
        yield House(archive, client)


@contextmanager
def marked_house(state: Path, documents: int = 8) -> Iterator[Marked]:
    """Serve a fresh archive with ``documents`` open ones and as many out of everybody's reach."""
    archive = SmallArchive(settings_for(state, answer_floor_ms=0, token_minutes=720), "http")
    near = [_deposit(number, REGION) for number in range(documents)]
    far = [_deposit(number, OTHER_REGION) for number in range(documents, 2 * documents)]
    ids = [outcome.doc_id or "" for outcome in archive.ingestor.ingest([*near, *far])]
    archive.index.catch_up()
    values = [value for number in range(2 * documents) for value in _values(number)]
    markers = (HIDDEN_WORDS, *values, *ids[documents:])
    with small_house(archive) as house:
        near_values = frozenset(values[: len(values) // 2])
        yield Marked(house, markers, tuple(ids[:documents]), tuple(ids[documents:]), near_values)


def _values(number: int) -> tuple[str, str, str]:
    """Return name, identity number and telephone of the person in document ``number``: of 16, all differ."""
    name = f"{'欧阳司徒上官诸葛'[number % 4 * 2 :][:2]}{'锦程玉衡明华若兰'[number // 4 * 2 :][:2]}"
    return name, resident_id(number), f"139{number:08d}"


def _deposit(number: int, region: str) -> FileDeposit:
    name, identity, phone = _values(number)
    subject = ("退休审批", "工伤认定", "医疗费用报销", "失业登记")[number % 4]
    secret = HIDDEN_WORDS if region == OTHER_REGION else ""
    person = f"姓名：{name}\n公民身份号码：{identity}\n电话：{phone}"
    text = f"{subject}表{secret}\n{person}\n2019年{subject}{secret}，第{number}号。"
    metadata = {
        "title": f"{subject}表{secret}",
        "insurance_type": ("养老", "工伤", "养老", "失业")[number % 4],
        "region": region,
        "formed_on": f"20{10 + number % 10}-03-05",
        "holder_name": name,
        "holder_id": identity,
        "access_level": "公开",
    }
    content, kind = (text.replace("\n", ",1\n"), "csv") if number % 3 == 2 else (text, "txt")
    return FileDeposit(f"{number}.{kind}", content=content.encode(), row=row_of(metadata))
