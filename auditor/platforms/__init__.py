"""The platforms that bring more than a contract, one folder each.

A folder may hold, beside its own code:

    contract.yaml   its contract, built in under the folder's name with hyphens
    rules/          its rules, each declared beside the code that makes its findings (`auditor.rule.declared`)
    guides/         its troubleshooting guides: SYMPTOM.md each
    commands.py     its commands of the command line, in `COMMANDS`

Nothing else has to be registered: rules, guides, contracts and commands are found where they lie (`auditor.foundation.platforms`).
"""

DEFAULT_CONTRACT = "v7-darwin"
AUTO = "auto"
"""In place of a contract: every platform that the code mentions, and the default contract where it mentions none."""
"""The contract that is asked about when none is named."""
