"""The summary: generated from the events, signed by everybody, published when nothing differs."""

from typing import Any

import pytest
from enforcement.joint_operations.v1 import events_pb2 as pb
from enforcement.joint_operations.v1 import service_pb2 as commands

from services.joint_operations.model import Refusal
from services.joint_operations.model.operation import Stage, operation
from services.joint_operations.model.participation import Stage as PartStage
from services.joint_operations.model.participation import participation
from services.joint_operations.summary import summary_text
from services.kernel.errors import KernelRefusal
from services.kernel.messages import to_timestamp
from tests.support.decider import CHIEF, LEADER, LUXIAN, NOON, POLICY, RONGCHANG, YONGCHUAN, given, uid
from tests.unit.joint_operations.acts import (
    AUTHORITIES,
    BY_PARTICIPANT,
    CLOSED,
    DAY,
    FIELD,
    NAME,
    NUMBERS,
    OFFICERS,
    OPERATION,
    PART,
    PROPOSAL,
    REPORTED,
    SIGNED,
    TEXT,
    TOTAL,
    numbers,
    proposed,
    reported,
    sealed,
    signed,
)

PUBLISH = commands.PublishSummaryRequest(operation_id=OPERATION, proposal_id=PROPOSAL)
SIGN = commands.SignSummaryRequest(participation_id=PART, proposal_id=PROPOSAL)
SUMMARISED = pb.OperationSummarised(
    operation_id=OPERATION,
    participant_ids=list(AUTHORITIES),
    proposal_id=PROPOSAL,
    by_participant=BY_PARTICIPANT,
    total=TOTAL,
    text=TEXT,
    operation_type=pb.OPERATION_TYPE_SICHUAN_CHONGQING,
    figures=proposed().figures,
    digest=proposed().digest,
)


def own_report() -> pb.FieldWorkReported:
    return pb.FieldWorkReported(
        participation_id=PART,
        operation_id=OPERATION,
        lead_id=LUXIAN.id,
        participant_id=LUXIAN.id,
        numbers=numbers(),
    )


def received(**changes: Any) -> pb.SummaryReceived:
    """A summary in which this authority, which inspected nothing, stands with zeros."""
    parts = [pb.ParticipantNumbers(participant_id=LUXIAN.id, numbers=numbers())]
    fields: dict[str, Any] = {
        "participation_id": PART,
        "operation_id": OPERATION,
        "proposal_id": PROPOSAL,
        "by_participant": parts,
        "total": numbers(),
        "text": text(numbers()),
        "lead_name": LUXIAN.name,
    }
    return sealed(pb.SummaryReceived(**(fields | changes)))


def text(counted: pb.FieldNumbers) -> str:
    return summary_text(name=NAME, starts_on=DAY, ends_on=DAY, lead_name=LUXIAN.name, partner_names=[], numbers=counted)


def test_a_summary_is_computed_from_the_reports():
    outcome = given(operation, *CLOSED).when(
        commands.ProposeSummaryRequest(operation_id=OPERATION, command_id=uid("propose")), actor=CHIEF
    )
    [event] = outcome.events
    known = {"proposal_id": event.proposal_id, "recorded_at": to_timestamp(NOON)}  # type: ignore[attr-defined]
    assert event == proposed(**known)
    assert [pb.FigureUnit.Name(one.unit) for one in event.figures] == [  # type: ignore[attr-defined]
        "FIGURE_UNIT_CAR_TIME",
        "FIGURE_UNIT_PERSON_TIME",
        "FIGURE_UNIT_INSPECTION",
        "FIGURE_UNIT_VEHICLE",
        "FIGURE_UNIT_ITEM",
        "FIGURE_UNIT_PERSON_TIME",
        "FIGURE_UNIT_VEHICLE",
    ]


def test_a_summary_comes_after_the_end():
    command = commands.ProposeSummaryRequest(operation_id=OPERATION)
    given(operation, *REPORTED).when(command, actor=CHIEF).refused(KernelRefusal.WRONG_STAGE)


def test_numbers_of_another_definition_do_not_enter_a_sum():
    other = reported(YONGCHUAN, numbers(definition_version=1))
    outcome = given(operation, *CLOSED, other).when(commands.ProposeSummaryRequest(operation_id=OPERATION), actor=CHIEF)
    outcome.refused(Refusal.NUMBERS_DIFFER, authority=YONGCHUAN.name)


def test_a_summary_of_an_older_definition_is_not_published_either():
    old = numbers(definition_version=1)
    parts = [pb.ParticipantNumbers(participant_id=one, numbers=old) for one in AUTHORITIES]
    told = proposed(by_participant=parts, total=old)
    signatures = [signed(one) for one in AUTHORITIES.values()]
    history = [*CLOSED, *(reported(one, old) for one in AUTHORITIES.values()), told, *signatures]
    outcome = given(operation, *history).when(PUBLISH, actor=LEADER)
    outcome.refused(Refusal.NUMBERS_DIFFER, authority=LUXIAN.name)


