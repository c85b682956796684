"""T5, T6, police: they open a criminal case or not, and reconsider (国务院令第310号 arts. 8, 9).

公安机关办理刑事案件程序规定 arts. 180-182.
"""

from dataclasses import replace
from typing import Final

from enforcement.common.v1 import common_pb2 as common
from enforcement.transfer.v1 import events_pb2 as pb
from enforcement.transfer.v1 import reconsideration_pb2 as reconsideration
from enforcement.transfer.v1 import service_pb2 as commands

from services.kernel.decider import Context, Events
from services.kernel.errors import Refused
from services.kernel.facts import Act
from services.kernel.values import day_of, local, term
from services.transfer.deadlines import FILING_DECISION
from services.transfer.model.referral import Referral, Stage, referral
from services.transfer.model.shared import (
    MPS_180,
    MPS_181,
    O310_8,
    Refusal,
    end_of,
    procuratorate_of,
    require_not_before,
    require_told_by,
)

UNDECIDED: Final = (Stage.ACCEPTED, Stage.SUPPLEMENT_DEMANDED)


@referral.decide(reconsideration.ExtendDecisionRequest, basis=MPS_180)
def extend(state: Referral, command: reconsideration.ExtendDecisionRequest, context: Context) -> Events:
    """A leader extends the time for the decision before it is over, with a document; each ground counts once.

    The order knows three days only. What police rules add is the switch `police_decision_extension`: days by ground.
    """
    state.require(*UNDECIDED)
    assert state.accepted_at is not None
    require_not_before(state.last_act_at, context)
    ground = term(reconsideration.ExtensionGround, command.ground)
    if command.ground in dict(state.extensions):
        raise Refused(Refusal.EXTENDED_ALREADY, ground=ground)
    days = _extension_days(command.ground, context)
    if not days:
        raise Refused(Refusal.EXTENSION_NOT_PROVIDED, ground=ground)
    limit, _ = FILING_DECISION.limit(context.rules, day_of(state.accepted_at))
    longer = replace(limit, length=limit.length + sum(days for _, days in state.extensions))
    due = end_of(longer, state.accepted_at, context)
    if not due.covers(context.occurred_at):
        raise Refused(Refusal.EXTENSION_LATE, until=local(due.effective_at))
    yield reconsideration.FilingDecisionExtended(
        referral_id=command.referral_id,
        transfer_id=state.transfer_id,
        bureau_id=state.bureau_id,
        procuratorate_id=procuratorate_of(context),
        ground=command.ground,
        days=days,
        document=command.document,
    )


@referral.evolve(reconsideration.FilingDecisionExtended)
def extended(state: Referral, event: reconsideration.FilingDecisionExtended, act: Act) -> Referral:
    return replace(state, extensions=(*state.extensions, (event.ground, event.days)), last_act_at=act.occurred_at)


@referral.decide(commands.DecideFilingRequest, basis=O310_8)
def decide_filing(state: Referral, command: commands.DecideFilingRequest, context: Context) -> Events:
    """A leader of the police opens a criminal case or refuses with reasons; the bureau is told in writing.

    Whom the procuratorate told to file, files.
    """
    state.require(*UNDECIDED, Stage.ORDERED_TO_FILE)
    require_not_before(state.last_act_at, context)
    if state.stage is Stage.ORDERED_TO_FILE and command.outcome != commands.FILING_OUTCOME_FILED:
        raise Refused(Refusal.FILING_ORDERED)
    if _files(command):
        yield _filed(state, command.referral_id, command.criminal_case_number, command.notice, context)
        return
    yield pb.FilingRefused(
        referral_id=command.referral_id,
        transfer_id=state.transfer_id,
        bureau_id=state.bureau_id,
        procuratorate_id=procuratorate_of(context),
        reasons=command.reasons,
        notice=command.notice,
    )


@referral.evolve(pb.CriminalCaseFiled)
def criminal_case_filed(state: Referral, event: pb.CriminalCaseFiled, act: Act) -> Referral:
    return replace(state, filed=True, asked_by="", last_act_at=act.occurred_at)


