"""The page of a proof that a court can read (移送存证页): who did what, when, by which clock, on which article.

    Checked, Comparison ─▶ rows of Chinese words ─▶ services/documents/forms/proof.typ ─▶ PDF

Promise   every row comes from what was checked: a statement stands on the page only if its signature holds, an own
          event only with the hash that its ledger has. What does not hold is on the page as a finding.
Not       the file itself: the page names its SHA-256, and whoever doubts the page checks the file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from enforcement.common.v1 import common_pb2 as common
from enforcement.ledger.v1 import meta_pb2
from enforcement.transfer.v1 import opinion_pb2 as opinion
from google.protobuf.message import Message

from services.kernel.citation import in_chinese
from services.kernel.envelopes.members import FEED
from services.kernel.messages import from_microseconds, type_name
from services.kernel.proof import Checked, Comparison, Record, Statement
from services.transfer.opinion_views import OPINION_TITLES
from services.transfer.proof_basis import RECEIVED_BASIS
from services.transfer.proof_clocks import clocks_of, papers_of
from services.transfer.proof_words import SHORT, Names, decoded, grouped, instant, messages, names_of
from services.transfer.service import SERVICE
from services.transfer.views import TITLES

__all__ = ["page"]

TEMPLATE: Final = "proof.typ"
TRANSFER: Final = "enforcement.transfer.v1."


@dataclass(frozen=True, slots=True)
class Titles:
    """What the transfer service calls its steps, and on which article each decision rests."""

    steps: Mapping[str, str]
    bases: Mapping[str, str]

    @classmethod
    def load(cls) -> Titles:
        """From the service's own declarations."""
        bases = {name: basis for aggregate in SERVICE.aggregates for name, basis in aggregate.bases.items()}
        return cls({type_name(event): title for event, title in (TITLES | OPINION_TITLES).items()}, bases)

    def of(self, type_: str) -> str:
        """The Chinese title of a step."""
        return self.steps.get(type_, type_.rpartition(".")[2])


def page(file: bytes, checked: Checked, comparison: Comparison | None, titles: Titles) -> dict[str, Any]:
    """What the template prints."""
    proof = checked.proof
    names = names_of(checked)
    confirmed = comparison.confirmed if comparison else frozenset()
    return {
        "title": "检察意见办理存证页" if _is_opinion(checked) else "涉嫌犯罪案件移送存证页",
        "file_sha256": hashlib.sha256(file).hexdigest(),
        "authority": names(proof.authority_id),
        "about": _about(checked, names),
        "steps": [_step(number, step, names) for number, step in enumerate(_steps(checked, titles), 1)],
        "told": [_told(one, titles, names, confirmed) for one in checked.statements if one.header.recipient != FEED],
        "clocks": list(clocks_of(checked, names)),
        "keys": [
            {
                "authority": names(key.member),
                "fingerprint": grouped(identity.hex()),
                "not_before": instant(key.not_before),
                "ended": _ended(key.retired, key.compromised_since),
            }
            for identity, key in sorted(checked.keys.items(), key=lambda item: (item[1].member, item[1].not_before))
        ],
        "registries": [
            {"version": str(one.version), "sha256": one.digest.hex(), "loaded_at": instant(one.loaded_at)}
            for one in proof.registries
        ],
        "papers": list(papers_of(checked, names)),
        "findings": [
            f"账本位置{finding.position}：{finding.problem}（{finding.detail}）" for finding in checked.findings
        ],
        "conclusion": _conclusion(checked, comparison, names),
    }


def _is_opinion(checked: Checked) -> bool:
    """Whether the process is an opinion and no transfer."""
    about = opinion.DESCRIPTOR.message_types_by_name
    return any(record.type.removeprefix(TRANSFER) in about for record in checked.proof.records)


# ── who and what ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _about(checked: Checked, names: Names) -> list[tuple[str, str]]:
    proof = checked.proof
    told: Any = next(
        (found for one in messages(checked) if (found := one[1]) and hasattr(found, "suspected_crime")), None
    )
    parties = sorted(
        {each for one in checked.statements for each in (one.header.sender, one.header.recipient)} - {FEED}
    )
    records = proof.records
    span = f"{records[0].position}—{records[-1].position}" if records else ""
    rows = [
        ("检察意见编号" if _is_opinion(checked) else "移送编号", proof.subject_id),
        ("案号", told.case_number if told else ""),
        ("涉嫌罪名", in_chinese(told.suspected_crime) if told else ""),
        ("存证机关", names(proof.authority_id)),
        ("往来机关", "、".join(names(each) for each in parties if each != proof.authority_id)),
        ("只含与其往来", names(proof.for_id) if proof.for_id else ""),
        ("账本位置", span),
    ]
    return [row for row in rows if row[1]]


# ── steps ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Step:
    record: Record
    occurred_at: datetime
    by: str
    actor: str
    title: str
    basis: str
    late_reason: str


