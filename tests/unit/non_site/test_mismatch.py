"""Dimensions that deviate go to the traffic police, evidence or not (超限运输车辆行驶公路管理规定 art. 45)."""

import pytest
from enforcement.non_site.v1 import capture_pb2 as pb
from enforcement.non_site.v1 import service_pb2 as commands

from services.kernel.errors import KernelRefusal
from services.non_site.model import Refusal, capture
from tests.support.decider import LI, SUSPENDED, given, on
from tests.unit.non_site.acts import CAPTURE, CAPTURED, REVIEWED

FOUND = pb.CaptureReviewed(
    capture_id=CAPTURE, accepted=True, reviewer=LI, dimensions_disagree=True, dimensions_note="栏板加高600毫米"
)
REJECTED = pb.CaptureReviewed(
    capture_id=CAPTURE, reviewer=LI, reason="车牌不清", dimensions_disagree=True, dimensions_note="栏板加高"
)
COPY = commands.RecordMismatchCopyRequest(capture_id=CAPTURE, recipient="泸县公安局交通警察大队")
COPIED = pb.MismatchCopied(capture_id=CAPTURE, recipient="泸县公安局交通警察大队")


@pytest.mark.parametrize("review", [FOUND, REJECTED])
def test_what_a_review_found_is_copied_whether_or_not_the_record_is_evidence(review: pb.CaptureReviewed):
    given(capture, *CAPTURED, review).when(COPY).then(COPIED)


def test_nothing_was_found_nothing_is_copied():
    given(capture, *CAPTURED, REVIEWED).when(COPY).refused(Refusal.NO_MISMATCH)
    given(capture, *CAPTURED).when(COPY).refused(Refusal.NO_MISMATCH)


def test_the_police_have_it_once():
    given(capture, *CAPTURED, FOUND, COPIED).when(COPY).refused(Refusal.MISMATCH_COPIED)


def test_nobody_copies_before_the_review_or_without_a_credential():
    given(capture, *CAPTURED, on("2025-06-01 10:00", FOUND)).when(COPY, at="2025-05-31 10:00").refused(
        Refusal.OUT_OF_ORDER
    )
    given(capture, *CAPTURED, FOUND).when(COPY, actor=SUSPENDED).refused(KernelRefusal.OFFICER_NOT_ACTIVE)
