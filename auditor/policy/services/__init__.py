"""What S3, KMS and STS add to the evaluation of policies, and what is known of them: actions, managed policies, default key policies."""

from __future__ import annotations

from collections.abc import Mapping

from auditor.policy.evaluation.service import Service
from auditor.policy.question import Caller, ContextValue
from auditor.policy.services.kms import Kms
from auditor.policy.services.s3 import S3
from auditor.policy.services.sts import Sts

_SERVICES: Mapping[str, type[Service]] = {"s3": S3, "kms": Kms, "sts": Sts}


def service_of(action: str) -> type[Service]:
    """The service of an action, as far as it adds to the evaluation."""
    return _SERVICES.get(action.partition(":")[0].lower(), Service)


def presence(key: str, action: str, caller: Caller) -> ContextValue:
    """What a request for an action, by a caller itself, has of a context key (in lower case)."""
    return service_of(action).presence(key, action, caller)


__all__ = ["presence", "service_of"]