def test_a_summary_is_published_when_everybody_has_signed():
    state = given(operation, *SIGNED).when(PUBLISH, actor=LEADER).then(SUMMARISED)
    assert state.stage is Stage.SUMMARISED


def test_a_summary_waits_for_every_signature():
    history = [*CLOSED, proposed(), signed(LUXIAN)]
    outcome = given(operation, *history).when(PUBLISH, actor=LEADER)
    outcome.refused(Refusal.NOT_SIGNED, authorities=f"{YONGCHUAN.name}、{RONGCHANG.name}")


def test_a_signature_under_an_earlier_proposal_does_not_count():
    outcome = given(operation, *SIGNED, proposed(proposal_id=uid("second"))).when(
        commands.PublishSummaryRequest(operation_id=OPERATION, proposal_id=uid("second")), actor=LEADER
    )
    outcome.refused(Refusal.NOT_SIGNED)


def test_a_summary_is_refused_when_a_participant_corrected_its_report():
    corrected = numbers(inspections=2)
    history = [*SIGNED, reported(YONGCHUAN, corrected)]
    outcome = given(operation, *history).when(PUBLISH, actor=LEADER)
    outcome.refused(Refusal.NUMBERS_DIFFER, authority=YONGCHUAN.name)


def test_a_summary_is_refused_while_a_report_is_withdrawn():
    withdrawn = pb.ParticipantReportWithdrawn(operation_id=OPERATION, participant_id=YONGCHUAN.id)
    outcome = given(operation, *SIGNED, withdrawn).when(PUBLISH, actor=LEADER)
    outcome.refused(Refusal.NOT_REPORTED, authorities=YONGCHUAN.name)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"text": TEXT.replace("4台次", "40台次")}, Refusal.TEXT_DIFFERS),
        ({"total": numbers(inspections=40)}, Refusal.NUMBERS_DIFFER),
    ],
)
def test_a_summary_that_differs_from_the_events_is_refused_though_everybody_signed(changes, refusal):
    history = [*CLOSED, proposed(**changes), *(signed(one) for one in AUTHORITIES.values())]
    given(operation, *history).when(PUBLISH, actor=LEADER).refused(refusal)


@pytest.mark.parametrize("history", [CLOSED, [*CLOSED, proposed(proposal_id=uid("other"))]])
def test_what_is_published_is_what_was_read(history):
    given(operation, *history).when(PUBLISH, actor=LEADER).refused(Refusal.NO_PROPOSAL, proposal=PROPOSAL)


def test_a_summary_is_published_once():
    outcome = given(operation, *SIGNED, SUMMARISED).when(PUBLISH, actor=LEADER)
    outcome.refused(KernelRefusal.WRONG_STAGE, stage="已总结")


def test_a_signature_is_noted_from_who_signed_and_for_the_proposal_that_stands():
    command = commands.NoteSummarySignedRequest(
        operation_id=OPERATION, participant_id=YONGCHUAN.id, proposal_id=PROPOSAL, digest=proposed().digest
    )
    history = [*CLOSED, proposed()]
    given(operation, *history).when(command, actor=POLICY, origin=YONGCHUAN.id).then(signed(YONGCHUAN))
    given(operation, *history, signed(YONGCHUAN)).when(command, actor=POLICY, origin=YONGCHUAN.id).then()
    given(operation, *history).when(command, actor=POLICY, origin=RONGCHANG.id).refused(Refusal.NOT_A_PARTICIPANT)
    later = [*history, proposed(proposal_id=uid("second"))]
    given(operation, *later).when(command, actor=POLICY, origin=YONGCHUAN.id).then()


def test_a_leader_signs_what_the_own_events_give():
    outcome = given(participation, *FIELD, own_report(), received()).when(SIGN, actor=LEADER, officers=OFFICERS)
    outcome.then(
        pb.SummarySigned(
            participation_id=PART,
            operation_id=OPERATION,
            lead_id=LUXIAN.id,
            participant_id=LUXIAN.id,
            proposal_id=PROPOSAL,
            signer=LEADER,
            digest=received().digest,
        )
    )


def test_a_signature_on_another_content_is_not_noted():
    command = commands.NoteSummarySignedRequest(
        operation_id=OPERATION, participant_id=YONGCHUAN.id, proposal_id=PROPOSAL, digest=b"\x01" * 32
    )
    outcome = given(operation, *CLOSED, proposed()).when(command, actor=POLICY, origin=YONGCHUAN.id)
    outcome.refused(Refusal.DIGEST_DIFFERS, authority=YONGCHUAN.name)


