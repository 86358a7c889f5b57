"""Takes a service back to what served before: one decision for the console and for operators.

The Lambda is what the SSM Automation document invokes; `python -m ops rollback` plans with the same
code and the operator's own credentials.
"""
