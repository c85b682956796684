"""A draw between two authorities: lists, commitments, seeds, result, and what is refused on the way."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import pytest
from enforcement.joint_operations.v1 import draw_pb2 as pb
from enforcement.joint_operations.v1 import events_pb2 as events
from enforcement.joint_operations.v1 import roster_pb2 as changes
from enforcement.joint_operations.v1 import service_pb2 as commands
from enforcement.options.v1 import options_pb2 as options
from google.protobuf.message import Message

from services.joint_operations.draw import OBJECTS_MAX, commitment
from services.joint_operations.draw import draw as drawn_from
from services.joint_operations.draw_policies import dismiss_draw
from services.joint_operations.model import Refusal
from services.joint_operations.model.draw import draw, draw_witness, draw_witness_of
from services.joint_operations.model.draw.lead import Stage
from services.joint_operations.model.draw.lists import drawn_messages, pool_of, require_tellable
from services.joint_operations.model.draw.witness import Beside
from services.joint_operations.model.draw.witness import Stage as WitnessStage
from services.joint_operations.model.operation import operation
from services.joint_operations.model.participation import participation
from services.kernel.envelopes.codec import BODY_MAX
from services.kernel.errors import KernelRefusal
from services.kernel.facts import Fact
from services.kernel.messages import to_timestamp
from services.kernel.policy import PolicyContext
from services.kernel.rules import Rules
from tests.support.decider import CHIEF, LUXIAN, MEMBERS, POLICY, RONGCHANG, YONGCHUAN, given, instant, officer, uid
from tests.unit.joint_operations.acts import (
    ASSIGNMENTS,
    FIELD,
    JOINED,
    LU,
    OFFICERS,
    OPERATION,
    PLANNED,
    RECEIVED,
    ROSTER_RECEIVED,
    YONG,
    coach,
    ids,
    inspect,
    inspected,
)
from tests.unit.joint_operations.authorities import Authorities

DRAW = uid("draw")
WITNESS = draw_witness_of(DRAW, LUXIAN.id)
LEAD_SEED, WITNESS_SEED = b"\x11" * 32, b"\x22" * 32
COMPANIES = [f"9151{n:014}" for n in range(8)]


def prepare(**fields: Any) -> pb.PrepareDrawRequest:
    given_fields: dict[str, Any] = {
        "draw_id": DRAW,
        "operation_id": OPERATION,
        "witness_id": YONGCHUAN.id,
        "object_ids": COMPANIES,
        "officer_ids": ids(*LU),
        "object_count": 3,
        "team_size": 2,
    }
    return pb.PrepareDrawRequest(**(given_fields | fields))


PREPARED = pb.DrawPrepared(
    draw_id=DRAW,
    operation_id=OPERATION,
    lead_id=LUXIAN.id,
    witness_id=YONGCHUAN.id,
    object_ids=COMPANIES,
    officer_ids=ids(*LU),
    object_count=3,
    team_size=2,
)
EXCLUDED = pb.DrawExclusionRecorded(
    draw_id=DRAW,
    exclusion=pb.DrawExclusion(
        object_id=COMPANIES[0], officer_id=LU[0].officer_id, ground=pb.EXCLUSION_GROUND_RECUSAL, reason="近亲属任职"
    ),
)
POOL = given(draw, PREPARED, EXCLUDED).state.message
DIGEST = pool_of(POOL).digest()
LEAD_COMMITMENT = commitment(DRAW, LUXIAN.id, DIGEST, LEAD_SEED)
WITNESS_COMMITMENT = commitment(DRAW, YONGCHUAN.id, DIGEST, WITNESS_SEED)
COMMITTED = pb.DrawCommitted(
    draw_id=DRAW,
    operation_id=OPERATION,
    lead_id=LUXIAN.id,
    witness_id=YONGCHUAN.id,
    pool=POOL,
    pool_digest=DIGEST,
    commitment=LEAD_COMMITMENT,
)
NOTED = pb.WitnessCommitmentNoted(draw_id=DRAW, commitment=WITNESS_COMMITMENT)
BOTH = [PREPARED, EXCLUDED, COMMITTED, NOTED]
COMMIT = pb.CommitDrawRequest(draw_id=DRAW, commitment=LEAD_COMMITMENT, pool_digest=DIGEST)
REVEAL = pb.RevealSeedRequest(draw_id=DRAW, seed=LEAD_SEED)
EXTEND = pb.ExtendDrawRequest(draw_id=DRAW, object_ids=["91510000000000099X"], reason="遗漏")
EXCLUDE = pb.ExcludeFromDrawRequest(
    draw_id=DRAW, officer_id=LU[1].officer_id, ground=pb.EXCLUSION_GROUND_OFF_DUTY, reason="培训"
)
OPENED = pb.DrawWitnessOpened(
    draw_witness_id=WITNESS,
    draw_id=DRAW,
    lead_id=LUXIAN.id,
    pool=POOL,
    pool_digest=DIGEST,
    commitment=LEAD_COMMITMENT,
    sound=True,
    operation_id=OPERATION,
)
WITNESS_COMMITTED = pb.WitnessCommitted(
    draw_witness_id=WITNESS, draw_id=DRAW, lead_id=LUXIAN.id, commitment=WITNESS_COMMITMENT
)


def random_plan(**fields: Any) -> events.OperationPlanned:
    plan = events.OperationPlanned()
    plan.CopyFrom(PLANNED)
    plan.operation_type = events.OPERATION_TYPE_RANDOM_DRAW
    plan.MergeFrom(events.OperationPlanned(**fields))
    return plan


ADMITTED = pb.DrawAdmitted(operation_id=OPERATION, draw_id=DRAW)
DISMISSED = pb.DrawDismissed(operation_id=OPERATION, draw_id=DRAW)
WANTED = given(operation, random_plan()).state
"""The operation before anything was drawn for it."""
STANDING = given(operation, random_plan(), ADMITTED).state


def test_the_second_seed_is_another_authoritys():
    given(draw).when(prepare(), actor=CHIEF, found=WANTED).then(PREPARED)
    given(draw).when(prepare(witness_id=LUXIAN.id), actor=CHIEF, found=WANTED).refused(Refusal.NOT_THE_WITNESS)
    stranger = prepare(witness_id="jt-999999")
    given(draw).when(stranger, actor=CHIEF, found=WANTED).refused(KernelRefusal.UNKNOWN_AUTHORITY)


def test_nothing_is_drawn_for_an_operation_that_is_none_of_random_checks_or_is_over():
    for history in ([PLANNED], [random_plan(), events.OperationClosed(operation_id=OPERATION)]):
        found = given(operation, *history).state
        given(draw).when(prepare(), actor=CHIEF, found=found).refused(Refusal.DRAW_NOT_WANTED)


SECOND = uid("second draw")


def test_an_operation_has_one_draw_until_that_is_given_up():
    second = given(draw).when(prepare(draw_id=SECOND), actor=CHIEF, found=STANDING)
    second.refused(Refusal.DRAW_STANDING, draw=DRAW)
    given_up = given(operation, random_plan(), ADMITTED, DISMISSED).state
    assert given(draw).when(prepare(draw_id=SECOND), actor=CHIEF, found=given_up).events
    result = given(operation, random_plan(), ADMITTED, DRAWN).state
    given(draw).when(prepare(draw_id=SECOND), actor=CHIEF, found=result).refused(Refusal.DRAW_STANDING, draw=DRAW)


def test_of_two_draws_that_were_prepared_at_once_only_the_admitted_one_commits():
    other = given(operation, random_plan(), pb.DrawAdmitted(operation_id=OPERATION, draw_id=SECOND)).state
    given(draw, PREPARED, EXCLUDED).when(COMMIT, actor=CHIEF, found=other).refused(Refusal.DRAW_STANDING, draw=SECOND)
    given(draw, PREPARED, EXCLUDED).when(COMMIT, actor=CHIEF, found=STANDING).then(COMMITTED)


def test_the_operation_admits_the_first_draw_and_lets_go_of_it_when_it_is_given_up():
    admit = pb.AdmitDrawRequest(operation_id=OPERATION, draw_id=DRAW)
    given(operation, random_plan()).when(admit, actor=POLICY).then(ADMITTED)
    given(operation, PLANNED).when(admit, actor=POLICY).then()
    second = pb.AdmitDrawRequest(operation_id=OPERATION, draw_id=SECOND)
    given(operation, random_plan(), ADMITTED).when(second, actor=POLICY).then()
    dismiss = pb.DismissDrawRequest(operation_id=OPERATION, draw_id=SECOND)
    given(operation, random_plan(), ADMITTED).when(dismiss, actor=POLICY).then()
    dismiss.draw_id = DRAW
    given(operation, random_plan(), ADMITTED).when(dismiss, actor=POLICY).then(DISMISSED)


def test_a_result_of_a_draw_that_was_not_admitted_counts_for_nothing():
    result = pb.NoteDrawRequest(operation_id=OPERATION, draw_id=SECOND, drawn=DRAWN.drawn)
    given(operation, random_plan(), ADMITTED).when(result, actor=POLICY).then()
    result.draw_id = DRAW
    given(operation, random_plan(), ADMITTED).when(result, actor=POLICY).then(DRAWN)
    given(operation, random_plan()).when(result, actor=POLICY).then(DRAWN)  # of a time before draws were admitted


def test_lists_have_a_most():
    many = pb.ExtendDrawRequest(draw_id=DRAW, object_ids=[f"{n}" for n in range(OBJECTS_MAX)], reason="补充")
    given(draw, PREPARED).when(many, actor=CHIEF).refused(Refusal.DRAW_TOO_LARGE, list="检查对象", most=OBJECTS_MAX)


LONG = [f"{n:036}" for n in range(6900)]
"""As many ids of the length of a UUID as one envelope does not hold."""


def test_lists_that_the_witness_cannot_be_told_are_refused_before_anybody_commits():
    def refused(outcome: Any, part: str) -> None:
        outcome.refused(Refusal.DRAW_TOO_LONG, part=part)

    refused(given(draw).when(prepare(object_ids=LONG), actor=CHIEF, found=WANTED), "名单和排除")
    [most] = given(draw).when(prepare(object_ids=LONG[:6700]), actor=CHIEF, found=WANTED).events
    wide = given(draw, most)
    command = pb.ExtendDrawRequest(draw_id=DRAW, object_ids=LONG[6700:], reason="遗漏")
    refused(wide.when(command, actor=CHIEF), "名单和排除")
    reasons = [
        pb.DrawExclusionRecorded(draw_id=DRAW, exclusion=pb.DrawExclusion(object_id=one, reason="理由" * 100))
        for one in LONG[:6]
    ]
    exclude = pb.ExcludeFromDrawRequest(
        draw_id=DRAW, object_id=LONG[9], ground=pb.EXCLUSION_GROUND_OFF_DUTY, reason="理由" * 500
    )
    assert given(draw, most).when(exclude, actor=CHIEF).events
    refused(given(draw, most, *reasons).when(exclude, actor=CHIEF), "名单和排除")
    before = pb.DrawPrepared()  # of a time before bytes were counted
    before.CopyFrom(PREPARED)
    before.object_ids.extend(LONG)
    commit = pb.CommitDrawRequest(
        draw_id=DRAW, commitment=LEAD_COMMITMENT, pool_digest=given(draw, before).state.pool.digest()
    )
    refused(given(draw, before).when(commit, actor=CHIEF, found=STANDING), "名单和排除")


def test_a_result_that_the_witness_cannot_be_told_is_refused_before_anybody_commits():
    command = prepare(object_ids=LONG[:1200], object_count=1200)
    given(draw).when(command, actor=CHIEF, found=WANTED).refused(Refusal.DRAW_TOO_LONG, part="可能的抽取结果")
    command = prepare(object_ids=LONG[:1000], object_count=1000)
    assert given(draw).when(command, actor=CHIEF, found=WANTED).events


def test_whatever_is_drawn_from_admitted_lists_fits_into_an_envelope():
    objects, officers = LONG[:4000], [f"{n:036}" for n in range(300)]
    pool = pb.DrawPool(object_ids=objects, officer_ids=officers, object_count=1000, team_size=2)
    require_tellable(pool)
    told = pb.DrawPerformed(
        drawn=drawn_messages(drawn_from(DRAW, pool_of(pool), LEAD_SEED, WITNESS_SEED)),
        lead_seed=LEAD_SEED,
        witness_seed=WITNESS_SEED,
    )
    assert told.ByteSize() < BODY_MAX // 2 + 1024


def test_exclusions_are_recorded_before_the_draw_with_their_reason():
    command = pb.ExcludeFromDrawRequest(
        draw_id=DRAW,
        object_id=COMPANIES[0],
        officer_id=LU[0].officer_id,
        ground=pb.EXCLUSION_GROUND_RECUSAL,
        reason="近亲属任职",
    )
    given(draw, PREPARED).when(command, actor=CHIEF).then(EXCLUDED)
    given(draw, PREPARED, EXCLUDED).when(command, actor=CHIEF).then()
    command.officer_id = "nobody"
    given(draw, PREPARED).when(command, actor=CHIEF).refused(Refusal.NOT_IN_DRAW, id="nobody")


@pytest.mark.parametrize("history", [[PREPARED, EXCLUDED, COMMITTED], BOTH], ids=["committed", "both committed"])
@pytest.mark.parametrize("command", [EXTEND, EXCLUDE, COMMIT], ids=["add", "exclude", "commit again"])
def test_lists_and_exclusions_stand_once_anybody_has_committed(history, command):
    assert given(draw, PREPARED, EXCLUDED).when(command, actor=CHIEF, found=STANDING).events
    given(draw, *history).when(command, actor=CHIEF, found=STANDING).refused(Refusal.DRAW_FROZEN)


def test_nobody_commits_to_lists_other_than_those_seen():
    given(draw, PREPARED, EXCLUDED).when(COMMIT, actor=CHIEF, found=WANTED).then(COMMITTED)
    given(draw, PREPARED).when(COMMIT, actor=CHIEF, found=WANTED).refused(Refusal.POOL_DIFFERS)
    [too_many] = given(draw).when(prepare(object_count=9), actor=CHIEF, found=WANTED).events
    given(draw, too_many).when(COMMIT, actor=CHIEF, found=WANTED).refused(Refusal.DRAW_IMPOSSIBLE)


def test_a_seed_is_revealed_after_both_have_committed_and_is_the_committed_one():
    given(draw, PREPARED, EXCLUDED, COMMITTED).when(REVEAL, actor=CHIEF).refused(Refusal.NOT_COMMITTED)
    other = pb.RevealSeedRequest(draw_id=DRAW, seed=b"\x12" * 32)
    given(draw, *BOTH).when(other, actor=CHIEF).refused(Refusal.REVEAL_MISMATCH)
    assert len(given(draw, *BOTH).when(REVEAL, actor=CHIEF).events) == 1


def note(seed: bytes, **fields: Any) -> pb.NoteWitnessRevealedRequest:
    return pb.NoteWitnessRevealedRequest(**({"draw_id": DRAW, "witness_id": YONGCHUAN.id, "seed": seed} | fields))


def test_with_both_seeds_the_draw_is_done_whoever_reveals_first():
    lead_first = given(draw, *BOTH, *given(draw, *BOTH).when(REVEAL, actor=CHIEF).events)
    last = lead_first.when(note(WITNESS_SEED), actor=POLICY, origin=YONGCHUAN.id)
    witness_first = given(draw, *BOTH, pb.WitnessSeedNoted(draw_id=DRAW, seed=WITNESS_SEED, matches=True))
    other = witness_first.when(REVEAL, actor=CHIEF)
    assert last.events[-1] == other.events[-1]
    assert last.state.stage is Stage.DRAWN


def test_a_seed_of_the_witness_that_does_not_match_ends_the_draw_on_record():
    outcome = given(draw, *BOTH).when(note(LEAD_SEED), actor=POLICY, origin=YONGCHUAN.id)
    state = outcome.then(
        pb.WitnessSeedNoted(draw_id=DRAW, seed=LEAD_SEED, matches=False), abandoned("见证单位公开的种子与其承诺不符")
    )
    assert state.stage is Stage.ABANDONED
    given(draw, *BOTH).when(note(WITNESS_SEED), actor=POLICY, origin=RONGCHANG.id).refused(Refusal.NOT_THE_WITNESS)


def test_a_draw_with_a_result_is_not_given_up():
    give_up = pb.AbandonDrawRequest(draw_id=DRAW, reason="见证单位未公开种子")
    assert given(draw, *BOTH).when(give_up, actor=CHIEF).state.stage is Stage.ABANDONED
    performed = pb.DrawPerformed(draw_id=DRAW)
    given(draw, *BOTH, performed).when(give_up, actor=CHIEF).refused(KernelRefusal.WRONG_STAGE)


def abandoned(reason: str, **fields: Any) -> pb.DrawAbandoned:
    given_fields: dict[str, Any] = {
        "draw_id": DRAW,
        "lead_id": LUXIAN.id,
        "witness_id": YONGCHUAN.id,
        "reason": reason,
        "operation_id": OPERATION,
        "pool_digest": DIGEST,
    }
    return pb.DrawAbandoned(**(given_fields | fields))


def test_the_witness_is_told_of_a_draw_that_was_given_up_if_it_knows_of_it():
    give_up = pb.AbandonDrawRequest(draw_id=DRAW, reason="名录有误")
    given(draw, *BOTH).when(give_up, actor=CHIEF).then(abandoned("名录有误"))
    given(draw, PREPARED).when(give_up, actor=CHIEF).then(abandoned("名录有误", witness_id="", pool_digest=b""))


def test_a_witness_waits_no_more_for_a_draw_that_was_given_up():
    noted = pb.DrawAbandonmentNoted(draw_witness_id=WITNESS, draw_id=DRAW, reason="名录有误")
    command = pb.NoteDrawAbandonedRequest(draw_witness_id=WITNESS, reason="名录有误")
    there: dict[str, Any] = {"actor": POLICY, "authority": YONGCHUAN}
    given(draw_witness, OPENED).when(command, **there, origin=LUXIAN.id).then(noted)
    given(draw_witness, OPENED, noted).when(command, **there, origin=LUXIAN.id).then()
    given(draw_witness, OPENED).when(command, **there, origin=RONGCHANG.id).refused(Refusal.NOT_THE_LEAD)
    commit = pb.CommitWitnessSeedRequest(draw_witness_id=WITNESS, commitment=WITNESS_COMMITMENT)
    reveal = pb.RevealWitnessSeedRequest(draw_witness_id=WITNESS, seed=WITNESS_SEED)
    for late in (commit, reveal):
        outcome = given(draw_witness, OPENED, WITNESS_COMMITTED, noted).when(late, actor=CHIEF, authority=YONGCHUAN)
        outcome.refused(KernelRefusal.WRONG_STAGE)


def test_a_witness_commits_to_one_draw_of_an_operation_whatever_the_leads_node_does():
    commit = pb.CommitWitnessSeedRequest(draw_witness_id=WITNESS, commitment=WITNESS_COMMITMENT)
    there: dict[str, Any] = {"actor": CHIEF, "authority": YONGCHUAN}
    standing, known = Beside(SECOND, given_up=False), Beside(SECOND, given_up=True)
    given(draw_witness, OPENED).when(commit, **there, found=standing).refused(Refusal.DRAW_STANDING, draw=SECOND)
    given(draw_witness, OPENED).when(commit, **there, found=known).refused(
        Refusal.ANOTHER_WITNESS, authority=YONGCHUAN.id
    )


LEAD_SEED_NOTED = pb.LeadSeedNoted(draw_witness_id=WITNESS, draw_id=DRAW, seed=LEAD_SEED, matches=True)


def test_the_witness_takes_no_seed_of_the_lead_but_the_committed_one():
    def told(seed: bytes) -> pb.NoteLeadRevealedRequest:
        return pb.NoteLeadRevealedRequest(draw_witness_id=WITNESS, seed=seed)

    there: dict[str, Any] = {"actor": POLICY, "authority": YONGCHUAN, "origin": LUXIAN.id}
    committed = given(draw_witness, OPENED, WITNESS_COMMITTED)
    committed.when(told(LEAD_SEED), **there).then(LEAD_SEED_NOTED)
    state = committed.when(told(WITNESS_SEED), **there).state
    assert state.lead_seed == b""
    given(draw_witness, OPENED, WITNESS_COMMITTED, LEAD_SEED_NOTED).when(told(LEAD_SEED), **there).then()
    committed.when(told(LEAD_SEED), **(there | {"origin": RONGCHANG.id})).refused(Refusal.NOT_THE_LEAD)


def test_a_lead_that_publishes_the_result_of_a_draw_that_it_gave_up_is_not_confirmed():
    performed = of_type(LUXIAN.id, pb.DrawPerformed)
    told = pb.VerifyDrawRequest(
        draw_witness_id=WITNESS,
        lead_seed=performed.lead_seed,
        witness_seed=performed.witness_seed,
        drawn=performed.drawn,
        result_digest=performed.result_digest,
    )
    revealed = pb.WitnessSeedRevealed(draw_witness_id=WITNESS, draw_id=DRAW, lead_id=LUXIAN.id, seed=WITNESS_SEED)
    noted = pb.DrawAbandonmentNoted(draw_witness_id=WITNESS, draw_id=DRAW, reason="名录有误")
    there: dict[str, Any] = {"actor": POLICY, "authority": YONGCHUAN, "origin": LUXIAN.id}
    before = [OPENED, WITNESS_COMMITTED, LEAD_SEED_NOTED, revealed]
    for history, equal in ((before, True), ([*before, noted], False)):
        outcome = given(draw_witness, *history).when(told, **there)
        assert [event.equal for event in outcome.events] == [equal]  # type: ignore[attr-defined]
    assert outcome.state.stage is WitnessStage.ABANDONED


def revealed_at(instant_: datetime) -> pb.SeedRevealed:
    return pb.SeedRevealed(
        draw_id=DRAW,
        lead_id=LUXIAN.id,
        witness_id=YONGCHUAN.id,
        seed=LEAD_SEED,
        recorded_at=to_timestamp(instant_),
    )


GIVE_UP = pb.AbandonDrawRequest(draw_id=DRAW, reason="见证单位未公开种子")


def test_a_lead_that_could_know_the_result_does_not_give_the_draw_up():
    known = given(draw, *BOTH, pb.WitnessSeedNoted(draw_id=DRAW, seed=WITNESS_SEED, matches=True))
    known.when(GIVE_UP, actor=CHIEF).refused(Refusal.RESULT_KNOWN)


def test_after_its_own_seed_is_out_the_lead_waits_for_the_witness_and_then_says_what_was_known():
    history = [*BOTH, revealed_at(instant("2024-12-17 10:00"))]
    early = given(draw, *history).when(GIVE_UP, actor=CHIEF, at="2024-12-19 18:00")
    early.refused(Refusal.WITNESS_AWAITED, authority=YONGCHUAN.name, until=date(2024, 12, 19))
    late = given(draw, *history).when(GIVE_UP, actor=CHIEF, at="2024-12-20 09:00")
    late.then(abandoned("见证单位未公开种子", lead_revealed=True))


def test_the_wait_for_the_witness_begins_when_the_seed_was_recorded_whatever_instant_is_stated():
    outcome = given(draw, *BOTH).when(REVEAL, actor=CHIEF, at="2024-12-10 09:00", now="2024-12-17 10:00")
    [revealed] = outcome.events
    assert outcome.state.revealed_at == instant("2024-12-17 10:00")
    assert revealed == revealed_at(instant("2024-12-17 10:00"))
    old = pb.SeedRevealed(draw_id=DRAW, seed=LEAD_SEED)
    assert given(draw, *BOTH, old).state.revealed_at is not None


def dismissal(event: pb.DrawAbandoned) -> pb.DismissDrawRequest:
    fact = Fact(event_id=UUID(uid("given up")), occurred_at=AT, actor=LUXIAN.id)
    command = dismiss_draw(event, PolicyContext(LUXIAN, MEMBERS, Rules(), fact))
    assert command is not None
    return command


def test_after_a_draw_whose_seed_was_out_the_next_keeps_the_lists_and_takes_another_witness():
    dismiss = dismissal(abandoned("见证单位未公开种子", lead_revealed=True))
    outcome = given(operation, random_plan(), ADMITTED).when(dismiss, actor=POLICY)
    again = outcome.state
    given(draw).when(prepare(draw_id=SECOND), actor=CHIEF, found=again).refused(
        Refusal.ANOTHER_WITNESS, authority=YONGCHUAN.id
    )
    [prepared] = given(draw).when(prepare(draw_id=SECOND, witness_id=RONGCHANG.id), actor=CHIEF, found=again).events
    excluded = pb.DrawExclusionRecorded(draw_id=SECOND, exclusion=EXCLUDED.exclusion)
    commit = pb.CommitDrawRequest(draw_id=SECOND, commitment=LEAD_COMMITMENT, pool_digest=DIGEST)
    assert given(draw, prepared, excluded).when(commit, actor=CHIEF, found=again).events
    commit.pool_digest = given(draw, prepared).state.pool.digest()
    given(draw, prepared).when(commit, actor=CHIEF, found=again).refused(Refusal.SAME_LISTS)


def test_after_a_draw_that_nobody_could_know_lists_and_witness_are_free():
    dismiss = dismissal(abandoned("名录有误"))
    state = given(operation, random_plan(), ADMITTED).when(dismiss, actor=POLICY).then(DISMISSED)
    assert (state.past_witnesses, state.kept_pool) == (frozenset(), b"")


def open_request(**fields: Any) -> pb.OpenDrawWitnessRequest:
    given_fields: dict[str, Any] = {
        "draw_witness_id": WITNESS,
        "draw_id": DRAW,
        "lead_id": LUXIAN.id,
        "pool": POOL,
        "pool_digest": DIGEST,
        "commitment": LEAD_COMMITMENT,
        "operation_id": OPERATION,
    }
    return pb.OpenDrawWitnessRequest(**(given_fields | fields))


def test_the_witness_commits_to_sound_lists_only():
    there: dict[str, Any] = {"actor": POLICY, "authority": YONGCHUAN, "origin": LUXIAN.id}
    given(draw_witness).when(open_request(), **there).then(OPENED)
    longer = pb.DrawPool()
    longer.CopyFrom(POOL)
    longer.object_ids.append("added")
    [opened] = given(draw_witness).when(open_request(pool=longer), **there).events
    commit = pb.CommitWitnessSeedRequest(draw_witness_id=WITNESS, commitment=WITNESS_COMMITMENT)
    given(draw_witness, opened).when(commit, actor=CHIEF, authority=YONGCHUAN).refused(Refusal.POOL_DIFFERS)
    given(draw_witness, OPENED).when(commit, actor=CHIEF, authority=YONGCHUAN).then(WITNESS_COMMITTED)
    stranger = there | {"origin": RONGCHANG.id}
    given(draw_witness).when(open_request(), **stranger).refused(Refusal.NOT_THE_LEAD)


def test_the_witness_reveals_what_it_committed_to():
    def revealing(seed: bytes) -> pb.RevealWitnessSeedRequest:
        return pb.RevealWitnessSeedRequest(draw_witness_id=WITNESS, seed=seed)

    here: dict[str, Any] = {"actor": CHIEF, "authority": YONGCHUAN}
    given(draw_witness, OPENED).when(revealing(WITNESS_SEED), **here).refused(Refusal.NOT_COMMITTED)
    given(draw_witness, OPENED, WITNESS_COMMITTED).when(revealing(WITNESS_SEED), **here).refused(
        Refusal.LEAD_NOT_REVEALED
    )
    committed = given(draw_witness, OPENED, WITNESS_COMMITTED, LEAD_SEED_NOTED)
    committed.when(revealing(LEAD_SEED), **here).refused(Refusal.REVEAL_MISMATCH)
    assert len(committed.when(revealing(WITNESS_SEED), **here).events) == 1


# ---- both sides together, through what the contract discloses ----

AT = instant("2024-12-17 09:00")
HEADS = {one.id: officer("科长", options.ROLE_UNIT_CHIEF, authority=one) for one in (LUXIAN, YONGCHUAN)}


def committed_draw() -> Authorities:
    """A draw to which both have committed."""
    told = Authorities([*HEADS.values(), *LU])
    at, lead, witness = AT, HEADS[LUXIAN.id], HEADS[YONGCHUAN.id]
    told.nodes[LUXIAN.id].states["operation", OPERATION] = given(operation, random_plan()).state
    told.act(lead, prepare(), at)
    told.act(
        lead,
        pb.ExcludeFromDrawRequest(
            draw_id=DRAW,
            object_id=COMPANIES[0],
            officer_id=LU[0].officer_id,
            ground=pb.EXCLUSION_GROUND_RECUSAL,
            reason="近亲属任职",
        ),
        at,
    )
    told.act(lead, COMMIT, at)
    told.act(witness, pb.CommitWitnessSeedRequest(draw_witness_id=WITNESS, commitment=WITNESS_COMMITMENT), at)
    return told


def whole_draw() -> Authorities:
    told = committed_draw()
    told.act(HEADS[LUXIAN.id], REVEAL, AT)
    told.act(HEADS[YONGCHUAN.id], pb.RevealWitnessSeedRequest(draw_witness_id=WITNESS, seed=WITNESS_SEED), AT)
    return told


def test_a_draw_that_was_given_up_ends_at_both_sides_and_another_one_may_begin():
    told = committed_draw()
    told.act(HEADS[LUXIAN.id], pb.AbandonDrawRequest(draw_id=DRAW, reason="名录有误"), AT)
    assert told.state(YONGCHUAN, draw_witness, WITNESS).stage is WitnessStage.ABANDONED
    told.act(HEADS[LUXIAN.id], prepare(draw_id=SECOND), AT)
    assert told.state(LUXIAN, operation, OPERATION).standing_draw == SECOND


def of_type(node_id: str, kind: type[Message]) -> Any:
    [found] = [event for event, _ in whole_draw().nodes[node_id].ledger if isinstance(event, kind)]
    return found


def test_the_witness_repeats_the_draw_and_says_that_it_is_equal():
    performed, verified = of_type(LUXIAN.id, pb.DrawPerformed), of_type(YONGCHUAN.id, pb.DrawVerified)
    assert len(performed.drawn) == 3
    assert (verified.equal, verified.result_digest) == (True, performed.result_digest)
    assert verified.operation_id == OPERATION


def test_a_result_that_the_lead_invents_is_seen():
    performed = of_type(LUXIAN.id, pb.DrawPerformed)
    told = pb.VerifyDrawRequest(
        draw_witness_id=WITNESS,
        lead_seed=performed.lead_seed,
        witness_seed=performed.witness_seed,
        drawn=[*performed.drawn[1:], performed.drawn[0]],
        result_digest=performed.result_digest,
    )
    revealed = pb.WitnessSeedRevealed(draw_witness_id=WITNESS, draw_id=DRAW, lead_id=LUXIAN.id, seed=WITNESS_SEED)
    outcome = given(draw_witness, OPENED, WITNESS_COMMITTED, LEAD_SEED_NOTED, revealed).when(
        told, actor=POLICY, authority=YONGCHUAN, origin=LUXIAN.id
    )
    assert [event.equal for event in outcome.events] == [False]  # type: ignore[attr-defined]


def test_the_operation_learns_of_the_first_draw_only():
    noted = of_type(LUXIAN.id, pb.DrawNoted)
    command = pb.NoteDrawRequest(operation_id=OPERATION, draw_id=uid("second draw"), drawn=noted.drawn)
    given(operation, random_plan(), noted).when(command, actor=POLICY).then()


DRAWN = pb.DrawNoted(
    operation_id=OPERATION,
    draw_id=DRAW,
    drawn=[pb.DrawnObject(object_id="川E·A0001", officer_ids=ids(*LU[:3], LU[4], *YONG))],
)


def test_a_random_check_has_no_roster_before_its_draw_and_nobody_on_it_who_was_not_drawn():
    roster = commands.PublishRosterRequest(operation_id=OPERATION, assignments=ASSIGNMENTS)
    history = [random_plan(), *JOINED[1:]]
    given(operation, *history).when(roster, actor=CHIEF).refused(Refusal.DRAW_NEEDED)
    assert given(operation, *history, DRAWN).when(roster, actor=CHIEF).events
    fewer = pb.DrawNoted(operation_id=OPERATION, draw_id=DRAW, drawn=[pb.DrawnObject(officer_ids=ids(*YONG))])
    given(operation, *history, fewer).when(roster, actor=CHIEF).refused(Refusal.NOT_DRAWN, id=LU[0].officer_id)


def test_nobody_takes_a_post_of_a_random_check_without_having_been_drawn():
    spare = officer("永3", authority=YONGCHUAN)
    sent = changes.ParticipantReinforced(operation_id=OPERATION, participant_id=YONGCHUAN.id, officers=[spare])
    published = given(operation, random_plan(), *JOINED[1:], DRAWN).when(
        commands.PublishRosterRequest(operation_id=OPERATION, assignments=ASSIGNMENTS), actor=CHIEF
    )
    relieve = changes.ReplaceOfficerRequest(
        operation_id=OPERATION,
        participant_id=YONGCHUAN.id,
        checkpoint_id="A",
        officer_id=YONG[1].officer_id,
        replacement_id=spare.officer_id,
        reason="执法资格暂扣",
    )
    history = (random_plan(), *JOINED[1:], DRAWN, *published.events, sent)
    given(operation, *history).when(relieve, actor=CHIEF).refused(Refusal.NOT_DRAWN, id=spare.officer_id)


def test_a_random_check_inspects_what_was_drawn():
    invitation, roster = events.InvitationReceived(), events.RosterReceived()
    invitation.CopyFrom(RECEIVED)
    invitation.operation_type = events.OPERATION_TYPE_RANDOM_DRAW
    roster.CopyFrom(ROSTER_RECEIVED)
    roster.drawn.extend(DRAWN.drawn)
    field = given(participation, invitation, FIELD[1], roster)
    field.when(inspect(), officers=OFFICERS).then(inspected())
    field.when(inspect(object=coach("川E·A0002")), officers=OFFICERS).refused(Refusal.NOT_DRAWN, id="川E·A0002")
