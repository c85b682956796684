"""Bulletins, notices and records of meetings: told, received, noted and corrected, with the latest revision at all."""

from random import Random
from typing import Any

import pytest
from enforcement.cross_border.v1 import circular_pb2 as pb
from enforcement.options.v1 import options_pb2 as options

from services.cross_border.model import Refusal
from services.cross_border.model.circular import circular, received_circular, received_circular_of
from services.cross_border.service import SERVICE
from services.kernel.errors import KernelRefusal
from services.kernel.rules import Rules
from tests.support.decider import CHIEF, LUXIAN, POLICE, POLICY, RONGCHANG, YONGCHUAN, given, instant, officer, uid
from tests.support.sides import Side, World
from tests.unit.cross_border.test_clocks import Ledger

BULLETIN, PATROL, MEETING = pb.CIRCULAR_KIND_BULLETIN, pb.CIRCULAR_KIND_PATROL, pb.CIRCULAR_KIND_MEETING
CIRCULAR = uid("circular")
RECEIVED = received_circular_of(CIRCULAR, LUXIAN.id)
MONTH = pb.CircularContent(
    title="2024年12月通报",
    month="2024-12",
    figures=[pb.CircularFigure(label="联合检查", count=60, unit="台次")],
    liaisons=[pb.Liaison(name="李联络")],
)
MET = pb.CircularContent(
    title="四季度联席会议",
    meeting=pb.Meeting(held_on="2024-12-17", host_id=YONGCHUAN.id, next_host_id=LUXIAN.id, agreed=["证据互认"]),
)
SEEN = pb.CircularContent(title="巡查互通", text="国道G246有集中绕行")


def share(kind: pb.CircularKind.ValueType = BULLETIN, content: Any = MONTH, **changes: Any) -> pb.ShareCircularRequest:
    fields: dict[str, Any] = {"circular_id": CIRCULAR, "recipient_ids": [YONGCHUAN.id], "kind": kind}
    return pb.ShareCircularRequest(**(fields | {"content": content} | changes))


def shared(kind: pb.CircularKind.ValueType = BULLETIN, content: Any = MONTH, **changes: Any) -> pb.CircularShared:
    fields: dict[str, Any] = {
        "circular_id": CIRCULAR,
        "sender_id": LUXIAN.id,
        "recipient_ids": [YONGCHUAN.id],
        "kind": kind,
        "content": content,
        "next_due_on": "2025-02-10" if kind == BULLETIN else "",
    }
    return pb.CircularShared(**(fields | changes))


def received(**changes: Any) -> pb.CircularReceived:
    fields: dict[str, Any] = {
        "received_id": RECEIVED,
        "circular_id": CIRCULAR,
        "sender_id": LUXIAN.id,
        "revision": 1,
        "kind": BULLETIN,
        "content": MONTH,
    }
    return pb.CircularReceived(**(fields | changes))


@pytest.mark.parametrize(("kind", "content"), [(BULLETIN, MONTH), (MEETING, MET), (PATROL, SEEN)])
def test_what_is_told_goes_to_its_addressees(kind, content):
    given(circular).when(share(kind, content), actor=CHIEF).then(shared(kind, content))


def test_the_next_bulletin_is_due_at_the_start_of_the_month_after():
    # January's is due on the fifth working day of February 2025: the Spring Festival ends on 4, and 8 is a working day.
    ledger = Ledger(LUXIAN).tell(shared(), "2025-01-03 10:00")
    assert ledger.over("2025-02-10 23:59") == []
    assert ledger.over("2025-02-11 00:00") == ["cross_border.bulletin"]
    met = Ledger(LUXIAN).tell(shared(), "2025-01-03 10:00").tell(shared(next_due_on="2025-03-07"), "2025-02-06 10:00")
    assert [(clock.in_time, clock.due.due_on.isoformat()) for clock in met.clocks] == [
        (True, "2025-02-10"),
        (None, "2025-03-07"),
    ]


@pytest.mark.parametrize(
    ("kind", "content", "missing"),
    [
        (BULLETIN, SEEN, "月份"),
        (MEETING, SEEN, "会议"),
        (PATROL, pb.CircularContent(title="空"), "内容"),
    ],
)
def test_nothing_is_told_without_what_it_is_about(kind, content, missing):
    given(circular).when(share(kind, content), actor=CHIEF).refused(Refusal.CIRCULAR_INCOMPLETE, missing=missing)
    correction = pb.CorrectCircularRequest(circular_id=CIRCULAR, content=content, reason="更正")
    given(circular, shared(kind, content)).when(correction, actor=CHIEF).refused(Refusal.CIRCULAR_INCOMPLETE)


def test_no_month_is_told_of_before_it_began():
    later = pb.CircularContent(title="预报", month="2025-01", text="无")
    missing = "不晚于2024-12的月份"
    given(circular).when(share(content=later), actor=CHIEF).refused(Refusal.CIRCULAR_INCOMPLETE, missing=missing)
    correction = pb.CorrectCircularRequest(circular_id=CIRCULAR, content=later, reason="更正")
    given(circular, shared()).when(correction, actor=CHIEF).refused(Refusal.CIRCULAR_INCOMPLETE, missing=missing)


