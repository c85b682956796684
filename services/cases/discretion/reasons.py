"""Reasons (说理): what an evaluation found, in the words of a decision. Evidence stands by its id; nobody is named."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from enforcement.cases.v1 import events_pb2 as pb

from services.cases.discretion.catalogue import Act
from services.cases.discretion.conditions import Judged, yuan
from services.kernel.values import term

if TYPE_CHECKING:
    from services.cases.discretion.proposal import Evaluation, Ground, Range


def told(found: "Evaluation", act: Act | None) -> str:
    """The reasons of a proposal, one step a line."""
    lines = [_act(found, act), *map(_ground, found.grounds)]
    if found.statutory is not None:
        lines.append(_range(found))
    lines.append(_outcome(found))
    lines += [
        f"未采纳{ground.title}（{ground.rule_id}）：{_conditions(ground.conditions)}。" for ground in found.looked_at
    ]
    lines += [
        f"考虑过{other.outcome}{_of(other.range)}：{other.why_not}{f'（{other.rule_id}）' if other.rule_id else ''}。"
        for other in found.alternatives
    ]
    return "\n".join(line for line in lines if line)


def _act(found: "Evaluation", act: Act | None) -> str:
    if act is None:
        return f"案由{found.act_code}。"
    applied = f"，适用{found.basis}" if found.basis else ""
    return f"案由：{act.title}（{act.code}），行为日{found.act_on.isoformat()}{applied}。"


def _ground(ground: "Ground") -> str:
    conditions = f"：{_conditions(ground.conditions)}" if ground.conditions else ""
    return f"{ground.title}（{ground.rule_id}）{conditions}。"


def _conditions(judged: Iterable[Judged]) -> str:
    return "；".join(_condition(one) for one in judged)


def _condition(judged: Judged) -> str:
    if judged.register:
        proof = judged.register
    elif judged.evidence_ids:
        proof = f"证据{'、'.join(judged.evidence_ids)}"
    else:
        proof = "无证据"
    return f"{judged.condition}{judged.holds}（{proof}）"


def _range(found: "Evaluation") -> str:
    tier = f"，裁量阶次{found.tier}（{found.benchmark_id}）" if found.tier is not None else ""
    return f"法定幅度{_of(found.statutory)}{tier}。"


def _outcome(found: "Evaluation") -> str:
    parts = [str(found.outcome)]
    if found.range is not None:
        parts.append(f"裁量幅度{_of(found.range)}")
    if found.proposed_fen is not None:
        parts.append(f"建议罚款{yuan(found.proposed_fen)}")
    if found.confiscate_fen:
        parts.append(f"没收违法所得{yuan(found.confiscate_fen)}")
    if found.punishes and found.gains_fen > found.confiscate_fen:
        parts.append(f"违法所得{yuan(found.gains_fen)}除依法应当退赔的外应当没收（行政处罚法第二十八条第二款）")
    parts += [term(pb.PenaltyKind, pb.PenaltyKind.Value(f"PENALTY_KIND_{kind}")) for kind in found.penalties]
    if found.note:
        parts.append(found.note)
    if found.needs_approval:
        parts.append("须经负责人批准")
    if found.educate:
        parts.append("对当事人进行教育")
    parts += found.open_questions
    if found.corrects:
        parts.append("责令改正")
    return f"意见：{'，'.join(dict.fromkeys(parts))}。"


def _of(span: "Range | None") -> str:
    if span is None:
        return ""
    if span.min_fen == span.max_fen:
        return yuan(span.min_fen)
    return f"{yuan(span.min_fen)}至{yuan(span.max_fen)}"
