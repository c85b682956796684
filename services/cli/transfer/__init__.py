"""`enforcement transfer`: a transfer as each side knows it, on paper, too, its proof, and what was not transferred."""

from services.cli.language import group
from services.cli.transfer import paper, proof, show, suspicions

app = group("涉嫌犯罪案件移送。", "Transfers of suspected crimes.")
for module in (show, proof, paper, suspicions):
    module.add_to(app)
