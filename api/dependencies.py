"""What routes ask for: the caller, and the use cases that answer."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.admission import Visitor
from api.bootstrap import Archive, utc_now
from api.exchange import OpenExchanges
from api.jobs import Deposits
from api.machines import PREFIX
from api.rates import Buckets, Rate, site_of
from api.sessions import Tokens
from api.webhooks.courier import CourierThread
from indexer.auditing import audited
from indexer.search import Searcher
from indexer.store.identity_port import Session
from models.access.policy import require
from models.access.principal import Duty, Principal
from models.errors import ArchiveError, DependencyFailed, Forbidden, Unauthenticated, UnsupportedMedia

_log = logging.getLogger("chadang.models")
_PART_NAMES = {"detector": "隐私识别模型", "embedder": "向量模型", "classifier": "分类模型", "index": "索引"}


class Readiness:
    """Loads the models beside the running service and knows which of them can serve."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._lock = Lock()
        self._settled = Event()
        self._failures: dict[str, ArchiveError | None] = {}

    def start(self) -> None:
        Thread(target=self._warm_up, name="chadang-warm-up", daemon=True).start()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until every part is loaded or has failed; False after ``timeout_s``."""
        return self._settled.wait(timeout_s)

    def need(self, *parts: str) -> None:
        """Raise the error of a part that cannot serve, DependencyFailed while it is being loaded."""
        with self._lock:
            for part in parts:
                if part not in self._failures:
                    raise DependencyFailed(f"{_PART_NAMES[part]}正在加载，请稍后重试。")
                failure = self._failures[part]
                if failure is not None:
                    raise type(failure)(failure.detail)

    def check(self) -> None:
        """Raise unless store, index and models can serve now."""
        self.need(*_PART_NAMES)
        self._archive.store.head_seq()
        self._archive.index.served()

    def _warm_up(self) -> None:
        archive = self._archive
        steps: dict[str, Callable[[], object]] = {
            "detector": lambda: archive.detector.detect(["预热"]),
            "embedder": lambda: archive.embedder.embed_query("预热"),
            "classifier": lambda: archive.classifier.classify(["预热"]),
            "index": lambda: (archive.searcher, archive.index.served()),
        }
        for part, step in steps.items():
            failure = _failure_of(part, step)
            with self._lock:
                self._failures[part] = failure
        self._settled.set()


def _failure_of(part: str, step: Callable[[], object]) -> ArchiveError | None:
    try:
        step()
    except ArchiveError as error:
        _log.error("%s cannot serve: %s", part, error.code)
        return error
    except Exception as error:  # noqa: BLE001 - the service tells /readyz instead of ending
        _log.error("%s cannot serve: %s", part, type(error).__name__)
        return DependencyFailed(f"{_PART_NAMES[part]}不可用，请联系系统管理员。")
    return None


@dataclass(frozen=True, slots=True)
class Service:
    """What one running application holds."""

    archive: Archive
    tokens: Tokens
    readiness: Readiness
    deposits: Deposits = field(repr=False)
    courier: CourierThread = field(repr=False)
    exchanges: OpenExchanges = field(repr=False)
    callers: Buckets = field(default_factory=lambda: Buckets(Rate(0, 1)), repr=False)
    """Requests of each account."""
    log_ins: Buckets = field(default_factory=lambda: Buckets(Rate(0, 1)), repr=False)
    """Log-ins from each address."""


def service_of(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


Serving = Annotated[Service, Depends(service_of)]

_bearer = HTTPBearer(
    auto_error=False,
    scheme_name="bearer",
    bearerFormat="JWT",
    description="由 POST /v1/token 取得的访问令牌，或机器账号的令牌（cdm_ 开头）。",
)


Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


def _known(service: Service, credentials: HTTPAuthorizationCredentials | None) -> Visitor:
    """Return who a token stands for: a machine's, an outside provider's, or our own."""
    if credentials is None:
        raise Unauthenticated("请先登录，并在请求头 Authorization 中带上访问令牌。")
    text = credentials.credentials
    if text.startswith(PREFIX):
        return Visitor(service.archive.machine_tokens.principal_of(text))
    if service.archive.providers.issued(text):
        return service.archive.providers.visitor_of(text)
    return service.tokens.visitor_of(text)


def visitor_of(service: Serving, credentials: Credentials) -> Visitor:
    """Return who comes, also where a step is owed first; one request is counted."""
    visitor = _known(service, credentials)
    service.callers.take(visitor.principal.subject)
    return visitor


Coming = Annotated[Visitor, Depends(visitor_of)]


def caller_of(visitor: Coming) -> Principal:
    return visitor.admitted()


Caller = Annotated[Principal, Depends(caller_of)]


def session_of(visitor: Coming) -> Session:
    """Return the session of a person who logged in here."""
    if visitor.session is None:
        raise Forbidden("这一操作须由本人用账号登录后办理，机器令牌和其他系统的令牌不能使用。")
    return visitor.session


OwnSession = Annotated[Session, Depends(session_of)]


def asking_again(service: Serving, credentials: Credentials) -> Callable[[], Principal]:
    """Return a look at who the caller is by then: what takes long ends with the token it came with."""
    return lambda: _known(service, credentials).admitted()


CallerThen = Annotated[Callable[[], Principal], Depends(asking_again)]


def log_in_counted(request: Request, service: Serving) -> None:
    """Count one log-in of the address it comes from, before anything about it is looked at."""
    service.log_ins.take(site_of(request.client.host if request.client else ""))


def admit(caller: Principal, duty: Duty, service: Service) -> None:
    """Raise Forbidden without the duty, and record it: who tries what he may not is worth knowing."""
    now = utc_now()
    try:
        require(caller, duty, now)
    except ArchiveError:
        archive = service.archive
        with audited(archive.audit, caller, via=archive.via, action="refused", about=duty, at=now):
            raise


def requires(duty: Duty) -> Callable[[Principal, Service], Principal]:
    """Return the dependency that lets only callers with ``duty`` through; use cases check again.

    Who is refused is recorded.
    """

    def with_duty(caller: Caller, service: Serving) -> Principal:
        admit(caller, duty, service)
        return caller

    return with_duty


SearchCaller = Annotated[Principal, Depends(requires(Duty.SEARCH))]
ReadCaller = Annotated[Principal, Depends(requires(Duty.READ))]
DepositCaller = Annotated[Principal, Depends(requires(Duty.DEPOSIT))]
ClassifyCaller = Annotated[Principal, Depends(requires(Duty.CLASSIFY))]
DetectCaller = Annotated[Principal, Depends(requires(Duty.DETECT))]


def searcher_of(service: Serving) -> Searcher:
    service.readiness.need("embedder", "index")
    return service.archive.searcher


Searching = Annotated[Searcher, Depends(searcher_of)]


def only_json(request: Request) -> None:
    """Refuse a body that is not declared as JSON."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise UnsupportedMedia("请以 application/json 提交。")
