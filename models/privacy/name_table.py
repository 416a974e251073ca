"""What a personal name is made of: surnames, labels, titles, stop words, from `models/reference`."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from models.privacy.searching import any_of

HAN = "一-鿿㐀-䶿〇\U00020000-\U000323af"
_AMOUNT = re.compile(r"[零壹贰叁肆伍陆柒捌玖拾佰仟万亿元圆角分整正一二三四五六七八九十百千]+")
_VAGUE = re.compile(r"某|[*＊×○]|不[清详明]|人社|社审|劳鉴|医保|社保|人社局")
_ARTICLE = re.compile(
    "年?月?日|[甲乙丙丁戊己庚辛壬癸][子丑寅卯辰巳午未申酉戌亥]年?|年月|第[零一二三四五六七八九十百]{1,4}[条章节款项页期批次号届]?"
)
_UNIT_END = "省市区县镇乡村局厅部院所厂司处科室会队组店校行等站办表卡版栏族"
_GIVEN_TOO = "行科镇省会乡村校站"
"""Those that end given names as well (王景行, 李登科); a name promised by its label is believed."""
_NICKNAME = re.compile("[老小阿大].|老.[头汉太]")
_ORDINAL = re.compile(f"第[一二三四五六七八九十百]+[{HAN}]?|[初高][一二三]")
_CAPITALS = re.compile("[A-Z]{2,6}")
_HAMLET = re.compile("[家各][坨庄桥湾沟寨坝坪营屯堡垭]$")


@dataclass(frozen=True, slots=True)
class NameTable:
    """Surnames and the words around names; read once from `models/reference`."""

    common: frozenset[str]
    doubtful: frozenset[str]
    compound: frozenset[str]
    stop_words: frozenset[str]
    form_words: frozenset[str]
    firm_labels: re.Pattern[str]
    organisation: re.Pattern[str]
    labels: frozenset[str]
    titles: re.Pattern[str]
    followers: frozenset[str]
    before_sex: re.Pattern[str]
    spaced: re.Pattern[str]
    married: re.Pattern[str]
    relative: re.Pattern[str]
    direct: re.Pattern[str]
    office: re.Pattern[str]
    tails: frozenset[str]
    transliteration: frozenset[str]
    sentence: re.Pattern[str]
    shop: re.Pattern[str]
    dotted_before: re.Pattern[str]
    dotted_after: re.Pattern[str]


@cache
def name_table() -> NameTable:
    """Return the tables of `surnames.toml` and the person section of `privacy_rules.toml`."""
    surnames = tomllib.loads((files("models") / "reference" / "surnames.toml").read_text("utf-8"))
    rules = tomllib.loads((files("models") / "reference" / "privacy_rules.toml").read_text("utf-8"))["person"]
    places = tomllib.loads((files("models") / "reference" / "name_places.toml").read_text("utf-8"))
    labels = frozenset(rules["labels"].split())
    common = frozenset("".join(surnames["common"].split()))
    compound = frozenset(surnames["compound"].split())
    doubtful = frozenset("".join(surnames["doubtful"].split()))
    initial, first = surname(common, compound), f"(?<![{HAN}].)"
    direct = any_of(label for label in labels if len(label) >= 2)
    return NameTable(
        common=common,
        doubtful=doubtful,
        compound=compound,
        stop_words=frozenset((rules["stop_words"] + places["callings"]).split()),
        form_words=frozenset((rules["form_words"] + places["callings"]).split()),
        firm_labels=re.compile(f"(?:{rules['firm_labels']})$"),
        organisation=re.compile(rules["organisation"]),
        labels=labels,
        titles=re.compile(rf"({initial}[{HAN}]{{1,2}})(?= ?(?:{rules['titles']}|{places['titles']}))"),
        followers=frozenset(rules["followers"]),
        before_sex=re.compile(
            rf"({surname(common, compound, first)}[{HAN}]{{1,2}})\s{{0,2}}"
            r"(?=\s{1,4}[男女](?:[\s,、|]|$)|[,、(|]\s{0,2}(?:男|女|身份证|公民身份|曾用名|[一-鿿]{1,4}族|(?:19|20)\d\d年|生于|现年)|[\s,、|]{1,4}(?:[1-9]\d{16}[\dXx]|[1-9]\d{5}\s\d{8}\s|1[3-9]\d{9}(?!\d)))"
        ),
        spaced=re.compile(
            rf"([{''.join(sorted(common))}]{first} {{1,4}}[{HAN}])"
            r"(?=同志|先生|女士|[,、(] ?(?:男|女)[性,、(\s])"
        ),
        married=re.compile(
            rf"(?:(?![母妻女嫂媳姐妹婆夫])[{''.join(sorted(common | doubtful))}][{''.join(sorted(common))}]"
            rf"|(?:(?<![{HAN}])|(?<=[母妻女嫂媳姐妹婆名人]))[{''.join(sorted(common))}])氏"
            rf"(?!族|兄|姐|家|集|企|公司|食|诊|祠|宗|后)"
        ),
        relative=re.compile(rf"[父母妻夫子女兄弟姐妹]{first}({initial}[{HAN}]{{1,2}})(?=[,、;。()\s]|$)"),
        direct=re.compile(rf"{direct}(?:\([^()\n]{{0,12}}\))?"),
        office=re.compile(f"{rules['offices']}|{places['offices']}"),
        tails=frozenset(rules["tails"].split("|")),
        transliteration=frozenset(rules["transliteration"] + places["transliteration"]),
        sentence=re.compile(places["sentence_words"]),
        shop=re.compile(places["shops"]),
        dotted_before=re.compile(f"{places['dotted_before']}|{'|'.join(places['kin'].split())}"),
        dotted_after=re.compile(places["dotted_after"]),
    )


def surname(common: frozenset[str], compound: frozenset[str], first: str = "") -> str:
    """Return a pattern of surnames; ``first`` is asked behind their first character.

    That it begins with a set of characters is what makes it fast: all other places are passed over.
    """
    letters = "".join(sorted(common | {name[0] for name in compound}))
    rests = "|".join(f"{name[1:]}(?<={name})" for name in sorted(compound, key=lambda n: (-len(n), n)))
    return rf"[{letters}]{first}(?:{rests}|(?<=[{''.join(sorted(common))}]))"


def surname_length(name: str) -> int:
    """Return the length of the surname that opens ``name``: 2 for a compound one, 1, or 0 for none."""
    table = name_table()
    for length in (4, 3, 2):
        if len(name) > length and name[:length] in table.compound:
            return length
    return 1 if name[:1] in table.common or name[:1] in table.doubtful else 0


@lru_cache(2048)
def is_name_like(name: str, *, firm: bool = False) -> bool:
    """Whether ``name`` may be a full recorded name at all: not vague (张某), no amount, no stop word.

    Where a label or header promises a name (``firm``) only the words of forms are refused (同意, 盖章).
    """
    table = name_table()
    stop_words = table.form_words if firm else table.stop_words
    plain = "".join(name.split())
    if len(plain) < 2 or _VAGUE.search(plain) or plain in stop_words or plain in table.labels:
        return False
    if (
        _ORDINAL.fullmatch(plain)
        or _NICKNAME.fullmatch(plain)
        or _CAPITALS.fullmatch(plain)
        or _HAMLET.search(plain, 1)
    ):
        return False
    if not firm and (table.sentence.search(plain) or plain[-1] in "的了后"):
        return False
    if table.office.fullmatch(plain, surname_length(plain) or 1):
        return False
    if _AMOUNT.fullmatch(plain) or _ARTICLE.fullmatch(plain) or _ends_as_a_unit(plain, firm):
        return False
    return not any(c.isdigit() for c in plain) and any(c.isalpha() for c in plain)


def _ends_as_a_unit(name: str, firm: bool) -> bool:
    surname = surname_length(name)
    given = firm and name[-1] in _GIVEN_TOO and surname and len(name) <= surname + 2
    return name[-1] in _UNIT_END and not given


def is_transliterated(name: str) -> bool:
    """Whether at least half of the letters are those of transliterations."""
    letters = [c for c in name if c.isalpha()]
    return sum(c in name_table().transliteration for c in letters) * 2 >= len(letters)
