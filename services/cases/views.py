"""Read models of cases: their tables. What fills them stands by topic beside this module.

case_views          the case's file: case_file
side_state_views    what lies over its stage
dispute_views       disputes over who is competent
evidence_views      evidence, measure
act_views           act_record, device_record, act_answer
on_spot_views       on_spot_file
discretion_views    rule_set, evaluation
search_views, sanctions_views, file_views, publication_views    tables of their own
titles              the words of the timeline
"""

from datetime import date, datetime
from pathlib import Path

from services.cases.file_views import keep_files
from services.cases.model import act_inquiry as inquiry_model
from services.cases.model import case
from services.cases.model import on_spot as on_spot_model
from services.cases.publication_views import keep_publications
from services.cases.sanctions_views import keep_sanctions
from services.cases.search_views import keep_search
from services.cases.titles import TITLES
from services.kernel.deadlines.units import start_of
from services.kernel.projection import Views
from services.kernel.timeline import keep_timeline

views = Views("cases", version=20, sql=Path(__file__).with_name("views.sql"))

case_file = views.table("case_file", key="case_id")
evidence = views.table("evidence", key=("case_id", "evidence_id"))
measure = views.table("measure", key=("case_id", "measure_id"))
act_record = views.table("act_record", key="matter_id")
device_record = views.table("device_record", key="capture_id")
act_answer = views.table("act_answer", key=("matter_id", "responder_id"))
on_spot_file = views.table("on_spot_file", key="on_spot_id")
rule_set = views.table("rule_set", key="rule_set_id")
evaluation = views.table("evaluation", key="case_id")


def begins(on: str) -> datetime | None:
    """A day of an older system as an instant: its beginning."""
    return start_of(date.fromisoformat(on)) if on else None


keep_search(views)
keep_sanctions(views)
keep_files(views)
keep_publications(views)
keep_timeline(views, TITLES, (case, on_spot_model.on_spot, inquiry_model.act_inquiry, inquiry_model.act_answer))
