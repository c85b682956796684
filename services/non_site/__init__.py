"""Non-site enforcement (非现场执法, 治超): devices, their records, incidents, and what follows a case of overload."""
