"""The logical ids of everything that holds state or identity: the contract with what is deployed.

CloudFormation knows a resource by its logical id. One that changes here makes it create a new
database, key or load balancer, and delete or orphan the old one. So a change of this table is
never a repair of a test: it is a migration, to be planned as one.
"""

from __future__ import annotations

STATEFUL_TYPES = frozenset(
    {
        "AWS::CloudTrail::Trail",
        "AWS::CodeDeploy::Application",
        "AWS::CodeDeploy::DeploymentGroup",
        "AWS::CodePipeline::Pipeline",
        "AWS::EC2::EIP",
        "AWS::EC2::Subnet",
        "AWS::EC2::VPC",
        "AWS::ECR::Repository",
        "AWS::ECS::Cluster",
        "AWS::ECS::Service",
        "AWS::ElasticLoadBalancingV2::Listener",
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        "AWS::KMS::Key",
        "AWS::Organizations::Account",
        "AWS::Organizations::Organization",
        "AWS::Organizations::OrganizationalUnit",
        "AWS::RDS::DBCluster",
        "AWS::RDS::DBInstance",
        "AWS::RDS::DBSubnetGroup",
        "AWS::S3::Bucket",
        "AWS::SNS::Topic",
        "AWS::SecretsManager::Secret",
        "AWS::ServiceDiscovery::PrivateDnsNamespace",
    }
)

PIPELINE = {
    "ArtifactsAccessLogs4D97777C": "AWS::S3::Bucket",
    "ArtifactsBucket88671897": "AWS::S3::Bucket",
    "ArtifactsKeyA4B22E2B": "AWS::KMS::Key",
    "ImagesStorefrontRepository4790DD1D": "AWS::ECR::Repository",
    "NotificationsKeyADCFA950": "AWS::KMS::Key",
    "NotificationsTopicAE679CBD": "AWS::SNS::Topic",
    "Pipeline9850B417": "AWS::CodePipeline::Pipeline",
}

ORGANIZATION: dict[str, dict[str, str]] = {
    "LogArchive": {
        "Accesses7BF6DBB4": "AWS::S3::Bucket",
        "Key961B73FD": "AWS::KMS::Key",
        "Trail022F0CF2": "AWS::S3::Bucket",
    },
    "Organization": {
        "DevUnit": "AWS::Organizations::OrganizationalUnit",
        "ProdUnit": "AWS::Organizations::OrganizationalUnit",
        "Trail": "AWS::CloudTrail::Trail",
    },
}

