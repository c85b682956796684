"""A step of an operation has one name, at its authorities and at the platforms."""

from services.joint_operations.views import TITLES
from services.platform.supervision import OPERATION_STEPS


def test_platforms_call_every_step_what_its_authorities_call_it():
    assert {event: TITLES[event] for event in OPERATION_STEPS} == dict(OPERATION_STEPS)