@pytest.mark.parametrize(
    ("latest", "next_due_on"), [(None, "2025-02-10"), ("2024-11", "2025-02-10"), ("2024-12", ""), ("2025-01", "")]
)
def test_only_the_bulletin_of_the_latest_month_says_when_the_next_is_due(latest, next_due_on):
    given(circular).when(share(), actor=CHIEF, found=latest).then(shared(next_due_on=next_due_on))


def test_a_bulletin_of_an_older_month_neither_ends_nor_starts_the_clock():
    ledger = Ledger(LUXIAN).tell(shared(), "2025-01-03 10:00").tell(shared(next_due_on=""), "2025-01-06 10:00")
    assert [(clock.in_time, clock.due.due_on.isoformat()) for clock in ledger.clocks] == [(None, "2025-02-10")]


def test_bureaus_are_told_and_nobody_else():
    given(circular).when(share(recipient_ids=[LUXIAN.id]), actor=CHIEF).refused(Refusal.TO_ITSELF)
    given(circular).when(share(recipient_ids=[POLICE.id]), actor=CHIEF).refused(Refusal.RESPONDER_OF_OTHER_KIND)
    given(circular).when(share(recipient_ids=["jt-999999"]), actor=CHIEF).refused(KernelRefusal.UNKNOWN_AUTHORITY)


def test_a_recipient_takes_note_once_of_each_revision():
    note = pb.AcknowledgeCircularRequest(received_id=RECEIVED)
    taken = pb.CircularAcknowledged(received_id=RECEIVED, circular_id=CIRCULAR, sender_id=LUXIAN.id, revision=1)
    given(received_circular, received()).when(note, actor=CHIEF, authority=YONGCHUAN).then(taken)
    given(received_circular, received(), taken).when(note, actor=CHIEF).refused(KernelRefusal.WRONG_STAGE)
    second = pb.CircularAcknowledged(received_id=RECEIVED, circular_id=CIRCULAR, sender_id=LUXIAN.id, revision=2)
    history = [received(), taken, received(revision=2)]
    given(received_circular, *history).when(note, actor=CHIEF, authority=YONGCHUAN).then(second)


def test_nobody_speaks_for_the_sender_or_a_recipient():
    record = pb.RecordCircularRequest(
        received_id=RECEIVED, circular_id=CIRCULAR, sender_id=LUXIAN.id, kind=BULLETIN, content=MONTH
    )
    given(received_circular).when(record, actor=POLICY, origin=RONGCHANG.id).refused(
        Refusal.NOT_TOLD, authority=RONGCHANG.id
    )
    correction = pb.RecordCorrectionRequest(received_id=RECEIVED, revision=2, content=MONTH)
    given(received_circular, received()).when(correction, actor=POLICY, origin=RONGCHANG.id).refused(Refusal.NOT_TOLD)
    noted = pb.NoteCircularAcknowledgedRequest(circular_id=CIRCULAR, revision=1)
    given(circular, shared()).when(noted, actor=POLICY, origin=RONGCHANG.id).refused(Refusal.NOT_TOLD)


def test_an_older_revision_that_comes_late_changes_nothing():
    correction = pb.RecordCorrectionRequest(received_id=RECEIVED, revision=2, content=MONTH)
    given(received_circular, received(revision=3)).when(correction, actor=POLICY, origin=LUXIAN.id).then()


@pytest.mark.parametrize("seed", range(5))
def test_told_noted_and_corrected_over_a_bad_network_all_have_the_latest_revision(seed):
    chiefs = {one.id: officer("长", options.ROLE_UNIT_CHIEF, authority=one) for one in (LUXIAN, YONGCHUAN, RONGCHANG)}
    members = {one.id: one for one in (LUXIAN, YONGCHUAN, RONGCHANG)}
    sides = {id_: Side(SERVICE, one, [chiefs[id_]], members, Rules()) for id_, one in members.items()}
    there = World(sides, instant("2025-01-03 09:00"), Random(seed))
    told = share(recipient_ids=[YONGCHUAN.id, RONGCHANG.id])
    assert there.act(LUXIAN.id, told, chiefs[LUXIAN.id]) is None
    for n in range(2):
        for _ in range(6):
            there.disturb()
        for recipient in (YONGCHUAN, RONGCHANG):
            if there.sides[recipient.id].state("received_circular") is not None:
                there.act(recipient.id, pb.AcknowledgeCircularRequest(received_id=RECEIVED), chiefs[recipient.id])
        content = pb.CircularContent(title=f"更正{n}", month="2024-12", text="台次有误")
        correction = pb.CorrectCircularRequest(circular_id=CIRCULAR, content=content, reason="台次有误")
        assert there.act(LUXIAN.id, correction, chiefs[LUXIAN.id]) is None
    there.settle()
    for recipient in (YONGCHUAN, RONGCHANG):
        side = there.sides[recipient.id]
        assert side.state("received_circular").revision == 3
        assert side.own(pb.CircularReceived)[-1].event.content.title == "更正1"  # type: ignore[attr-defined]
        acknowledgement = pb.AcknowledgeCircularRequest(received_id=RECEIVED)
        assert there.act(recipient.id, acknowledgement, chiefs[recipient.id]) is None
    there.settle()
    latest = {who for who, revision in there.sides[LUXIAN.id].state("circular").acknowledged if revision == 3}
    assert latest == {YONGCHUAN.id, RONGCHANG.id}
    assert not any(side.parked for side in sides.values())
