"""`enforcement non-site`: devices, their records, and what follows a case of overload (治超)."""

from services.cli.language import group
from services.cli.non_site import captures, devices, follow_ups, incidents, items, notices, subjects

app = group("非现场执法（治超）。", "Non-site enforcement (overload).")
app.add_typer(devices.app, name="device")
app.add_typer(captures.app, name="capture")
app.add_typer(incidents.app, name="incident")
app.add_typer(subjects.app, name="subject")
app.add_typer(items.app, name="item")
app.add_typer(follow_ups.app, name="follow-up")
app.add_typer(notices.app, name="notice")
notices.add_to(app)
