"""Feeds for tests: what authorities tell, as real envelopes and as the log has it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from enforcement.joint_operations.v1 import events_pb2 as joint
from google.protobuf.message import Message

from services.kernel.envelopes.codec import microseconds
from services.kernel.envelopes.disclosure import FEED_VIEW
from services.kernel.messages import type_name
from services.platform.statistics import Told
from tests.support.members import CATALOGUE, Party

LUXIAN, YONGCHUAN, RONGCHANG = "jt-510521", "jt-500118", "jt-500153"
POLICE, PROCURATORATE = "ga-510521", "jcy-510521"
PLATFORM = "pt-510000"
NAMES = UUID("0192f0c1-0000-7000-8000-000000000000")
MORNING = datetime(2024, 12, 18, 1, tzinfo=UTC)
"""9 o'clock of 18 December 2024 in Shanghai."""


def name(*parts: object) -> str:
    """An id that a test can say again."""
    return str(uuid5(NAMES, " ".join(map(str, parts))))


@dataclass(frozen=True, slots=True)
class Tale:
    """One event that an authority told."""

    publisher: str
    event: Message
    occurred_at: datetime = MORNING


def log(tales: Iterable[Tale]) -> list[Told]:
    """The tales as a log has them, in their order."""
    return [
        Told(
            position=number,
            publisher=tale.publisher,
            event_id=UUID(name("event", number)),
            type=type_name(tale.event),
            occurred_at=tale.occurred_at,
            matter_id=getattr(tale.event, "operation_id", ""),
            event=tale.event,
        )
        for number, tale in enumerate(tales, 1)
    ]


def publish(party: Party, event: Message, occurred_at: datetime = MORNING, **changes: Any) -> bytes:
    """The next envelope of a party's feed, with what a feed may carry of the event."""
    view = CATALOGUE.disclose(
        CATALOGUE.shared[type_name(event)].message.FromString(event.SerializeToString()), FEED_VIEW
    )
    times = {"occurred_us": microseconds(occurred_at), "recorded_us": microseconds(datetime.now(UTC))}
    return party.feed(view, **(times | changes))


def count_up(party: Party, count: int) -> list[bytes]:
    """Envelopes of `count` educations of one head each: a feed in which every place adds one."""
    return [publish(party, joint.EducationRecorded(participation_id=name(party.id), operation_id=name("operation"),
                                                   head_count=1)) for _ in range(count)]  # fmt: skip


# ── LX-1218: the published report of 18 December 2024 ────────────────────────────────────────────────────────────────

OPERATION = name("LX-1218")
PRIVATE = "川E12345 张三"
"""Stands in every private field of the story; nothing of it may reach a platform."""


