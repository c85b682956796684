"""The clocks of the officers' register: none. Expiry of a credential is judged on the day of each act."""

from services.kernel.deadlines import Deadlines

DEADLINES = Deadlines()