EVERY_ENVIRONMENT: dict[str, dict[str, str]] = {
    "Network": {
        "AccessLogsBucketCD784A59": "AWS::S3::Bucket",
        "LogKeyE83D0C1B": "AWS::KMS::Key",
        "NetworkEgressAddress171076938": "AWS::EC2::EIP",
        "NetworkVpc7FB7348F": "AWS::EC2::VPC",
        "NetworkVpcIsolatedSubnet1Subnet0400477E": "AWS::EC2::Subnet",
        "NetworkVpcIsolatedSubnet2SubnetF65B365A": "AWS::EC2::Subnet",
        "NetworkVpcIsolatedSubnet3Subnet8C12D961": "AWS::EC2::Subnet",
        "NetworkVpcPrivateSubnet1Subnet6DD86AE6": "AWS::EC2::Subnet",
        "NetworkVpcPrivateSubnet2Subnet1BDBE877": "AWS::EC2::Subnet",
        "NetworkVpcPrivateSubnet3Subnet8ABFAF5C": "AWS::EC2::Subnet",
        "NetworkVpcPublicSubnet1Subnet36933139": "AWS::EC2::Subnet",
        "NetworkVpcPublicSubnet2SubnetC427CCE0": "AWS::EC2::Subnet",
        "NetworkVpcPublicSubnet3Subnet4BBF7F47": "AWS::EC2::Subnet",
    },
    "Data": {
        "DataKey17AFBB84": "AWS::KMS::Key",
        "DatabaseAdminSecret9BA08F45": "AWS::SecretsManager::Secret",
        "DatabaseCluster5B53A178": "AWS::RDS::DBCluster",
        "DatabaseClusterSubnets5540150D": "AWS::RDS::DBSubnetGroup",
        "DatabaseClusterWriterD43085C6": "AWS::RDS::DBInstance",
    },
    "Cluster": {
        "ServicesClusterDefaultServiceDiscoveryNamespaceA89D0027": (
            "AWS::ServiceDiscovery::PrivateDnsNamespace"
        ),
        "ServicesClusterFAAA2B60": "AWS::ECS::Cluster",
    },
    "Releases": {
        "NotificationsKeyADCFA950": "AWS::KMS::Key",
        "NotificationsTopicAE679CBD": "AWS::SNS::Topic",
    },
    "Secrets": {
        "InventoryDatabaseSecret150391EE": "AWS::SecretsManager::Secret",
        "Key961B73FD": "AWS::KMS::Key",
        "StorefrontApiKeysPaymentsKeySecret109CD0BE": "AWS::SecretsManager::Secret",
        "StorefrontApiKeysPaymentsProviderD966DCCA": "AWS::SecretsManager::Secret",
        "StorefrontDatabaseSecretB8600F9B": "AWS::SecretsManager::Secret",
        "TopicBFC7AF6E": "AWS::SNS::Topic",
    },
    "Guardrails": {
        "Key961B73FD": "AWS::KMS::Key",
        "TopicBFC7AF6E": "AWS::SNS::Topic",
    },
    "InventoryService": {
        "LoadBalancer8E47CE52": "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "LoadBalancerBlue9666BEE2": "AWS::ElasticLoadBalancingV2::TargetGroup",
        "LoadBalancerGreen466AEA5A": "AWS::ElasticLoadBalancingV2::TargetGroup",
        "LoadBalancerProductionD441827D": "AWS::ElasticLoadBalancingV2::Listener",
        "LoadBalancerTestE965A95C": "AWS::ElasticLoadBalancingV2::Listener",
        "ReleaseApplicationC503599B": "AWS::CodeDeploy::Application",
        "ReleaseDeploymentGroupB7B21D38": "AWS::CodeDeploy::DeploymentGroup",
        "ReleaseService40E4FA47": "AWS::ECS::Service",
    },
    "StorefrontService": {
        "LoadBalancer8E47CE52": "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "LoadBalancerBlue9666BEE2": "AWS::ElasticLoadBalancingV2::TargetGroup",
        "LoadBalancerGreen466AEA5A": "AWS::ElasticLoadBalancingV2::TargetGroup",
        "LoadBalancerProductionD441827D": "AWS::ElasticLoadBalancingV2::Listener",
        "LoadBalancerTestE965A95C": "AWS::ElasticLoadBalancingV2::Listener",
        "ReleaseApplicationC503599B": "AWS::CodeDeploy::Application",
        "ReleaseDeploymentGroupB7B21D38": "AWS::CodeDeploy::DeploymentGroup",
        "ReleaseService40E4FA47": "AWS::ECS::Service",
    },
}

# What a size adds: a NAT gateway in each zone has an address each, a reader is an instance.
ONLY_IN: dict[tuple[str, str], dict[str, str]] = {
    ("Staging", "Network"): {
        "NetworkEgressAddress23124FFE2": "AWS::EC2::EIP",
        "NetworkEgressAddress3340921E8": "AWS::EC2::EIP",
    },
    ("Staging", "Data"): {
        "DatabaseClusterReader1D8B76102": "AWS::RDS::DBInstance",
    },
    ("Prod", "Network"): {
        "NetworkEgressAddress23124FFE2": "AWS::EC2::EIP",
        "NetworkEgressAddress3340921E8": "AWS::EC2::EIP",
    },
    ("Prod", "Data"): {
        "DatabaseClusterReader1D8B76102": "AWS::RDS::DBInstance",
        "DatabaseClusterReader26C65DE14": "AWS::RDS::DBInstance",
    },
}
