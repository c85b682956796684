"""The text of an operation's summary (行动总结), generated from its numbers in the style of the bureaus' reports.

    2024年12月18日，泸县交通运输局牵头，会同永川区交通运输综合行政执法支队开展打击非法营运联合执法行动。共出动执法车辆6辆次、
    执法人员18人次，检查60台次，其中客运5台次、网约车10台次、其他45台次；发现涉嫌违法车辆2台，扣押2台。

Counts are exact; "余" belongs to yearly reports. A zero is left out, except the two that a reader would miss: no
inspection, no finding.
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final

from enforcement.joint_operations.v1 import events_pb2 as pb

from services.joint_operations.numbers import figures
from services.kernel.values import term

_DOMAIN: Final = "enforcement.joint_operations.summary.v1"
"""First line of what is signed: no other document has it."""


def summary_text(
    *,
    name: str,
    starts_on: str,
    ends_on: str,
    lead_name: str,
    partner_names: Sequence[str],
    numbers: pb.FieldNumbers,
) -> str:
    """The text: who, when, what, and each number with its unit."""
    days = _day(starts_on) if starts_on == ends_on else f"{_day(starts_on)}至{_day(ends_on)}"
    with_whom = f"，会同{'、'.join(partner_names)}" if partner_names else ""
    opening = f"{days}，{lead_name}牵头{with_whom}开展{name}。"
    return f"{opening}共{_forces(numbers)}，{_inspections(numbers)}；{_results(numbers)}。"


def summary_digest(
    *,
    operation_id: str,
    proposal_id: str,
    by_participant: Iterable[pb.ParticipantNumbers],
    total: pb.FieldNumbers,
    text: str,
) -> bytes:
    """SHA-256 of what participants sign: UTF-8 lines, each ended by a line feed.

    The domain, the operation, the proposal; for the sum and then for each participant in the order of the proposal its
    id ("" for the sum) and one line "definition/version unit value" per figure, by class "class=value"; the text last.
    """
    lines = [_DOMAIN, operation_id, proposal_id, *_lines("", total)]
    for part in by_participant:
        lines += _lines(part.participant_id, part.numbers)
    return hashlib.sha256("".join(f"{line}\n" for line in (*lines, text)).encode()).digest()


def _lines(participant_id: str, numbers: pb.FieldNumbers) -> list[str]:
    counted = [
        f"{one.definition_id}/{one.definition_version} {pb.FigureUnit.Name(one.unit)} {one.value}"
        for one in figures(numbers)
    ]
    classes = [
        f"{pb.InspectionClass.Name(one.inspection_class)}={one.inspections}" for one in numbers.inspections_by_class
    ]
    return [f"participant {participant_id}", *counted, *classes]


def _forces(numbers: pb.FieldNumbers) -> str:
    cars = f"出动执法车辆{numbers.car_times}辆次、" if numbers.car_times else "出动"
    return f"{cars}执法人员{numbers.officer_times}人次"


def _inspections(numbers: pb.FieldNumbers) -> str:
    classes = "、".join(
        f"{term(pb.InspectionClass, counted.inspection_class)}{counted.inspections}台次"
        for counted in numbers.inspections_by_class
    )
    return f"检查{numbers.inspections}台次" + (f"，其中{classes}" if classes else "")


def _results(numbers: pb.FieldNumbers) -> str:
    found = (
        f"发现涉嫌违法车辆{numbers.vehicles_with_findings}台"
        if numbers.vehicles_with_findings
        else "未发现涉嫌违法车辆"
    )
    seized = f"，扣押{numbers.vehicles_seized}台" if numbers.vehicles_seized else ""
    educated = f"，开展警示教育{numbers.education_heads}人次" if numbers.education_heads else ""
    return found + seized + educated


def _day(iso: str) -> str:
    year, month, day = iso.split("-")
    return f"{year}年{int(month)}月{int(day)}日"
