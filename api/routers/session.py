"""Logging in, and who one is."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from api.authentication import LockOut, authenticate, purpose_for, purposes_of
from api.bootstrap import utc_now
from api.dependencies import Caller, Serving, only_json
from api.routers.answers import refusals
from api.schemas import MeOut, TokenAnswer, TokenRequest
from indexer.store.port import AuditEvent
from models.errors import ArchiveError, Forbidden, InvalidInput, Unauthenticated, UnsupportedMedia

router = APIRouter(prefix="/v1", tags=["登录"])


@router.post(
    "/token",
    summary="登录，取得访问令牌",
    response_description="访问令牌",
    dependencies=[Depends(only_json)],
    responses=refusals(Unauthenticated, Forbidden, InvalidInput, UnsupportedMedia),
)
def token(request: TokenRequest, service: Serving) -> TokenAnswer:
    """用本地账号和口令换取访问令牌。连续多次口令错误时账号暂时锁定；各种不成功的原因回答相同。"""
    archive, now = service.archive, utc_now()
    settings = archive.settings
    lock_out = LockOut(settings.max_login_failures, settings.lockout_minutes)
    outcome, subject, purpose, roles = "ok", "", "", tuple[str, ...]()
    try:
        account = authenticate(archive.accounts, request.name, request.password, now, lock_out)
        subject = account.principal.subject
        roles = tuple(sorted(account.principal.roles))
        purpose = purpose_for(account, request.purpose)
        issued = service.tokens.issue(account, purpose)
    except ArchiveError as error:
        outcome = error.code
        raise
    finally:
        archive.audit.record(
            AuditEvent(
                at=now,
                principal=subject,
                via=archive.via,
                purpose=purpose,
                action="login",
                doc_ids=(),
                query=archive.audit.query_key(request.name),
                outcome=outcome,
                roles=roles,
            )
        )
    return TokenAnswer(access_token=issued.text, expires_at=issued.expires_at, purpose=purpose)


@router.get("/me", summary="当前账号", response_description="账号与权限", responses=refusals(Unauthenticated))
def me(caller: Caller) -> MeOut:
    """当前账号的岗位、职责、条线、区划范围和用途。"""
    return MeOut.of(caller, purposes_of(caller))
