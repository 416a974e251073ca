"""Made-up numbers of every kind, as people write them and as scanning leaves them, in their sentences.

Nothing here looks at the rules: labels and forms are those of forms, rosters, remarks and letters. Every
resident ID carries a county code that is not assigned.
"""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from models.privacy.checksums import resident_id_check_char
from models.privacy.detections import DetectionKind as Kind

_USCC = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_MISREAD = {"0": "Oo", "1": "lI", "5": "S", "8": "B", "2": "Z"}
_FULL_WIDTH = str.maketrans({chr(c): chr(c + 0xFEE0) for c in range(0x21, 0x7F)})


@dataclass(frozen=True, slots=True)
class Sample:
    """A text, the number in it as a half-open span, and its kind."""

    text: str
    start: int
    end: int
    kind: Kind


def digits(rng: random.Random, count: int) -> str:
    return "".join(rng.choices(string.digits, k=count))


def resident_id(rng: random.Random) -> str:
    born = f"{rng.randint(1935, 2015)}{rng.randint(1, 12):02}{rng.randint(1, 28):02}"
    body = rng.choice(("500199", "330199", "610199", "150199")) + born + digits(rng, 3)
    return body + resident_id_check_char(body)


def phone(rng: random.Random) -> str:
    if rng.random() < 0.7:
        return rng.choice(("142", "154", "160", "164", "179")) + digits(rng, 8)
    return rng.choice(("023", "0851", "010", "0577")) + "-" + rng.choice("2345678") + digits(rng, 7)


