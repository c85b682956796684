"""given events, when a command, then exactly these events, or this refusal: the words of every decider test.

    given(transfer, OPENED, REPORTED).when(APPROVE, actor=DEPUTY).refused(Refusal.NEEDS_PRINCIPAL_HEAD)
    given(transfer, on("2025-04-29 10:00", REPORTED)).when(APPROVE, at="2025-04-30 16:00", actor=HEAD).then(APPROVED)

`when` checks the command against its schema first, so a test cannot prove something about a command that no caller can
send. `then` compares whole events in order, and folds them twice: once kept in memory, once from their bytes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

import protovalidate
from enforcement.common.v1 import common_pb2 as common
from enforcement.options.v1 import options_pb2 as options
from google.protobuf.message import Message

from services.kernel.authority import Authority
from services.kernel.clock import SHANGHAI
from services.kernel.decider import Aggregate, Context
from services.kernel.errors import RefusalCode, Refused
from services.kernel.facts import Act, Fact
from services.kernel.identity import Actor
from services.kernel.ledger import derive
from services.kernel.messages import encode, to_timestamp, type_name
from services.kernel.policy import Policy, PolicyContext
from services.kernel.rules import Rules

S = TypeVar("S")

LUXIAN: Final = Authority("jt-510521", "泸县交通运输局")
YONGCHUAN: Final = Authority("jt-500118", "永川区交通运输委员会")
RONGCHANG: Final = Authority("jt-500153", "荣昌区交通运输委员会")
POLICE: Final = Authority("ga-510521", "泸县公安局")
PROCURATORATE: Final = Authority("jcy-510521", "泸县人民检察院")
SICHUAN_PLATFORM: Final = Authority("pt-510000", "四川省级平台")
CHONGQING_PLATFORM: Final = Authority("pt-500000", "重庆省级平台")
MEMBERS: Final = {
    member.id: member
    for member in (LUXIAN, YONGCHUAN, RONGCHANG, POLICE, PROCURATORATE, SICHUAN_PLATFORM, CHONGQING_PLATFORM)
}
LOCAL_RULES: Final = Rules(
    local={
        "hearing_threshold_fen": {
            f"{province}/{kind}": ((date(2021, 7, 15), amount),)
            for province in ("510000", "500000")
            for kind, amount in (("person", "1000000"), ("organisation", "10000000"))
        }
    }
)
"""No switch is changed, and local law has amounts, those of maritime bodies: 10,000 and 100,000 yuan."""
NOON: Final = datetime(2024, 12, 18, 12, 0, tzinfo=SHANGHAI)
"""When an act takes place unless a test says otherwise."""
_AT_NOON: Final = UUID(int=int(NOON.timestamp() * 1000) << 80 | 0x7 << 76 | 0b10 << 62)
_VALIDATOR: Final = protovalidate.Validator()


def uid(name: str) -> str:
    """A UUIDv8 that a name always gives, of NOON."""
    return str(derive(_AT_NOON, name))


def instant(text: str | datetime) -> datetime:
    """An instant from "2025-04-29 10:00", as people in China read it."""
    return text if isinstance(text, datetime) else datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def officer(
    name: str,
    *roles: options.Role.ValueType,
    authority: Authority = LUXIAN,
    status: common.CredentialStatus.ValueType = common.CREDENTIAL_STATUS_ACTIVE,
) -> common.OfficerSnapshot:
    """An officer as a register has them: active, unless a test says otherwise."""
    return common.OfficerSnapshot(
        officer_id=uid(f"{authority.id}/{name}"),
        authority_id=authority.id,
        credential_number=f"51-{name}",
        status=status,
        roles=roles or (options.ROLE_INVESTIGATOR,),
    )


def acting(snapshot: common.OfficerSnapshot) -> Actor:
    """The officer as the caller of a command."""
    return Actor(snapshot.officer_id, "officer", snapshot)


LI: Final = officer("李")
WANG: Final = officer("王")
ZHAO: Final = officer("赵")
SUSPENDED: Final = officer("钱", status=common.CREDENTIAL_STATUS_SUSPENDED)
CHIEF: Final = officer("周", options.ROLE_UNIT_CHIEF)
LEADER: Final = officer("吴", options.ROLE_LEADER)
HEAD: Final = officer("郑", options.ROLE_PRINCIPAL_HEAD, options.ROLE_LEADER)
REGISTER: Final = (LI, WANG, ZHAO, SUSPENDED, CHIEF, LEADER, HEAD)
"""Officers known unless a test names its own."""
POLICY: Final = Actor("policy", "service")


@dataclass(frozen=True, slots=True)
class On:
    """An event with the instant of its act."""

    at: datetime
    event: Message


History = tuple[Message | On, ...]
"""Events before a command; those without an instant took place at NOON."""


def on(at: str | datetime, event: Message) -> On:
    """The event of an act at an instant."""
    return On(instant(at), event)


class Register:
    """A register that knows each officer in one state, on every day."""

    def __init__(self, snapshots: Iterable[common.OfficerSnapshot]) -> None:
        self._by_id = {snapshot.officer_id: snapshot for snapshot in snapshots}

    def at(self, officer_id: str, instant: datetime) -> common.OfficerSnapshot | None:
        return self._by_id.get(officer_id)


@dataclass(frozen=True, slots=True)
class Outcome(Generic[S]):
    """What a command led to."""

    aggregate: Aggregate[S]
    history: tuple[On, ...]
    before: S
    at: datetime
    events: list[Message] = field(default_factory=list)
    refusal: Refused | None = None

    def then(self, *expected: Message) -> S:
        """Exactly these events, in this order; the state after them."""
        __tracebackhide__ = True
        assert self.refusal is None, f"refused: {self.refusal} ({self.refusal.code.name})"
        assert [(type_name(e), e) for e in self.events] == [(type_name(e), e) for e in expected]
        return self.state

    def refused(self, code: RefusalCode, **variables: object) -> None:
        """This refusal, with these variables; no event, and sentences without a gap in them."""
        __tracebackhide__ = True
        assert self.refusal is not None, f"not refused, but: {[type_name(event) for event in self.events]}"
        assert self.refusal.code is code, f"refused with {self.refusal.code.name}: {self.refusal}"
        assert not self.events
        assert "{" not in self.refusal.zh + self.refusal.en, self.refusal.zh
        for name, value in variables.items():
            assert self.refusal.variables[name] == str(value)

    @property
    def state(self) -> S:
        """The state after the events: the same kept in memory and folded again from the bytes of the whole history."""
        __tracebackhide__ = True
        new = [On(self.at, event) for event in self.events]
        kept = _fold(self.aggregate, self.before, new)
        copies = [On(entry.at, type(entry.event).FromString(encode(entry.event))) for entry in (*self.history, *new)]
        assert _fold(self.aggregate, self.aggregate.initial, copies) == kept
        return kept


class Given(Generic[S]):
    """An aggregate with a history."""

    def __init__(self, aggregate: Aggregate[S], *events: Message | On) -> None:
        self._aggregate = aggregate
        self._history = tuple(entry if isinstance(entry, On) else On(NOON, entry) for entry in events)
        self.state = _fold(aggregate, aggregate.initial, self._history)

    def when(
        self,
        command: Message,
        *,
        actor: common.OfficerSnapshot | Actor = LI,
        at: str | datetime = NOON,
        now: str | datetime | None = None,
        officers: Iterable[common.OfficerSnapshot] = REGISTER,
        authority: Authority = LUXIAN,
        members: Mapping[str, Authority] = MEMBERS,
        rules: Rules | None = None,
        origin: str | None = None,
        told_at: str | datetime | None = None,
        found: Any = None,
    ) -> Outcome[S]:
        """Decides a command of an actor at an instant; its id and instant are filled in. `found` is its look-up's."""
        __tracebackhide__ = True
        request: Any = type(command)()
        request.CopyFrom(command)
        request.command_id = request.command_id or uid(f"command/{type_name(command)}")
        act_at = instant(at)
        request.occurred_at.CopyFrom(to_timestamp(act_at))
        violations = _VALIDATOR.collect_violations(request)
        assert not violations, [violation.proto for violation in violations]
        register = tuple(officers)
        context = Context(
            authority=authority,
            actor=actor if isinstance(actor, Actor) else acting(actor),
            occurred_at=act_at,
            now=instant(now) if now is not None else act_at,
            command_id=UUID(request.command_id),
            rules=rules or LOCAL_RULES,
            officers=Register(register),
            members=members,
            origin=origin,
            told_at=instant(told_at) if told_at is not None else None,
            found=found,
        )
        try:
            events = self._aggregate.events_of(self.state, request, context)
        except Refused as refusal:
            return Outcome(self._aggregate, self._history, self.state, act_at, refusal=refusal)
        return Outcome(self._aggregate, self._history, self.state, act_at, events)


def given(aggregate: Aggregate[S], *events: Message | On) -> Given[S]:
    """An aggregate after these events; those without an instant took place at NOON."""
    return Given(aggregate, *events)


def reactions(
    policy: Policy,
    event: Message,
    *,
    authority: Authority = LUXIAN,
    origin: str | None = None,
    at: str | datetime = NOON,
    rules: Rules | None = None,
    members: Mapping[str, Authority] = MEMBERS,
) -> list[Message]:
    """The commands that a policy issues for an event, own (`origin` None) or signed by another authority."""
    event_id = UUID(uid(f"event/{type_name(event)}"))
    fact = Fact(event_id=event_id, occurred_at=instant(at), actor=origin or "test", origin=origin)
    return [command for _, command in policy.commands(event, PolicyContext(authority, members, rules or Rules(), fact))]


def _fold(aggregate: Aggregate[S], state: S, history: Iterable[On]) -> S:
    for n, entry in enumerate(history):
        act = Act(event_id=UUID(int=n), occurred_at=entry.at, actor=LI.officer_id)
        state = aggregate.next(state, entry.event, act)
    return state
