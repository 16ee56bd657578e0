"""What every room may use: errors, findings, clock, tasks, log. Imports nothing of ours."""
