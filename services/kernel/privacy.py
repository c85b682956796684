"""Personal data inside the authority: who sees which class of it, how the others see it, and who saw what.

    answer with fields marked `personal` ──▶ may they, and why? ──yes──▶ as it is, and noted
                                                  └──no──▶ masked             │
                                                    noted ──▶ PersonalDataAccessed in the ledger ──▶ answer

What is personal stands beside the field in the protos (option `personal`). Who sees it stands in `SEES`: a role sees a
class of every case; the officers of a case see all of that case. Everybody names a purpose first, and without one
everything is masked (个人信息保护法 arts. 6, 34: not beyond what the duty needs).

Promise   an answer with an unmasked personal field leaves only after the ledger has the access: who, credential,
          purpose, basis, which matters, which fields, how many results.
Not       secrecy from whoever reads the database; what an officer does with what was seen; what another authority is
          shown, which services.exchange decides and records.
Bounds    SUBJECTS_MAX matters an event: a longer page of results is several events of one command.
Failing   the ledger away: no answer.
Shown by tests/unit/kernel/test_privacy.py, tests/integration/cases/test_finding.py
"""

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final
from uuid import UUID

from enforcement.audit.v1 import events_pb2 as audit
from enforcement.ledger.v1 import meta_pb2 as meta
from enforcement.options.v1 import options_pb2 as options
from google.protobuf.message import Message

from services.kernel.errors import KernelRefusal, Refused
from services.kernel.identity import Actor
from services.kernel.ledger import Append, Ledger, NewEvent, ids
from services.kernel.messages import encode, microseconds, type_name
from services.kernel.personal import Found, Kind, personal

if TYPE_CHECKING:
    from services.kernel.rpc import Call

CATEGORY: Final = "audit"
SUBJECTS_MAX: Final = 200
NAME: Final = options.PERSONAL_CLASS_NAME
ID_NUMBER: Final = options.PERSONAL_CLASS_ID_NUMBER
PHONE: Final = options.PERSONAL_CLASS_PHONE
ADDRESS: Final = options.PERSONAL_CLASS_ADDRESS
BANK: Final = options.PERSONAL_CLASS_BANK
PLATE: Final = options.PERSONAL_CLASS_PLATE
NARRATIVE: Final = options.PERSONAL_CLASS_NARRATIVE

NOTHING: Final[frozenset[Kind]] = frozenset()
EVERYTHING: Final = frozenset({NAME, ID_NUMBER, PHONE, ADDRESS, BANK, PLATE, NARRATIVE})
SEES: Final[Mapping[options.Role.ValueType, frozenset[Kind]]] = {
    options.ROLE_LEADER: EVERYTHING,
    options.ROLE_PRINCIPAL_HEAD: EVERYTHING,
    options.ROLE_UNIT_CHIEF: EVERYTHING,
    options.ROLE_LEGAL_REVIEWER: EVERYTHING - {BANK},
    options.ROLE_HEARING_CHAIR: EVERYTHING - {BANK},
    options.ROLE_RECORDER: frozenset({NAME, PHONE, ADDRESS, NARRATIVE}),
    options.ROLE_FINANCE: frozenset({NAME, ID_NUMBER, BANK}),
    options.ROLE_CASE_MANAGER: EVERYTHING,
    options.ROLE_INVESTIGATOR: frozenset({PLATE}),
}
"""What a role sees of every case. A role that is not named here sees nothing; an investigator sees the plates that the
road shows anyway, and all of the own cases."""
OWN: Final = EVERYTHING
"""What the officers of a case see of it."""
WHOLE: Final = EVERYTHING - {BANK}
"""What somebody must see of a matter to be shown what cannot be masked: a sheet, a file."""

