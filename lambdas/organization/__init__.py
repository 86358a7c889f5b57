"""Does in AWS Organizations what CloudFormation has no resource for, from the stack that needs it.

CloudFormation makes organizations, OUs, accounts and policies
(https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_Organizations.html). It
neither switches on a policy type, without which `AWS::Organizations::Policy` fails, nor moves an
account that it did not make, nor switches on trusted access, nor registers a delegated
administrator. These are custom resources here. What is so already stays as it is, and deleting a
resource leaves everything: going back would take guardrails away.
"""
