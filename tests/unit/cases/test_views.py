"""Read models of cases."""

from services.cases.service import SERVICE
from services.kernel.timeline import TABLE


def test_every_event_of_a_case_has_a_title_in_its_history():
    titled = {
        name for name, handlers in SERVICE.views.handlers.items() if TABLE in {one.table.name for one in handlers}
    }
    assert titled == frozenset().union(*(aggregate.events for aggregate in SERVICE.aggregates))
