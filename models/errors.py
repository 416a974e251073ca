"""Every error of the service, one tree.

    ArchiveError
    ├── InvalidInput                 the caller can mend it
    │   ├── UnreadableFile           a file that goes to quarantine
    │   │   ├── EmptyFile, TooLarge, EncryptedFile, DamagedFile, UnsupportedMedia,
    │   │   └── WrongExtension, ArchiveBomb, NoTextFound, StateSecret, ParsingTimedOut
    │   ├── InvalidCatalogue         a catalogue row or file that cannot be used
    │   └── AddressRefused           notices are not sent to such an address
    ├── Unauthenticated              who are you
    ├── Forbidden                    known, but not for this duty or purpose
    │   └── PasswordChangeOwed, SecondFactorOwed   a step is owed before anything else is answered
    ├── NotVisible                   absent or not yours: one answer for both
    ├── Conflict                     the state of the archive does not allow it now
    │   ├── DenyListChanged          a document was prepared before a missed value was denied
    │   ├── RevealExpired            the time for which values were shown has run out
    │   └── RevealEnded              what a reveal rested on no longer holds
    ├── TooManyRequests              more at a time than one account may have
    └── DependencyFailed             a model, an engine or the disk said no
        ├── ModelUnavailable, OcrUnavailable, StoreUnavailable
        ├── ArtifactTampered         a shipped or derived file differs from its manifest
        └── IndexUnavailable
            └── IndexMismatch        the index was made in another embedding space

Each class has a stable ``code`` (clients switch on it) and a Chinese ``title``; ``detail`` is one
sentence for the person concerned: what, where, what to do. A detail never holds personal data.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar


class ArchiveError(Exception):
    """Root of the tree; ``detail`` is a Chinese sentence without personal data."""

    code: ClassVar[str] = "internal"
    title: ClassVar[str] = "系统内部错误"

    def __init__(self, detail: str = "") -> None:
        self.detail = detail or self.title
        super().__init__(self.detail)


class InvalidInput(ArchiveError):
    code = "invalid_input"
    title = "输入有误"


class UnreadableFile(InvalidInput):
    code = "unreadable_file"
    title = "文件无法读取"


class EmptyFile(UnreadableFile):
    code = "empty_file"
    title = "空文件"


class TooLarge(UnreadableFile):
    code = "too_large"
    title = "文件过大"


class EncryptedFile(UnreadableFile):
    code = "encrypted_file"
    title = "文件已加密"


class DamagedFile(UnreadableFile):
    code = "damaged_file"
    title = "文件已损坏或不完整"


class UnsupportedMedia(UnreadableFile):
    code = "unsupported_media"
    title = "不支持的文件类型"


class WrongExtension(UnreadableFile):
    code = "wrong_extension"
    title = "扩展名与内容不符"


class ArchiveBomb(UnreadableFile):
    code = "archive_bomb"
    title = "压缩内容异常膨胀"


class NoTextFound(UnreadableFile):
    code = "no_text_found"
    title = "未识别出文字"


class StateSecret(UnreadableFile):
    code = "state_secret"
    title = "标有国家秘密密级"


class ParsingTimedOut(UnreadableFile):
    code = "parsing_timed_out"
    title = "读取超时"


class InvalidCatalogue(InvalidInput):
    code = "invalid_catalogue"
    title = "目录表有误"


class AddressRefused(InvalidInput):
    code = "address_refused"
    title = "通知地址不可用"


class Unauthenticated(ArchiveError):
    code = "unauthenticated"
    title = "身份未确认"


class Forbidden(ArchiveError):
    code = "forbidden"
    title = "没有此项权限"


class PasswordChangeOwed(Forbidden):
    code = "password_change_owed"
    title = "须先修改口令"


class SecondFactorOwed(Forbidden):
    code = "second_factor_owed"
    title = "须先启用动态验证码"


class NotVisible(ArchiveError):
    code = "not_found"
    title = "没有找到"


class Conflict(ArchiveError):
    code = "conflict"
    title = "当前状态不允许"


class DenyListChanged(Conflict):
    """The document has to be prepared again."""


class RevealExpired(Conflict):
    code = "reveal_expired"
    title = "显示已到期"


class RevealEnded(Conflict):
    code = "reveal_ended"
    title = "显示已失效"


class TooManyRequests(ArchiveError):
    """``retry_after_s``: whole seconds after which another request may be answered."""

    code = "too_many_requests"
    title = "请求过多"

    def __init__(self, detail: str = "", retry_after_s: int = 10) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


class DependencyFailed(ArchiveError):
    code = "dependency_failed"
    title = "所依赖的组件不可用"


class ModelUnavailable(DependencyFailed):
    code = "model_unavailable"
    title = "模型不可用"


class OcrUnavailable(DependencyFailed):
    code = "ocr_unavailable"
    title = "文字识别不可用"


class StoreUnavailable(DependencyFailed):
    code = "store_unavailable"
    title = "档案库不可用"


class ArtifactTampered(DependencyFailed):
    code = "artifact_tampered"
    title = "文件与清单不符"


class IndexUnavailable(DependencyFailed):
    code = "index_unavailable"
    title = "索引不可用"


class IndexMismatch(IndexUnavailable):
    code = "index_mismatch"
    title = "索引与当前模型不一致"


def kinds_of(kind: type[ArchiveError]) -> Iterator[type[ArchiveError]]:
    """Yield a class of the tree and all below it."""
    yield kind
    for own in kind.__subclasses__():
        yield from kinds_of(own)


def title_of_code(code: str) -> str:
    """Return the Chinese title of a code, the code itself where no class has it."""
    return next((kind.title for kind in kinds_of(ArchiveError) if kind.code == code), code)
