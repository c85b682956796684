"""The clocks of joint operations: a finding that goes to its owner, a draw that waits for its witness."""

from enforcement.joint_operations.v1 import draw_pb2 as draws
from enforcement.joint_operations.v1 import events_pb2 as pb

from services.kernel.deadlines import Deadline, Deadlines, by_number, working_days

HAND_OFF = Deadline(
    "joint_operations.hand_off",
    basis="重庆市长寿区行政执法机关协同协作工作办法 art. 5, taken over as default (design)",
    title="移送管辖单位",
    starts=pb.JurisdictionAssigned,
    ends=pb.CaseHandedOff,
    within=by_number("clue_transfer_working_days", working_days),
    key="finding_id",
)

ACKNOWLEDGE = Deadline(
    "joint_operations.acknowledge",
    basis="design",
    title="签收移送线索",
    starts=pb.CaseHandedOff,
    ends=pb.HandOffAcknowledged,
    within=by_number("request_ack_working_days", working_days),
    key="finding_id",
    responsible=lambda event, context: event.owner_id,
)

WITNESS_COMMITS = Deadline(
    "joint_operations.draw_commit",
    basis="design",
    title="见证单位承诺种子",
    starts=draws.DrawCommitted,
    ends=draws.WitnessCommitmentNoted,
    cancelled_by=draws.DrawAbandoned,
    within=by_number("request_ack_working_days", working_days),
    key="draw_id",
    responsible=lambda event, context: event.witness_id,
)

WITNESS_REVEALS = Deadline(
    "joint_operations.draw_reveal",
    basis="design",
    title="见证单位公开种子",
    starts=draws.SeedRevealed,
    ends=(draws.WitnessSeedNoted, draws.DrawPerformed),
    cancelled_by=draws.DrawAbandoned,
    within=by_number("request_ack_working_days", working_days),
    key="draw_id",
    responsible=lambda event, context: event.witness_id,
)
"""Whoever reveals last knows the result first: not to reveal is possible, and seen."""

DEADLINES = Deadlines(HAND_OFF, ACKNOWLEDGE, WITNESS_COMMITS, WITNESS_REVEALS)
