"""YAML and JSON as CloudFormation reads them: from text to values, or to an outline where nothing is asked."""
