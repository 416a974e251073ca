"""Masked copies of documents: whole, or one page as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Path, Response

from api.dependencies import ReadCaller, Serving
from api.routers.answers import refusals
from api.routers.identifiers import DocId, canonical
from indexer.parsing.media_type import CSV, PDF, PLAIN, PNG, XLSX
from models.errors import DependencyFailed, Forbidden, InvalidInput, NotVisible, Unauthenticated

if TYPE_CHECKING:
    from indexer.redaction.files import MaskedCopy

router = APIRouter(prefix="/v1", tags=["档案"])


@router.get(
    "/documents/{doc_id}/copy",
    summary="取遮蔽件",
    response_class=Response,
    response_description="按岗位遮蔽的副本：图像和 PDF 成为图像 PDF，表格仍为表格，其余为文本",
    responses=refusals(Unauthenticated, Forbidden, NotVisible, InvalidInput, DependencyFailed)
    | {200: {"content": {media: {} for media in (PDF, XLSX, CSV, PLAIN)}}},
)
def copy(doc_id: DocId, caller: ReadCaller, service: Serving) -> Response:
    """取一份可以交出去的副本。图像件上只看得见已识别且不含个人信息的文字，没有识别的笔迹、印章和照片一律盖灰。"""
    return _attached(service.archive.copies.copy(canonical(doc_id), caller), "copy")


@router.get(
    "/documents/{doc_id}/pages/{page_no}/picture",
    summary="取一页的遮蔽图",
    response_class=Response,
    response_description="这一页的遮蔽图（PNG）",
    responses=refusals(Unauthenticated, Forbidden, NotVisible, InvalidInput, DependencyFailed)
    | {200: {"content": {PNG: {}}}},
)
def page_picture(
    doc_id: DocId,
    page_no: Annotated[int, Path(ge=1, le=100_000, description="页号，从 1 起")],
    caller: ReadCaller,
    service: Serving,
) -> Response:
    """取扫描件或 PDF 的一页，个人信息按岗位涂黑；公开给岗位看的种类不涂。"""
    picture = service.archive.copies.page(canonical(doc_id), page_no, caller)
    return _attached(picture, f"page-{page_no}")


def _attached(made: MaskedCopy, stem: str) -> Response:
    name = f"{stem}{made.extension}"
    return Response(
        made.content,
        media_type=made.media_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )
