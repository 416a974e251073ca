"""Tables of several people, and tables of figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from models.privacy.detections import DetectionKind
from training.synthetic.identities import Person
from training.synthetic.markup import Pieces, lines, plain, table
from training.synthetic.materials import Writing
from training.synthetic.slots import Case
from training.synthetic.wording import shift_months, written_date, written_month

_STYLES = ("pipe", "pipe", "aligned", "tab")


def _kept(kind: DetectionKind, attribute: str) -> Callable[[Case, Person], Pieces]:
    return lambda _, person: ((str(getattr(person, attribute)), kind),)


_COLUMNS: Mapping[str, Callable[[Case, Person], Pieces]] = {
    "姓名": _kept(DetectionKind.PERSON, "name"),
    "性别": lambda _, person: plain(person.sex),
    "公民身份号码": _kept(DetectionKind.RESIDENT_ID, "resident_id"),
    "出生年月日": lambda case, person: (
        (written_date(person.birth, case.date_style), DetectionKind.BIRTH_DATE),
    ),
    "手机号": _kept(DetectionKind.PHONE, "phone"),
    "银行卡号": _kept(DetectionKind.BANK_CARD, "bank_card"),
    "个人编号": _kept(DetectionKind.PERSON_NO, "person_no"),
    "家庭住址": _kept(DetectionKind.ADDRESS, "address"),
    "民族": _kept(DetectionKind.ETHNICITY, "ethnicity"),
}

_DATA_COLUMNS = ("办理年月", "金额（元）", "审核结果", "备注")


def _datum(case: Case, column: str) -> Pieces:
    rng = case.rng
    if column == "办理年月":
        day = shift_months(case.setting.formed_on, -rng.randint(0, 11))
        return plain(written_month(day, case.date_style))
    if column == "金额（元）":
        return plain(f"{rng.randint(80, 60000)}.{rng.randrange(100):02d}")
    return plain(
        rng.choice(("通过", "通过", "补件", "不予"))
        if column == "审核结果"
        else rng.choice(("", "已短信", "代办"))
    )


def roster_page(case: Case, writing: Writing, title: Pieces) -> Pieces:
    """Return a page with the holder first and up to eleven others of like age."""
    rng = case.rng
    people = [case.person("holder"), *_others(case, writing, rng.randint(3, 11))]
    shown = ["姓名", *(name for name in list(_COLUMNS)[1:] if rng.random() < 0.5)]
    if "公民身份号码" not in shown and rng.random() < 0.8:
        shown.insert(1, "公民身份号码")
    extra = rng.sample(_DATA_COLUMNS, rng.randint(1, 3))
    header = [plain(text) for text in ("序号", *shown, *extra)]
    rows = [
        [
            plain(str(number)),
            *(_cell(case, name, person, number) for name in shown),
            *(_datum(case, name) for name in extra),
        ]
        for number, person in enumerate(people, start=1)
    ]
    body = table([header, *rows], rng.choice(_STYLES))
    said = case.fill(rng.choice(writing.said))
    where = case.fill("填报单位：{employer}　　经办机构：{agency}　　{date}")
    return lines((*title, ("（名册）", None)), where, body, said, case.fill("制表：{clerk}　审核：{leader}"))


def _cell(case: Case, column: str, person: Person, number: int) -> Pieces:
    if column == "公民身份号码" and number == 1:
        return case.slot("holder.id")
    return _COLUMNS[column](case, person)


def _others(case: Case, writing: Writing, count: int) -> list[Person]:
    year = case.setting.formed_on.year
    born = (date(year - writing.age[1], 1, 1), date(year - writing.age[0], 1, 1))
    place = case.setting.place.residence
    return [case.identities.person(born=born, region=place, sex=writing.sex) for _ in range(count)]


def figures_page(case: Case, writing: Writing, title: Pieces) -> Pieces:
    """Return a page with a table of figures whose last row is the sum of the counted columns."""
    rng = case.rng
    names = writing.say_around_rows if case.setting.say_around and writing.say_around_rows else writing.rows
    header = [plain("项目"), *(case.fill(column) for column in writing.columns)]
    sums = [0] * len(writing.columns)
    rows: list[list[Pieces]] = []
    for name in names:
        numbers = _figures(case, writing.columns)
        sums = [total + number for total, number in zip(sums, numbers, strict=True)]
        shown = (
            f"{n / 10:.1f}" if "%" in c else str(n) for c, n in zip(writing.columns, numbers, strict=True)
        )
        rows.append([case.fill(name), *map(plain, shown)])
    total = ["—" if "%" in c or "次均" in c else str(s) for c, s in zip(writing.columns, sums, strict=True)]
    body = table([header, *rows, [plain("合计"), *map(plain, total)]], rng.choice(_STYLES))
    where = case.fill("编制单位：{agency}　　报表期：{year-1}年　　报出日期：{date}")
    said = case.fill(rng.choice(writing.said))
    return lines(title, where, body, said, case.fill("填表人：{clerk}　单位负责人：{leader}"))


def _figures(case: Case, columns: tuple[str, ...]) -> list[int]:
    """Return one row: a count of people, then what follows from it; percentages in tenths."""
    rng = case.rng
    people, each = rng.randint(300, 90_000), rng.randint(900, 14_000)
    whole = people * each // 10_000 + 1
    known = {
        "费用总额（万元）": whole,
        "金额（万元）": whole,
        "次均（元）": each,
        "基金支付（万元）": whole * rng.randint(45, 80) // 100,
        "当期新增（人）": people * rng.randint(2, 18) // 100,
        "基金收入（万元）": whole,
        "基金支出（万元）": whole * rng.randint(50, 108) // 100,
        "同比（%）": rng.randint(-190, 260),
    }
    return [known.get(column, people) for column in columns]
