"""Every deposit ends stored, duplicate or quarantined; nothing twice, nothing lost, nothing in clear."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest

from indexer.catalogue import Catalogue, Row, row_of
from indexer.deposits import Deposit, FileDeposit, Outcome, OutcomeKind, Pause, RecordDeposit, RefusedDeposit
from indexer.ingest import BATCH_DOCUMENTS
from indexer.intake import deposits_of, sources_in
from models.archive.documents import CatalogueEntry, DocumentState
from models.archive.levels import AccessLevel, Line
from models.errors import NotVisible
from tests.assembly import CATALOGUED, LIMITS, Archive, archive_in, record
from tests.strategies import PRINTED_ID, resident_id

STORED, DUPLICATE, QUARANTINED = OutcomeKind.STORED, OutcomeKind.DUPLICATE, OutcomeKind.QUARANTINED
TEXT = "企业职工退休审批表。经审核，该职工符合养老保险退休条件。"
ROW = row_of(CATALOGUED)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return archive_in(tmp_path / "state")


def file(name: str, text: str | bytes, row: Row = ROW) -> FileDeposit:
    return FileDeposit(name, content=text if isinstance(text, bytes) else text.encode(), row=row)


def kinds(outcomes: list[Outcome]) -> list[OutcomeKind]:
    return [outcome.kind for outcome in outcomes]


def test_every_deposit_has_one_outcome_in_the_order_given(archive: Archive, tmp_path: Path) -> None:
    outcomes = archive.ingest(
        file("一.txt", TEXT),
        file("二.txt", b""),
        file("三.txt", TEXT),
        FileDeposit("四.txt", path=tmp_path / "没有.txt"),
        RefusedDeposit("五.txt", "encrypted_file", "设有密码"),
        record("六", "工伤认定决定书"),
        record("七", " \n"),
        file("八.pdf", b"%PDF-1.7 broken"),
        record("六", "工伤认定决定书"),
    )
    assert [o.name for o in outcomes] == [
        "一.txt",
        "二.txt",
        "三.txt",
        "四.txt",
        "五.txt",
        "六",
        "七",
        "八.pdf",
        "六",
    ]
    assert kinds(outcomes) == [
        STORED, QUARANTINED, DUPLICATE, QUARANTINED, QUARANTINED, STORED, QUARANTINED, QUARANTINED, DUPLICATE,
    ]  # fmt: skip
    assert all(o.detail and o.code for o in outcomes if o.kind is not STORED)
    assert all(o.doc_id for o in outcomes if o.kind is not QUARANTINED)
    assert outcomes[0].doc_id == outcomes[2].doc_id
    assert len(archive.store.quarantined()) == 5


def test_doing_it_again_adds_nothing(archive: Archive) -> None:
    deposits: list[Deposit] = [
        file("一.txt", TEXT),
        record("六", "工伤认定"),
        file("二.txt", b""),
        RefusedDeposit("五", "x", "y"),
    ]
    archive.ingest(*deposits)
    before = (archive.store.head_seq(), archive.store.chunk_count(), len(archive.store.quarantined()))
    assert kinds(archive.ingest(*deposits)) == [DUPLICATE, DUPLICATE, QUARANTINED, QUARANTINED]
    assert (archive.store.head_seq(), archive.store.chunk_count(), len(archive.store.quarantined())) == before


def test_a_batch_ends_and_the_next_begins(archive: Archive) -> None:
    count = 2 * BATCH_DOCUMENTS + 3
    outcomes = archive.ingest(*(record(str(n), f"第{n}号工伤认定") for n in range(count)))
    assert kinds(outcomes) == [STORED] * count
    assert len({o.doc_id for o in outcomes}) == count == archive.store.head_seq()


def test_a_pause_commits_what_is_at_hand(archive: Archive) -> None:
    steps: list[str] = []

    def deposits() -> Iterator[Deposit]:
        yield Pause()
        for number in range(3):
            yield record(str(number), f"第{number}号")
            steps.append(f"head {archive.store.head_seq()}")
            yield Pause()

    for outcome in archive.ingestor.ingest(deposits()):
        steps.append(outcome.name)  # noqa: PERF401 - what was yielded before the next one is read counts
    assert steps == ["head 0", "0", "head 1", "1", "head 2", "2"]


def test_nothing_but_refusals_claims_no_model(archive: Archive) -> None:
    archive.ingest(Pause(), file("二.txt", b""), Pause())
    assert archive.store.space() is None


# -- sources that change ------------------------------------------------------------------------


def test_a_source_with_other_content_is_quarantined(archive: Archive) -> None:
    archive.ingest(record("六", "工伤认定"))
    (changed,) = archive.ingest(record("六", "工伤认定，已更正"))
    assert (changed.kind, changed.code) == (QUARANTINED, "source_changed")
    assert archive.store.head_seq() == 1


def test_also_within_one_batch(archive: Archive) -> None:
    outcomes = archive.ingest(
        record("六", "工伤认定"), record("六", "工伤认定，已更正"), record("六", "工伤认定")
    )
    assert [(o.kind, o.code) for o in outcomes] == [
        (STORED, None),
        (QUARANTINED, "source_changed"),
        (DUPLICATE, "duplicate"),
    ]


def test_the_correction_is_taken_once_the_original_is_withdrawn(archive: Archive) -> None:
    (first,) = archive.ingest(record("六", "工伤认定"))
    corrected = record("六", "工伤认定，已更正")
    archive.ingest(corrected)
    assert first.doc_id
    archive.store.set_state(first.doc_id, "withdrawn")
    assert kinds(archive.ingest(corrected)) == [STORED]
    assert archive.store.quarantined() == []


def test_the_same_file_name_with_other_content_is_another_file(archive: Archive) -> None:
    assert kinds(archive.ingest(file("表.txt", "甲"), file("表.txt", "乙"))) == [STORED, STORED]


# -- state secrets ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "grade"),
    [
        ("机密★10年\n关于某事的通知", ""),
        ("绝密 ★\n通知", ""),
        ("秘　密☆", ""),
        ("通知", "机密"),
        ("通知", "秘密★5年"),
        ("通知", "机密级"),
        ("通知", "绝 密"),
    ],
)
def test_state_secrets_are_refused_and_their_bytes_not_kept(archive: Archive, text: str, grade: str) -> None:
    row = row_of(CATALOGUED | {"密级": grade})
    outcomes = archive.ingest(file("a.txt", text, row), RecordDeposit("r", "", text, row))
    assert [(o.kind, o.code) for o in outcomes] == [(QUARANTINED, "state_secret")] * 2
    assert [f.kept for f in archive.store.quarantined()] == [False, False]
    assert archive.store.head_seq() == 0
    assert not list(archive.folder.rglob("*.sm4"))


@pytest.mark.parametrize(
    ("text", "grade"), [("本市工作秘密事项，保守秘密", ""), ("通知", "无"), ("通知", "内部")]
)
def test_other_words_of_secrecy_are_no_grade(archive: Archive, text: str, grade: str) -> None:
    assert kinds(archive.ingest(file("a.txt", text, row_of(CATALOGUED | {"密级": grade})))) == [STORED]


def test_refused_bytes_are_kept_sealed(archive: Archive) -> None:
    archive.ingest(file("坏.pdf", b"%PDF-1.7 " + PRINTED_ID.encode()))
    (path,) = (archive.folder / "quarantine").rglob("*.sm4")
    assert PRINTED_ID.encode() not in path.read_bytes()


# -- catalogue ----------------------------------------------------------------------------------


def stored(archive: Archive, row: Row, text: str = "关于某事的说明") -> tuple[Outcome, Archive]:
    (outcome,) = archive.ingest(file("a.txt", text, row))
    assert outcome.doc_id
    return outcome, archive


def test_a_gap_in_the_catalogue_is_noted_and_decides_the_state(tmp_path: Path) -> None:
    archive = archive_in(tmp_path / "state", deposit_region="500112")
    outcome, _ = stored(archive, Row(CatalogueEntry()))
    assert outcome.doc_id
    document = archive.store.documents([outcome.doc_id])[outcome.doc_id]
    assert document.state is DocumentState.TO_BE_CATALOGUED
    assert (document.region, document.lines) == ("500112", frozenset())
    assert document.access_level is AccessLevel.INTERNAL
    notes = "；".join(outcome.notes)
    for words in ("缺行政区划代码", "缺形成日期", "访问级别", "条线不明"):
        assert words in notes


def test_an_unreadable_value_is_noted_and_not_echoed(archive: Archive) -> None:
    outcome, _ = stored(archive, row_of(CATALOGUED | {"形成日期": "去年春天"}))
    assert any(note.startswith("形成日期不可用") for note in outcome.notes)
    assert "去年春天" not in "".join(outcome.notes)


def test_the_classifier_fills_only_what_the_catalogue_leaves_open(archive: Archive) -> None:
    outcome, _ = stored(
        archive, row_of({"region": "500111", "formed_on": "2019-03-05"}), "医疗保险，医保，住院"
    )
    assert outcome.doc_id
    document = archive.store.documents([outcome.doc_id])[outcome.doc_id]
    assert document.insurance_types == ("医疗",)
    assert document.lines == {Line.MEDICAL}
    assert any("自动分类" in note for note in outcome.notes)
    (second,) = archive.ingest(file("b.txt", "医疗保险，医保，住院。", row_of(CATALOGUED)))
    assert second.doc_id
    assert archive.store.documents([second.doc_id])[second.doc_id].insurance_types == ("养老",)


def test_rows_find_their_files_on_disk_and_in_zips(archive: Archive, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    (folder / "甲").mkdir(parents=True)
    (folder / "甲" / "一.txt").write_text("第一件", "utf-8")
    (folder / ".hidden").write_text("x", "utf-8")
    with ZipFile(folder / "包.zip", "w") as packed:
        packed.writestr("二.txt", "第二件")
        packed.writestr("坏.pdf", b"%PDF-")
    catalogue = Catalogue({name: row_of({"title": name, **CATALOGUED}) for name in ("甲/一.txt", "二.txt")})
    deposits = list(deposits_of(sources_in([folder]), catalogue, LIMITS))
    outcomes = archive.ingest(*deposits)
    assert {o.name: o.kind for o in outcomes} == {
        "甲/一.txt": STORED,
        "包.zip/二.txt": STORED,
        "包.zip/坏.pdf": QUARANTINED,
    }
    ids = [o.doc_id for o in outcomes if o.doc_id]
    assert {d.title for d in archive.store.documents(ids).values()} == {"甲/一.txt", "二.txt"}


def test_of_equal_files_the_catalogued_one_is_kept(archive: Archive, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("一份没有目录的.txt", "原件.txt"):
        (folder / name).write_text("同一份退休审批表", "utf-8")
    number = {"archive_no": "D001-SB·2019-D50-YL-0001"}
    catalogue = Catalogue({"原件.txt": row_of(CATALOGUED | number)})
    outcomes = archive.ingest(*deposits_of(sources_in([folder]), catalogue, LIMITS))
    assert {o.name: (o.kind, o.notes) for o in outcomes if o.kind is not STORED} == {
        "一份没有目录的.txt": (OutcomeKind.DUPLICATE, ())
    }
    (held,) = archive.store.documents([o.doc_id for o in outcomes if o.doc_id]).values()
    assert held.archive_no == number["archive_no"]


def test_a_row_that_numbers_equal_bytes_otherwise_is_told(archive: Archive) -> None:
    first, again = row_of(CATALOGUED | {"archive_no": "甲-1"}), row_of(CATALOGUED | {"archive_no": "甲-2"})
    outcomes = archive.ingest(file("a.txt", TEXT, first), file("b.txt", TEXT, again))
    outcomes += archive.ingest(file("c.txt", TEXT, again), file("d.txt", TEXT, first), file("e.txt", TEXT))
    assert [(o.kind, len(o.notes)) for o in outcomes[1:]] == [
        (OutcomeKind.DUPLICATE, 1),
        (OutcomeKind.DUPLICATE, 1),
        (OutcomeKind.DUPLICATE, 0),
        (OutcomeKind.DUPLICATE, 0),
    ]


# -- personal data ------------------------------------------------------------------------------


def test_a_file_name_with_personal_data_is_shown_masked(archive: Archive) -> None:
    name = f"张三丰_{PRINTED_ID}_退休.txt"
    (outcome,) = archive.ingest(file(name, TEXT, row_of(CATALOGUED | {"holder_name": "张三丰"})))
    assert outcome.doc_id
    document = archive.store.documents([outcome.doc_id])[outcome.doc_id]
    assert document.source_id == "〔姓名〕_〔身份证号〕_退休.txt"
    assert document.title == "〔姓名〕_〔身份证号〕_退休"


def test_a_title_made_of_the_text_never_holds_half_a_number(archive: Archive) -> None:
    """Wherever the 60th character falls, before, in or behind a name or number."""
    for before in range(30, 64):
        text = "字" * before + f"{resident_id(before)}，姓名：欧阳锦程，" + "字" * 40
        (outcome,) = archive.ingest(record(f"r{before}", text))
        assert outcome.doc_id
        title = archive.store.documents([outcome.doc_id])[outcome.doc_id].title
        assert not any(c.isdigit() for c in title)
        assert not set(title) & set("欧阳锦程")


@pytest.mark.parametrize("bad", [chr(0xD83D), chr(0xDCFF), f"a{chr(0xD800)}b"], ids=["D83D", "DCFF", "D800"])
def test_half_a_character_stops_no_run(archive: Archive, bad: str) -> None:
    outcomes = archive.ingest(
        record(f"r{bad}", f"退休{bad}审批", title=f"题名{bad}", metadata={"agency": f"某局{bad}"}),
        record("r2", f"{bad}退休审批"),
        file(f"退休{bad}.txt", "退休审批表" + ascii(bad)),
        record("r3", "退休"),
    )
    assert kinds(outcomes) == [STORED] * 4
    for document in archive.store.documents([o.doc_id for o in outcomes if o.doc_id]).values():
        assert (document.source_id + document.title).encode()
    for outcome in outcomes:
        assert outcome.doc_id
        assert archive.store.content(outcome.doc_id).pages[0].text.encode()


def test_a_file_whose_name_is_not_utf8(archive: Archive, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    Path(os.fsdecode(os.fsencode(folder) + b"/" + "退休审批.txt".encode("gb18030"))).write_text(TEXT, "utf-8")
    (outcome,) = archive.ingest(*deposits_of(sources_in([folder]), Catalogue({}), LIMITS))
    assert outcome.kind is STORED


def test_no_clear_text_on_disk(archive: Archive) -> None:
    """Every byte of the state folder, in the encodings text could lie in."""
    ids = [resident_id(number) for number in (101, 20_202, 303_303)]
    names = ["欧阳锦程", "司马昭华", "上官琬琰"]
    canary = "碧落黄泉独角兽"
    clear = [*ids, *names, canary, "13800138000", "本人专用的盒号九九"]
    for number, (name, resident) in enumerate(zip(names, ids, strict=True)):
        metadata = {
            "holder_name": name,
            "holder_id": resident,
            "employer": canary,
            "盒号": "本人专用的盒号九九",
            "agency": f"社保局（{name}）",
            "material_type": f"{name}的表",
            "archive_no": f"D015-{resident}",
        }
        text = f"姓名：{name}，公民身份号码{resident}，电话13800138000。批准退休。" * 5
        archive.ingest(
            record(f"r{number}", text, title=f"{name}退休审批", metadata=metadata),
            file(f"{name}_{resident}.txt", text + "。", row_of(CATALOGUED | metadata)),
            file(f"{name}_{resident}.pdf", b"%PDF-1.4 " + text.encode()),
            RefusedDeposit(f"{name}_{resident}.zip", "encrypted_file", "设有密码", text.encode()),
        )
    assert archive.store.head_seq() == 6
    archive.keeper.served()
    paths = [p for p in archive.folder.rglob("*") if p.is_file()]
    assert {"archive.db", "archive.db-wal"} <= {p.name for p in paths}
    assert any(p.suffix == ".sm4" for p in paths)
    assert any("index" in p.parts for p in paths)
    whole = b"\x00".join([str(p).encode() + b"\x00" + p.read_bytes() for p in paths])
    for value in clear:
        for encoding in ("utf-8", "utf-16-le", "gb18030"):
            assert value.encode(encoding) not in whole, (clear.index(value), encoding)
        assert ascii(value).strip("'").encode() not in whole


def test_originals_come_back_whole(archive: Archive) -> None:
    content = io.BytesIO(TEXT.encode()).getvalue()
    (outcome,) = archive.ingest(file("a.txt", content))
    assert outcome.doc_id
    sha256 = archive.store.documents([outcome.doc_id])[outcome.doc_id].source_sha256
    assert archive.store.original(sha256) == content
    with pytest.raises(NotVisible):
        archive.store.original("0" * 64)