@pytest.mark.parametrize(
    ("altered", "refusal"),
    [({"digest": b"\x01" * 32}, Refusal.DIGEST_DIFFERS), ({"figures": []}, Refusal.NUMBERS_DIFFER)],
)
def test_nobody_signs_a_digest_or_figures_that_are_not_those_of_the_text(altered, refusal):
    summary = pb.SummaryReceived()
    summary.CopyFrom(received())
    for name, value in altered.items():
        summary.ClearField(name)
        if value:
            setattr(summary, name, value)
    outcome = given(participation, *FIELD, own_report(), summary).when(SIGN, actor=LEADER, officers=OFFICERS)
    outcome.refused(refusal)


def test_every_word_and_number_changes_what_is_signed():
    assert proposed().digest == proposed().digest
    others = [
        proposed(proposal_id=uid("second")),
        proposed(total=numbers(inspections=5)),
        proposed(by_participant=BY_PARTICIPANT[:2]),
        proposed(text=TEXT + " "),
    ]
    assert len({proposed().digest, *(one.digest for one in others)}) == 5


MORE = numbers(inspections=1)


@pytest.mark.parametrize(
    ("changes", "refusal", "whose"),
    [
        ({"by_participant": [pb.ParticipantNumbers(participant_id=LUXIAN.id, numbers=MORE)]}, "NUMBERS_DIFFER", "泸县"),
        ({"by_participant": []}, "NUMBERS_DIFFER", "泸县"),
        ({"total": MORE}, "NUMBERS_DIFFER", "合计"),
        ({"text": text(MORE)}, "TEXT_DIFFERS", ""),
        ({"proposal_id": uid("other")}, "NO_PROPOSAL", ""),
    ],
)
def test_nobody_signs_what_the_own_events_do_not_give(changes, refusal, whose):
    history = [*FIELD, own_report(), received(**changes)]
    outcome = given(participation, *history).when(SIGN, actor=LEADER, officers=OFFICERS)
    outcome.refused(getattr(Refusal, refusal))
    assert whose in outcome.refusal.variables.get("authority", "")  # type: ignore[union-attr]


def test_a_summary_is_signed_after_the_own_report_only():
    outcome = given(participation, *FIELD, received()).when(SIGN, actor=LEADER, officers=OFFICERS)
    outcome.refused(KernelRefusal.WRONG_STAGE, stage="执行中")


def test_signing_twice_is_signing_once():
    mark = pb.SummarySigned(participation_id=PART, operation_id=OPERATION, proposal_id=PROPOSAL)
    history = [*FIELD, own_report(), received(), mark]
    given(participation, *history).when(SIGN, actor=LEADER, officers=OFFICERS).then()


def test_only_the_lead_puts_a_summary_or_publishes_it():
    put = commands.ReceiveSummaryRequest(participation_id=PART, proposal_id=PROPOSAL)
    published = commands.NoteSummaryPublishedRequest(participation_id=PART, proposal_id=PROPOSAL)
    for command in (put, published):
        outcome = given(participation, *FIELD).when(command, actor=POLICY, origin=YONGCHUAN.id)
        outcome.refused(Refusal.NOT_THE_LEAD, authority=YONGCHUAN.id)


def test_with_the_publication_the_participation_is_over():
    noted = pb.SummaryPublicationNoted(participation_id=PART, operation_id=OPERATION, proposal_id=PROPOSAL)
    command = commands.NoteSummaryPublishedRequest(participation_id=PART, proposal_id=PROPOSAL)
    history = [*FIELD, own_report()]
    state = given(participation, *history).when(command, actor=POLICY).then(noted)
    assert state.stage is PartStage.SUMMARISED
    close = commands.CloseFieldWorkRequest(participation_id=PART)
    given(participation, *history, noted).when(close, actor=CHIEF).refused(KernelRefusal.WRONG_STAGE)
    given(participation, *history, noted).when(command, actor=POLICY).then()


def test_the_text_says_every_number_with_its_unit():
    assert TEXT == (
        "2024年12月18日，泸县交通运输局牵头，会同永川区交通运输委员会、荣昌区交通运输委员会开展打击非法营运联合执法行动。"
        "共出动执法车辆2辆次、执法人员6人次，检查4台次，其中客运3台次、其他1台次；发现涉嫌违法车辆1台，扣押1台。"
    )


def test_the_text_leaves_zeros_out_but_says_that_nothing_was_found():
    counted = numbers(officer_times=4, education_heads=19)
    assert text(counted) == (
        "2024年12月18日，泸县交通运输局牵头开展打击非法营运联合执法行动。"
        "共出动执法人员4人次，检查0台次；未发现涉嫌违法车辆，开展警示教育19人次。"
    )


def test_the_numbers_of_the_builders_are_a_sum():
    assert sum(one.inspections for one in NUMBERS.values()) == TOTAL.inspections