def bank_card(rng: random.Random) -> str:
    body = "629990" + digits(rng, rng.choice((9, 12)))
    doubled = [int(d) * (2 - i % 2) for i, d in enumerate(reversed(body))]
    return body + str(-sum(n // 10 + n % 10 for n in doubled) % 10)


def uscc(rng: random.Random) -> str:
    body = "91500199" + "".join(rng.choices(_USCC, k=9))
    total = sum(_USCC.index(c) * pow(3, i, 31) for i, c in enumerate(body))
    return body + _USCC[-total % 31]


def ssc_card(rng: random.Random) -> str:
    return rng.choice((rng.choice("ABEG"), rng.choice(("CD", "XA")), "")) + digits(rng, rng.choice((8, 9)))


def person_no(rng: random.Random) -> str:
    return rng.choice(("5001", "1000", "00", "")) + digits(rng, rng.choice((8, 10)))


def passport(rng: random.Random) -> str:
    form = rng.choice(("E", "EK", "G", "C", "W", "H", "M", "P", "PE"))
    return form + digits(rng, 7 if len(form) == 2 else 10 if form in "HM" and rng.random() < 0.3 else 8)


def certificate(rng: random.Random) -> str:
    return rng.choice(
        (
            resident_id(rng) + "43",
            "5001990019" + digits(rng, 6),
            "J500199-20" + digits(rng, 2) + "-00" + digits(rng, 4),
            "军字第" + digits(rng, 7) + "号",
            "第" + digits(rng, 8) + "号",
            digits(rng, 16),
            rng.choice("RTK") + digits(rng, 9),
            "渝人社监" + digits(rng, 6),
        )
    )


def email(rng: random.Random) -> str:
    name = "".join(rng.choices(string.ascii_lowercase + string.digits, k=rng.randint(4, 9)))
    return rng.choice(("zhang.", "li_", "w-", "")) + name + rng.choice(("@example.com", "@mail.example.cn"))


def plate(rng: random.Random) -> str:
    area = rng.choice("渝川贵京浙") + rng.choice("ABCDF")
    return area + rng.choice(
        (digits(rng, 5), "D" + digits(rng, 5), digits(rng, 4) + "学", digits(rng, 4) + "挂")
    )


@dataclass(frozen=True, slots=True)
class Form:
    """How one kind is made, called and damaged; without ``wrong`` a wrong digit says nothing."""

    kind: Kind
    make: Callable[[random.Random], str]
    labels: tuple[str, ...]
    damages: str


_LABELS = """
RESIDENT_ID 身份证号 公民身份号码 身份证号码 身份证 证件号码 居民身份证号 社会保障号码
PHONE 联系电话 电话 手机号 手机 联系方式 移动电话 家庭电话
BANK_CARD 银行卡号 银行账号 卡号 开户账号 工资卡号 个人账号 收款账号 养老金发放账号
SSC_CARD 社保卡号 社会保障卡号 社会保障卡卡号 社保卡卡面号 医保卡号 新社保卡号 社保卡
PERSON_NO 个人编号 社保编号 医保编号 人员编号 参保编号 个人社保编号 社会保险编号 职工个人编号
OTHER_CERT 残疾人证号 就业创业证号 军官证号 退役军人优待证号 出生医学证明编号 死亡证明编号 结婚证号 结婚证字号
OTHER_CERT 毕业证书编号 执业证书编号 行政执法证号 离婚证字号 残疾军人证号
OTHER_CERT 技能等级证书编号 永久居留证号 就业失业登记证号
PASSPORT 护照号 护照号码 护照 往来港澳通行证号 港澳居民来往内地通行证号 台胞证号 通行证号码
USCC 统一社会信用代码 信用代码 社会信用代码 统一信用代码 纳税人识别号
EMAIL 电子邮箱 邮箱 邮件 E-mail 联系邮箱
PLATE 车牌号 车牌 车辆号牌 号牌 驾驶
"""


def _labels(kind: Kind) -> tuple[str, ...]:
    rows = (line.split() for line in _LABELS.splitlines())
    return tuple(label for row in rows if row and row[0] == kind for label in row[1:])


FORMS = tuple(
    Form(kind, make, _labels(kind), damages)
    for kind, make, damages in (
        (Kind.RESIDENT_ID, resident_id, "msgnwf"),
        (Kind.PHONE, phone, "msgf"),
        (Kind.BANK_CARD, bank_card, "msgnwf"),
        (Kind.SSC_CARD, ssc_card, "msf"),
        (Kind.PERSON_NO, person_no, "msf"),
        (Kind.OTHER_CERT, certificate, "sf"),
        (Kind.PASSPORT, passport, "msf"),
        (Kind.USCC, uscc, "gwf"),
        (Kind.EMAIL, email, "f"),
        (Kind.PLATE, plate, "f"),
    )
)
_FRAMES = (
    "{label}：{number}，其余不变。",
    "{label}{number}。",
    "{label}为{number}，已核对",
    "{label} {number}",
    "本人{label}：{number}（以复印件为准）",
    "（{label}{number}）",
    "经查，{label}是{number}，系统已登记",
    "1. {label}: {number}\n2. 备注：无",
    "受理流水号20240110138，{label}：{number}，金额1234.56元",
    "档号0012-2019-YL-0034；{label}：{number}；住院号88123",
    "序号\t{label}\t备注\n1\t{number}\t无\n",
    "| 序号 | {label} | 状态 |\n| 2 | {number} | 正常 |",
)


def samples(seed: int, count: int, *, damaged: bool) -> Iterator[Sample]:
    """Yield ``count`` samples of each kind, clean or damaged."""
    rng = random.Random(seed)
    for form in FORMS:
        for i in range(count):
            number = form.make(rng)
            if damaged:
                number = _damaged(rng, number, form.damages)
            frame = _FRAMES[i % len(_FRAMES)].replace("{label}", rng.choice(form.labels))
            before, _, after = frame.partition("{number}")
            yield Sample(before + number + after, len(before), len(before) + len(number), form.kind)


def _damaged(rng: random.Random, number: str, damages: str) -> str:
    """Misread, spaced, grouped, broken over a line, one digit wrong, or in full width."""
    made = {"m": _misread, "s": _spaced, "g": _grouped, "n": _broken, "w": _wrong, "f": _wide}
    return made[rng.choice(damages)](rng, number)


def _misread(rng: random.Random, number: str) -> str:
    at = [i for i, c in enumerate(number) if c in _MISREAD and i > 0]
    for i in rng.sample(at, min(len(at), rng.randint(1, 2))):
        number = number[:i] + rng.choice(_MISREAD[number[i]]) + number[i + 1 :]
    return number


def _spaced(rng: random.Random, number: str) -> str:
    cuts = sorted(rng.sample(range(1, len(number)), min(len(number) - 1, rng.randint(1, 3))))
    return " ".join(number[a:b] for a, b in zip([0, *cuts], [*cuts, len(number)], strict=True))


def _grouped(rng: random.Random, number: str) -> str:
    if len(number) == 11:
        return f"{number[:3]}-{number[3:7]}-{number[7:]}"
    if "-" in number:
        return number
    return rng.choice((" ", "-", "  ")).join(number[i : i + 4] for i in range(0, len(number), 4))


def _broken(rng: random.Random, number: str) -> str:
    cut = rng.randint(4, len(number) - 4)
    return number[:cut] + "\n" + number[cut:]


def _wrong(rng: random.Random, number: str) -> str:
    return number[:-1] + rng.choice([c for c in string.digits if c != number[-1]])


def _wide(rng: random.Random, number: str) -> str:
    return number.translate(_FULL_WIDTH)
