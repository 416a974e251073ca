from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.parsing.charset import decode
from models.errors import UnsupportedMedia

FORM = "城乡居民基本养老保险参保登记表\n姓名：阿卜杜拉·买买提\n编号：２０２４－００１\n"
RARE = "承办人：𠮷𬭎，复核人：㛃䶮。以上情况属实，同意办理退休手续。"
TRADITIONAL = "勞工保險給付申請書，申請人應檢附診斷證明書與戶籍謄本。"


@pytest.mark.parametrize(
    ("text", "charset"),
    [
        pytest.param(FORM, "utf-8", id="utf-8"),
        pytest.param(FORM + "👩‍🏭🙂", "utf-8", id="emoji in utf-8"),
        pytest.param(FORM, "gb18030", id="gb18030"),
        pytest.param(RARE, "gb18030", id="four-byte characters in gb18030"),
        pytest.param("参保登记", "gb18030", id="four characters of gb18030"),
        pytest.param("姓名,险种\n甲,工伤\n", "gb18030", id="short table in gb18030"),
        pytest.param(TRADITIONAL, "big5", id="big5"),
        pytest.param("參保登記", "big5", id="four characters of big5"),
        pytest.param(FORM, "utf-16-le", id="utf-16-le without mark"),
        pytest.param(FORM, "utf-16-be", id="utf-16-be without mark"),
        pytest.param("参保登记", "utf-16-le", id="four characters of utf-16-le"),
        pytest.param(RARE, "utf-16-be", id="surrogate pairs in utf-16-be"),
        pytest.param("plain ASCII 2024", "utf-8", id="ascii"),
    ],
)
def test_text_without_a_mark(text: str, charset: str) -> None:
    decoded = decode(text.encode(charset))
    assert (decoded.text, decoded.charset) == (text, charset)


@pytest.mark.parametrize(
    "codec", ["utf-8-sig", "utf-16", "utf-32"], ids=["utf-8-sig", "utf-16 marked", "utf-32 marked"]
)
def test_a_mark_is_obeyed_and_removed(codec: str) -> None:
    assert decode(FORM.encode(codec)).text == FORM
    assert decode(("\ufeff" + FORM).encode("utf-16-be")).text == FORM
    assert decode(("\ufeff" + FORM).encode("gb18030")).text == FORM


@pytest.mark.parametrize("charset", ["utf-8", "gb18030"])
def test_a_character_cut_off_at_the_end_is_marked(charset: str) -> None:
    assert decode(FORM.strip().encode(charset) + "参".encode(charset)[:1]).text == FORM.strip() + "\ufffd"


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(bytes(range(256)) * 4, id="every byte"),
        pytest.param(b"\x7fELF\x02\x01\x01" + b"\0" * 200, id="a program"),
        pytest.param("参保".encode() + b"\0" + "登记".encode(), id="NUL inside text"),
        pytest.param(b"\x81\x40\xfe\xfe" * 30, id="unassigned double bytes"),
        pytest.param(b"\x01\x02\x03\x04\x05" * 50, id="control characters"),
    ],
)
def test_what_is_not_text_is_refused(data: bytes) -> None:
    with pytest.raises(UnsupportedMedia, match="另存为"):
        decode(data)


@given(st.text(st.characters(min_codepoint=0x20, exclude_categories=["Cs", "Cc"]), max_size=200))
def test_any_utf8_text_survives(text: str) -> None:
    assert decode(text.encode()).text == text.removeprefix("\ufeff")


@given(
    st.lists(
        st.sampled_from("参保登记养老工伤失业生育医疗单位姓名认定决定，。：𠮷𬭎·"), min_size=4, max_size=200
    )
)
def test_common_chinese_survives_gb18030(characters: list[str]) -> None:
    text = "参保" + "".join(characters) + "，登记。"
    assert decode(text.encode("gb18030")).text == text
