"""What a rehearsal runs on this machine: processes, tasks with their faults, PostgreSQL."""
