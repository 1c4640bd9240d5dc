"""Running every week without Dagster's server: timers of systemd and agents of launchd."""
