"""Which handler makes which type."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from .base import Handler, Place
from .codedeploy import Applications, DeploymentConfigs, DeploymentGroups
from .ecs import Clusters, CreateService, Services, TaskDefinitions
from .elbv2 import Listeners, LoadBalancers, TargetGroups
from .functions import Functions, Layers, RegisterFunction, RegisterStateMachine, StateMachines
from .network import Certificates, SecurityGroups
from .operation import Alarms, ScalableTargets, ScalingPolicies, SsmParameters
from .plain import PLAIN, PlainValues, Unmade
from .secrets import ResourcePolicies, RotationSchedules, Secrets

_WHY = {
    "AWS::Lambda::Permission": "who may invoke a function is not checked",
}


class Handlers:
    """The handlers of one account and region, made when they are first needed."""

    def __init__(
        self,
        place: Place,
        *,
        create_service: CreateService | None,
        register_function: RegisterFunction,
        register_layer: RegisterFunction,
        register_state_machine: RegisterStateMachine,
    ) -> None:
        self._makers: dict[str, Callable[[], Handler]] = {
            "AWS::ApplicationAutoScaling::ScalableTarget": lambda: ScalableTargets(place),
            "AWS::ApplicationAutoScaling::ScalingPolicy": lambda: ScalingPolicies(place),
            "AWS::CertificateManager::Certificate": lambda: Certificates(place),
            "AWS::CloudWatch::Alarm": lambda: Alarms(place),
            "AWS::CodeDeploy::Application": lambda: Applications(place),
            "AWS::CodeDeploy::DeploymentConfig": lambda: DeploymentConfigs(place),
            "AWS::CodeDeploy::DeploymentGroup": lambda: DeploymentGroups(place),
            "AWS::EC2::SecurityGroup": lambda: SecurityGroups(place),
            "AWS::ECS::Cluster": lambda: Clusters(place),
            "AWS::ECS::Service": lambda: Services(place, create_service=create_service),
            "AWS::ECS::TaskDefinition": lambda: TaskDefinitions(place),
            "AWS::ElasticLoadBalancingV2::Listener": lambda: Listeners(place),
            "AWS::ElasticLoadBalancingV2::LoadBalancer": lambda: LoadBalancers(place),
            "AWS::ElasticLoadBalancingV2::TargetGroup": lambda: TargetGroups(place),
            "AWS::Lambda::Function": lambda: Functions(place, register=register_function),
            "AWS::Lambda::LayerVersion": lambda: Layers(place, register=register_layer),
            "AWS::SecretsManager::ResourcePolicy": lambda: ResourcePolicies(place),
            "AWS::SecretsManager::RotationSchedule": lambda: RotationSchedules(place),
            "AWS::SecretsManager::Secret": lambda: Secrets(place),
            "AWS::SSM::Parameter": lambda: SsmParameters(place),
            "AWS::StepFunctions::StateMachine": lambda: StateMachines(
                place, register=register_state_machine
            ),
        }
        self._place = place
        self.of = cache(self._of)

    def _of(self, type_: str) -> Handler:
        """The handler of a type; any type has one."""
        if type_ in self._makers:
            return self._makers[type_]()
        if type_ in PLAIN:
            return PlainValues(self._place, PLAIN[type_])
        why = _WHY.get(type_, "the model has no handler for this type; only its values are made up")
        return Unmade(self._place, type_, why)
