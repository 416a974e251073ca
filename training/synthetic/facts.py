"""Slots that are worked out: retirement, maternity, unemployment, injury, hospital bills, numbers.

Each fact takes the case and returns one piece; facts that belong together draw from the same numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta

from models.archive.levels import Line
from models.privacy.detections import DetectionKind
from training.synthetic import entitlements as law
from training.synthetic.markup import Piece, text_of
from training.synthetic.slots import Case, money
from training.synthetic.vocabulary_lists import accidents
from training.synthetic.wording import capital_amount, shift_months, written_month

Fact = Callable[[Case], Piece]


def _words(text: str) -> Piece:
    return (text, None)


def _docno(case: Case) -> Piece:
    setting = case.setting
    word = case.rng.choice(("社险", "人社伤认", "社审", "医保函", "社保核", "劳鉴", "稽字"))
    if setting.say_around or (word.startswith("医保") != (setting.line is Line.MEDICAL)):
        word = "经办"
    head = setting.place.county[0] + word
    return _words(f"{head}〔{setting.formed_on.year}〕{case.rng.randint(1, 980)}号")


def _serial(case: Case) -> Piece:
    """Eighteen digits that are no resident id: province 20 does not exist."""
    return _words(f"{case.setting.formed_on:%Y%m%d}{case.rng.randrange(10**10):010d}")


def _retire_day(case: Case) -> date:
    kind = text_of(case.slot("retire_kind"))
    born = case.person("holder").birth
    if "正常" in kind:
        return law.retirement_date(born, case.setting.original_age)
    return shift_months(case.setting.formed_on, 1).replace(day=1)


def _work_start_year(case: Case) -> int:
    return case.person("holder").birth.year + case.number("work_age", lambda: case.rng.randint(17, 22))


def _years_paid(case: Case) -> int:
    total = case.setting.formed_on.year - _work_start_year(case)
    return max(10, total - _years_deemed(case) - case.number("gap", lambda: case.rng.randint(0, 4)))


def _years_deemed(case: Case) -> int:
    """Years before the local start of contributions in 1992 count as paid (视同缴费)."""
    return max(0, 1992 - _work_start_year(case))


def _pension(case: Case, part: str) -> int:
    basic = case.number("basic", lambda: case.rng.randint(45_000, 190_000))
    account = case.number("account", lambda: case.rng.randint(12_000, 90_000))
    transitional = case.number("transitional", lambda: case.rng.randint(0, 60_000))
    return {"basic": basic, "account": account, "transitional": transitional}.get(
        part, basic + account + transitional
    )


def _accident(case: Case) -> Mapping[str, str]:
    wanted = case.setting.picks.get("accident")
    rows = [row for row in accidents() if wanted is None or row["name"] == wanted]
    return rows[case.number("accident_row", lambda: case.rng.randrange(len(rows)))]


def _accident_day(case: Case) -> date:
    return case.setting.formed_on - timedelta(days=case.number("since", lambda: case.rng.randint(18, 160)))


def _told(field: str) -> Fact:
    """A field of the accident; slots inside it are filled by the case."""
    return lambda case: _words(_accident(case)[field])


def _injury(case: Case) -> Piece:
    choices = _accident(case)["injuries"].split("、")
    chosen = case.number("injury", lambda: case.rng.randrange(len(choices)))
    return (choices[chosen], DetectionKind.DIAGNOSIS)


def _grade(case: Case) -> int:
    return case.number("grade", lambda: case.rng.choice((4, 6, 7, 8, 9, 9, 10, 10, 10, 5, 3, 1)))


def _own_wage(case: Case) -> int:
    return case.number("own_wage", lambda: case.rng.randint(180_000, 980_000))


def _lump(case: Case) -> int:
    return _own_wage(case) * law.LUMP_SUM_MONTHS[_grade(case)]


def _children(case: Case) -> int:
    return case.number("children", lambda: 2 if case.rng.random() < 0.1 else 1)


def _difficult(case: Case) -> bool:
    return "剖宫产" in text_of(case.slot("delivery")) or "钳" in text_of(case.slot("delivery"))


def _leave_days(case: Case) -> int:
    return law.maternity_leave_days(difficult=_difficult(case), children=_children(case))


def _allowance(case: Case) -> int:
    return law.maternity_allowance(_own_wage(case), _leave_days(case))


def _paid_months(case: Case) -> int:
    return case.number("paid_months", lambda: case.rng.randint(12, 190))


def _dole(case: Case) -> int:
    year = case.setting.formed_on.year
    return case.number("dole", lambda: (200 + (year - 1998) * 62 + case.rng.randint(0, 120)) * 100)


def _dole_start(case: Case) -> date:
    return shift_months(case.setting.formed_on, 1)


def _fee(case: Case, part: str) -> int:
    total = case.number("fee", lambda: case.rng.randint(180_000, 9_800_000))
    pool = total * case.number("pool_share", lambda: case.rng.randint(45, 78)) // 100
    major = total * case.number("major_share", lambda: case.rng.choice((0, 0, 5, 9, 12))) // 100
    return {"total": total, "pool": pool, "major": major}.get(part, total - pool - major)


def _stay(case: Case) -> tuple[date, date]:
    left = case.setting.formed_on - timedelta(days=case.number("left", lambda: case.rng.randint(6, 75)))
    return left - timedelta(days=case.number("stay", lambda: case.rng.randint(3, 24))), left


def _month(case: Case, day: date) -> Piece:
    return _words(written_month(day, case.date_style))


def _dates_in_order(case: Case, first: date, second: date) -> tuple[date, date]:
    return (second, first) if "dates_reversed" in case.setting.defects else (first, second)


FACTS: Mapping[str, Fact] = {
    "docno": _docno,
    "serial": _serial,
    "archive": lambda c: _words(c.setting.archive_no),
    "agency": lambda c: _words(c.setting.place.agency(c.setting.line, c.setting.formed_on.year)),
    "bureau": lambda c: _words(c.setting.place.bureau(c.setting.line, c.setting.formed_on.year)),
    "agency.phone": lambda c: (c.identities.landline(c.setting.place.area), DetectionKind.PHONE),
    "agency.addr": lambda c: (c.identities.address(c.setting.place.residence), DetectionKind.ADDRESS),
    "county": lambda c: _words(c.setting.place.county),
    "street": lambda c: _words(c.setting.place.street or c.setting.place.county),
    "date": lambda c: _words(c.written(c.setting.formed_on)),
    "retire_date": lambda c: _words(c.written(_retire_day(c))),
    "retire_month": lambda c: _month(c, _retire_day(c)),
    "work_start": lambda c: _words(f"{_work_start_year(c)}年{c.rng.randint(1, 12)}月"),
    "years_deemed": lambda c: _words(
        f"{_years_deemed(c)}年{c.rng.randint(0, 11)}个月" if _years_deemed(c) else "0年"
    ),
    "years_paid": lambda c: _words(f"{_years_paid(c)}年{c.rng.randint(0, 11)}个月"),
    "pension_basic": lambda c: _words(money(_pension(c, "basic"))),
    "pension_account": lambda c: _words(money(_pension(c, "account"))),
    "pension_transitional": lambda c: _words(money(_pension(c, "transitional"))),
    "pension_total": lambda c: _words(money(_pension(c, "total"))),
    "wage_index": lambda c: _words(f"{c.rng.randint(600, 1800) / 1000:.4f}"),
    "accident_day": lambda c: _words(c.written(_accident_day(c))),
    "clause": _told("clause"),
    "verdict": _told("verdict"),
    "verdict_title": lambda c: _words(_accident(c)["verdict"].replace("认定为", "认定") + "决定书"),
    "accident_site": _told("site"),
    "accident_kind": _told("name"),
    "injury": _injury,
    "grade": lambda c: _words("一二三四五六七八九十"[_grade(c) - 1] + "级"),
    "own_wage": lambda c: _words(money(_own_wage(c))),
    "lump_months": lambda c: _words(str(law.LUMP_SUM_MONTHS[_grade(c)])),
    "lump_sum": lambda c: _words(money(_lump(c))),
    "lump_capital": lambda c: _words(capital_amount(_lump(c))),
    "delivery_day": lambda c: _words(c.written(_dates_in_order(c, *_stay(c))[0] + timedelta(days=1))),
    "due_day": lambda c: _words(c.written(c.setting.formed_on + timedelta(days=c.rng.randint(60, 180)))),
    "leave_days": lambda c: _words(str(_leave_days(c))),
    "children": lambda c: _words("双胎" if _children(c) == 2 else "单胎"),
    "allowance": lambda c: _words(money(_allowance(c))),
    "allowance_capital": lambda c: _words(capital_amount(_allowance(c))),
    "paid_months": lambda c: _words(str(_paid_months(c))),
    "term_months": lambda c: _words(str(law.unemployment_term_months(_paid_months(c)))),
    "dole": lambda c: _words(money(_dole(c))),
    "dole_from": lambda c: _month(c, _dole_start(c)),
    "dole_to": lambda c: _month(
        c, shift_months(_dole_start(c), law.unemployment_term_months(_paid_months(c)) - 1)
    ),
    "fee_total": lambda c: _words(money(_fee(c, "total"))),
    "fee_pool": lambda c: _words(money(_fee(c, "pool"))),
    "fee_major": lambda c: _words(money(_fee(c, "major"))),
    "fee_own": lambda c: _words(money(_fee(c, "own"))),
    "fee_capital": lambda c: _words(capital_amount(_fee(c, "total"))),
    "admitted": lambda c: _words(c.written(_dates_in_order(c, *_stay(c))[0])),
    "discharged": lambda c: _words(c.written(_dates_in_order(c, *_stay(c))[1])),
    "kin": lambda c: _words(c.kin()),
    "email": lambda c: (
        f"{c.rng.choice(('zx', 'lq', 'wm', 'hty', 'sunny'))}{c.rng.randrange(10**5):05d}@example.cn",
        DetectionKind.EMAIL,
    ),
    "passport": lambda c: (f"{c.rng.choice('EGP')}{c.rng.randrange(10**8):08d}", DetectionKind.PASSPORT),
    "plate": lambda c: (
        f"{c.rng.choice('渝粤川黑')}{c.rng.choice('ACDFG')}{c.rng.choice('QWXYZ')}{c.rng.randrange(10**4):04d}",
        DetectionKind.PLATE,
    ),
    "story": _told("story"),
    "birth_cert": lambda c: (f"{c.rng.choice('MNPR')}{c.rng.randrange(10**9):09d}", DetectionKind.OTHER_CERT),
    "dibao_no": lambda c: (f"{c.rng.randrange(10**10):010d}", DetectionKind.OTHER_CERT),
    "job_cert": lambda c: (f"{c.rng.randrange(10**16):016d}", DetectionKind.OTHER_CERT),
    "marriage_cert": lambda c: (
        f"J{c.rng.randrange(10**6):06d}-2{c.rng.randrange(10**9):09d}",
        DetectionKind.OTHER_CERT,
    ),
    "cert_no": lambda c: (f"S{c.rng.randrange(10**18):018d}", DetectionKind.OTHER_CERT),
    "corporate_account": lambda c: _words(f"31{c.rng.randrange(10**18):018d}"),
    "tail": lambda c: _words(c.person("holder").bank_card[-4:]),
    "masked_id": lambda c: _words(
        c.person("holder").resident_id[:4] + "*" * 10 + c.person("holder").resident_id[-4:]
    ),
}
