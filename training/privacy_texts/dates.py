"""Made-up dates and the many ways in which records write them."""

from __future__ import annotations

import random
from datetime import date

from training.synthetic.wording import written_date

_DIGITS = "〇一二三四五六七八九"
_SMALL = ("", "一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二")
_LUNAR = ("初一", "初三", "初八", "初十", "十五", "十六", "廿二", "廿六", "三十", "二十八")

WHOLE, MONTHLY, SHORT = "whole", "monthly", "short"


def birth_text(rng: random.Random, day: date, fashion: str) -> str:
    """Return a date of birth in a form that fits the document's ``fashion``."""
    if rng.random() < 0.14:
        return _unusual(rng, day)
    if fashion == MONTHLY:
        return month_text(rng, day)
    if fashion == SHORT:
        return rng.choice(
            (
                f"{day.year % 100:02d}.{day.month}",
                f"{day.year % 100}年{day.month}月",
                f"{day:%y.%m.%d}",
                f"{day.year % 100}/{day.month}/{day.day}",
                f"{day.year}.{day.month}",
                f"{day.year % 100:02d}-{day.month:02d}",
            )
        )
    return date_text(rng, day)


def date_text(rng: random.Random, day: date) -> str:
    """Return a whole date."""
    forms = (
        f"{day.year}年{day.month}月{day.day}日",
        f"{day.year}年{day.month:02d}月{day.day:02d}日",
        day.isoformat(),
        f"{day.year}.{day.month}.{day.day}",
        f"{day:%Y.%m.%d}",
        f"{day:%Y/%m/%d}",
        f"{day:%Y%m%d}",
        f"{day.year}/{day.month}/{day.day}",
        written_date(day, "numerals"),
        f"{day.year} 年 {day.month} 月 {day.day} 日",
        f"{day.year}-{day.month}-{day.day}",
    )
    return forms[int(rng.random() ** 1.6 * len(forms))]


def month_text(rng: random.Random, day: date) -> str:
    """Return year and month."""
    year = "".join(_DIGITS[int(d)] for d in str(day.year))
    return rng.choice(
        (
            f"{day.year}年{day.month}月",
            f"{day.year}.{day.month:02d}",
            f"{day.year}.{day.month}",
            f"{day.year}-{day.month:02d}",
            f"{day:%Y%m}",
            f"{year}年{_SMALL[day.month]}月",
        )
    )


def _unusual(rng: random.Random, day: date) -> str:
    year = rng.choice(
        (f"{day.year}年", f"{day.year % 100:02d}年", f"{_han(day.year)}年", f"{_han(day.year)[2:]}年")
    )
    month = rng.choice(
        (f"{_SMALL[day.month]}月", f"{day.month}月", "正月", "冬月", "腊月", f"闰{_SMALL[day.month]}月")
    )
    lunar = rng.choice(_LUNAR)
    forms = [
        f"{day.year}年农历{_SMALL[day.month]}月{lunar}",
        f"农历{day.year}年{day.month}月{day.day}日",
        f"{year}{month}{lunar}",
        f"{year}{month}",
        year,
        f"{day.year}",
        f"{day.year}.{month}",
        f"{year}{rng.choice(('春', '夏', '秋', '冬', '年底', '春节', '中秋', '上半年'))}",
        f"{rng.choice(('阴历', '旧历', '农历'))}{year}{month}{lunar}",
        f"{day.year}.{day.month}.{day.day}（农历）"[:-4],
    ]
    if day.year < 1949:
        reign = f"民国{rng.choice((str(day.year - 1911), _SMALL[(day.year - 1911) % 13] or '元'))}年"
        forms += [f"{reign}{month}", reign, f"{reign}{month}{lunar}"] * 2
    if day.year < 1912:
        forms += [
            f"{rng.choice(('光绪', '宣统'))}{rng.choice(('二十', '三十', '三十四', '元', '三', '廿八'))}年"
        ] * 3
    return rng.choice(forms)


def _han(year: int) -> str:
    return "".join(_DIGITS[int(d)] for d in str(year))
