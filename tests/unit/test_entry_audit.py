"""The data-entry audit: what contradicts itself, on whom it is pinned, and what is left in peace."""

from __future__ import annotations

from datetime import date

import pytest

from models.archive.documents import CatalogueEntry
from models.archive.levels import Retention
from models.entry_audit.checks import Entered, audited
from models.entry_audit.dates import later, read_date
from models.entry_audit.rules import entry_rules
from models.entry_audit.series import near_duplicates, series
from models.privacy.presidio import PresidioDetector
from tests.strategies import PRINTED_ID  # a woman born on 1949-12-31, as printed in the standard

TODAY = date(2026, 11, 22)
OTHER = "500199196307151165"


@pytest.fixture(scope="module")
def detector() -> PresidioDetector:
    return PresidioDetector.load(names=False)


def rules_of(
    detector: PresidioDetector, text: str, insurance: str | None = None, **fields: object
) -> list[str]:
    given: dict[str, object] = {"region": "500111", "formed_on": date(2019, 3, 5)} | fields
    entry = CatalogueEntry(**given)  # type: ignore[arg-type]
    pages = [(1, text, detector.detect([text])[0])]
    return [item.rule for item in audited(Entered(entry, pages, insurance, TODAY))]


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        (f"姓名：欧阳锦程\n性别：女\n出生日期：1949年12月31日\n公民身份号码：{PRINTED_ID}", []),
        (f"姓名：欧阳锦程\n性别：男\n出生日期：1949年12月31日\n公民身份号码：{PRINTED_ID}", ["sex-vs-id"]),
        (f"姓名：欧阳锦程\n出生日期：1948.12.31\n公民身份号码：{PRINTED_ID}", ["birth-vs-id"]),
        (f"姓名：欧阳锦程\n出生日期：一九四九年十二月\n公民身份号码：{PRINTED_ID}", []),
        (f"姓名：欧阳锦程\n公民身份号码：{PRINTED_ID}\n配偶出生日期：1948年1月2日", []),
        (f"| 项目 | 内容 |\n| 性别 | 男 |\n| 公民身份号码 | {PRINTED_ID} |", ["sex-vs-id"]),
        (
            f"姓名 性别 公民身份号码\n欧阳锦程 女 {PRINTED_ID}\n上官明月 男 {OTHER}\n",
            ["sex-vs-id"],
        ),
        ("入院日期：2014年11月18日\n出院日期：2014年11月13日", ["dates-reversed"]),
        ("入院日期：2014年11月13日\n出院日期：2014年11月18日", []),
        ("入院日期：2014年11月\n出院日期：2014年11月13日", []),
    ],
)
def test_text_against_itself(detector: PresidioDetector, text: str, rules: list[str]) -> None:
    ours = {"sex-vs-id", "birth-vs-id", "dates-reversed"}
    assert [rule for rule in rules_of(detector, text) if rule in ours] == rules


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"holder_id": PRINTED_ID[:-1] + "3"}, "id-checksum"),
        ({"holder_id": OTHER}, "id-not-in-text"),
        ({"holder_name": "上官明月"}, "holder-not-in-text"),
        ({}, "holder-missing"),
        ({"formed_on": None}, "required-missing"),
        ({"formed_on": date(2027, 1, 1)}, "formed-in-future"),
        ({"insurance_types": ("工伤",), "material_type": "退休审批"}, "insurance-vs-material"),
        ({"insurance_types": ("工伤",), "insurance": "养老"}, "insurance-vs-text"),
        ({"material_type": "退休审批", "retention": Retention.YEARS_10}, "retention-vs-material"),
        ({"archive_no": "退休001"}, "archive-no-form"),
        (
            {"archive_no": "D015-SB·2024-D50-YL-0001", "retention": Retention.YEARS_10},
            "archive-no-vs-fields",
        ),
        ({"archive_no": "D015-SB·2024-D50-YL-0001", "fonds": "D016"}, "archive-no-vs-fields"),
    ],
)
def test_the_catalogue_against_the_text(
    detector: PresidioDetector, fields: dict[str, object], rule: str
) -> None:
    text = f"企业职工退休审批表\n姓名：欧阳锦程\n公民身份号码：{PRINTED_ID}"
    assert rule in rules_of(detector, text, **fields)  # type: ignore[arg-type]
    right = {
        "holder_id": PRINTED_ID, "holder_name": "欧阳锦程", "insurance_types": ("养老",), "insurance": "养老",
        "material_type": "退休审批", "retention": Retention.YEARS_50, "fonds": "D015",
        "archive_no": "D015-SB·2024-D50-YL-0001",
    }  # fmt: skip
    assert rules_of(detector, text, **right) == []  # type: ignore[arg-type]


