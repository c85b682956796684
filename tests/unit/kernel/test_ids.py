"""Ids in requests: the same id is the same text everywhere."""

from enforcement.joint_operations.v1 import service_pb2 as pb

from services.kernel.messages import canonical_ids

UPPER = "01930000-0000-7000-8000-00000000ABCD"


def test_every_uuid_of_a_request_is_written_in_lower_case_at_every_depth() -> None:
    request = pb.PublishRosterRequest(operation_id=UPPER)
    request.assignments.add(checkpoint_id=UPPER, officer_id="川51052100001ABC")
    canonical_ids(request)
    assert (request.operation_id, request.assignments[0].checkpoint_id) == (UPPER.lower(), UPPER.lower())
    assert request.assignments[0].officer_id == "川51052100001ABC"
