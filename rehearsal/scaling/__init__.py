"""What Application Auto Scaling does with policies, bounds and schedules, and moto does not."""
