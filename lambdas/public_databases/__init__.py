"""Turns databases that are publicly accessible back, and tells people.

A service control policy can stop a database from being made public: `rds:PubliclyAccessible` is a
condition key of rds:CreateDBInstance, CreateDBInstanceReadReplica and the restores of instances.
It is none of rds:ModifyDBInstance, nor of what makes clusters
(https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonrds.html), so an
existing instance can be made public whatever the policies say. That is what is looked for here.

Snapshots that are shared with everyone are not: a policy can deny rds:ModifyDBSnapshotAttribute and
rds:ModifyDBClusterSnapshotAttribute. Nor are DB shard groups, of which rds:CreateDBShardGroup knows
the condition key and which no call makes public later
(https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBShardGroup.html).
"""