FORMS: Final[tuple[tuple[Kind, re.Pattern[str]], ...]] = (
    (ID_NUMBER, re.compile(r"(?<!\d)[1-9]\d{5}(?:18|19|20)\d{9}[\dXx](?!\d)")),
    (BANK, re.compile(r"(?<!\d)\d{16,19}(?!\d)")),
    (PHONE, re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)|(?<!\d)0\d{2,3}-\d{7,8}(?!\d)")),
    (
        PLATE,
        re.compile(
            r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z][·•\s]?[A-Z0-9]{4,5}[A-Z0-9挂学警]"
        ),
    ),
)
"""What gives itself away in a free text by its form; names and addresses are known from the fields beside it."""

_KEPT: Final[Mapping[Kind, tuple[int, int]]] = {
    NAME: (1, 0),
    ID_NUMBER: (1, 1),
    PHONE: (3, 4),
    ADDRESS: (0, 0),
    BANK: (0, 4),
    PLATE: (2, 0),
}
"""Characters that a mask leaves, at the beginning and at the end."""


def mask(kind: Kind, value: str) -> str:
    """A value as those see it who may not see it: 张三 is 张*, 13800001234 is 138****1234, an address is ***.

    A value so short that what is left would be most of it is hidden whole. The empty value stays empty.
    """
    if not value:
        return ""
    first, last = _KEPT.get(kind, (0, 0))
    hidden = len(value) - first - last
    if hidden < 1 or (kind != NAME and hidden < 3) or first + last == 0:
        return "***"
    return value[:first] + "*" * hidden + value[len(value) - last :]


def sees(actor: Actor, *, own: bool) -> frozenset[Kind]:
    """The classes that somebody may see of a matter, if they name a purpose; nobody but officers sees any."""
    if actor.officer is None:
        return NOTHING
    general = NOTHING.union(*(SEES.get(role, frozenset()) for role in actor.officer.roles))
    return general | OWN if own else general


@dataclass(slots=True)
class Disclosure:
    """What one answer shows, and to whom. Made by `Privacy.disclosure`.

    Every message that leaves goes through `show`; `record` comes last, before the answer is given.
    """

    _privacy: "Privacy"
    _call: "Call"
    _purpose: audit.Purpose.ValueType
    _method: str
    _subjects: dict[str, None] = field(default_factory=dict)
    _fields: set[str] = field(default_factory=set)
    _searched: tuple[str, ...] = ()
    _results: int = 0

    def sees_all(self, kind: Kind) -> bool:
        """Whether the caller may see a class of every matter: whoever may not finds by it only among the own ones."""
        return kind in sees(self._call.actor, own=False)

    def searches(self, *fields: str) -> None:
        """The caller looks for a person by these fields of the request; nothing when there are none.

        Raises:
            Refused: PURPOSE_NEEDED.
        """
        if fields and not self._purpose:
            raise Refused(KernelRefusal.PURPOSE_NEEDED, fields="、".join(fields))
        self._searched = fields

    def show(self, message: Message, subject_id: str, officers: Collection[str]) -> bool:
        """Masks in place what the caller may not see of a matter, and notes what is left; whether anything was masked.

        Args:
            subject_id: the case or other matter that the message is about.
            officers: ids of the officers whose matter it is.
        """
        self._results += 1
        actor = self._call.actor
        allowed = sees(actor, own=actor.id in officers) if self._purpose else NOTHING
        found = [one for one in personal(message, "") if one.value]
        shown = [one for one in found if one.kind in allowed]
        hidden = [one for one in found if one.kind not in allowed and one.kind != NARRATIVE]
        words = {one.value: mask(one.kind, one.value) for one in hidden}
        texts_masked = _mask_texts([one for one in found if one.kind == NARRATIVE], words, allowed)
        for one in hidden:
            one.hide(words[one.value])
        if shown:
            self._subjects[subject_id] = None
            self._fields.update(one.path for one in shown)
        return bool(hidden) or texts_masked

    def sees_whole(
        self,
        officers: Collection[str],
        *,
        closed: bool = False,
        roles: "Collection[options.Role.ValueType] | None" = None,
    ) -> bool:
        """Whether the caller may see something of a matter that cannot be masked.

        Args:
            officers: ids of the officers whose matter it is.
            closed: it is for them and the principal head, whatever others see of every matter.
            roles: it is for them and who holds one of these, and for nobody else; None: as roles see every matter.
        """
        actor = self._call.actor
        if not self._purpose:
            return False
        if roles is not None:
            return actor.id in officers or actor.holds(*roles)
        if closed:
            return actor.id in officers or actor.holds(options.ROLE_PRINCIPAL_HEAD)
        return sees(actor, own=actor.id in officers) >= WHOLE

    def whole(self, subject_id: str, path: str) -> None:
        """Notes a file with everything about a matter, in which nothing is masked.

        Raises:
            Refused: PURPOSE_NEEDED.
        """
        if not self._purpose:
            raise Refused(KernelRefusal.PURPOSE_NEEDED, fields=path)
        self._results += 1
        self._subjects[subject_id] = None
        self._fields.add(path)

    async def record(self) -> None:
        """Appends what was shown or searched by, if anything was; the answer may leave when this returns.

        Raises:
            services.kernel.ledger.LedgerError: nothing may be answered.
        """
        if self._subjects or self._searched:
            await self._privacy.record(self._events(), self._call)

    def _events(self) -> Iterator[audit.PersonalDataAccessed]:
        officer = self._call.actor.officer
        basis = audit.Purpose.DESCRIPTOR.values_by_number[self._purpose].GetOptions().Extensions[options.basis]
        subjects = list(self._subjects)
        for start in range(0, max(len(subjects), 1), SUBJECTS_MAX):
            yield audit.PersonalDataAccessed(
                officer_id=self._call.actor.id,
                credential_number=officer.credential_number if officer else "",
                roles=officer.roles if officer else (),
                purpose=self._purpose,
                legal_basis=basis,
                method=self._method,
                subject_ids=subjects[start : start + SUBJECTS_MAX],
                fields=sorted(self._fields),
                searched_by=self._searched,
                result_count=self._results,
            )


