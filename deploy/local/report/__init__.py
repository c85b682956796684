"""What the demo shows: progress while the story is told, and the report at its end, Chinese first."""
