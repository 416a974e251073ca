"""Layouts without tidy labels: run-on records, and families in a table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from models.privacy.detections import DetectionKind
from training.synthetic.identities import Person
from training.synthetic.markup import Piece, Pieces, lines, plain, table
from training.synthetic.slots import Case
from training.synthetic.wording import shift_months

_RELATIVES = {"配偶": 0, "长子": 26, "女儿": 28, "父亲": -25, "母亲": -23, "弟弟": 3, "孙子": 52}
"""What a relative is called, and how many years younger than the holder."""

_SEPARATORS = (("", "，"), (" ", " "), ("", " "), ("为", "，"), (" ", "；"), ("：", ""))
"""What stands between label and value, and between one pair and the next."""

_HEADINGS = ("家庭成员情况", "主要社会关系", "供养及同住人员")
_REMARKS = ("务农", "在读", "已退休", "同住", "外出务工", "无")


def run_on(cells: Sequence[tuple[str, Pieces]], case: Case) -> Pieces:
    """Return labels and values in one run of text, with little between them."""
    after, between = case.rng.choice(_SEPARATORS)
    out: list[Piece] = []
    for label, value in cells:
        out += [(between if out else "", None), (label + after, None), *value]
    return (*out, ("。", None))


def family_table(case: Case) -> Pieces:
    """Return a table of up to five relatives with what such tables record."""
    rng, holder = case.rng, case.person("holder")
    shown = [name for name in ("出生年月", "身份证号", "电话", "住址") if rng.random() < 0.5] or ["出生年月"]
    rows = [[plain(name) for name in ("称谓", "姓名", *shown, "备注")]]
    for called, years in rng.sample(list(_RELATIVES.items()), rng.randint(2, 5)):
        birth = shift_months(holder.birth, 12 * years) + timedelta(days=rng.randint(-400, 400))
        if birth >= case.setting.formed_on:
            continue
        person = case.identities.person(
            born=(birth, birth), region=case.setting.place.residence, sex=_sex(called, holder.sex)
        )
        values = _values(case, person)
        rows.append([plain(called), *(values[n] for n in ("姓名", *shown)), plain(rng.choice(_REMARKS))])
    return lines(plain(rng.choice(_HEADINGS)), table(rows, rng.choice(("pipe", "tab", "aligned"))))


def _sex(called: str, holder_sex: str) -> str:
    if called == "配偶":
        return "女" if holder_sex == "男" else "男"
    return "女" if called in ("女儿", "母亲") else "男"


def _values(case: Case, person: Person) -> dict[str, Pieces]:
    return {
        "姓名": ((person.name, DetectionKind.PERSON),),
        "出生年月": ((case.written(person.birth), DetectionKind.BIRTH_DATE),),
        "身份证号": ((person.resident_id, DetectionKind.RESIDENT_ID),),
        "电话": ((person.phone, DetectionKind.PHONE),),
        "住址": ((person.address, DetectionKind.ADDRESS),),
    }
