"""What nobody may do, whatever their own policies say: service and resource control policies.

One file for each guardrail, with the sentence that it enforces. No CDK here: these are values,
which `stacks.organization` attaches and which the tests execute.
"""
