"""Documents: reading one, depositing one, and how a deposit ended."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Request, Response
from python_multipart.exceptions import FormParserError
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser

from api.dependencies import Caller, DepositCaller, ReadCaller, Serving
from api.jobs import Upload
from api.routers.answers import refusals
from api.routers.identifiers import DocId, canonical
from api.schemas import DocumentOut, JobOut
from indexer.parsing.limits import MIB
from models.errors import (
    Conflict,
    DependencyFailed,
    Forbidden,
    InvalidInput,
    NotVisible,
    TooLarge,
    Unauthenticated,
    UnsupportedMedia,
)

router = APIRouter(prefix="/v1", tags=["档案"])

METADATA_BYTES = 64 * 1024
_MAX_NAME_CHARACTERS = 255
_UNNAMED = "未命名"
_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {"type": "string", "format": "binary", "description": "文件，一次一份"},
                        "metadata": {
                            "type": "string",
                            "description": "目录项（JSON 对象），键为 archive_no、title、insurance_type、"
                            "material_type、line、region、formed_on、retention、access_level、agency、"
                            "holder_name、holder_id、employer 等，或其中文名",
                        },
                    },
                },
                "example": {
                    "file": "（文件内容）",
                    "metadata": '{"title":"企业职工退休审批表","region":"500111","formed_on":"2019-03-05"}',
                },
            }
        },
    }
}


@router.get(
    "/documents/{doc_id}",
    summary="查阅一份档案",
    response_description="按岗位遮蔽的全文",
    responses=refusals(Unauthenticated, Forbidden, NotVisible),
)
def read(doc_id: DocId, caller: ReadCaller, service: Serving) -> DocumentOut:
    """查阅一份档案，个人信息按岗位遮蔽。不存在的和不在查阅范围内的，回答相同。"""
    return DocumentOut.of(service.archive.reader.read(canonical(doc_id), caller))


async def received(request: Request, _: DepositCaller, service: Serving) -> Upload:
    """Read the form, only after the caller is known to have the duty; in memory, never on disk."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "multipart/form-data":
        raise UnsupportedMedia("请以 multipart/form-data 提交，文件放在 file 一项。")
    form = await _form(request, service.archive.settings.max_file_mib * MIB)
    file, metadata = form.get("file"), form.get("metadata", "")
    if not isinstance(file, UploadFile) or not isinstance(metadata, str) or set(form) - {"file", "metadata"}:
        raise InvalidInput("表单应有一份文件 file，另可有一项文字 metadata，请核对后重新提交。")
    content = await file.read()
    if len(content) > service.archive.settings.max_file_mib * MIB:
        raise TooLarge(
            f"文件超过 {service.archive.settings.max_file_mib} MiB 的上限，请拆分或压缩后重新提交。"
        )
    return Upload((file.filename or _UNNAMED)[-_MAX_NAME_CHARACTERS:], content, metadata_of(metadata))


@router.post(
    "/documents",
    status_code=202,
    summary="归档一份文件",
    response_description="已收下，结果见任务",
    openapi_extra=_FORM,
    responses=refusals(
        Unauthenticated, Forbidden, Conflict, InvalidInput, TooLarge, UnsupportedMedia, DependencyFailed
    ),
)
def deposit(
    upload: Annotated[Upload, Depends(received)],
    caller: DepositCaller,
    service: Serving,
    response: Response,
    idempotency_key: Annotated[
        str | None,
        Header(min_length=1, max_length=128, description="同一键、同一内容重复提交只归档一次"),
    ] = None,
) -> JobOut:
    """收下一份文件，随后读取、遮蔽、分类并编入索引；结果用任务编号查询。目录中没有行政区划或形成日期的，列为待著录。"""
    job = service.deposits.accept(upload, caller, idempotency_key)
    response.headers["Location"] = f"/v1/jobs/{job.job_id}"
    return JobOut.of(job)


@router.get(
    "/jobs/{job_id}",
    summary="归档任务的结果",
    response_description="任务",
    responses=refusals(Unauthenticated, NotVisible),
)
def job(job_id: Annotated[str, Path(description="任务编号")], caller: Caller, service: Serving) -> JobOut:
    """查询本账号提交的归档任务。不存在的和别人的，回答相同。"""
    return JobOut.of(service.archive.jobs.job(canonical(job_id), caller.subject))


def metadata_of(text: str) -> dict[str, Any]:
    """Return the catalogue fields on a JSON object of words, numbers and lists of words.

    Raises:
        InvalidInput: anything else.
    """
    if not text.strip():
        return {}
    try:
        value = json.loads(text)
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()  # no lone surrogates, no NaN
    except (ValueError, RecursionError):
        raise InvalidInput("metadata 不是有效的 JSON，请改正后重新提交。") from None
    if not isinstance(value, dict) or not all(_is_field(item) for item in value.values()):
        raise InvalidInput("metadata 应是一个对象，各项为文字、数字或文字列表，请改正后重新提交。")
    return value


def _is_field(value: object) -> bool:
    if isinstance(value, list):
        return len(value) <= 20 and all(isinstance(item, str) for item in value)
    return value is None or (isinstance(value, str | int) and not isinstance(value, bool))


async def _form(request: Request, limit_bytes: int) -> FormData:
    parser = MultiPartParser(
        request.headers, request.stream(), max_files=1, max_fields=1, max_part_size=METADATA_BYTES
    )
    parser.spool_max_size = limit_bytes + MIB  # above it files are written to disk in clear
    try:
        return await parser.parse()
    except (MultiPartException, FormParserError, KeyError):
        raise HTTPException(400) from None
