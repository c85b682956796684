"""Read models of transfers."""

from services.kernel.timeline import TABLE
from services.transfer.model import oversight, referral, transfer
from services.transfer.views import views


def test_every_event_of_every_side_has_a_title_in_its_history():
    titled = {name for name, handlers in views.handlers.items() if TABLE in {one.table.name for one in handlers}}
    assert titled == transfer.events | referral.events | oversight.events
