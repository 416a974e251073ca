"""The shipped classifier with the shipped embedding, on our own words and, where present, real texts."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from models.archive.levels import Line
from models.artifacts import verify
from models.classification.conformal import Levels
from models.classification.linear import LinearClassifier, load_classifier
from models.classification.results import Decision
from tests.fakes_embedding import builtin_embedder
from training.dataset import from_documents
from training.evaluate_classification import LabelledText, evaluate, read_labelled
from training.model_card import CARD_NAME, card_of
from training.questions.generate import generate
from training.synthetic.documents import generate as generate_documents

_ROOT = Path(__file__).resolve().parents[2]
SHIPPED = _ROOT / "models/weights/classifier-v4"
_LAY_FILE = Path(__file__).with_name("data_classifier_lay.tsv")
DEVELOPMENT = _ROOT.parent / "shared/data/classification_dev.jsonl"

LAY = [
    ("公司把我们部门都裁了，国家给发几个月生活费吗", "失业"),
    ("厂子黄了以后每月能领到的那笔钱怎么申请", "失业"),
    ("剖腹产住院花了一万二，单位交了险能报多少", "生育"),
    ("媳妇休产假那三个月的钱什么时候打过来", "生育"),
    ("吊车倒下来把我叔的腿压断了，老板不认账", "工伤"),
    ("送货路上被面包车撞了，单位说跟他们没关系，能不能认定", "工伤"),
    ("我妈明年五十，交够年头了，每个月能拿多少退休工资", "养老"),
    ("老爷子走了，单位以前交的养老账户里的余额家里人能取吗", "养老"),
    ("在海南过冬住院了，回东北能报销吗", "医疗"),
    ("尿毒症做透析，门诊那个特病本怎么办", "医疗"),
    ("公司三年没给交社保，能不能让他们补上", "综合"),
    ("社保卡丢了在哪补", "综合"),
    ("小区停车位被物业卖了怎么维权", "其他"),
    ("黑窝点生产假药被警方一锅端", "其他"),
    ("把房子抵押出去养老，结果被骗得倾家荡产", "其他"),
    ("哥哥姐姐都不管爸妈，赡养费该怎么分摊", "其他"),
    ("骑摩托被小轿车撞成十级伤残，对方保险公司赔多少", "其他"),
    ("公积金贷款能贷多少年", "其他"),
]
NONSENSE = ["", "伤", "asdf qwer zxcv", "12345678901234567890", "\x00\x01\x02工伤\x03", "。，！？" * 50]


@pytest.fixture(scope="module")
def classifier() -> LinearClassifier:
    return load_classifier(SHIPPED, builtin_embedder())


def test_it_was_trained_in_the_shipped_embedding_space(classifier: LinearClassifier) -> None:
    assert not classifier.artifact.endswith("+ngrams-only")


def test_the_card_says_what_the_manifest_says() -> None:
    assert (SHIPPED / CARD_NAME).read_text("utf-8") == card_of(verify(SHIPPED))


def test_it_is_small_enough_to_ship() -> None:
    assert sum(path.stat().st_size for path in SHIPPED.iterdir()) < 15_000_000


def test_lay_wording_none_of_which_is_a_template(classifier: LinearClassifier) -> None:
    said = classifier.classify([text for text, _ in LAY])
    right = [answer.insurance_type == label for answer, (_, label) in zip(said, LAY, strict=True)]
    assert sum(right) >= len(LAY) - 2, [text for (text, _), ok in zip(LAY, right, strict=True) if not ok]
    sure = [ok for ok, answer in zip(right, said, strict=True) if answer.decision is Decision.ACCEPTED]
    assert sum(sure) >= len(sure) - 1


@pytest.mark.parametrize(("part", "floor"), [("shaped", 0.85), ("fresh", 0.6)])
def test_how_people_speak(classifier: LinearClassifier, part: str, floor: float) -> None:
    rows = [line.split("\t") for line in _LAY_FILE.read_text("utf-8").splitlines() if line.startswith(part)]
    texts = [LabelledText(str(i), text, label, "short") for i, (_, label, text) in enumerate(rows)]
    figures = evaluate(classifier, texts, part)
    assert figures.texts >= 50
    assert figures.accuracy >= floor
    assert figures.accepted_right.value >= 0.85
    assert figures.missing.value <= 0.1


def test_nonsense_is_never_accepted(classifier: LinearClassifier) -> None:
    rng = random.Random(9)
    random_han = ["".join(chr(rng.randint(0x4E00, 0x9FA5)) for _ in range(n)) for n in (2, 5, 30, 400)]
    for text in (*NONSENSE, *random_han):
        (answer,) = classifier.classify([text])
        assert answer.decision is Decision.NEEDS_REVIEW, repr(text)
        assert answer.labels[0].probability < 0.8


@pytest.mark.parametrize("text", ["工伤" * 500_000, "x" * 1_000_000, "职工申请工伤认定，材料齐全。" * 70_000])
def test_a_megabyte_takes_seconds_and_goes_to_a_person(classifier: LinearClassifier, text: str) -> None:
    began = time.perf_counter()
    (answer,) = classifier.classify([text])
    assert answer.decision is Decision.NEEDS_REVIEW
    assert time.perf_counter() - began < 20


def test_what_matters_may_stand_at_the_end_of_a_long_text(classifier: LinearClassifier) -> None:
    filler = "以上材料由窗口收齐，复印件与原件核对一致，编号连续，装订完整。\n" * 20
    text = filler + "申请人在车间操作冲床时右手受伤，申请工伤认定和劳动能力鉴定，请求享受工伤保险待遇。\n"
    (with_matter,) = classifier.classify([text])
    (without,) = classifier.classify([filler])
    share = {item.label: item.probability for item in with_matter.labels}["工伤"]
    assert share > 2 * {item.label: item.probability for item in without.labels}["工伤"]


def test_short_texts_by_n_grams_alone_are_fast() -> None:
    alone = load_classifier(SHIPPED)
    texts = [made.text for made in generate({"question": 1}, 5, split=False)]
    alone.classify(texts[:10])
    began = time.perf_counter()
    alone.classify(texts)
    assert len(texts) / (time.perf_counter() - began) > 100


def test_a_stricter_setting_accepts_less_and_misses_less(classifier: LinearClassifier) -> None:
    strict = load_classifier(SHIPPED, builtin_embedder(), Levels(dict.fromkeys(Line, 0.01)))
    texts = [text for text, _ in LAY]
    for lax, tight in zip(classifier.classify(texts), strict.classify(texts), strict=True):
        assert set(lax.prediction_set) <= set(tight.prediction_set)
        assert tight.decision is Decision.NEEDS_REVIEW or lax.decision is Decision.ACCEPTED


def test_forms_without_the_name_of_the_insurance(classifier: LinearClassifier) -> None:
    made = [d for d in generate_documents(220, 31) if not d.insurance_named]
    texts = [
        LabelledText(e.group, e.text, e.label, e.kind, e.material, e.secondary)
        for e in from_documents(made)
        if e.kind == "document"
    ]
    figures = evaluate(classifier, texts, "forms")
    assert figures.macro_f1 >= 0.95
    assert figures.material.value >= 0.93


@pytest.mark.slow
@pytest.mark.skipif(not DEVELOPMENT.exists(), reason="real development texts are not part of the product")
def test_real_texts(classifier: LinearClassifier) -> None:
    figures = evaluate(classifier, read_labelled(DEVELOPMENT), "development")
    assert figures.macro_f1 > 0.90
    assert figures.short_macro_f1 > 0.816
    assert figures.recall["生育"] > 0.60
    assert figures.accepted_right.value > 0.95
    assert figures.accepted.value > 0.7
    assert figures.missing.low <= 0.05
