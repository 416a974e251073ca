"""Made-up tables and rosters: any columns, order and marks; headers near, far, shuffled or absent."""

from __future__ import annotations

import random
from collections.abc import Sequence

from training.privacy_texts.cast import Cast
from training.synthetic.markup import Piece, Pieces, lines, table

_COLUMNS: dict[str, tuple[str, ...]] = {
    "n": (
        "姓名",
        "姓 名",
        "职工姓名",
        "参保人",
        "申请人",
        "领款人",
        "户主",
        "被保险人",
        "人员姓名",
        "名字",
        "患者姓名",
        "家庭成员",
    ),
    "x": ("性别", "性 别", "男/女"),
    "b": ("出生日期", "出生年月", "出生年月日", "出生", "生日", "出生时间"),
    "i": ("身份证号", "身份证号码", "公民身份号码", "证件号码", "身份证", "社会保障号码"),
    "t": ("联系电话", "电话", "手机号", "联系方式", "手机"),
    "a": ("住址", "家庭住址", "地址", "户籍地址", "现住址", "居住地", "户口所在地", "通讯地址"),
    "k": ("银行账号", "银行卡号", "开户账号", "账号", "存折号"),
    "o": ("个人编号", "社保编号", "医保编号"),
    "s": ("社保卡号", "社会保障卡号"),
    "c": ("残疾证号", "证书编号", "就业创业证号", "退役证号", "证件编号"),
    "d": ("病种", "诊断", "疾病名称", "伤情", "伤病名称", "出院诊断", "患病情况"),
    "e": ("民族",),
    "g": ("年龄",),
    "relations": ("与户主关系", "关系", "称谓", "与死者关系", "家庭关系"),
    "jobs": ("工种", "岗位", "职务", "职业", "从事工作"),
    "money": ("金额", "月工资", "缴费基数", "待遇金额", "应发数", "实发"),
    "ym": ("参加工作时间", "参保时间", "起始年月", "退休时间", "入党时间", "开始缴费"),
    "day": ("日期", "认定时间", "受理日期", "发放日期"),
    "org": ("工作单位", "单位", "单位名称", "所在单位"),
    "notes": ("备注", "审核意见", "说明", "情况"),
    "schooling": ("文化程度", "学历"),
    "politics": ("政治面貌",),
    "no": ("文号", "档号", "流水号", "受理编号"),
    "num": ("工龄", "缴费月数", "级别"),
    "county": ("籍贯", "出生地"),
    "banks": ("开户行",),
    "mask": ("公示姓名",),
    "hosp": ("就诊医院",),
}
_EXTRA = [key for key in _COLUMNS if key not in {"n", "mask"}]
_WEIGHTS = [3 if key in {"b", "i", "a", "d", "x", "relations"} else 1 for key in _EXTRA]
Row = list[Pieces]


def roster(cast: Cast) -> list[Piece]:
    """Return a made-up table of people."""
    rng = cast.rng
    columns = _columns(rng)
    rows = [
        [_cell(cast, column, 0.04) for column in columns] for _ in range(rng.choice((2, 3, 4, 5, 6, 8, 12)))
    ]
    header: Row = [((rng.choice(_COLUMNS[column]), None),) for column in columns]
    if rng.random() < 0.7:
        start = rng.choice((1, 1, rng.randint(1, 400)))
        header.insert(0, ((rng.choice(("序号", "编号", "№")), None),))
        for number, row in enumerate(rows, start):
            row.insert(0, ((str(number), None),))
    return list(_laid_out(rng, header, rows))


def names_only(cast: Cast) -> list[Piece]:
    """Return a bare list of names: one a line, in lines of several, or behind one another."""
    rng = cast.rng
    count = rng.randint(3, 24)
    mark = rng.choice(("、", "、", "，", " ", "  ", "\n", "\t", ";", ", ", "\n", "　"))
    numbered = rng.choice(("", "", "{}. ", "{}、", "({})", "{} "))
    width = rng.choice((1, 3, 4, 5, 100))
    out: list[Piece] = []
    for i in range(count):
        if i:
            out.append(("\n" if width < 100 and i % width == 0 and mark != "\n" else mark, None))
        out.append((numbered.format(i + 1), None))
        out.append(cast.slot("n"))
        if rng.random() < 0.06:
            out.append((rng.choice(("(女)", "(组长)", "（已故）", "(女)", " 女", "(代)")), None))
    return out


def form(cast: Cast) -> list[Piece]:
    """Return a key–value form of one person, several pairs on a line, in any order."""
    rng = cast.rng
    keys = ["n", *_columns(rng)[1:]]
    rng.shuffle(keys)
    colon = rng.choice(("：", ":", "： ", " ", "  ", "\t", " | ", "\n", "｜", ""))
    gap = rng.choice(("\n", "  ", "    ", "\t", " | ", "；", "，", "\n"))
    per_line = rng.choice((1, 2, 2, 3, 4))
    out: list[Piece] = []
    for i, key in enumerate(keys):
        if i:
            out.append(("\n" if i % per_line == 0 else gap, None))
        out.append((rng.choice(_COLUMNS[key]) + colon, None))
        value = (
            "1"
            if key in {"n", "x", "b", "i", "t", "a", "k", "o", "s", "c", "e", "g"} and rng.random() < 0.6
            else ""
        )
        out.append(cast.slot(key + value))
    return out


def _columns(rng: random.Random) -> list[str]:
    extra = list(dict.fromkeys(rng.choices(_EXTRA, _WEIGHTS, k=rng.randint(1, 7))))
    columns = ["n", *extra]
    if rng.random() < 0.35:
        rng.shuffle(columns)
    if rng.random() < 0.12:
        columns.append("n")
    return columns


def _cell(cast: Cast, column: str, blank: float) -> Pieces:
    if cast.rng.random() < blank:
        return ((cast.rng.choice(("", "/", "—", "无", "同上", "〃")), None),)
    pieces = [cast.slot(column)]
    if column == "d" and cast.rng.random() < 0.2:
        pieces += [(cast.rng.choice(("、", "，", "；", " ")), None), cast.slot("d")]
    return tuple(pieces)


def _laid_out(rng: random.Random, header: Row, rows: Sequence[Row]) -> Pieces:
    headed = rng.random() < 0.78
    everything = [header, *rows] if headed else list(rows)
    draw = rng.random()
    if draw < 0.14:
        columns = list(zip(*everything, strict=True))
        return lines(*(cell for column in columns for cell in column if cell[0][0]))  # PDF column order
    if draw < 0.22:
        return lines(*(cell for row in everything for cell in row if cell[0][0]))  # a cell a line
    if draw < 0.28:
        return table(list(zip(*everything, strict=True)), rng.choice(("pipe", "tab", "aligned")))
    if draw < 0.34:
        columns = list(zip(*everything, strict=True))
        return lines(*(_joined(column, " ") for column in columns))
    if draw < 0.70:
        return table(everything, rng.choice(("pipe", "tab", "aligned")))
    mark = rng.choice((",", "，", "、", " ", " ", "  ", "|", "│", ";", "——", " / ", "\t"))
    return lines(*(_joined(row, mark) for row in everything))


def _joined(cells: Sequence[Pieces], mark: str) -> Pieces:
    out: list[Piece] = []
    for i, cell in enumerate(cells):
        if i:
            out.append((mark, None))
        out.extend(cell)
    return tuple(out)
