"""Queries of discretion: the last evaluation, rule sets, matters without compulsion."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from enforcement.cases.v1 import discretion_pb2 as pb
from enforcement.cases.v1 import events_pb2 as events

from services.cases.discretion.evaluation import compulsion
from services.cases.discretion.facts import Facts
from services.cases.discretion.messages import answers_of, conditions_found
from services.cases.discretion.rule_sets import RuleSet, digest_bytes, in_force
from services.cases.model.case import Refusal
from services.cases.model.discretion import readings
from services.cases.register import known_of_rules, rule_sets
from services.kernel.errors import KernelRefusal, Refused
from services.kernel.queries import message_of
from services.kernel.values import day, day_of

if TYPE_CHECKING:
    from services.kernel.app import Node
    from services.kernel.rpc import Call

_EVALUATION = "SELECT * FROM evaluation WHERE case_id = $1"
_ACT = "SELECT act_code FROM act_record WHERE matter_id = $1"


class DiscretionApi:
    """Answers of CasesService about discretion."""

    _node: "Node"

    async def get_discretion(self, request: pb.GetDiscretionRequest, call: "Call") -> pb.GetDiscretionResponse:
        """The last evaluation of a case."""
        async with self._node.views("cases").at(request.min_position) as connection:
            row = await connection.fetchrow(_EVALUATION, UUID(request.case_id))
        if row is None:
            raise Refused(KernelRefusal.NOT_FOUND, id=request.case_id)
        return pb.GetDiscretionResponse(
            evaluation=message_of(pb.DiscretionEvaluated, row["evaluated"]),
            departure=message_of(pb.DiscretionDeparted, row["departed"]),
            reduction_approved=row["reduction_approved"],
        )

    async def list_rule_sets(self, request: pb.ListRuleSetsRequest, call: "Call") -> pb.ListRuleSetsResponse:
        """The rule sets that were put in force here, and which of them are on a day."""
        on = day(request.on) if request.on else day_of(self._node.clock.now())
        async with self._node.views("cases").at(request.min_position) as connection:
            known = await rule_sets(connection)
        held = {one.id for one in in_force(known, self._node.authority.division, on)}
        ordered = sorted(known, key=lambda one: (-one.precedence, one.id))
        return pb.ListRuleSetsResponse(rule_sets=[_rule_set(one, one.id in held) for one in ordered])

    async def ask_about_compulsion(
        self, request: pb.AskAboutCompulsionRequest, call: "Call"
    ) -> pb.AskAboutCompulsionResponse:
        """Whether the list of matters without compulsion speaks on a case, by what is answered now."""
        node = self._node
        on = day_of(node.clock.now())
        async with node.views("cases").at(request.min_position) as connection:
            row = await connection.fetchrow(_ACT, UUID(request.case_id))
            if row is None:
                raise Refused(KernelRefusal.NOT_FOUND, id=request.case_id)
            known = await known_of_rules(connection, request.case_id, node.authority, node.members)
        for evidence_id in (one for answer in request.answers for one in answer.evidence_ids):
            if evidence_id not in known.kinds:
                raise Refused(Refusal.EVIDENCE_UNKNOWN, id=evidence_id)
        facts = Facts(answers_of(request.answers, known.kinds, known.rule_sets), register=known.register)
        division = node.authority.division
        asked, grounds = compulsion(
            facts, row["act_code"], division, on, known.rule_sets, settings=readings(node.rules, on)
        )
        return answer_about_compulsion(asked, grounds, in_force(known.rule_sets, division, on), row["act_code"])


def answer_about_compulsion(
    asked: RuleSet | None, grounds: Any, held: tuple[RuleSet, ...], act_code: str
) -> pb.AskAboutCompulsionResponse:
    """The answer as measures take it. Where no list speaks on the act it says which sets were looked through."""
    if asked is None:
        looked = "、".join(f"{one.doc_no or one.title}（{one.name}）" for one in held) or "无现行清单"
        return pb.AskAboutCompulsionResponse(
            answer=events.NoCompulsionAnswer(ruleset=looked, reason=f"清单未列入{act_code}")
        )
    holding = next((ground for ground in grounds if ground.holds.name == "YES"), None)
    nearest = holding or grounds[0]
    return pb.AskAboutCompulsionResponse(
        answer=events.NoCompulsionAnswer(
            ruleset=f"{asked.doc_no or asked.title}（{asked.name}）",
            applies=holding is not None,
            item_code=nearest.rule_id.rpartition("/")[2],
            reason=nearest.title if holding is not None else f"条件未全部成立：{nearest.title}",
        ),
        conditions=conditions_found(grounds, applied=holding is not None),
    )


def _rule_set(one: RuleSet, held: bool) -> pb.RuleSet:
    return pb.RuleSet(
        rule_set_code=one.id,
        version=one.version,
        digest=digest_bytes(one.content_hash),
        title=one.title,
        document_number=one.doc_no,
        jurisdiction_codes=one.jurisdictions,
        effective_from_on=one.effective_from.isoformat(),
        effective_to_on=one.effective_to.isoformat() if one.effective_to is not None else "",
        precedence=one.precedence,
        entry_count=len(one.entries),
        tier_count=len(one.tiers),
        confirmed_by=one.confirmed_by,
        in_force=held,
    )
