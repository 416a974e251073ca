"""Made-up addresses, from the full postal form to the bare village."""

from __future__ import annotations

import random

from models.archive import regions
from training.privacy_texts.stock import divisions, early, pick

_BESIDE = (
    "旁",
    "对面",
    "院内",
    "后头",
    "路口",
    "学校隔壁",
    "临街门面",
    "内",
    "底楼",
    "粮站背后",
    "大门右侧",
    "平房",
)
_NUMERALS = "一二三四五六七八九十"


def address(rng: random.Random) -> str:
    """Return an address finer than a county: town or village with or without what lies above it."""
    place = _place(rng)
    return place + rng.choice(_BESIDE) if rng.random() < 0.05 else place


def _place(rng: random.Random) -> str:
    draw = rng.random()
    county = rng.choice(divisions(6))
    if draw < 0.42:
        return _above(rng, county) + _urban(rng)
    if draw < 0.78:
        return _above(rng, county) + _town(rng, county) + (_rural(rng) if rng.random() < 0.85 else "")
    if draw < 0.90:
        return _town(rng, county) + _rural(rng) if rng.random() < 0.6 else village(rng) + _group(rng)
    return _urban(rng)


def village(rng: random.Random) -> str:
    """Return a made-up village."""
    name = pick(rng, "words", "village_first") + pick(rng, "words", "village_last")
    return name if rng.random() < 0.4 or name.endswith(("村", "场", "队")) else name + "村"


def county(rng: random.Random) -> str:
    """Return the name of a county, more often with what lies above it."""
    code = rng.choice(divisions(6))
    return rng.choice((regions.full_name(code), regions.names()[code], _above(rng, code) or "本县"))


def _above(rng: random.Random, code: str) -> str:
    """Return the divisions down to the county, some left out, as people write them."""
    names = regions.names()
    province, prefecture, last = names[code[:2]], names.get(code[:4], ""), names[code]
    prefecture = "" if prefecture in {"市辖区", "县", province} else prefecture
    draw = rng.random()
    if draw < 0.45:
        return province + prefecture + last
    if draw < 0.6:
        return prefecture + last
    if draw < 0.8:
        return last
    if draw < 0.88:
        return province[:2] + prefecture[:2] + last
    return "" if draw < 0.95 else f"{province} {prefecture} {last} "


def _town(rng: random.Random, code: str) -> str:
    inside = [c for c in regions.names() if len(c) == 9 and c.startswith(code)] if rng.random() < 0.02 else []
    if inside:
        return regions.names()[rng.choice(inside)]
    if rng.random() < 0.6:
        name = regions.names()[rng.choice(divisions(9))] if divisions(9) else pick(rng, "words", "towns")
        return name.removesuffix("办事处")
    return pick(rng, "words", "towns")


def _rural(rng: random.Random) -> str:
    place = village(rng)
    if rng.random() < 0.15:
        return f"{early(rng, _NUMERALS)}大队{early(rng, _NUMERALS)}{rng.choice(('队', '小队', '生产队'))}"
    if rng.random() < 0.1:
        place = place.removesuffix("村") + rng.choice(("大队", "生产队", "社区", "居委会", "村民委员会"))
    return place + _group(rng)


def _group(rng: random.Random) -> str:
    number = rng.choice((str(rng.randint(1, 18)), early(rng, _NUMERALS)))
    tail = rng.choice(("", f"{rng.randint(1, 180)}号", f"{rng.randint(1, 99)}号附{rng.randint(1, 3)}号"))
    return rng.choice(
        ("", f"{number}组", f"{number}社", f"{number}队", f"第{number}组", f"{number}组{tail}", tail)
    )


def _urban(rng: random.Random) -> str:
    road = early(rng, (pick(rng, "words", "road_first"), village(rng)[:2])) + pick(rng, "words", "road_last")
    number = rng.choice(
        (
            f"{rng.randint(1, 999)}号",
            f"{rng.randint(1, 300)}号附{rng.randint(1, 20)}号",
            f"{rng.randint(1, 300)}-{rng.randint(1, 9)}号",
            f"{rng.randint(1, 99)}弄{rng.randint(1, 60)}号",
            "",
        )
    )
    estate = pick(rng, "words", "estates") if rng.random() < 0.45 or not number else ""
    return road * (rng.random() < 0.9 or not estate) + number + estate + _door(rng) * (rng.random() < 0.75)


def _door(rng: random.Random) -> str:
    floor, room = rng.randint(1, 33), rng.randint(1, 8)
    block = f"{rng.randint(1, 40)}{rng.choice(('栋', '幢', '号楼', '#', '座', '号'))}"
    unit = rng.choice(("", f"{rng.randint(1, 6)}单元", f"{early(rng, _NUMERALS)}单元"))
    door = rng.choice(
        (
            f"{floor}-{room}",
            f"{floor}{room:02d}室",
            f"{floor}0{room}",
            f"{floor}楼{room}号",
            f"{floor}{room:02d}",
        )
    )
    return rng.choice((block + unit + door, block + unit + door, f"{block}{door}", block, f"{floor}楼", ""))