class Privacy:
    """Records access to personal data in the authority's ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def disclosure(self, call: "Call", purpose: audit.Purpose.ValueType, method: str) -> Disclosure:
        """What an answer of `method` to a call shows."""
        return Disclosure(self, call, purpose, method)

    async def record(self, events: Iterable[audit.PersonalDataAccessed], call: "Call") -> None:
        """Appends accesses, all of one answer in one stream and one commit."""
        command_id = ids.uuid7()
        access_id = ids.derive(command_id, CATEGORY)
        noted = encode(_meta(call))
        bodies = [_with_id(event, access_id) for event in events]
        await self._ledger.append(
            Append(
                command_id=command_id,
                digest=hashlib.sha256(b"".join(bodies)).digest(),
                stream_id=access_id,
                category=CATEGORY,
                expected_version=0,
                events=tuple(NewEvent(type_name(audit.PersonalDataAccessed), body, noted) for body in bodies),
                correlation_id=access_id,
                causation_id=command_id,
            )
        )


def _meta(call: "Call") -> meta.Meta:
    officer = call.actor.officer
    return meta.Meta(
        actor=call.actor.id,
        actor_kind=meta.ActorKind.Value(f"ACTOR_KIND_{call.actor.kind.upper()}"),
        occurred_us=microseconds(call.now),
        skippable=True,
        officers=[officer] if officer else [],
    )


def _with_id(event: audit.PersonalDataAccessed, access_id: UUID) -> bytes:
    event.access_id = str(access_id)
    return encode(event)


def _mask_texts(texts: list[Found], words: Mapping[str, str], allowed: frozenset[Kind]) -> bool:
    """Masks in free texts the known words, and what gives itself away by its form."""
    changed = False
    for one in texts:
        text = one.value
        for word in sorted(words, key=len, reverse=True):
            text = text.replace(word, words[word])
        if NARRATIVE not in allowed:
            for kind, form in FORMS:
                text = form.sub(partial(_masked, kind), text)
        if text != one.value:
            one.hide(text)
            changed = True
    return changed


def _masked(kind: Kind, match: re.Match[str]) -> str:
    return mask(kind, match.group())
