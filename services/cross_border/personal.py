"""Which data of a request are personal (个人信息), and what may be asked for and given.

State organs process personal data within their duties and no further than needed (个人信息保护法 arts. 13, 34): a
request says what the data are for, and the answer carries the fields that were asked for and no other.
"""

from collections.abc import Iterable
from typing import Final

from enforcement.cross_border.v1 import events_pb2 as pb

from services.kernel.values import term

PERSONAL: Final = frozenset(
    {
        pb.REQUESTED_FIELD_ID_NUMBER,
        pb.REQUESTED_FIELD_PHONE,
        pb.REQUESTED_FIELD_ADDRESS,
        pb.REQUESTED_FIELD_BANK_ACCOUNT,
    }
)


def personal(fields: Iterable[pb.RequestedField.ValueType]) -> list[pb.RequestedField.ValueType]:
    """The personal ones among the fields asked for."""
    return [field for field in fields if field in PERSONAL]


def terms(fields: Iterable[pb.RequestedField.ValueType]) -> str:
    """Fields as people read them, e.g. "身份证件号码、住址"."""
    return "、".join(term(pb.RequestedField, field) for field in fields)
