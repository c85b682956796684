"""T5, bureau: what the police decide is recorded when their notice arrives (国务院令第310号 art. 8).

What is missing, or on its way, is no obstacle: the police may decide before a supplement is there.
"""

from dataclasses import replace

from enforcement.transfer.v1 import events_pb2 as pb
from enforcement.transfer.v1 import paper_pb2 as paper
from enforcement.transfer.v1 import reconsideration_pb2 as reconsideration
from enforcement.transfer.v1 import service_pb2 as commands

from services.kernel.decider import Context, Events
from services.kernel.facts import Act
from services.transfer.model.letters import or_matches
from services.transfer.model.shared import MPS_180, O310_8, require_told_by
from services.transfer.model.transfer import ACCEPTED, Transfer, transfer


@transfer.decide(reconsideration.RecordExtensionRequest, basis=MPS_180)
@or_matches(paper.PAPER_ANSWER_KIND_EXTENSION)
def record_extension(state: Transfer, command: reconsideration.RecordExtensionRequest, context: Context) -> Events:
    """That the police take longer is recorded, as of when they decided it, unless a decision on paper overtook it; a
    clock of a node follows its own event. Each ground counts once, whether a node or paper tells it.
    """
    if state.overtaken(command.police_id, paper.PAPER_ANSWER_KIND_EXTENSION):
        return
    state.require_told(command.police_id)
    if command.ground in dict(state.extensions):
        return
    yield reconsideration.PoliceExtensionRecorded(
        transfer_id=command.transfer_id, police_id=command.police_id, ground=command.ground, days=command.days
    )


@transfer.evolve(reconsideration.PoliceExtensionRecorded)
def extension_recorded(state: Transfer, event: reconsideration.PoliceExtensionRecorded) -> Transfer:
    return replace(state, extensions=(*state.extensions, (event.ground, event.days)))


@transfer.decide(commands.RecordPoliceFilingRequest, basis=O310_8)
@or_matches(paper.PAPER_ANSWER_KIND_FILING)
def record_filing(state: Transfer, command: commands.RecordPoliceFilingRequest, context: Context) -> Events:
    """The police's filing notice is recorded: at once, after reconsideration, or because they were told to file."""
    require_told_by(state.police_id, command.police_id)
    if state.filed or state.way not in ACCEPTED:
        state.require(*ACCEPTED)
    yield pb.PoliceFilingRecorded(
        transfer_id=command.transfer_id,
        police_id=command.police_id,
        case_id=state.opened.case_id,
        criminal_case_number=command.criminal_case_number,
        notice=command.notice if command.HasField("notice") else None,
        moves_nothing=bool(state.told),
    )


@transfer.evolve(pb.PoliceFilingRecorded)
def filing_recorded(state: Transfer, event: pb.PoliceFilingRecorded, act: Act) -> Transfer:
    """A case that had come back is with the police again, unless it came back because the criminal case ended."""
    back = bool(state.told)
    return replace(
        state,
        filed=True,
        returned=state.returned and back,
        closed=state.closed and back,
        last_act_at=state.latest(act),
    )


@transfer.decide(commands.RecordPoliceRefusalRequest, basis=O310_8)
@or_matches(paper.PAPER_ANSWER_KIND_REFUSAL)
def record_refusal(state: Transfer, command: commands.RecordPoliceRefusalRequest, context: Context) -> Events:
    """The police's refusal is recorded with its reasons; the bureau's rights begin when it arrives. A filing on paper
    that overtook it ends it."""
    if state.overtaken(command.police_id, paper.PAPER_ANSWER_KIND_REFUSAL):
        return
    state.require_told(command.police_id)
    yield pb.PoliceRefusalRecorded(
        transfer_id=command.transfer_id,
        police_id=command.police_id,
        case_id=state.opened.case_id,
        reasons=command.reasons,
        notice=command.notice if command.HasField("notice") else None,
        moves_nothing=state.non_filing.with_the_procuratorate,
    )


@transfer.evolve(pb.PoliceRefusalRecorded)
def refusal_recorded(state: Transfer, event: pb.PoliceRefusalRecorded, act: Act) -> Transfer:
    return replace(
        state,
        non_filing=replace(state.non_filing, refused=True),
        refused_at=act.occurred_at,
        last_act_at=state.latest(act),
    )
