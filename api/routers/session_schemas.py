"""What goes over the wire about log-ins, sessions and second factors."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self

from pydantic import Field

from api.oidc.login import Departure
from api.schemas import Answer, Sent, Word, example
from indexer.store.identity_port import Session

Password = Annotated[str, Field(min_length=1, max_length=256)]
Code = Annotated[str, Field(min_length=6, max_length=7, pattern=r"^\d{3} ?\d{3}$")]


class PasswordChange(Sent):
    model_config = example(old="（原口令）", new="（新口令）")

    old: Password = Field(description="原口令")
    new: Password = Field(description="新口令：至少 10 个字符，不能常见或有规律，不能与最近用过的相同")


class TotpRequest(Sent):
    model_config = example(password="（口令）")  # noqa: S106 - says so itself

    password: Password = Field(description="口令")
    code: str = Field(
        "", max_length=32, pattern=r"^[0-9A-Za-z -]*$", description="已启用过的，填现用的动态验证码或恢复码"
    )


class TotpAnswer(Answer):
    secret: str = Field(description="密钥（Base32），手工录入验证器用；只显示这一次")
    uri: str = Field(description="otpauth 地址，做成二维码供验证器扫描；只显示这一次")


class TotpConfirmation(Sent):
    model_config = example(code="123456")

    code: Code = Field(description="验证器当前显示的 6 位数字")


class RecoveryAnswer(Answer):
    recovery_codes: list[str] = Field(description="恢复码，每个只能用一次；只显示这一次，请离线保存")


class SessionOut(Answer):
    session_id: str = Field(description="登录会话编号")
    current: bool = Field(description="是否就是本次登录")
    method: str = Field(description="登录方式：password 口令，oidc 其他身份提供方")
    second_factor: bool = Field(description="是否验证过第二因素")
    purpose: str = Field(description="用途")
    created_at: datetime = Field(description="登录时间（UTC）")
    seen_at: datetime = Field(description="最近使用（UTC），精确到分")
    expires_at: datetime = Field(description="最迟失效时间（UTC）")

    @classmethod
    def of(cls, session: Session, current: Session) -> Self:
        return cls(
            session_id=session.session_id,
            current=session.session_id == current.session_id,
            method=session.method,
            second_factor=session.second_factor,
            purpose=session.purpose,
            created_at=session.created_at,
            seen_at=session.seen_at,
            expires_at=session.expires_at,
        )


class SessionsOut(Answer):
    sessions: list[SessionOut] = Field(description="本人未失效的登录会话，先登录的在前")


class OutsideLogInRequest(Sent):
    model_config = example(provider="sso", purpose="业务经办")

    provider: Word | None = Field(None, description="身份提供方的名称；只有一个时可不填")
    purpose: Word | None = Field(None, description="本次使用的用途，须为岗位允许的用途")


class DepartureOut(Answer):
    authorization_url: str = Field(description="请让浏览器打开的地址")
    flow: str = Field(description="回来时连同 state、code 一并提交；请保存在本次浏览会话中")
    expires_at: datetime = Field(description="须在此前完成（UTC）")

    @classmethod
    def of(cls, departure: Departure) -> Self:
        return cls(authorization_url=departure.url, flow=departure.flow, expires_at=departure.expires_at)


class OutsideReturn(Sent):
    model_config = example(flow="（原样带回）", state="（地址中的 state）", code="（地址中的 code）")

    flow: str = Field(min_length=1, max_length=4000, description="POST /v1/oidc/login 给出的 flow")
    state: str = Field(min_length=1, max_length=500, description="回调地址中的 state")
    code: str = Field(min_length=1, max_length=4000, description="回调地址中的 code")
