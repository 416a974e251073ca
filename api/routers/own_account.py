"""What one does about one's own log-in: password, second factor, sessions."""

from __future__ import annotations

from contextlib import AbstractContextManager

from fastapi import APIRouter, Depends, Response

from api.admission import Visitor
from api.authentication import authenticate
from api.bootstrap import utc_now
from api.dependencies import Coming, OwnSession, Service, Serving, only_json
from api.routers.answers import refusals
from api.routers.identifiers import canonical
from api.routers.session import token_answer
from api.routers.session_schemas import (
    PasswordChange,
    RecoveryAnswer,
    SessionOut,
    SessionsOut,
    TotpAnswer,
    TotpConfirmation,
    TotpRequest,
)
from api.schemas import TokenAnswer
from indexer.auditing import Look, audited
from models.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    NotVisible,
    TooManyRequests,
    Unauthenticated,
    UnsupportedMedia,
)

router = APIRouter(prefix="/v1/me", tags=["登录"])

_REFUSALS = (Unauthenticated, Forbidden, InvalidInput, UnsupportedMedia, TooManyRequests)


@router.post(
    "/password",
    summary="修改本人口令",
    response_description="新的访问令牌；此前的全部失效",
    dependencies=[Depends(only_json)],
    responses=refusals(*_REFUSALS),
)
def change_password(
    request: PasswordChange, session: OwnSession, coming: Coming, service: Serving
) -> TokenAnswer:
    """须提供原口令；原口令错误计入锁定次数。成功后本人的其他登录全部失效。"""
    archive = service.archive
    with _doing(service, coming, "password_change", session.subject):
        account = archive.people.change_password(session.subject, request.old, request.new, archive.lock_out)
        issued = service.tokens.issue(account, session.purpose, second_factor=session.second_factor)
    return token_answer(service, account, issued)


@router.post(
    "/totp",
    summary="启用或更换动态验证码：取得密钥",
    response_description="密钥，只显示这一次",
    dependencies=[Depends(only_json)],
    responses=refusals(*_REFUSALS),
)
def begin_totp(request: TotpRequest, session: OwnSession, coming: Coming, service: Serving) -> TotpAnswer:
    """须再次提供口令；已启用过的还须提供现用的动态验证码或恢复码。确认之前原有的仍然有效。"""
    archive, now = service.archive, utc_now()
    with _doing(service, coming, "second_factor_begin", session.subject):
        prover, code = archive.second_factors, request.code
        authenticate(
            archive.accounts,
            session.subject,
            request.password,
            now,
            archive.lock_out,
            prover=prover,
            code=code,
        )
        made = archive.second_factors.begin(session.subject)
    return TotpAnswer(secret=made.secret, uri=made.uri)


@router.post(
    "/totp/confirm",
    summary="启用或更换动态验证码：确认",
    response_description="恢复码，只显示这一次",
    dependencies=[Depends(only_json)],
    responses=refusals(*_REFUSALS, Conflict),
)
def confirm_totp(
    request: TotpConfirmation, session: OwnSession, coming: Coming, service: Serving
) -> RecoveryAnswer:
    """输入验证器当前显示的数字后生效；此后登录都须提供。本人的其他登录随即失效。"""
    archive, now = service.archive, utc_now()
    with _doing(service, coming, "second_factor_confirm", session.subject):
        codes = archive.second_factors.confirm(session.subject, request.code.replace(" ", ""), now)
        archive.sessions.strengthen(session.session_id)
        archive.sessions.end_all(session.subject, now, but=session.session_id)
    return RecoveryAnswer(recovery_codes=list(codes))


@router.get(
    "/sessions",
    summary="本人的登录会话",
    response_description="未失效的登录会话",
    responses=refusals(Unauthenticated, Forbidden, TooManyRequests),
)
def sessions(session: OwnSession, service: Serving) -> SessionsOut:
    """本人在各处的登录；不认得的请立即结束，并修改口令。"""
    found = service.archive.sessions.sessions(session.subject, utc_now())
    return SessionsOut(sessions=[SessionOut.of(each, session) for each in found])


@router.delete(
    "/sessions/{session_id}",
    summary="结束本人的一个登录会话",
    status_code=204,
    response_description="已结束，其令牌随即失效",
    responses=refusals(Unauthenticated, Forbidden, NotVisible, TooManyRequests),
)
def end_session(session_id: str, session: OwnSession, coming: Coming, service: Serving) -> Response:
    """结束后其令牌从下一个请求起失效。不存在的与他人的回答相同。"""
    archive, now = service.archive, utc_now()
    with _doing(service, coming, "session_end", session_id):
        archive.sessions.end(canonical(session_id), session.subject, now)
    return Response(status_code=204)


def _doing(service: Service, coming: Visitor, action: str, about: str) -> AbstractContextManager[Look]:
    """Return the block that is one entry in the audit log."""
    archive = service.archive
    return audited(archive.audit, coming.principal, via=archive.via, action=action, about=about, at=utc_now())
