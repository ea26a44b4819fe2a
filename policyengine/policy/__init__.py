"""Names and types are settled here: syntax trees come in, the plan goes out.

`load` goes from paths to a checked rule set, `settle` from trees to a plan. Nothing is imported
here: a plan that is remembered from an earlier run is read back without what settles one.
"""
