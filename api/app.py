"""The HTTP service: `create_app` joins routes, errors and the life of the worker to one archive."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api import problems
from api.bootstrap import Archive
from api.dependencies import Readiness, Service
from api.envelope import Envelope
from api.exchange import OpenExchanges
from api.jobs import Deposits
from api.person_keeper import PersonKeeperThread
from api.rates import Buckets, Rate
from api.routers import (
    analysis,
    audit,
    batches,
    copies,
    documents,
    entry_audit,
    examples,
    health,
    own_account,
    privacy_reports,
    reveals,
    reviews,
    saved_searches,
    search,
    session,
    signed_reports,
    supervision,
)
from api.routers.answers import refusals_of_bodies
from api.routers.documents import METADATA_BYTES
from api.schemas import Problem
from api.steady import Steady
from api.webhooks.courier import CourierThread
from indexer.parsing.limits import MIB

_DESCRIPTION = (
    "社保档案的自动分类、隐私检查与检索。凭访问令牌调用；只能查到本人条线、辖区和级别内的档案，个人信息一律遮蔽。"
    "出错时返回 application/problem+json（RFC 9457），程序请按 code 判断；回答中不会出现提交的内容。"
)


def create_app(archive: Archive) -> FastAPI:
    """Return the application over one archive; models are loaded when it starts to serve."""
    service = _service_of(archive)
    people = PersonKeeperThread(lambda: archive.person_index)

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        service.deposits.start()
        service.readiness.start()
        service.courier.start()
        people.start()
        yield
        people.stop()
        service.deposits.stop()
        service.courier.stop()

    app = FastAPI(
        title="查档",
        version="0.1.0",
        summary="社保档案的自动分类与检索",
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # a redirect would repeat the path
        lifespan=life,
    )
    app.state.service = service
    for router in (
        session.router,
        own_account.router,
        search.router,
        saved_searches.router,
        documents.router,
        copies.router,
        reveals.router,
        entry_audit.router,
        analysis.router,
        examples.router,
        batches.router,
        reviews.router,
        privacy_reports.router,
        signed_reports.router,
        supervision.router,
        audit.router,
        health.router,
    ):
        app.include_router(router)
    problems.install(app)
    settings = archive.settings
    app.add_middleware(
        Envelope,
        max_deposit_bytes=settings.max_file_mib * MIB + METADATA_BYTES + MIB,
        hosts=frozenset(settings.allowed_hosts.lower().split()),
        silence_s=settings.body_timeout_s,
    )
    # Outermost: what is done to an answer once it has been held would show again in its time.
    app.add_middleware(Steady, floor_ms=settings.answer_floor_ms)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]
    return app


def _service_of(archive: Archive) -> Service:
    readiness = Readiness(archive)
    deposits = Deposits(archive, readiness.wait)
    courier = CourierThread(archive.webhooks.courier)
    given = archive.settings
    return Service(
        archive,
        archive.tokens,
        readiness,
        deposits,
        courier,
        OpenExchanges(),
        Buckets(Rate(given.rate_per_minute, given.rate_burst)),
        Buckets(Rate(given.login_rate_per_minute, given.login_rate_burst)),
    )


def _openapi(app: FastAPI) -> dict[str, object]:
    if app.openapi_schema is None:
        made = get_openapi(
            title=app.title,
            version=app.version,
            summary=app.summary,
            description=app.description,
            routes=app.routes,
        )
        schemas = made["components"]["schemas"]
        schemas["Problem"] = Problem.model_json_schema()
        for schema in schemas.values():
            if "enum" in schema:
                schema.pop("description", None)  # a docstring of the domain, for programmers
        for operation in (o for path in made["paths"].values() for o in path.values()):
            if "requestBody" in operation:
                operation["responses"] = refusals_of_bodies() | operation["responses"]
        app.openapi_schema = made
    return app.openapi_schema
