"""Kinds of requests (请求类型) that the clocks and the rules tell apart."""

from typing import Final

from enforcement.cross_border.v1 import events_pb2 as pb

HAND_OVERS: Final = frozenset({pb.REQUEST_TYPE_CLUE, pb.REQUEST_TYPE_CASE_TRANSFER})
"""They move a clue or a case to the other side when it accepts (线索移送、案件移送)."""