def test_a_damaged_number_in_the_text_is_not_held_against_the_catalogue(detector: PresidioDetector) -> None:
    text = f"姓名：欧阳锦程 身份证号码：50019919630715116\n领取人证件号：{PRINTED_ID}"
    damaged = text.replace("50019919630715116", "500199630715116")
    assert "id-not-in-text" not in rules_of(detector, damaged, holder_id=OTHER)


def test_no_finding_holds_a_value(detector: PresidioDetector) -> None:
    text = f"姓名：欧阳锦程\n性别：男\n出生日期：1948年1月1日\n公民身份号码：{PRINTED_ID}"
    entry = CatalogueEntry(holder_name="上官明月", holder_id=OTHER)
    found = audited(Entered(entry, [(1, text, detector.detect([text])[0])], None, TODAY))
    said = "".join(item.says for item in found)
    assert len(found) >= 5
    assert not [v for v in (PRINTED_ID, OTHER, "欧阳锦程", "上官明月", "1948") if v in said]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("1963年7月15日", (1963, 7, 15)),
        ("1963-07", (1963, 7)),
        ("１９６３.7.5", (1963, 7, 5)),
        ("一九六三年十二月廿三日", (1963, 12, 23)),
        ("二〇〇二年十月", (2002, 10)),
        ("19630715", (1963, 7, 15)),
        ("农历一九六三年五月", None),
        ("1963年13月", None),
        ("无", None),
    ],
)
def test_dates_as_written(text: str, parts: tuple[int, ...] | None) -> None:
    assert read_date(text) == parts


def test_dates_are_compared_as_far_as_written() -> None:
    assert later((2014, 11, 18), (2014, 11, 13))
    assert not later((2014, 11), (2014, 11, 13))
    assert later((2015,), (2014, 11, 13))


def test_numbers_in_a_row() -> None:
    numbers = {
        "a": "D015-SB·2024-D50-GS-0001",
        "b": "D015-SB·2024-D50-GS-0002",
        "c": "D015-SB·2024-D50-GS-0006",
        "d": "d015-sb·2024-d50-gs-0002",
        "e": "D015-SB·2023-D50-GS-0009",
        "f": "旧号12",
    }
    found = [(doc_id, item.rule, item.says) for doc_id, item in series(numbers)]
    assert [(d, r) for d, r, _ in found] == [
        ("b", "archive-no-repeated"),
        ("d", "archive-no-repeated"),
        ("c", "archive-no-gap"),
    ]
    assert "3 件" in found[-1][2]


def test_nearly_equal_texts() -> None:
    base = (
        "企业职工退休审批表。该职工符合企业职工基本养老保险退休条件，自二〇一九年四月起按月领取基本养老金，批准退休。"
        * 3
    )
    texts = {
        "a": base,
        "b": base.replace("二〇一九年四月", "二〇一九年五月", 1),
        "c": "工伤认定决定书。职工在工地搭脚手架时摔伤，符合工伤保险条例第十四条的规定，认定为工伤。" * 3,
        "d": "短",
        "e": "短",
    }
    assert [(doc_id, item.rule) for doc_id, item in near_duplicates(texts)] == [("b", "near-duplicate")]


def test_every_rule_says_something_in_chinese() -> None:
    for rule in entry_rules().values():
        assert rule.says.endswith("。")
        assert rule.field
