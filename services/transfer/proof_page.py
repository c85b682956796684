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
from datetime import datetime, timedelta
from typing import Any, Final

from enforcement.common.v1 import common_pb2 as common
from enforcement.deadlines.v1 import events_pb2 as clocks
from enforcement.ledger.v1 import meta_pb2
from enforcement.transfer.v1 import incoming_pb2 as incoming
from enforcement.transfer.v1 import opinion_pb2 as opinion
from enforcement.transfer.v1 import paper_pb2 as paper
from google.protobuf.message import DecodeError, Message
from google.protobuf.timestamp_pb2 import Timestamp

from services.kernel.citation import in_chinese
from services.kernel.clock import SHANGHAI
from services.kernel.envelopes.members import FEED
from services.kernel.messages import from_microseconds, message_class, to_datetime, type_name
from services.kernel.proof import Checked, Comparison, Record, Statement
from services.kernel.values import term
from services.transfer.opinion_views import OPINION_TITLES
from services.transfer.proof_basis import RECEIVED_BASIS
from services.transfer.service import SERVICE
from services.transfer.views import TITLES

__all__ = ["page"]

TEMPLATE: Final = "proof.typ"
SHORT: Final = 16
"""Hexadecimal digits of a hash or fingerprint in a table; the file has all."""
_POLICIES: Final = {"O310_DAYS=calendar": "“三日”按自然日计算", "O310_DAYS=working": "“三日”按工作日计算"}
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
    names = _names(checked)
    confirmed = comparison.confirmed if comparison else frozenset()
    return {
        "title": "检察意见办理存证页" if _is_opinion(checked) else "涉嫌犯罪案件移送存证页",
        "file_sha256": hashlib.sha256(file).hexdigest(),
        "authority": names(proof.authority_id),
        "about": _about(checked, names),
        "steps": [_step(number, step, names) for number, step in enumerate(_steps(checked, titles), 1)],
        "told": [_told(one, titles, names, confirmed) for one in checked.statements if one.header.recipient != FEED],
        "clocks": list(_clocks(checked, names)),
        "keys": [
            {
                "authority": names(key.member),
                "fingerprint": _grouped(identity.hex()),
                "not_before": instant(key.not_before),
                "ended": _ended(key.retired, key.compromised_since),
            }
            for identity, key in sorted(checked.keys.items(), key=lambda item: (item[1].member, item[1].not_before))
        ],
        "registries": [
            {"version": str(one.version), "sha256": one.digest.hex(), "loaded_at": instant(one.loaded_at)}
            for one in proof.registries
        ],
        "papers": list(_papers(checked, names)),
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


class _Names:
    """Names of authorities by the newest registry of the file."""

    def __init__(self, known: Mapping[str, str]) -> None:
        self._known = known

    def __call__(self, authority_id: str) -> str:
        name = self._known.get(authority_id, "")
        return f"{name}（{authority_id}）" if name else authority_id


def _names(checked: Checked) -> _Names:
    known = {member.id: member.name for registry in checked.registries for member in registry.members.values()}
    return _Names(known)


def _about(checked: Checked, names: _Names) -> list[tuple[str, str]]:
    proof = checked.proof
    told: Any = next(
        (found for one in _messages(checked) if (found := one[1]) and hasattr(found, "suspected_crime")), None
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


def _messages(checked: Checked) -> Iterator[tuple[Record, Any]]:
    """Own events and those that were opened, of known types."""
    values = {id(one.record): one.value for one in checked.statements if one.value is not None}
    for record in checked.proof.records:
        body = record.body if record.body is not None else values.get(id(record))
        yield record, _decoded(record.type, body)


def _decoded(type_: str, body: bytes | None) -> Message | None:
    kind = message_class(type_)
    if kind is None or body is None:
        return None
    try:
        return kind.FromString(body)
    except DecodeError:  # its hash is a finding
        return None


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
        actor = _signer(_decoded(record.type, told.value))
        return _Step(record, told.occurred_at, told.header.sender, actor, title, basis, "")
    meta: Any = _decoded(type_name(meta_pb2.Meta), record.meta)
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


def _step(number: int, step: _Step, names: _Names) -> dict[str, str]:
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


# ── what was told, and clocks ────────────────────────────────────────────────────────────────────────────────────────


def _told(one: Statement, titles: Titles, names: _Names, confirmed: frozenset[bytes]) -> dict[str, str]:
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
        "key": _grouped(one.key.id.hex()[:SHORT]),
        "sent_at": instant(from_microseconds(one.header.recorded_us)),
        "received_at": instant(receipt.received_at) if receipt else "",
        "receipt_key": _grouped(receipt.key.id.hex()[:SHORT]) if receipt else "",
        "state": state,
    }


_MOVES: Final = (clocks.DeadlineExtended, clocks.DeadlineResumed, clocks.DeadlineRecomputed)


def _clocks(checked: Checked, names: _Names) -> Iterator[dict[str, Any]]:
    """Each clock of the exporter's ledger with its last end and its outcome."""
    rows: dict[str, dict[str, Any]] = {}
    for _, event in _messages(checked):
        match event:
            case clocks.DeadlineStarted():
                rows[event.deadline_id] = {
                    "title": event.title,
                    "basis": in_chinese(event.basis),
                    "responsible": names(event.responsible_id) if event.responsible_id else "",
                    "started_at": instant(event.started_at),
                    "due_at": _end(event.effective_due_at, event.unit),
                    "unit": event.unit,
                    "policy": _POLICIES.get(event.policy, event.policy),
                    "outcome": "进行中",
                }
            case clocks.DeadlineMet() if event.deadline_id in rows:
                word = "按期" if event.in_time else "逾期"
                rows[event.deadline_id]["outcome"] = f"{word}完成：{instant(event.met_at)}"
            case clocks.DeadlineMissed() if event.deadline_id in rows:
                rows[event.deadline_id]["outcome"] = "逾期未完成"
            case clocks.DeadlineCancelled() if event.deadline_id in rows:
                rows[event.deadline_id]["outcome"] = "不再适用"
            case clocks.DeadlinePaused() if event.deadline_id in rows:
                rows[event.deadline_id]["outcome"] = f"自{instant(event.paused_at)}起暂停"
            case _ if isinstance(event, _MOVES) and event.deadline_id in rows:
                row = rows[event.deadline_id]
                row["due_at"] = _end(event.effective_due_at, row["unit"])
                if not isinstance(event, clocks.DeadlineRecomputed):
                    row["outcome"] = "进行中"
    yield from rows.values()


def _end(at: Timestamp, unit: int) -> str:
    """The end of a limit; a limit of days ends at 24:00 of its last day."""
    if unit == clocks.UNIT_HOURS:
        return instant(at)
    last_day = (to_datetime(at) - timedelta(microseconds=1)).astimezone(SHANGHAI).date()
    return f"{last_day} 24:00:00"


def _papers(checked: Checked, names: _Names) -> Iterator[dict[str, str]]:
    """What came on paper: two officers vouch for it and no key of the other side does."""
    matched = {_paper_id(event): event for _, event in _messages(checked) if isinstance(event, _MATCHED)}
    for record, event in _messages(checked):
        match event:
            case paper.PaperAnswerConfirmed():
                said: Any = event
                from_id, number = event.answered_by, event.letter_number
            case incoming.PaperConfirmed():
                said, from_id, number = event.paper, event.paper.from_id, event.paper.number
            case _:
                continue
        found = matched.get(_paper_id(event))
        yield {
            "title": term(paper.PaperAnswerKind, said.kind),
            "from": names(from_id),
            "signed_at": instant(to_datetime(said.signed_at)),
            "number": number,
            "scan": said.scan.sha256.hex(),
            "position": str(record.position),
            "state": "未与节点回执核对"
            if found is None
            else ("与节点回执一致" if found.agrees else "与节点回执不一致"),
        }


_MATCHED: Final = (paper.PaperAnswerMatched, incoming.ReferralPaperMatched, incoming.SupervisionPaperMatched)


def _paper_id(event: Any) -> str:
    return str(getattr(event, "answer_id", "") or event.paper_id)


# ── conclusion ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _conclusion(checked: Checked, comparison: Comparison | None, names: _Names) -> list[str]:
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


def instant(at: datetime | Timestamp | None) -> str:
    """A time of Shanghai, to the second; the page says once that all are."""
    if isinstance(at, Timestamp):
        at = to_datetime(at) if at.seconds else None
    return "" if at is None else at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


def _grouped(digits: str) -> str:
    return " ".join(digits[at : at + 4] for at in range(0, len(digits), 4))
