"""Facts that the form of an on-the-spot penalty prints: a matter of its own (简易程序)."""

from typing import Any, Final

from enforcement.cases.v1 import events_pb2 as cases
from enforcement.cases.v1 import on_spot_pb2 as on_spot

from services.documents.folding import facts_of, fine_of, json_of, penalties_of, people_of, vessel_of
from services.documents.views import matter
from services.kernel.facts import Fact
from services.kernel.messages import as_dict
from services.kernel.projection import Row
from services.kernel.values import day_of, term

ON_SPOT: Final = "on_spot"
PAID_AT_ONCE: Final = "当场缴纳"
PAID_LATER: Final = "自收到决定书之日起十五日内缴至指定银行或者电子支付系统"
NOTHING_TO_PAY: Final = "无需缴纳"
"""Boxes of form 14, as forms.toml names them."""


def _of_on_spot(event: Any, fact: Fact) -> str | None:
    return event.on_spot_id or None


@matter.on(on_spot.OnSpotObserved, key=_of_on_spot)
def observed(row: Row, event: on_spot.OnSpotObserved, fact: Fact) -> None:
    row.update(began_position=fact.position, kind=ON_SPOT, closed=False)
    facts_of(row).update(
        act_code=event.act_code,
        place=event.place.description,
        found=event.facts,
        party=json_of(event.party),
        vehicle=json_of(event.vehicle),
        vessel=vessel_of(event.vessel),
        handlers=people_of(event.officers),
        handled_by=sorted(one.officer_id for one in event.officers),
        on_spot={"acted_at": fact.occurred_at.isoformat(), "facts": event.facts},
        evidence=[
            {
                "kind": term(cases.EvidenceKind, one.kind),
                "description": one.description,
                "at": fact.occurred_at.isoformat(),
                **({"file": as_dict(one.file)} if one.HasField("file") else {}),
            }
            for one in event.evidence
        ],
    )


@matter.on(on_spot.OnSpotPenaltyDecided, key=_of_on_spot)
def penalised_on_the_spot(row: Row, event: on_spot.OnSpotPenaltyDecided, fact: Fact) -> None:
    facts = facts_of(row)
    facts["outcome"] = "penalty"
    facts.setdefault("on_spot", {}).update(
        penalties=penalties_of(event.penalties),
        basis=event.basis,
        facts=event.facts,
        defence=_defended_on_the_spot(event),
        correction=event.correction,
        form_number=event.form_number,
        payment=_paid_on_the_spot(event),
    )
    facts["decision"] = {
        "penalties": penalties_of(event.penalties),
        "fine_fen": fine_of(event.penalties),
        "on": day_of(fact.occurred_at).isoformat(),
    }
    # Its form is handed over on the spot (行政处罚法 art. 52).
    facts["served"] = {"way": term(cases.ServiceWay, cases.SERVICE_WAY_DIRECT), "on": facts["decision"]["on"]}
    if event.HasField("party"):
        facts["party"] = json_of(event.party)


def _defended_on_the_spot(event: on_spot.OnSpotPenaltyDecided) -> str:
    said = event.defence_content.strip()
    return f"{said}复核情况：{event.defence_review}" if said and event.defence_review else said


def _paid_on_the_spot(event: on_spot.OnSpotPenaltyDecided) -> str:
    """Which box of form 14 is ticked (行政处罚法 arts. 67-69)."""
    if event.collected_on_spot_fen:
        return PAID_AT_ONCE
    return PAID_LATER if any(penalty.amount_fen for penalty in event.penalties) else NOTHING_TO_PAY


@matter.on(on_spot.OnSpotRevoked, key=_of_on_spot)
def on_spot_revoked(row: Row, event: on_spot.OnSpotRevoked, fact: Fact) -> None:
    facts_of(row).update(
        outcome="revoked", revocation={"reason": event.reason, "on": day_of(fact.occurred_at).isoformat()}
    )


@matter.on(on_spot.OnSpotClosed, key=_of_on_spot)
def on_spot_closed(row: Row, event: on_spot.OnSpotClosed, fact: Fact) -> None:
    row.update(closed=True, closed_at=fact.occurred_at)
    facts_of(row)["closing"] = {"ground": term(on_spot.OnSpotClosing, event.ground), "remark": event.remark}
