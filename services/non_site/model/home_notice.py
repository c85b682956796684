"""The notice to a vehicle's home place (抄告): what 超限运输车辆行驶公路管理规定 art. 44 names, and to whom it goes."""

from collections.abc import Iterable, Mapping
from typing import Final

from enforcement.cases.v1 import events_pb2 as cases
from enforcement.cross_border.v1 import copy_notice_pb2 as notices
from enforcement.non_site.v1 import follow_up_pb2 as pb
from enforcement.non_site.v1 import incident_pb2 as incidents

from services.kernel.decider import Context

_NAMED: Final[Mapping[str, str]] = {
    "plate": "车牌号码",
    "plate_colour": "号牌颜色",
    "vehicle_type": "车型",
    "owner": "车辆所属企业",
    "transport_certificate_number": "道路运输证号",
    "driver": "驾驶人姓名",
    "driver_qualification": "驾驶人从业资格证号",
    "employer": "驾驶人所在企业",
    "cargo_source": "货运源头单位",
    "loading_note": "货物装载单",
    "decision": "行政处罚决定",
}
"""What art. 44 names. What is not known is said to be so ("不详"), by a person: silence would read as an oversight."""


def missing(notice: notices.CopyNotice) -> list[str]:
    """What of art. 44 a notice does not say."""
    return [name for field_, name in _NAMED.items() if not getattr(notice, field_).strip()]


def node_of(division: str, context: Context) -> str:
    """The road-transport authority of a division, when it has a node."""
    member = context.members.get(f"jt-{division}") if division else None
    return member.id if member is not None else ""


def issue(decided: pb.FollowUpDecided, home: str, notice: notices.CopyNotice, context: Context) -> pb.HomeNoticeIssued:
    """The notice to a home place: to its node, else by letter."""
    node = node_of(home, context)
    return pb.HomeNoticeIssued(
        follow_up_id=decided.follow_up_id,
        case_id=decided.case_id,
        notice_id=str(context.new_id("home_notice")),
        way=pb.NOTICE_WAY_NODE if node else pb.NOTICE_WAY_LETTER,
        home_authority_id=node,
        home_division_code=home,
        notice=notice,
    )


def completed(known: notices.CopyNotice, given: notices.CopyNotice) -> notices.CopyNotice:
    """What is known, with what the officer adds or corrects; violation, act and day stay as they were established."""
    notice = notices.CopyNotice()
    notice.CopyFrom(known)
    for field_ in (*_NAMED, "employer_number", "remark"):
        if added := getattr(given, field_).strip():
            setattr(notice, field_, added)
    return notice


def notice_of(
    case: pb.CaseFollowed,
    decision: str,
    number: str,
    violation_id: str,
    incident: Iterable[incidents.IncidentPartyAdded],
) -> notices.CopyNotice:
    """What a case and its incident know of what art. 44 names."""
    parties = {party.role: party.party for party in incident}
    parties.setdefault(case.incident_role, case.party)
    driver = parties.get(cases.INCIDENT_ROLE_DRIVER, cases.Party())
    company = parties.get(cases.INCIDENT_ROLE_COMPANY, cases.Party())
    return notices.CopyNotice(
        case_number=number,
        violation_id=violation_id,
        act_code=case.act_code,
        committed_on=case.act_on,
        plate=case.vehicle.plate,
        plate_colour=case.vehicle.plate_colour,
        vehicle_type=case.vehicle.type,
        owner=case.vehicle.owner,
        transport_certificate_number=case.vehicle.transport_certificate_number,
        driver=driver.name,
        driver_qualification=driver.licence_number,
        employer=company.name,
        employer_number=company.id_number,
        cargo_source=parties.get(cases.INCIDENT_ROLE_CARGO_SOURCE, cases.Party()).name,
        decision=decision,
    )
