"""The sequence model: features, tags, verified loading, what it finds, and how it joins the others."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from models.errors import ArtifactTampered, ModelUnavailable
from models.privacy.agreement import agreed
from models.privacy.detections import Detection, DetectionKind
from models.privacy.lac import NO_WORD, LacTagger, untagged
from models.privacy.layout import read
from models.privacy.resolution import resolve
from models.privacy.sequence import NAME, SHORT, SHORT_NAME, SequenceTagger, mean_of
from models.privacy.sequence_features import CHARACTERS, FIELD_LABELS, ROWS, Vocabulary, piece_rows, stretches
from models.privacy.sequence_network import ALPHABET_FILE, MODEL_FILE, SequenceNetwork
from models.privacy.sequence_opinion import GROUPS, NO_OPINION, Opinion, beliefs_of
from models.privacy.sequence_pieces import FIRST, NOTHING, START, UNKNOWN, Pieces, run_pieces
from models.privacy.sequence_tags import OUTSIDE, TAGS, Numbers, Probabilities, guesses, tags_of

SHIPPED = Path(__file__).parents[2] / "models" / "weights" / NAME
SPANS = [
    (0, 1, DetectionKind.PERSON),
    (1, 4, DetectionKind.PERSON),
    (6, 16, DetectionKind.BIRTH_DATE),
    (17, 19, DetectionKind.DIAGNOSIS),
]


@pytest.fixture(scope="module")
def tagger() -> SequenceTagger:
    return SequenceTagger.load()


@pytest.fixture(scope="module")
def words() -> LacTagger:
    return LacTagger.load()


def one_hot(tags: Numbers, share: float = 1.0) -> Probabilities:
    rows = np.zeros((len(tags), TAGS), dtype=np.float32)
    rows[np.arange(len(tags)), tags] = share
    return rows


def test_tags_and_guesses_are_inverse() -> None:
    found = guesses(one_hot(tags_of(20, SPANS)))
    assert [(g.start, g.end, g.kind) for g in found] == SPANS
    assert all(g.probability == pytest.approx(1.0) for g in found)


def test_kinds_that_are_only_reported_are_not_tagged() -> None:
    assert not tags_of(2, [(0, 2, DetectionKind.ETHNICITY)]).any()


def test_an_illegal_path_is_mended() -> None:
    tags = tags_of(6, [(1, 4, DetectionKind.PERSON)])
    tags[3] = tags[2]  # inside, inside, outside: the end is missing
    wobbly = one_hot(tags, 0.8) + np.float32(0.2 / TAGS)
    assert [(g.start, g.end) for g in guesses(wobbly)] == [(1, 4)]


def test_a_lighter_outside_finds_more() -> None:
    doubtful = one_hot(tags_of(5, []), 0.6)
    doubtful[1:3] += one_hot(tags_of(5, [(1, 3, DetectionKind.PERSON)]), 0.4)[1:3]
    assert guesses(doubtful) == []
    assert [(g.start, g.end) for g in guesses(doubtful, outside=0.3)] == [(1, 3)]


def test_nothing_in_empty_or_plain_text() -> None:
    assert guesses(np.zeros((0, TAGS), dtype=np.float32)) == []
    assert guesses(one_hot(np.full(9, OUTSIDE))) == []


@pytest.mark.parametrize("text", ["", "姓名：张三", "😀𠮷\ud800\x00\r\n张", "plain English"])
def test_a_feature_column_for_every_code_point(text: str) -> None:
    rows = Vocabulary("三张", ["三"]).rows(read(text), untagged(text).words)
    assert rows.shape == (ROWS, len(text))


def test_characters_outside_the_alphabet_share_a_number() -> None:
    rows = Vocabulary("三张", []).rows(read("张三丰𠮷"), untagged("张三丰𠮷").words)
    assert rows[CHARACTERS].tolist() == [3, 2, UNKNOWN, UNKNOWN]


def test_a_cell_carries_the_number_of_its_header() -> None:
    text = "姓名|住址\n张三|新村\n李四|老街"
    labels = Vocabulary("", []).rows(read(text), untagged(text).words)[FIELD_LABELS]
    assert labels[text.index("张三")] == labels[text.index("李四")] != labels[text.index("新村")]
    assert labels[0] == 0


def test_a_stretch_has_the_features_of_the_whole() -> None:
    text = "姓名|住址\n张三|新村\n李四|老街"
    vocabulary, reading, words = Vocabulary("三张", ["三"]), read(text), untagged(text).words
    whole = vocabulary.rows(reading, words)
    for start in range(len(text) - 5):
        part = vocabulary.rows(reading, words, start, start + 5)
        assert part[FIELD_LABELS].tolist() == whole[FIELD_LABELS, start : start + 5].tolist()


def test_the_longest_piece_comes_first_and_long_numbers_are_one() -> None:
    pieces = Pieces(["张", "高血压", "高", "患", *run_pieces()])
    numbers = pieces.numbers("张患高血压500199196203041234高囍----")
    begins = [i for i, number in enumerate(numbers.tolist()) if number != NOTHING]
    assert begins == [0, 1, 2, 5, 23, 24, 25]
    assert numbers[[0, 2, 24]].tolist() == [FIRST, FIRST + 1, UNKNOWN]


def test_a_longer_piece_that_does_not_fit_gives_way_to_a_shorter_one() -> None:
    pieces = Pieces(["重", "庆", "重庆", "重庆市区", "大足"])
    assert pieces.numbers("重庆市").tolist() == [FIRST + 2, NOTHING, UNKNOWN]
    assert pieces.numbers("重庆市区大").tolist() == [FIRST + 3, NOTHING, NOTHING, NOTHING, UNKNOWN]
    assert pieces.numbers("重大足").tolist() == [FIRST, FIRST + 4, NOTHING]


def test_the_rest_of_a_piece_cut_in_two_belongs_to_the_start() -> None:
    text = "患高血压"
    rows = Vocabulary("", ["高血压", "患"]).rows(read(text), untagged(text).words)
    window = piece_rows(rows[:, 2:])
    assert window.pieces.tolist() == [START]
    assert window.piece_of.tolist() == [0, 0]
    assert piece_rows(rows).piece_of.tolist() == [1, 2, 2, 2]


@pytest.mark.parametrize("text", ["", "一" * 50, "甲。乙，丙\n" * 9, "\n\n\n"])
@pytest.mark.parametrize("longest", [1, 7, 400])
def test_stretches_cover_a_text_once(text: str, longest: int) -> None:
    spans = list(stretches(text, longest))
    assert "".join(text[a:b] for a, b in spans) == text
    assert all(0 < b - a <= longest for a, b in spans)


def test_only_names_that_the_model_believes_are_kept() -> None:
    beliefs = np.zeros((GROUPS, 6), dtype=np.uint8)
    beliefs[0] = [230, 230, 0, 0, 77, 77]
    opinion = Opinion([], beliefs)
    believed, doubted, vague = (
        Detection(i, i + 2, DetectionKind.PERSON, 0.7, "name-label") for i in (0, 2, 4)
    )
    lac = Detection(4, 6, DetectionKind.PERSON, 0.7, "name-model")
    checked = Detection(2, 4, DetectionKind.RESIDENT_ID, 0.9, "resident-id-18")
    number = Detection(2, 4, DetectionKind.PHONE, 0.9, "mobile")
    assert opinion.weigh([believed, doubted, vague, lac, checked, number]) == [believed, vague, checked]
    assert NO_OPINION.weigh([doubted]) == [doubted]


def test_word_tags_come_with_the_spans(words: LacTagger) -> None:
    texts = ["王建国同志原在重庆机床厂工作。\n经办人周敏", "abc 123", ""]
    said = words.tag(texts)
    assert [texts[0][a:b] for a, b in said[0].tagged.names] == ["王建国", "周敏"]
    assert not said[1].tagged.names
    assert [len(s.words) for s in said] == [len(text) for text in texts]
    assert (said[0].words[:3] != NO_WORD).all()
    assert (said[1].words == NO_WORD).all()


def test_word_tags_do_not_depend_on_what_else_is_read(words: LacTagger) -> None:
    texts = [
        "王芳",
        "男，汉族，住大足区",
        "申请人欧阳明华于2020年在重庆市大足区提出申请，经办人李红。",
        "参保人员停保申请表填表说明",
        "李红和周敏到成都市出差",
    ] * 20
    alone = {text: words.tag([text])[0] for text in texts}
    for text, said in zip(texts, words.tag(texts), strict=True):
        assert said.tagged == alone[text].tagged
        assert (said.words == alone[text].words).all()


def test_the_shipped_model_is_verified(tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(SHIPPED, folder)
    assert SequenceTagger.load(folder).version == NAME
    (folder / ALPHABET_FILE).write_text("一", "utf-8")
    with pytest.raises(ArtifactTampered):
        SequenceTagger.load(folder)
    (folder / MODEL_FILE).unlink()
    with pytest.raises(ArtifactTampered):
        SequenceTagger.load(folder)


def test_another_kind_of_model_is_refused() -> None:
    with pytest.raises(ArtifactTampered):
        SequenceTagger.load(SHIPPED.parent / "classifier-v4")


def test_a_missing_model_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable):
        SequenceTagger.load(tmp_path / "none")


def found(tagger: SequenceTagger, words: LacTagger, text: str) -> set[tuple[str, str]]:
    said = words.tag([text])[0]
    reading = read(text, said.tagged.names, said.tagged.places)
    return {(d.kind.value, text[d.start : d.end]) for d in tagger.detect(reading, said.words)}


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("专家组：高兴、明亮、王小琴\n记录：白雪", "PERSON", "高兴"),
        ("调查人：刘桂兰、向阳　记录：王小琴", "PERSON", "向阳"),
        ("父亲周大山，三八年冬月生，务农。", "BIRTH_DATE", "三八年冬月"),
        ("出院诊断：1.左侧桡骨远端粉碎性骨折；2.脑震荡", "DIAGNOSIS", "左侧桡骨远端粉碎性骨折"),
        ("家住柳林镇石板坡村三组12号，电话没有。", "ADDRESS", "柳林镇石板坡村三组12号"),
    ],
)
def test_what_context_says(
    tagger: SequenceTagger, words: LacTagger, text: str, kind: str, value: str
) -> None:
    assert (kind, value) in found(tagger, words, text)


@pytest.mark.parametrize(
    "text",
    [
        "用人单位应当自用工之日起三十日内为其职工向社会保险经办机构申请办理社会保险登记。",
        "姓名：________　性别：____　出生日期：____\n经办人（签字）：　　复核（盖章）：",
        "门诊慢特病病种包括高血压、糖尿病、冠心病等。",
    ],
)
def test_no_one_in_statutes_and_blank_forms(tagger: SequenceTagger, words: LacTagger, text: str) -> None:
    assert found(tagger, words, text) == set()


def test_windows_do_not_show(tagger: SequenceTagger, words: LacTagger) -> None:
    piece = "序号 姓名 工种\n1 刘桂兰 钳工\n2 王小琴 车工\n"
    long = piece * 400
    said = words.tag([long])[0]
    found = [d.start % len(piece) for d in tagger.detect(read(long), said.words)]
    assert found == [piece.index("刘桂兰"), piece.index("王小琴")] * 400


def test_both_networks_read_a_short_text_and_count_half(tagger: SequenceTagger, words: LacTagger) -> None:
    text = "时间的社保卡补好了，退休证在方便那里，别弄错。"
    said, reading = words.tag([text])[0], read(text)
    each = [SequenceNetwork.load(SHIPPED.parent / name) for name in (NAME, SHORT_NAME)]
    (one,), (other,) = ([made for _, made in network.blocks(reading, said.words)] for network in each)
    assert not np.array_equal(one, other)
    beliefs = tagger.opinion(reading, said.words).beliefs
    assert np.array_equal(beliefs, beliefs_of(mean_of(one, other)))
    assert tagger.version == f"{NAME}+{SHORT_NAME}"


def test_a_longer_text_is_read_once(tagger: SequenceTagger, words: LacTagger) -> None:
    text = ("申请人欧阳明华于2020年提出申请，经办人李红。" * 10)[: SHORT + 1]
    said, reading = words.tag([text])[0], read(text)
    alone = SequenceTagger.load(SHIPPED)
    assert np.array_equal(
        tagger.opinion(reading, said.words).beliefs, alone.opinion(reading, said.words).beliefs
    )


def test_thorough_reading_asks_both_whatever_the_length(words: LacTagger) -> None:
    text = "申请人欧阳明华于2020年提出申请，经办人李红。" * 10
    said, reading = words.tag([text])[0], read(text)
    swift, thorough = SequenceTagger.load(), SequenceTagger.load(thorough=True)
    assert thorough.version == f"{swift.version}+thorough"
    each = [SequenceTagger.load(SHIPPED.parent / name) for name in (NAME, SHORT_NAME)]
    one, other, both = (t.opinion(reading, said.words).beliefs.astype(int) for t in (*each, thorough))
    assert (np.abs(both - (one + other) / 2) <= 1).all()


def test_agreement_makes_surer() -> None:
    rule = Detection(0, 2, DetectionKind.PERSON, 0.5, "name-label", ("label",))
    other = Detection(4, 6, DetectionKind.PERSON, 0.5, "name-label", ("label",))
    model = Detection(0, 2, DetectionKind.PERSON, 0.7, "sequence", ("model",))
    surer, same, kept = agreed([rule, other, model])
    assert surer.score == pytest.approx(0.6)
    assert surer.evidence == ("label", "sequence")
    assert (same, kept) == (other, model)


def test_an_address_made_longer_takes_over() -> None:
    rule = Detection(0, 3, DetectionKind.ADDRESS, 0.9, "address")
    model = Detection(0, 9, DetectionKind.ADDRESS, 0.7, "sequence", ("model",))
    other = Detection(5, 12, DetectionKind.ADDRESS, 0.9, "address")
    assert [(d.start, d.end) for d in resolve("一" * 12, agreed([rule, model]))] == [(0, 9)]
    assert agreed([rule, model, other]) == [rule, other]


def test_a_diagnosis_of_the_rules_stands() -> None:
    rule = Detection(0, 7, DetectionKind.DIAGNOSIS, 0.8, "diagnosis")
    longer = Detection(0, 9, DetectionKind.DIAGNOSIS, 0.84, "sequence", ("model",))
    apart = Detection(12, 15, DetectionKind.DIAGNOSIS, 0.84, "sequence", ("model",))
    assert agreed([rule, longer, apart]) == [rule, apart]