@referral.evolve(pb.FilingRefused)
def filing_refused(state: Referral, event: pb.FilingRefused, act: Act) -> Referral:
    return replace(state, non_filing=replace(state.non_filing, refused=True), last_act_at=act.occurred_at)


@referral.decide(reconsideration.ReceiveReconsiderationRequest, basis=MPS_181)
def receive_reconsideration(
    state: Referral, command: reconsideration.ReceiveReconsiderationRequest, context: Context
) -> Events:
    """The bureau's request starts the police's three days, unless they were told to file, or filed, meanwhile."""
    require_told_by(state.bureau_id, command.bureau_id)
    if state.filed or state.stage is Stage.ORDERED_TO_FILE:
        return
    state.require(Stage.REFUSED, Stage.UPHELD)
    yield reconsideration.ReconsiderationReceived(
        referral_id=command.referral_id,
        transfer_id=state.transfer_id,
        bureau_id=state.bureau_id,
        procuratorate_id=procuratorate_of(context),
        grounds=command.grounds,
        letter=command.letter if command.HasField("letter") else None,
    )


@referral.evolve(reconsideration.ReconsiderationReceived)
def reconsideration_received(state: Referral, event: reconsideration.ReconsiderationReceived, act: Act) -> Referral:
    return replace(state, non_filing=replace(state.non_filing, reconsidering=True), last_act_at=act.occurred_at)


@referral.decide(commands.DecideReconsiderationRequest, basis=MPS_181)
def decide_reconsideration(state: Referral, command: commands.DecideReconsiderationRequest, context: Context) -> Events:
    """A leader of the police opens the criminal case after all, or keeps to the refusal with reasons."""
    state.require(Stage.RECONSIDERING)
    require_not_before(state.last_act_at, context)
    if _files(command):
        yield _filed(state, command.referral_id, command.criminal_case_number, command.notice, context)
        return
    yield reconsideration.RefusalMaintained(
        referral_id=command.referral_id,
        transfer_id=state.transfer_id,
        bureau_id=state.bureau_id,
        procuratorate_id=procuratorate_of(context),
        reasons=command.reasons,
        notice=command.notice,
    )


@referral.evolve(reconsideration.RefusalMaintained)
def refusal_maintained(state: Referral, event: reconsideration.RefusalMaintained, act: Act) -> Referral:
    return replace(
        state,
        non_filing=replace(state.non_filing, reconsidering=False, maintained=True),
        last_act_at=act.occurred_at,
    )


def _files(command: commands.DecideFilingRequest | commands.DecideReconsiderationRequest) -> bool:
    """Whether the decision is to file, with a number; a refusal has reasons.

    Raises:
        Refused: FILING_INCOMPLETE.
    """
    filed = command.outcome == commands.FILING_OUTCOME_FILED
    if not (command.criminal_case_number if filed else command.reasons).strip():
        raise Refused(Refusal.FILING_INCOMPLETE)
    return filed


def _filed(
    state: Referral, referral_id: str, criminal_case_number: str, notice: common.BlobRef, context: Context
) -> pb.CriminalCaseFiled:
    return pb.CriminalCaseFiled(
        referral_id=referral_id,
        transfer_id=state.transfer_id,
        bureau_id=state.bureau_id,
        procuratorate_id=procuratorate_of(context),
        criminal_case_number=criminal_case_number,
        notice=notice,
    )


def _extension_days(ground: reconsideration.ExtensionGround.ValueType, context: Context) -> int:
    """Days that a ground adds by configuration, "none" or e.g. "complicated:7,economic:4"; 0 for none."""
    configured = context.rules.get("police_decision_extension", context.today)
    if configured == "none":
        return 0
    by_ground = dict(part.split(":") for part in configured.split(","))
    name = reconsideration.ExtensionGround.Name(ground).removeprefix("EXTENSION_GROUND_").lower()
    return int(by_ground.get(name, "0"))