@dataclass(slots=True)
class Team:
    """One participant of the operation."""

    authority_id: str
    officers: int
    cars: int
    inspections: Sequence[tuple[joint.InspectionClass.ValueType, int]]
    suspects: int = 0
    heads: int = 0
    objects: int = field(default=0, init=False)

    @property
    def participation_id(self) -> str:
        return name("LX-1218", self.authority_id)

    def tales(self) -> list[Tale]:
        """Check-in, inspections, findings with seizure, education."""
        tales = [self._tale(self._check_in(number)) for number in range(1, self.officers + 1)]
        suspects = self.suspects
        for inspection_class, count in self.inspections:
            for _ in range(count):
                self.objects += 1
                tales += map(self._tale, self._inspection(inspection_class, suspects > 0))
                suspects -= 1
        if self.heads:
            tales.append(self._tale(joint.EducationRecorded(**self._common(), head_count=self.heads, topic=PRIVATE)))
        return tales

    def _tale(self, event: Message) -> Tale:
        return Tale(self.authority_id, event, MORNING + timedelta(minutes=self.objects))

    def _common(self) -> dict[str, Any]:
        return {"participation_id": self.participation_id, "operation_id": OPERATION}

    def _check_in(self, number: int) -> joint.OfficerCheckedIn:
        car = (number - 1) % self.cars + 1
        return joint.OfficerCheckedIn(**self._common(), checkpoint_id="A", officer_no=number, car_no=car)

    def _inspection(self, inspection_class: joint.InspectionClass.ValueType, suspected: bool) -> Iterable[Message]:
        inspection_id = name(self.authority_id, "inspection", self.objects)
        thing: dict[str, Any] = {"object_kind": joint.OBJECT_KIND_VEHICLE, "object_no": self.objects}
        result = joint.INSPECTION_RESULT_FINDING if suspected else joint.INSPECTION_RESULT_OK
        yield joint.InspectionRecorded(
            **self._common(), **thing, inspection_id=inspection_id, inspection_class=inspection_class, result=result,
            object=joint.InspectedObject(plate=PRIVATE),
        )  # fmt: skip
        if suspected:
            finding_id = name(self.authority_id, "finding", self.objects)
            about = {**self._common(), **thing, "inspection_id": inspection_id, "finding_id": finding_id}
            yield joint.FindingRecorded(**about, act_code="JT-0101", facts=PRIVATE, party_name=PRIVATE)
            yield joint.FindingRecorded(**about | {"finding_id": name(finding_id)}, act_code="JT-0102", facts=PRIVATE)
            yield joint.HandlingRecorded(**about, handling=joint.HANDLING_SEIZED, document_number=PRIVATE)


def lx_1218(luxian: str = LUXIAN, yongchuan: str = YONGCHUAN, rongchang: str = RONGCHANG) -> list[Tale]:
    """6 cars 辆次, 18 officers 人次, 60 inspections = 5 + 10 + 45, 2 suspected, 2 seized; by three authorities."""
    teams = [
        Team(luxian, 8, 3, [(joint.INSPECTION_CLASS_PASSENGER, 5), (joint.INSPECTION_CLASS_OTHER, 25)], 1, 30),
        Team(yongchuan, 6, 2, [(joint.INSPECTION_CLASS_RIDE_HAILING, 10)], 1, 12),
        Team(rongchang, 4, 1, [(joint.INSPECTION_CLASS_OTHER, 20)]),
    ]
    checkpoints = {"A": yongchuan, "B": luxian, "C": luxian}
    members = [team.authority_id for team in teams]
    plan: dict[str, Any] = {
        "operation_id": OPERATION,
        "lead_id": luxian,
        "operation_type": joint.OPERATION_TYPE_CAMPAIGN,
        "starts_on": "2024-12-18",
        "ends_on": "2024-12-18",
    }
    begin = [Tale(luxian, joint.OperationPlanned(**plan, name=PRIVATE))]
    begin += [Tale(luxian, joint.ParticipantInvited(**plan, participant_id=member)) for member in members]
    begin += [
        Tale(team.authority_id, joint.InvitationAccepted(participation_id=team.participation_id, lead_id=luxian,
                                                         operation_id=OPERATION, participant_id=team.authority_id))
        for team in teams
    ]  # fmt: skip
    begin.append(Tale(luxian, joint.RosterPublished(operation_id=OPERATION, participant_ids=members, roster_version=1)))
    begin += [
        Tale(owner, joint.CheckpointOpened(participation_id=name("LX-1218", owner), operation_id=OPERATION,
                                           lead_id=luxian, participant_id=owner, checkpoint_id=checkpoint))
        for checkpoint, owner in checkpoints.items()
    ]  # fmt: skip
    evening = MORNING + timedelta(hours=8)
    end = [
        Tale(team.authority_id, joint.FieldWorkReported(participation_id=team.participation_id, lead_id=luxian,
                                                        operation_id=OPERATION, participant_id=team.authority_id),
             evening)
        for team in teams
    ]  # fmt: skip
    closed = joint.OperationClosed(
        operation_id=OPERATION,
        participant_ids=members,
        present_ids=members,
        operation_type=joint.OPERATION_TYPE_CAMPAIGN,
    )
    return [*begin, *(tale for team in teams for tale in team.tales()), *end, Tale(luxian, closed, evening)]
