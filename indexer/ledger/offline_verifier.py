#!/usr/bin/env python3
"""离线核对查阅台账的导出、公民回执、单条证明和检查点衔接证明。

只需要 Python 3.9 以上的标准库和一个公钥；装有 cryptography 时验签更快。用法：

    python3 ledger_verifier.py 文件 [--key 公钥] [--checkpoint 检查点文件]... [--export 台账导出]

公钥应由档案单位另行告知（chadang audit key）；不给时用文件自带的，只能说明文件自身前后一致。
--checkpoint 是以前另存的检查点：导出里若少了、改了当时已有的记录，会被查出。
--export 与回执同用：核对回执有没有漏列导出里的查阅。退出码：0 相符，1 不符，2 无法读取。

This file stands alone on purpose: it shares no code with the archive whose word it checks.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

ZERO = "0" * 64
DASH = "\u2014 "


class Mismatch(Exception):
    """Something does not fit; the message says in Chinese what, and where."""


class Unreadable(Exception):
    """The file is not of a kind this program knows."""


# -- SM3 (GB/T 32905-2016) -----------------------------------------------------------------------

_M32 = 0xFFFFFFFF


def _rotate(x: int, n: int) -> int:
    n %= 32
    return ((x << n) | (x >> (32 - n))) & _M32


_T = [_rotate(0x79CC4519 if j < 16 else 0x7A879D8A, j) for j in range(64)]
_IV = (0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E)


def slow_sm3(content: bytes) -> bytes:
    """SM3 without any library, for a Python whose OpenSSL lacks it."""
    length = len(content) * 8
    content += b"\x80" + b"\x00" * ((55 - len(content)) % 64) + length.to_bytes(8, "big")
    state = list(_IV)
    for start in range(0, len(content), 64):
        state = _compressed(state, content[start : start + 64])
    return b"".join(word.to_bytes(4, "big") for word in state)


def _compressed(state: list[int], block: bytes) -> list[int]:
    w = [int.from_bytes(block[i : i + 4], "big") for i in range(0, 64, 4)]
    for j in range(16, 68):
        x = w[j - 16] ^ w[j - 9] ^ _rotate(w[j - 3], 15)
        w.append(x ^ _rotate(x, 15) ^ _rotate(x, 23) ^ _rotate(w[j - 13], 7) ^ w[j - 6])
    a, b, c, d, e, f, g, h = state
    for j in range(64):
        ss1 = _rotate((_rotate(a, 12) + e + _T[j]) & _M32, 7)
        ff = a ^ b ^ c if j < 16 else (a & b) | (a & c) | (b & c)
        gg = e ^ f ^ g if j < 16 else (e & f) | (~e & g)
        tt1 = (ff + d + (ss1 ^ _rotate(a, 12)) + (w[j] ^ w[j + 4])) & _M32
        tt2 = (gg + h + ss1 + w[j]) & _M32
        a, b, c, d = tt1, a, _rotate(b, 9), c
        e, f, g, h = tt2 ^ _rotate(tt2, 9) ^ _rotate(tt2, 17), e, _rotate(f, 19), g
    return [x ^ y for x, y in zip(state, (a, b, c, d, e, f, g, h))]  # noqa: B905 - Python 3.9


def _fast_sm3(content: bytes) -> bytes:
    return hashlib.new("sm3", content).digest()


sm3 = _fast_sm3 if "sm3" in hashlib.algorithms_available else slow_sm3


# -- Ed25519 (RFC 8032 section 5.1) --------------------------------------------------------------

_P = 2**255 - 19
_ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P
_ROOT_OF_MINUS_ONE = pow(2, (_P - 1) // 4, _P)
Point = tuple[int, int, int, int]


def slow_is_signed(public: bytes, signature: bytes, body: bytes) -> bool:
    """Ed25519 without any library."""
    if len(public) != 32 or len(signature) != 64:
        return False
    key, commitment = _point(public), _point(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if key is None or commitment is None or scalar >= _ORDER:
        return False
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + public + body).digest(), "little") % _ORDER
    left, right = _times(scalar, _BASE), _sum(commitment, _times(challenge, key))
    return (
        (left[0] * right[2] - right[0] * left[2]) % _P == 0 == (left[1] * right[2] - right[1] * left[2]) % _P
    )


def _sum(p: Point, q: Point) -> Point:
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % _P, (p[1] + p[0]) * (q[1] + q[0]) % _P
    c, d = 2 * p[3] * q[3] * _D % _P, 2 * p[2] * q[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % _P, g * h % _P, f * g % _P, e * h % _P)


def _times(scalar: int, point: Point) -> Point:
    result = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = _sum(result, point)
        point, scalar = _sum(point, point), scalar >> 1
    return result


def _point(encoded: bytes) -> Point | None:
    y = int.from_bytes(encoded, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if y >= _P:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, _P - 2, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _ROOT_OF_MINUS_ONE % _P
    if (x * x - square) % _P or (x == 0 and sign):
        return None
    x = x if x & 1 == sign else _P - x
    return (x, y, 1, x * y % _P)


_base = _point((4 * pow(5, _P - 2, _P) % _P).to_bytes(32, "little"))
assert _base is not None
_BASE: Point = _base


def _fast_is_signed(public: bytes, signature: bytes, body: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, body)
    except (InvalidSignature, ValueError):
        return False
    return True


def is_signed(public: bytes, signature: bytes, body: bytes) -> bool:
    try:
        return _fast_is_signed(public, signature, body)
    except ImportError:
        return slow_is_signed(public, signature, body)


# -- The tree (RFC 9162 sections 2.1.3.2 and 2.1.4.2) --------------------------------------------


def leaf_hash(leaf: bytes) -> bytes:
    return sm3(b"\x00" + leaf)


def node_hash(left: bytes, right: bytes) -> bytes:
    return sm3(b"\x01" + left + right)


def root_by_inclusion(index: int, size: int, leaf: bytes, path: Sequence[bytes]) -> bytes | None:
    """Return the root that an inclusion proof leads to, None where it has the wrong length."""
    if not 0 <= index < size:
        return None
    at, last, root = index, size - 1, leaf_hash(leaf)
    for step in path:
        if last == 0:
            return None
        if at & 1 or at == last:
            root = node_hash(step, root)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            root = node_hash(root, step)
        at, last = at >> 1, last >> 1
    return root if last == 0 else None


def is_consistent(old: int, size: int, old_root: bytes, root: bytes, path: Sequence[bytes]) -> bool:
    """Whether the tree of ``size`` begins with the tree of ``old``."""
    if not 0 < old <= size:
        return False
    if old == size:
        return not path and old_root == root
    steps = list(path)
    if old & (old - 1) == 0:
        steps.insert(0, old_root)
    if not steps:
        return False
    at, last = old - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    first = second = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            first, second = node_hash(step, first), node_hash(step, second)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            second = node_hash(second, step)
        at, last = at >> 1, last >> 1
    return first == old_root and second == root and last == 0


class Tree:
    """A growing tree, known by the tops of its perfect subtrees."""

    def __init__(self, size: int, tops: Sequence[bytes]) -> None:
        levels = [n for n in range(size.bit_length() - 1, -1, -1) if size >> n & 1]
        if len(levels) != len(tops):
            raise Mismatch("导出的起点不完整")
        self.size, self._tops = size, list(zip(levels, tops))  # noqa: B905 - Python 3.9

    def add(self, leaf: bytes) -> None:
        top, level = leaf_hash(leaf), 0
        while self._tops and self._tops[-1][0] == level:
            top, level = node_hash(self._tops.pop()[1], top), level + 1
        self._tops.append((level, top))
        self.size += 1

    def root(self) -> bytes:
        if not self._tops:
            return sm3(b"")
        root = self._tops[-1][1]
        for _, top in reversed(self._tops[:-1]):
            root = node_hash(top, root)
        return root


# -- Checkpoints (signed notes) ------------------------------------------------------------------


class Checkpoint(NamedTuple):
    size: int
    root: bytes
    head: str
    at: str


def read_checkpoint(note: str, public: bytes) -> Checkpoint:
    """Return what a note says; Mismatch where it was not signed with the key."""
    text, _, signatures = note.replace("\r\n", "\n").partition("\n\n")
    text += "\n"
    lines = text.split("\n")
    if len(lines) < 8 or not lines[1].isdigit() or lines[6] != "hash SM3":
        raise Mismatch("检查点的格式不对")
    name = lines[0]
    wanted = hashlib.sha256(name.encode() + b"\n\x01" + public).digest()[:4]
    for line in signatures.split("\n"):
        if line.startswith(f"{DASH}{name} "):
            signed = _base64(line.rsplit(" ", 1)[1])
            if signed[:4] == wanted and is_signed(public, signed[4:], text.encode()):
                head, at = lines[3].partition(" ")[2], lines[4].partition(" ")[2]
                return Checkpoint(int(lines[1]), _base64(lines[2]), head, at)
    raise Mismatch("检查点的签名不符")


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


# -- Entries -------------------------------------------------------------------------------------


def canonical(value: Any) -> bytes:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return text.encode("utf-8", "surrogatepass")


def commitment(salt: str, value: str) -> str:
    return sm3(bytes.fromhex(salt) + value.encode("utf-8", "surrogatepass")).hex()


def closed(field: dict[str, Any]) -> str:
    """Return the commitment of a field that is shown with its salt, or as the commitment alone."""
    return commitment(field["salt"], field["value"]) if "salt" in field else str(field["commitment"])


def digest_of_export(entry: dict[str, Any]) -> str:
    """Return the digest of an entry of an export, where everything is open."""
    if entry["version"] == 1:
        names = (
            "seq",
            "at",
            "principal",
            "via",
            "purpose",
            "action",
            "doc_ids",
            "query",
            "outcome",
            "previous",
        )
        return sm3(canonical([entry[name] for name in names])).hex()
    seed = bytes.fromhex(entry["secret"])

    def hidden(label: str, value: str) -> str:
        return commitment(sm3(seed + label.encode()).hex()[:32], value)

    return _digest(
        entry,
        hidden("principal", entry["principal"]),
        [hidden(f"doc {number}", doc_id) for number, doc_id in enumerate(entry["doc_ids"])],
        hidden("query", entry["query"]),
        hidden("case", entry["case_key"]),
    )


def digest_of_shown(look: dict[str, Any]) -> str:
    """Return the digest of an entry that is shown in part."""
    documents = [closed(document) for document in look["documents"]]
    return _digest(look, closed(look["principal"]), documents, closed(look["query"]), closed(look["case"]))


def _digest(entry: dict[str, Any], principal: str, documents: list[str], query: str, case: str) -> str:
    if entry["version"] != 2:
        raise Mismatch(f"第 {entry['seq']} 条的格式不明")
    names = ("seq", "at", "via", "purpose", "action", "outcome", "roles")
    fields = ["chadang-ledger/2", *(entry[name] for name in names)]
    return sm3(canonical([*fields, principal, documents, query, case, entry["previous"]])).hex()


# -- What there is to check ----------------------------------------------------------------------


def check_export(lines: Iterable[str], key: bytes | None, kept: Sequence[str] = ()) -> str:
    """Check an export of the ledger; return what was found, in Chinese."""
    rows = _rows(lines)
    header = next(rows, None)
    if not isinstance(header, dict) or header.get("kind") != "ledger":
        raise Unreadable("不是台账导出")
    public = key or bytes.fromhex(header["public_key"])
    before = header["prefix"]
    first, previous = before["size"], before["head"]
    tree = Tree(first, [bytes.fromhex(top) for top in before["tops"]])
    older = sorted(read_checkpoint(note, public) for note in kept)
    covered: Checkpoint | None = None
    if older and older[0].size < first:
        raise Mismatch(f"另存的检查点早于导出的起点（第 {first + 1} 条），请导出更早的部分")

    def settle() -> None:
        while older and older[0].size == tree.size:
            _check_root(older.pop(0), tree, previous)

    settle()
    for row in rows:
        if row["kind"] == "entry":
            _check_entry(row, tree.size + 1, previous)
            tree.add(bytes.fromhex(row["digest"]))
            previous = row["digest"]
            settle()
        elif row["kind"] == "checkpoint":
            covered = read_checkpoint(row["note"], public)
            _check_root(covered, tree, previous)
    if older:
        raise Mismatch(f"另存的检查点证明台账曾有 {older[-1].size} 条，导出只到第 {tree.size} 条")
    if covered is None or covered.size != tree.size:
        raise Mismatch(
            f"第 {covered.size + 1 if covered else first + 1} 条以后没有签署的检查点覆盖：末尾被截去或添加"
        )
    count = tree.size - first
    return f"台账导出相符：第 {first + 1} 至 {tree.size} 条共 {count} 条，检查点签署于 {covered.at}。"


def _check_root(checkpoint: Checkpoint, tree: Tree, head: str) -> None:
    if checkpoint.size != tree.size:
        raise Mismatch(f"第 {tree.size + 1} 条处检查点的位置不对：有记录缺失或多出")
    if checkpoint.root != tree.root() or checkpoint.head != head:
        raise Mismatch(f"第 {tree.size} 条及以前的内容与检查点不符")


def _check_entry(entry: dict[str, Any], expected: int, previous: str) -> None:
    if entry["seq"] != expected:
        raise Mismatch(f"第 {expected} 条缺失、多出或次序不对")
    if digest_of_export(entry) != entry["digest"]:
        raise Mismatch(f"第 {expected} 条的内容被改动")
    if entry["previous"] != previous:
        raise Mismatch(f"第 {expected} 条与前一条接不上")


def check_receipt(receipt: dict[str, Any], key: bytes | None, export: Iterable[str] | None = None) -> str:
    """Check a receipt; with an export also that it leaves no look out."""
    public = key or bytes.fromhex(receipt["public_key"])
    body = canonical({name: value for name, value in receipt.items() if name != "signature"})
    if not is_signed(public, bytes.fromhex(receipt["signature"]), body):
        raise Mismatch("回执的签名不符：内容被改动，或不是这个公钥的单位出具的")
    checkpoint = read_checkpoint(receipt["checkpoint"], public)
    named = {document["doc_id"] for document in receipt["documents"]}
    for look in receipt["looks"]:
        _check_look(look, checkpoint, named)
    if export is not None:
        _check_complete(receipt, named, export, checkpoint)
    covers = receipt["covers"]
    told = f"回执相符：{len(receipt['looks'])} 次，出具于 {receipt['issued_at']}，"
    told += f"涵盖台账第 {covers['first']} 至 {covers['last']} 条。"
    return "\n".join([told, *(_line_of(look) for look in receipt["looks"])])


def _check_look(look: dict[str, Any], checkpoint: Checkpoint, named: Iterable[str]) -> None:
    seq = look["seq"]
    leaf = bytes.fromhex(look["digest"])
    path = [bytes.fromhex(step) for step in look["path"]]
    if root_by_inclusion(seq - 1, checkpoint.size, leaf, path) != checkpoint.root:
        raise Mismatch(f"第 {seq} 条不在检查点签署的台账内")
    if look["version"] == 1:
        return  # written before entries could be shown in part: the proof is of its digest
    if digest_of_shown(look) != look["digest"]:
        raise Mismatch(f"第 {seq} 条的内容被改动")
    if look["how"] == "shown" and not {d.get("value") for d in look["documents"]} & set(named):
        raise Mismatch(f"第 {seq} 条与回执所列档案无关")


def _check_complete(
    receipt: dict[str, Any], named: Iterable[str], export: Iterable[str], checkpoint: Checkpoint
) -> None:
    listed = {look["seq"] for look in receipt["looks"]}
    since, until = receipt["since"], receipt["until"]
    for row in _rows(export):
        if row["kind"] != "entry" or row["seq"] > checkpoint.size:
            continue
        wanted = set(row["doc_ids"]) & set(named) and since <= row["at"] < until
        if wanted and row["seq"] not in listed:
            raise Mismatch(f"回执漏列了台账第 {row['seq']} 条")


def check_proof(proof: dict[str, Any], key: bytes | None) -> str:
    public = key or bytes.fromhex(proof["public_key"])
    checkpoint = read_checkpoint(proof["checkpoint"], public)
    _check_look({**proof["entry"], "how": "proof", "path": proof["path"]}, checkpoint, ())
    return f"第 {proof['entry']['seq']} 条在台账内，检查点签署于 {checkpoint.at}，共 {checkpoint.size} 条。"


def check_consistency(proof: dict[str, Any], key: bytes | None) -> str:
    public = key or bytes.fromhex(proof["public_key"])
    old, new = read_checkpoint(proof["old"], public), read_checkpoint(proof["new"], public)
    path = [bytes.fromhex(step) for step in proof["path"]]
    if not is_consistent(old.size, new.size, old.root, new.root, path):
        raise Mismatch(f"两个检查点接不上：前 {old.size} 条在其后被改写")
    return f"两个检查点相接：前 {old.size} 条没有变，其后增加到 {new.size} 条。"


def _line_of(look: dict[str, Any]) -> str:
    names = ("account", "role_names", "purpose", "action_name", "outcome_name")
    words = (look["at"][:19], *(look[name] for name in names))
    note = "（旧格式，内容由出具单位说明）" if look["version"] == 1 else ""
    return "  ".join([f"  第 {look['seq']} 条", *(word or "—" for word in words)]) + note


def _rows(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                row = json.loads(line)
            except ValueError:
                raise Mismatch(f"第 {number} 行无法读取：不完整或被改动") from None
            yield row


# -- The program ---------------------------------------------------------------------------------


def check_file(
    path: Path, key: bytes | None = None, kept: Sequence[str] = (), export: Path | None = None
) -> str:
    """Check any file of ours.

    Raises:
        Mismatch: it does not fit. Unreadable: it is none of ours. OSError: it cannot be read.
    """
    try:
        with path.open(encoding="utf-8") as file:
            start = file.read(1)
            file.seek(0)
            if start == "{" and '"kind":"ledger"' in file.readline().replace(" ", ""):
                file.seek(0)
                return check_export(file, key, kept)
            file.seek(0)
            return _check_one(_embedded(file.read()), key, export)
    except UnicodeDecodeError:
        raise Mismatch("文件不是 UTF-8 文字：不完整或被改动") from None
    except (KeyError, TypeError, ValueError, AttributeError, IndexError):
        raise Mismatch("内容缺失或格式不对：不完整或被改动") from None


def _check_one(value: dict[str, Any], key: bytes | None, export: Path | None) -> str:
    kind = value.get("format")
    if kind == "chadang-receipt/1":
        if export is None:
            return check_receipt(value, key)
        with export.open(encoding="utf-8") as file:
            check_export(file, key)
            file.seek(0)
            return check_receipt(value, key, file)
    if kind == "chadang-proof/1":
        return check_proof(value, key)
    if kind == "chadang-consistency/1":
        return check_consistency(value, key)
    raise Unreadable("不是台账导出、回执或证明")


def _embedded(text: str) -> dict[str, Any]:
    """Return the JSON of a file, also where it lies inside a printable page."""
    found = re.search(r'<script type="application/json"[^>]*>(.*?)</script>', text, re.DOTALL)
    try:
        value = json.loads(found.group(1) if found else text)
    except ValueError:
        raise Unreadable("不是台账导出、回执或证明") from None
    if not isinstance(value, dict):
        raise Unreadable("不是台账导出、回执或证明")
    return value


class _Formatter(argparse.HelpFormatter):
    def add_usage(self, usage: Any, actions: Any, groups: Any, prefix: str | None = None) -> None:  # noqa: ARG002
        super().add_usage(usage, actions, groups, "用法：")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:  # noqa: ARG002
        print("用法有误，说明见 --help。", file=sys.stderr)  # noqa: T201
        sys.exit(2)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        description="离线核对查阅台账的导出、回执和证明。退出码：0 相符，1 不符，2 无法读取。",
        formatter_class=_Formatter,
        add_help=False,
    )
    parts = parser.add_argument_group("参数和选项")
    parts.add_argument("file", type=Path, metavar="文件", help="导出、回执（JSON 或网页）或证明")
    parts.add_argument("--key", metavar="公钥", help="64 个十六进制字符，由档案单位另行告知")
    parts.add_argument(
        "--checkpoint",
        type=Path,
        metavar="文件",
        action="append",
        default=[],
        help="以前另存的检查点，可写多次",
    )
    parts.add_argument("--export", type=Path, metavar="文件", help="与回执同用：台账导出，核对回执有没有漏列")
    parts.add_argument("-h", "--help", action="help", help="显示这份说明")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    try:
        key = bytes.fromhex(given.key.strip()) if given.key else None
        kept = [path.read_text("utf-8") for path in given.checkpoint]
        said = check_file(given.file, key, kept, given.export)
    except Mismatch as mismatch:
        print(f"不符：{mismatch}。")  # noqa: T201
        return 1
    except Unreadable as error:
        print(f"无法核对：{error}。", file=sys.stderr)  # noqa: T201
        return 2
    except OSError:
        print("无法核对：文件打不开，请检查路径与权限。", file=sys.stderr)  # noqa: T201
        return 2
    except ValueError:
        print("无法核对：--key 应是十六进制字符，--checkpoint 应是 UTF-8 文字。", file=sys.stderr)  # noqa: T201
        return 2
    print(said)  # noqa: T201
    if key is None:
        print("注意：没有给出公钥，用的是文件自带的，请另行核对。", file=sys.stderr)  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
