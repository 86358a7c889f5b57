"""Tests of the load balancer, with a real Caddy and real targets."""
