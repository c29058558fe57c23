"""YAML and JSON as CloudFormation reads them: from text to values, or to an outline where nothing is asked."""

OF_RAIN = "Rain::"
"""How that begins which `rain pkg` resolves before a template is deployed. Source: github.com/aws-cloudformation/rain, README, "Packaging"."""
