"""AWS resources in templates: what `Ref` and `Fn::GetAtt` give, and what each resource declares."""
