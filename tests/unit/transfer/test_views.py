"""Read models of transfers."""

from services.kernel.timeline import TABLE
from services.transfer.model.discipline import discipline_clue, received_clue
from services.transfer.service import AGGREGATES
from services.transfer.views import views


def test_every_event_of_every_side_has_a_title_in_its_history():
    titled = {name for name, handlers in views.handlers.items() if TABLE in {one.table.name for one in handlers}}
    quiet = discipline_clue.events | received_clue.events
    assert titled == frozenset().union(*(aggregate.events for aggregate in AGGREGATES)) - quiet
