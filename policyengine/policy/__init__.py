"""Names and types are settled here: syntax trees come in, the plan goes out."""

from policyengine.policy.settings import SettingOverride
from policyengine.policy.settle import settle, settle_expression, slots_of
from policyengine.policy.types import Sort, Type

__all__ = ["SettingOverride", "Sort", "Type", "settle", "settle_expression", "slots_of"]
