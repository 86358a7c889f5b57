"""What CloudWatch does with published data, and moto does not: statistics, metric math, alarms."""