def _steps(checked: Checked, titles: Titles) -> Iterator[_Step]:
    """Own steps and those that others told, by the time of the act."""
    by_record: dict[int, Statement] = {}
    for one in checked.statements:
        by_record.setdefault(one.record.position, one)
    steps = []
    for record in checked.proof.records:
        if not record.type.startswith(TRANSFER):
            continue
        step = _of(checked, record, by_record.get(record.position), titles)
        if step is not None:
            steps.append(step)
    yield from sorted(steps, key=lambda step: (step.occurred_at, step.record.position))


def _of(checked: Checked, record: Record, told: Statement | None, titles: Titles) -> _Step | None:
    """The step of one event; None when the file has neither its metadata nor an envelope that holds."""
    title = titles.of(record.type)
    if record.received is not None:
        if told is None:
            return None
        basis = RECEIVED_BASIS.get(record.type, "")
        actor = _signer(decoded(record.type, told.value))
        return _Step(record, told.occurred_at, told.header.sender, actor, title, basis, "")
    meta: Any = decoded(type_name(meta_pb2.Meta), record.meta)
    if meta is not None:
        basis = titles.bases.get(meta.command_type, "")
        at = from_microseconds(meta.occurred_us)
        return _Step(record, at, checked.proof.authority_id, _actor(meta), title, basis, meta.late_reason)
    if told is None:
        return None
    return _Step(record, told.occurred_at, told.header.sender, "", title, RECEIVED_BASIS.get(record.type, ""), "")


def _actor(meta: meta_pb2.Meta) -> str:
    if meta.actor_kind != meta_pb2.ACTOR_KIND_OFFICER:
        return "系统依收到的签名事件" if meta.actor_kind == meta_pb2.ACTOR_KIND_SERVICE else meta.actor
    known: dict[str, common.OfficerSnapshot] = {one.officer_id: one for one in meta.officers}
    officer = known.get(meta.actor)
    return f"执法证号{officer.credential_number}" if officer and officer.credential_number else meta.actor


def _signer(event: Message | None) -> str:
    """The officer of the other side whom its event names."""
    for name in ("signer", "receiver"):
        officer = getattr(event, name, None)
        if isinstance(officer, common.OfficerSnapshot) and officer.credential_number:
            return f"证件号{officer.credential_number}"
    return ""


def _step(number: int, step: _Step, names: Names) -> dict[str, str]:
    return {
        "number": str(number),
        "at": instant(step.occurred_at),
        "by": names(step.by),
        "actor": step.actor,
        "title": step.title,
        "basis": in_chinese(step.basis),
        "late": f"补录：{step.late_reason}" if step.late_reason else "",
        "position": str(step.record.position),
        "recorded_at": instant(step.record.recorded_at),
        "hash": step.record.hash.hex()[:SHORT],
    }


# ── what was told ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _told(one: Statement, titles: Titles, names: Names, confirmed: frozenset[bytes]) -> dict[str, str]:
    receipt = one.receipt
    if receipt is None:
        state = "尚无回执"
    elif not receipt.recorded:
        state = f"对方拒收（{receipt.code}）"
    else:
        state = "两方文件逐字节一致" if one.env_hash in confirmed else "回执签名成立"
    return {
        "title": titles.of(one.header.type),
        "from": names(one.header.sender),
        "to": names(one.header.recipient),
        "place": f"{one.header.epoch}/{one.header.seq}",
        "hash": one.env_hash.hex()[:SHORT],
        "key": grouped(one.key.id.hex()[:SHORT]),
        "sent_at": instant(from_microseconds(one.header.recorded_us)),
        "received_at": instant(receipt.received_at) if receipt else "",
        "receipt_key": grouped(receipt.key.id.hex()[:SHORT]) if receipt else "",
        "state": state,
    }


# ── conclusion ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _conclusion(checked: Checked, comparison: Comparison | None, names: Names) -> list[str]:
    told = [one for one in checked.statements if one.header.recipient != FEED]
    lines = [
        f"签名成立的信封{len(checked.statements)}个，其中致其他机关或者来自其他机关的{len(told)}个；回执{checked.receipts}个。",
        f"哈希与字节一致的账本事件{checked.hashes}个；打开并与签名承诺一致的内容{checked.opened}个。",
        f"本文件自身核验发现的问题：{len(checked.findings) or '无'}。",
    ]
    if comparison is None:
        lines.append("本页未与对方文件核对。")
    else:
        first, second = comparison.authority_ids
        lines.append(
            f"与另一方文件核对（{names(first)}、{names(second)}）：两方逐字节一致的信封及回执{len(comparison.confirmed)}个，"
            f"尚无回执的{len(comparison.unanswered)}个，矛盾{len(comparison.differences) or '无'}。"
        )
        lines += [
            f"矛盾：{one.kind}（{one.type.rpartition('.')[2]}，{one.sender}，位置"
            f"{one.sender_position or '无'}/{one.receiver_position or '无'}）{one.detail}"
            for one in comparison.differences
        ]
    return lines


def _ended(retired: datetime | None, compromised: datetime | None) -> str:
    if compromised is not None:
        return f"自{instant(compromised)}起失密"
    return f"{instant(retired)}停用" if retired is not None else "在用"
