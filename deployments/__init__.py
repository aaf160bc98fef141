"""Where and when it runs: the command, the wiring, the schedules, the web."""
