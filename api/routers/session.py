"""Logging in and out, and who one is."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Response

from api.admission import owed_by
from api.authentication import authenticate, purpose_for, purposes_of
from api.bootstrap import utc_now
from api.dependencies import Coming, OwnSession, Service, Serving, log_in_counted, only_json
from api.routers.answers import refusals
from api.routers.session_schemas import DepartureOut, OutsideLogInRequest, OutsideReturn
from api.schemas import MeOut, TokenAnswer, TokenRequest
from api.sessions import AccessToken
from indexer.store.port import Account, AuditEvent
from models.errors import (
    ArchiveError,
    DependencyFailed,
    Forbidden,
    InvalidInput,
    NotVisible,
    TooManyRequests,
    Unauthenticated,
    UnsupportedMedia,
)

router = APIRouter(prefix="/v1", tags=["登录"])


@router.post(
    "/token",
    summary="登录，取得访问令牌",
    response_description="访问令牌",
    dependencies=[Depends(log_in_counted), Depends(only_json)],
    responses=refusals(Unauthenticated, Forbidden, InvalidInput, UnsupportedMedia, TooManyRequests),
)
def token(request: TokenRequest, service: Serving) -> TokenAnswer:
    """用本地账号、口令和动态验证码换取访问令牌。连续多次错误时账号暂时锁定；各种不成功的原因回答相同。"""
    archive, now = service.archive, utc_now()
    log_in = _LogIn(service, about=request.name)
    with log_in:
        prover, code = archive.second_factors, request.code
        shown = authenticate(
            archive.accounts, request.name, request.password, now, archive.lock_out, prover=prover, code=code
        )
        return log_in.opened(shown.account, request.purpose, "password", second_factor=shown.second_factor)


@router.post(
    "/oidc/login",
    summary="经其他身份提供方登录：取得前往的地址",
    response_description="前往的地址",
    dependencies=[Depends(log_in_counted), Depends(only_json)],
    responses=refusals(NotVisible, InvalidInput, UnsupportedMedia, TooManyRequests),
)
def outside_login(request: OutsideLogInRequest, service: Serving) -> DepartureOut:
    """授权码流程（PKCE）的第一步；flow 与 state、code 一并交回 POST /v1/oidc/callback。"""
    return DepartureOut.of(service.archive.outside_log_in.begin(request.provider, request.purpose))


@router.post(
    "/oidc/callback",
    summary="经其他身份提供方登录：凭授权码取得访问令牌",
    response_description="访问令牌",
    dependencies=[Depends(log_in_counted), Depends(only_json)],
    responses=refusals(
        Unauthenticated,
        Forbidden,
        NotVisible,
        InvalidInput,
        UnsupportedMedia,
        TooManyRequests,
        DependencyFailed,
    ),
)
def outside_callback(request: OutsideReturn, service: Serving) -> TokenAnswer:
    """授权码流程的第二步。身份须已对应到本系统的账号；岗位和权限只看本系统，不看对方的令牌。"""
    log_in = _LogIn(service, about="oidc")
    with log_in:
        found, purpose = service.archive.outside_log_in.finish(request.flow, request.state, request.code)
        return log_in.opened(found.account, purpose or None, "oidc", second_factor=found.second_factor)


@router.delete(
    "/token",
    summary="退出登录",
    status_code=204,
    response_description="已退出，令牌随即失效",
    responses=refusals(Unauthenticated, Forbidden),
)
def log_out(session: OwnSession, service: Serving) -> Response:
    """结束本次登录；令牌从下一个请求起失效。"""
    service.archive.sessions.end(session.session_id, session.subject, utc_now())
    _noted(service, "logout", session.subject, purpose=session.purpose, about=session.session_id)
    return Response(status_code=204)


@router.get(
    "/me",
    summary="当前账号",
    response_description="账号与权限",
    responses=refusals(Unauthenticated, TooManyRequests),
)
def me(coming: Coming) -> MeOut:
    """当前账号的岗位、职责、条线、区划范围和用途，以及须先办理的事项。"""
    return MeOut.of(coming.principal, purposes_of(coming.principal), coming.owed)


class _LogIn:
    """One attempt to log in: one entry in the audit log, however it ends."""

    def __init__(self, service: Service, about: str) -> None:
        self._service = service
        self._about = about
        self._subject = self._purpose = ""
        self._roles: tuple[str, ...] = ()

    def __enter__(self) -> None: ...

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        outcome = "ok" if error is None else error.code if isinstance(error, ArchiveError) else "failed"
        _noted(
            self._service,
            "login",
            self._subject,
            purpose=self._purpose,
            about=self._about,
            outcome=outcome,
            roles=self._roles,
        )

    def opened(
        self, account: Account, purpose: str | None, method: str, *, second_factor: bool
    ) -> TokenAnswer:
        """Open a session for who has shown who they are."""
        self._subject = account.principal.subject
        self._roles = tuple(sorted(account.principal.roles))
        self._purpose = purpose_for(account, purpose)
        tokens = self._service.tokens
        issued = tokens.issue(account, self._purpose, method=method, second_factor=second_factor)
        return token_answer(self._service, account, issued)


def token_answer(service: Service, account: Account, issued: AccessToken) -> TokenAnswer:
    archive, subject = service.archive, account.principal.subject
    credentials = archive.credentials.credentials(subject)
    owed = owed_by(account, credentials, issued.session, archive.demands, utc_now())
    return TokenAnswer(
        access_token=issued.text,
        expires_at=issued.expires_at,
        purpose=issued.session.purpose,
        owed=list(owed),
    )


def _noted(
    service: Service,
    action: str,
    subject: str,
    *,
    purpose: str,
    about: str,
    outcome: str = "ok",
    roles: tuple[str, ...] = (),
) -> None:
    audit = service.archive.audit
    audit.record(
        AuditEvent(
            at=utc_now(),
            principal=subject,
            via=service.archive.via,
            purpose=purpose,
            action=action,
            doc_ids=(),
            query=audit.query_key(about),
            outcome=outcome,
            roles=roles,
        )
    )
