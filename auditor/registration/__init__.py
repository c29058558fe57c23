"""Registration requests: their schemas, their check, and the split of large ones.

Import this package only when it is needed: it loads `jsonschema`.
"""

from auditor.registration.check import KeyAnswer, KeyPolicy, Progress, RegistrationOptions, RegistrationResult, check
from auditor.registration.document import NotJson
from auditor.registration.split import split

__all__ = ["KeyAnswer", "KeyPolicy", "NotJson", "Progress", "RegistrationOptions", "RegistrationResult", "check", "split"]
