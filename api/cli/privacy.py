"""`chadang privacy`: find and mask personal data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli import privacy_review, privacy_signing
from api.cli.chinese import App
from api.cli.options import Jsonl, State, archive_of, print_json
from models.errors import InvalidInput


class ProfileName(StrEnum):
    CLERK = "clerk"
    OFFICER = "officer"
    PUBLIC = "public"
    INDEX = "index"


Profile = Annotated[
    ProfileName,
    typer.Option(
        "--profile",
        metavar="NAME",
        help="遮蔽方式：clerk 部分遮蔽，officer 与 public 全部遮蔽，index 换成占位符。",
    ),
]

app = App("隐私检查：检出、遮蔽、汇总。")


@app.add("detect")
def detect(
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="要检查的文件。")] = None,
    jsonl: Jsonl = None,
    state: State = None,
) -> None:
    """检出个人信息的位置与种类，不输出内容本身。"""
    if (file is None) == (jsonl is None):
        raise InvalidInput("请给出要检查的文件，或用 --jsonl 给出一批文本（二者选一）。")
    archive = archive_of(state)
    if jsonl is not None:
        from api.cli.jsonl import answer_lines, finish, id_of, text_field

        def answer(requests: Sequence[Mapping[str, Any]]) -> list[Mapping[str, object]]:
            found = archive.detector.detect([text_field(request, "text") for request in requests])
            return [
                {"id": id_of(request), "detections": [detection_value(d) for d in detections]}
                for request, detections in zip(requests, found, strict=True)
            ]

        finish(answer_lines(jsonl, answer))
        return
    pages = archive.parser.read(file or Path()).pages
    found = archive.detector.detect([page.text for page in pages])
    print_json(
        {
            "degraded": archive.detector.degraded,
            "pages": [
                {"page_no": page.page_no, "detections": [detection_value(d) for d in detections]}
                for page, detections in zip(pages, found, strict=True)
            ],
        }
    )


@app.add("mask")
def mask_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="要遮蔽的文件。")],
    profile_name: Profile = ProfileName.PUBLIC,
    state: State = None,
) -> None:
    """输出遮蔽后的文本。"""
    from models.privacy.masking import mask, profile

    archive = archive_of(state)
    chosen = profile(profile_name)
    pages = archive.parser.read(file).pages
    found = archive.detector.detect([page.text for page in pages])
    for page, detections in zip(pages, found, strict=True):
        typer.echo(mask(page.text, detections, chosen).text)


@app.add("redact")
def redact(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="要遮蔽的文件。")],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="写到哪里；不给时写在原文件旁边。")
    ] = None,
    profile_name: Profile = ProfileName.PUBLIC,
    state: State = None,
) -> None:
    """写出可以交出去的副本：图像和 PDF 涂黑成图像 PDF，表格逐格遮蔽，其余为文本。原文件不动。"""
    from models.privacy.masking import profile

    archive = archive_of(state)
    parsed = archive.parser.read(file)
    made = archive.copier.copy(
        file.read_bytes(),
        parsed.source.media_type,
        [page.text for page in parsed.pages],
        lambda texts: archive.detector.detect(texts, groups=[0] * len(texts)),
        profile(profile_name),
    )
    target = out or file.with_name(f"{file.stem}-遮蔽{made.extension}")
    try:
        with target.open("xb") as stream:
            stream.write(made.content)
    except FileExistsError:
        raise InvalidInput(f"{target.name} 已经存在，请用 --out 另给一个文件名。") from None
    except OSError:
        raise InvalidInput(f"{target.name} 无法写入，请检查目录和权限后重试。") from None
    typer.echo(f"已写到 {target}，遮蔽 {made.hidden} 处。")


privacy_review.add_to(app)
privacy_signing.add_to(app)


def detection_value(detection: Any) -> dict[str, object]:
    """Return the fields of the contract for one detection."""
    return {
        "start": detection.start,
        "end": detection.end,
        "kind": detection.kind.value,
        "score": round(detection.score, 4),
        "recognizer": detection.recognizer,
    }
