"""Diagnoses: the dictionary, where a name begins and ends, and who it must be about."""

import pytest

from models.privacy.diagnoses import find_diagnoses
from models.privacy.disease_extent import disease_names_in
from models.privacy.disease_names import Part, disease_names, disease_parts, spelt_out
from models.privacy.layout import read


def names(text: str) -> list[str]:
    return [text[name.start : name.end] for name in disease_names_in(text) if name.whole]


def found(text: str) -> list[str]:
    reading = read(text)
    return [text[d.start : d.end] for d in find_diagnoses(reading)]


def test_a_token_stands_for_each_of_its_parts() -> None:
    assert list(spelt_out("(急性|慢性|)胃炎")) == ["急性胃炎", "慢性胃炎", "胃炎"]
    assert list(spelt_out("霍乱")) == ["霍乱"]


def test_the_dictionary_has_the_size_of_a_classification() -> None:
    distinct = set(disease_names())
    assert len(distinct) >= 40_000
    assert {"霍乱", "沙眼", "慢性乙型病毒性肝炎", "职业性噪声聋", "剖宫产", "矽肺", "蛇串疮"} <= distinct
    assert not any(len(name) < 2 or "(" in name or "|" in name for name in distinct)


def test_what_stands_before_a_head_in_one_name_may_stand_before_another() -> None:
    assert disease_parts()["孔源性"] & Part.MODIFIER
    assert names("右眼孔源性视网膜脱离") == ["右眼孔源性视网膜脱离"]


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("患高血压病史十年", ["高血压"]),
        ("糖尿病史", ["糖尿病"]),
        ("工作中左手骨折", ["左手骨折"]),
        ("行无张力疝修补术，", ["无张力疝修补术"]),
        ("既往做过右手清创缝合术", ["右手清创缝合术"]),
        ("胆囊结石伴急性胆囊炎", ["胆囊结石伴急性胆囊炎"]),
        ("诊断迟发性肌张力障碍", ["迟发性肌张力障碍"]),
        ("腰4/5椎间盘突出症", ["腰4/5椎间盘突出症"]),
        ("L4、5椎间盘突出", ["L4、5椎间盘突出"]),
        ("高血压3级，冠心病", ["高血压3级", "冠心病"]),
        ("右股骨颈骨折术后", ["右股骨颈骨折"]),
        ("慢性支气管炎\n肺结核", ["慢性支气管炎", "肺结核"]),
        ("于该院经检查后被诊断为右跟骨粉碎\n性骨折一处", ["右跟骨粉碎\n性骨折"]),
        ("慢性阑尾炎腹腔镜阑尾切除术", ["慢性阑尾炎", "腹腔镜阑尾切除术"]),
        ("软组织缺损", []),
        ("查出胃癌晚期。", ["胃癌晚期"]),
        ("职业性尘肺病(矽肺)叁期", ["职业性尘肺病(矽肺)叁期"]),
        ("胃大部切除术后吻合口溃疡", ["胃大部切除术", "吻合口溃疡"]),
        ("患慢性支气菅炎多年", ["慢性支气菅炎"]),
        ("慢性肺源性心 脏病", ["慢性肺源性心 脏病"]),
        ("工种 电焊 矽肺", ["矽肺"]),
        ("左膝擦伤", ["左膝擦伤"]),
    ],
)
def test_where_a_name_begins_and_ends(text: str, whole: list[str]) -> None:
    assert names(text) == whole


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("患者张三，男，诊断：结核；2.肺炎", ["结核", "肺炎"]),
        ("患者张三，男，自述结核多年", []),
        ("患者张三：□高血压 □糖尿病 ☑慢阻肺（门诊慢特病）", ["慢阻肺"]),
        ("门诊慢特病病种目录：高血压、糖尿病、恶性肿瘤，参保人员按规定享受待遇，限额标准如下", []),
        ("患者张三，男，否认高血压、糖尿病、结核病史；有冠心病", ["冠心病"]),
        ("患者张三，男，无高血压、糖尿病史", []),
        ("患者张三接种肺炎疫苗，在布病防治岗", []),
        ("姓名 病情诊断\n张三 软组织缺损\n李四 骨折", ["软组织缺损", "骨折"]),
    ],
)
def test_only_a_persons_diagnosis_counts(text: str, said: list[str]) -> None:
    assert found(text) == said
