"""`enforcement case`: what a case is, its file, its neighbours; and `on-spot`, the simplified procedure."""

from services.cli.case import archive, documents, finding, importing, on_spot, publication, review, sanctions, show
from services.cli.language import group

app = group("案件。", "Cases.")
for module in (show, documents, archive, finding, importing, publication, review, sanctions, on_spot):
    module.add_to(app)
