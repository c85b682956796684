"""The clocks of joint operations: a finding that goes to its owner, a draw that waits for either side."""

from enforcement.joint_operations.v1 import corrections_pb2 as corrections
from enforcement.joint_operations.v1 import draw_pb2 as draws
from enforcement.joint_operations.v1 import events_pb2 as pb

from services.kernel.deadlines import Deadline, Deadlines, by_number, when, working_days

HAND_OFF = Deadline(
    "joint_operations.hand_off",
    basis="重庆市长寿区行政执法机关协同协作工作办法 art. 5, taken over as default (design)",
    title="移送管辖单位",
    # Putting the owner right gives no more time.
    starts=when(pb.JurisdictionAssigned, lambda event: not event.corrects_id),
    ends=pb.CaseHandedOff,
    cancelled_by=corrections.FindingWithdrawn,
    within=by_number("clue_transfer_working_days", working_days),
    key="finding_id",
    version=3,
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

OWN_COMMITMENT = Deadline(
    "joint_operations.witness_commit",
    basis="design",
    title="见证抽取：承诺种子",
    starts=when(draws.DrawWitnessOpened, lambda event: event.sound),
    ends=draws.WitnessCommitted,
    cancelled_by=draws.DrawAbandonmentNoted,
    within=by_number("request_ack_working_days", working_days),
    key="draw_witness_id",
)

OWN_SEED = Deadline(
    "joint_operations.witness_reveal",
    basis="design",
    title="见证抽取：公开种子",
    starts=when(draws.LeadSeedNoted, lambda event: event.matches),
    ends=draws.WitnessSeedRevealed,
    cancelled_by=draws.DrawAbandonmentNoted,
    within=by_number("request_ack_working_days", working_days),
    key="draw_witness_id",
    version=2,
)

WITNESS_COMMITS = Deadline(
    "joint_operations.draw_commit",
    basis="design",
    title="见证单位承诺种子",
    mirrors="joint_operations.witness_commit",
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
    mirrors="joint_operations.witness_reveal",
    starts=draws.SeedRevealed,
    ends=(draws.WitnessSeedNoted, draws.DrawPerformed),
    cancelled_by=draws.DrawAbandoned,
    within=by_number("request_ack_working_days", working_days),
    key="draw_id",
    responsible=lambda event, context: event.witness_id,
)
"""Whoever reveals last knows the result first: not to reveal is possible, and seen."""

LEAD_REVEALS = Deadline(
    "joint_operations.draw_lead_reveal",
    basis="design",
    title="公开牵头单位种子",
    starts=draws.WitnessCommitmentNoted,
    ends=draws.SeedRevealed,
    cancelled_by=draws.DrawAbandoned,
    within=by_number("request_ack_working_days", working_days),
    key="draw_id",
)
"""Both have committed: the lead begins to reveal."""

LEAD_AWAITED = Deadline(
    "joint_operations.draw_lead_awaited",
    basis="design",
    title="牵头单位公开种子",
    mirrors="joint_operations.draw_lead_reveal",
    starts=draws.WitnessCommitted,
    ends=when(draws.LeadSeedNoted, lambda event: event.matches),
    cancelled_by=draws.DrawAbandonmentNoted,
    within=by_number("request_ack_working_days", working_days),
    key="draw_witness_id",
    responsible=lambda event, context: event.lead_id,
)

RESULT_AWAITED = Deadline(
    "joint_operations.draw_result",
    basis="design",
    title="牵头单位公布抽取结果",
    starts=draws.WitnessSeedRevealed,
    ends=draws.DrawVerified,
    cancelled_by=draws.DrawAbandonmentNoted,
    within=by_number("request_ack_working_days", working_days),
    key="draw_witness_id",
    responsible=lambda event, context: event.lead_id,
    version=2,
)
"""The lead's node draws by itself as soon as it has both seeds, so the lead keeps no such clock."""

DEADLINES = Deadlines(
    HAND_OFF,
    ACKNOWLEDGE,
    OWN_COMMITMENT,
    OWN_SEED,
    WITNESS_COMMITS,
    WITNESS_REVEALS,
    LEAD_REVEALS,
    LEAD_AWAITED,
    RESULT_AWAITED,
)
